"""Errors that pages raise; registry.web.problems renders them with templates/errors/error.html."""

from sqlmodel import Session
from werkzeug.exceptions import Gone, NotFound

from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.reuse.queries import PUBLIC_STATES, find_bundle


class PageNotFound(NotFound):
    """404 with a German sentence."""

    def __init__(self, german: str) -> None:
        super().__init__()
        self.german = german


class PageGone(Gone):
    """410 with a German sentence and, where there is one, the slug of the successor."""

    def __init__(self, german: str, successor: str | None = None) -> None:
        super().__init__()
        self.german = german
        self.successor = successor


def public_bundle(session: Session, slug: str) -> ServiceBundle:
    """Return the entry with a readable page. Raises PageGone for a withdrawn one, PageNotFound for any other."""
    bundle = find_bundle(session, slug)
    if bundle is not None and bundle.state == State.WITHDRAWN:
        reason = f" Grund: {bundle.state_note}" if bundle.state_note else ""
        raise PageGone(f"Dieser Eintrag wurde zurückgezogen.{reason}", bundle.successor_slug)
    if bundle is None or bundle.state not in PUBLIC_STATES:
        raise PageNotFound("Diesen Eintrag gibt es nicht.")
    return bundle

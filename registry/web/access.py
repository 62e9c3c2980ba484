"""Who may open which page. Denied unless allowed: an endpoint without a mark answers nobody.

The pages of the catalogue and the API are public as whole blueprints; each page of the office names its level.
What a person may do with one entry is decided by the operations, by its owner (`registry.accounts.permissions`).
"""

from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, Response, current_app, flash, redirect, request, url_for
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.permissions import Actor, NotAllowedError
from registry.accounts.stash import keep
from registry.web.identity import current_actor, ended_session, identity
from registry.web.problems import problem
from registry.web.security_log import because
from registry.web.services import services

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC_BLUEPRINTS = frozenset(
    {"start", "search", "bundles", "ozg", "municipalities", "texts", "feeds", "branding", "api", "health"}
    | {"reuse", "profile", "fit", "comparison", "peers", "cooperation", "coverage", "nrw_map", "figures", "follow"}
)


class Level(Enum):
    """Who may open a page at all."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    EDITOR = "editor of some organisation"
    COORDINATOR = "coordinator of some organisation"
    ADMINISTRATOR = "administrator"


def access(level: Level) -> Callable[[View], View]:
    """Mark a view with who may open it; goes below the route decorators."""

    def mark(view: View) -> View:
        view.access_level = level  # type: ignore[attr-defined]
        return view

    return mark


def level_of(app: Flask, endpoint: str) -> Level | None:
    """Return the level of an endpoint, None when nobody has given it one."""
    if endpoint.partition(".")[0] in PUBLIC_BLUEPRINTS:
        return Level.PUBLIC
    level: Level | None = getattr(app.view_functions.get(endpoint), "access_level", None)
    return level


def reaches(actor: Actor, level: Level) -> bool:
    """Tell whether an actor reaches a level."""
    return {
        Level.PUBLIC: True,
        Level.SIGNED_IN: actor.signed_in,
        Level.EDITOR: actor.edits_anywhere,
        Level.COORDINATOR: actor.coordinates_anywhere,
        Level.ADMINISTRATOR: actor.is_admin,
    }[level]


def guard(app: Flask) -> None:
    """Let every request of `app` pass the access check first."""
    app.before_request(_check)
    app.register_error_handler(NotAllowedError, _refused)


class PageForbidden(Forbidden):
    """403 with a German sentence."""

    def __init__(self, german: str) -> None:
        super().__init__()
        self.german = german


def _check() -> BaseResponse | None:
    if request.endpoint is None:  # 404, 405
        return None
    level = level_of(current_app, request.endpoint)
    if level is Level.PUBLIC:
        return None
    actor = current_actor()
    if level is not None and reaches(actor, level):
        return second_factor_first() if level is not Level.SIGNED_IN else None
    if not actor.signed_in and level is not None:
        return sign_in_first()
    raise PageForbidden("Für diese Seite fehlt Ihnen die Berechtigung.")


def second_factor_first() -> BaseResponse | None:
    """Send who works on entries to set up a second factor, where the installation asks for one.

    OWASP ASVS 5.0, 6.3.3. Who came by single sign-on has proved what the provider asks for.
    """
    web_session = identity().web_session
    proved = web_session is not None and (web_session.second_factor or web_session.by_oidc)
    if proved or not services().settings.require_second_factor:
        return None
    because("second factor")
    if wants_json():
        return problem(403, "Richten Sie zuerst im Konto einen zweiten Faktor ein.")
    flash("Wer Einträge pflegt, braucht einen zweiten Faktor. Bitte richten Sie ihn hier ein.", "info")
    return redirect(url_for("account.factor"), 303)


def sign_in_first() -> BaseResponse:
    """Send the browser to the sign-in page, and from there back.

    A program gets 401 as JSON. A browser that is known by its ended session and sends a form comes back to what was
    typed: `keep_form` has kept it.
    """
    because("not signed in")
    if wants_json():
        return problem(
            401, "Ihre Sitzung ist abgelaufen. Bitte melden Sie sich wieder an.", sign_in=url_for("sign_in.show")
        )
    target = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else url_for("desk.show")
    ended = ended_session() if request.method == "POST" else None
    if ended is not None:
        kept = keep_form(ended[1].id or 0)
        target = url_for("sign_in.kept_form", key=kept) if kept else target
    return redirect(url_for("sign_in.show", weiter=target), 303)


def keep_form(person_id: int) -> str | None:
    """Keep the fields of the form that this request carries, for its person; return the key, None: nothing to keep."""
    fields = list(request.form.items(multi=True))
    if not fields:
        return None
    with services().database.noting() as noting:
        return keep(noting, person_id, request.full_path.rstrip("?"), fields)


def wants_json() -> bool:
    """Tell whether a program asks, such as the script that saves a draft, rather than a person."""
    accepted = request.accept_mimetypes
    return request.is_json or (accepted["application/json"] > accepted["text/html"])


def confirmed_lately(view: View) -> View:
    """Let a view run only when password or factor were proved within the last minutes; else ask for them first.

    Goes below the mark of `access`, on what may change how somebody signs in (OWASP ASVS 5.0, 7.5).
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if identity().is_fresh:
            return view(*args, **kwargs)
        target = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else url_for("account.show")
        return redirect(url_for("account.confirm", weiter=target), 303)

    return wrapper  # type: ignore[return-value]


def _refused(error: NotAllowedError) -> Response:
    handler = current_app.handle_http_exception
    return current_app.make_response(handler(PageForbidden(str(error))))

"""The blueprint of these pages, and what its modules share."""

from typing import Any

from flask import Blueprint, current_app, request, url_for
from werkzeug.wrappers import Response

from registry.adoption.finding import AdoptionRefusedError, UnknownAdoptionError
from registry.editorial.spam import clean
from registry.web.addresses import absolute
from registry.web.editing.texts import date_from
from registry.web.forms import Errors, errors_of
from registry.web.pages.errors import PageNotFound
from registry.web.services import services

adoptions = Blueprint("adoptions", __name__)

LABELS = {
    "body": "Nachnutzende Stelle",
    "step": "Schritt",
    "day": "Datum",
    "is_public": "Sichtbarkeit",
    "provider": "IT-Dienstleister",
    "note": "Nachricht",
    "reason": "Grund",
    "text": "Nachricht",
}


@adoptions.errorhandler(UnknownAdoptionError)
def unknown(error: UnknownAdoptionError) -> Response:
    """Answer 404 for an adoption that does not exist, or is none of this person's business."""
    return current_app.make_response(current_app.handle_http_exception(PageNotFound(str(error))))


def months() -> int:
    """Return for how many months a confirmation holds."""
    return services().settings.confirmation_months


def link(key: str) -> str:
    """Return the absolute address of an adoption's page, for mails."""
    return absolute("adoptions.show", key=key)


def address(key: str) -> str:
    """Return the address of an adoption's page."""
    return url_for("adoptions.show", key=key)


def typed(name: str, *, lines: bool = False) -> str:
    """Return what was typed into a field, without control signs."""
    return clean(request.form.get(name, ""), lines=lines)


def typed_step(prefix: str = "") -> dict[str, Any]:
    """Return day, visibility and reason as they were typed, a date as ISO where it can be read as one."""
    return {
        "day": date_from(typed(f"{prefix}day")),
        "is_public": request.form.get(f"{prefix}is_public") == "ja",
        "reason": typed(f"{prefix}reason", lines=True),
    }


def version() -> int:
    """Return the version that the form has seen; what is no number was never one."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def refused(error: AdoptionRefusedError) -> Errors:
    """Return why something was refused, by field."""
    return errors_of(error.refusals)

"""What the pages of signing in and of the own account share."""

from typing import Any

from flask import Response, make_response, render_template, request

from registry.accounts.signing_in import Door
from registry.accounts.throttling import Admission
from registry.web.forms import Errors, summary
from registry.web.identity import client_address, signing_key
from registry.web.services import services

LABELS = {
    "email": "E-Mail-Adresse",
    "passwort": "Passwort",
    "code": "Code",
    "name": "Name",
    "neues_passwort": "Neues Passwort",
    "endgueltig": "Bestätigung",
}


def door() -> Door:
    """Return what an attempt of this request needs to be judged."""
    parts = services()
    return Door(parts.database, signing_key(), client_address(), parts.settings.site_name)


def waiting(admission: Admission) -> str:
    """Return how long to wait, as a sentence."""
    seconds = admission.seconds
    if seconds < 60:
        time = "1 Sekunde" if seconds == 1 else f"{seconds} Sekunden"
    else:
        minutes = -(-seconds // 60)
        time = "1 Minute" if minutes == 1 else f"{minutes} Minuten"
    return f"Zu viele Versuche. Bitte warten Sie {time} und versuchen Sie es dann noch einmal."


def answer(template: str, errors: Errors, admission: Admission | None = None, **values: Any) -> Response:
    """Return a form: with 422 and the reasons when something is wrong, with 429 when the person has to wait."""
    waits = admission is not None and not admission.allowed
    if admission is not None and waits:
        errors = {"": waiting(admission)}
    page = render_template(template, errors=errors, items=summary(errors, LABELS), **values)
    response = make_response(page, 429 if waits else 422 if errors else 200)
    if admission is not None and waits:
        response.headers["Retry-After"] = str(admission.seconds)
    return response


def typed(name: str, limit: int = 254) -> str:
    """Return a short text from the form: without outer spaces and what cannot be seen, cut a little over its limit."""
    text = "".join(sign for sign in request.form.get(name, "")[: 10 * limit] if sign.isprintable())
    return text.strip()[: limit + 1]


def missing(**values: str) -> Errors:
    """Return an error for each empty field."""
    return {name: "Die Angabe fehlt." for name, value in values.items() if not value}

"""What stands before a form that anybody may send: its ticket, a field that must stay empty, the speed of people."""

import logging
from dataclasses import dataclass
from datetime import datetime

from flask import request

from registry.editorial import spam
from registry.web.identity import signing_key

log = logging.getLogger(__name__)

TICKET = "vorgang"
TRAP = "homepage"
"""Must stay empty: people neither see nor reach it, programs fill it in."""


@dataclass(frozen=True)
class Obstacle:
    """Why a form is not taken in. `ticket`: the one for the next try, None: the present one goes on."""

    sentence: str
    status: int = 422
    ticket: str | None = None


def fitting_ticket(form: str, at: datetime) -> str:
    """Return the ticket that the request carries for a form, a new one when it carries none."""
    ticket = request.form.get(TICKET, "")
    return ticket if spam.read(signing_key(), form, ticket) is not None else spam.issue(signing_key(), form, at)


def admitted(form: str, at: datetime) -> spam.Ticket | Obstacle:
    """Return the ticket of a form that may be taken in, else what keeps it out; the log tells of spam."""
    ticket = spam.read(signing_key(), form, request.form.get(TICKET, ""))
    if ticket is None:
        log.warning("form „%s“ refused: no valid ticket", form)
        return Obstacle("Das Formular war unvollständig. Bitte senden Sie es noch einmal ab.", 400)
    if request.form.get(TRAP):
        log.warning("form „%s“ refused: the field that must stay empty was filled in", form)
        return Obstacle(
            "Ein verborgenes Prüffeld war ausgefüllt, vielleicht von einer Ausfüllhilfe Ihres Browsers. "
            "Es ist jetzt leer: Bitte senden Sie das Formular noch einmal ab."
        )
    verdict = ticket.verdict(at)
    if verdict is spam.Verdict.EXPIRED:
        return Obstacle(
            "Das Formular war länger als einen Tag offen. Ihre Eingaben sind noch da: "
            "Bitte senden Sie es noch einmal ab.",
            ticket=spam.issue(signing_key(), form, at, waited=True),
        )
    if verdict is spam.Verdict.TOO_FAST:
        log.warning("form „%s“ refused: faster than people type", form)
        return Obstacle(
            "Das Formular kam schneller zurück, als Menschen tippen. "
            "Bitte prüfen Sie Ihre Eingaben und senden Sie es noch einmal ab."
        )
    return ticket

"""The audit log: reading, exporting and checking it."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from registry.accounts.audit import ACTIONS
from registry.accounts.audit_queries import AuditFilter, count_lines, names_of, page_of_lines, verify
from registry.accounts.enums import OrganisationKind, Role
from registry.exchange.audit_log import FORMATS, exported, note_export
from registry.moments import now
from registry.web.access import Level, access
from registry.web.formatting import GERMAN_ZONE
from registry.web.identity import current_actor
from registry.web.parameters import clean_text, page_number
from registry.web.services import reading, services

audit_log = Blueprint("audit_log", __name__)

PER_PAGE = 50
WHO = {"anonymous": "ohne Anmeldung", "system": "System"}
DETAILS = {
    "organisation": "Stelle",
    "role": "Aufgabe",
    "admin": "Administration",
    "kind": "Art",
    "reason": "Grund",
    "changes": "Änderung",
    "entries": "Einträge",
    "before": "ersetzt",
    "sessions_ended": "beendete Sitzungen",
    "format": "Format",
    "filter": "Auswahl",
    "action": "Aktion",
    "who": "wer",
    "since": "von",
    "until": "bis",
    "removed": "entfernte Zeilen",
    "last_digest": "letzte Prüfsumme",
    "name": "Name",
    "mailbox": "Funktionspostfach",
    "four_eyes": "Vier-Augen-Prinzip",
    "method": "Verfahren",
    "count": "Anzahl",
}
"""German names of what lines tell in detail; others stand as they are."""
_LABELS: dict[str, str] = {one.value: one.label for one in (*Role, *OrganisationKind)} | {
    "administrator": "Administration"
}
SUBJECTS = {"invitation": "Einladung", "person": "Person", "organisation": "Stelle"}


@audit_log.get("/verwaltung/protokoll")
@access(Level.ADMINISTRATOR)
def show() -> str | BaseResponse:
    """Show the lines of a filter, the newest first; on demand, check the chain of digests."""
    typed, chosen, problem = _filter(request.args)
    page = page_number(request.args.get("seite"))
    with reading() as session:
        total = count_lines(session, chosen)
        lines = page_of_lines(session, chosen, page=page, per_page=PER_PAGE)
        names = names_of(session, lines)
        verdict = verify(session) if request.args.get("pruefen") == "ja" else None
    pages = max(1, -(-total // PER_PAGE))
    if page > pages:
        return redirect(url_for("audit_log.show", seite=pages, **typed), 303)  # type: ignore[arg-type]
    return render_template(
        "audit_log/show.html",
        lines=[
            (
                line,
                ACTIONS.get(line.action, line.action),
                _who(line.actor, names),
                _subject(line.subject, names),
                told(line.details, names),
            )
            for line in lines
        ],
        total=total,
        page=page,
        pages=pages,
        typed=typed,
        problem=problem,
        actions=sorted(ACTIONS.items(), key=lambda one: one[1]),
        verdict=verdict,
        days=services().settings.audit_days,
    )


@audit_log.post("/verwaltung/protokoll/ausgabe")
@access(Level.ADMINISTRATOR)
def export() -> Response:
    """Send the lines of a filter as a file; that this was done stands in the log first."""
    format_ = request.form.get("format", "")
    if format_ not in FORMATS:
        raise BadRequest
    _typed, chosen, _problem = _filter(request.form)
    database = services().database
    with database.noting() as session:
        note_export(session, current_actor().key, format_, chosen)
    answer = Response(stream_with_context(exported(database, format_, chosen)), content_type=FORMATS[format_])
    name = f"protokoll-{now().astimezone(GERMAN_ZONE):%Y-%m-%d}.{format_}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def told(details: dict[str, Any], names: dict[str, str]) -> list[tuple[str, str]]:
    """Return what a line tells in detail, in words."""
    return [
        (DETAILS.get(name, name), names.get(f"{name}:{value}") or _words(value))
        for name, value in details.items()
        if value is not None
    ]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if value is None:
        return "keine Angabe"
    if isinstance(value, dict):
        return "; ".join(f"{DETAILS.get(name, name)}: {_change(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    return _LABELS.get(str(value)) or ACTIONS.get(str(value)) or str(value)


def _change(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2:
        return f"{_words(value[0])} → {_words(value[1])}"
    return _words(value)


def _who(actor: str, names: dict[str, str]) -> str:
    return names.get(actor) or WHO.get(actor) or actor


def _subject(subject: str, names: dict[str, str]) -> str:
    if subject in names:
        return names[subject]
    kind, _, rest = subject.partition(":")
    return f"{SUBJECTS[kind]} {rest}" if kind in SUBJECTS else subject


def _filter(arguments: MultiDict[str, str]) -> tuple[dict[str, str], AuditFilter, str]:
    """Return the filter as typed, as understood, and what of it was not understood, as a German sentence."""
    action = arguments.get("aktion", "")
    action = action if action in ACTIONS else ""
    who, _ = clean_text(arguments.get("wer", ""))
    first, last = _day(arguments.get("von", "")), _day(arguments.get("bis", ""))
    problem = ""
    if (arguments.get("von") and not first) or (arguments.get("bis") and not last):
        problem = "Der Zeitraum braucht gültige Tage (JJJJ-MM-TT). Das ungültige Datum bleibt unberücksichtigt."
    elif first and last and last < first:
        problem = "Der Zeitraum endet, bevor er beginnt."
    typed = {
        "aktion": action,
        "wer": who,
        "von": first.isoformat() if first else "",
        "bis": last.isoformat() if last else "",
    }
    since = _midnight(first) if first else None
    until = _midnight(last + timedelta(days=1)) if last else None
    return {name: text for name, text in typed.items() if text}, AuditFilter(action, who, since, until), problem


def _day(raw: str) -> date | None:
    try:
        found = date.fromisoformat(raw.strip())
    except ValueError:
        return None
    return found if 1970 <= found.year < 9999 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, GERMAN_ZONE)

"""The audit log as CSV (for people, safe in spreadsheets) and as JSON lines (with all that the digests are made of)."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from registry.accounts.audit import ACTIONS, audit
from registry.accounts.audit_queries import AuditFilter, all_lines, as_record
from registry.accounts.models import AuditEntry, Person
from registry.database import Database
from registry.exchange.record_rows import guarded

COLUMNS = ("Nummer", "Zeitpunkt (UTC)", "Wer", "Name", "Aktion", "Bezeichnung", "Was", "Einzelheiten", "Prüfsumme")
FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
"""Format → media type."""


def note_export(session: Session, actor: str, format_: str, chosen: AuditFilter) -> None:
    """Write into the log that it is exported, and which part of it."""
    parts = {"action": chosen.action, "who": chosen.who, "since": _text(chosen.since), "until": _text(chosen.until)}
    told = {name: part for name, part in parts.items() if part}
    audit(session, actor, "audit.exported", "", format=format_, **({"filter": told} if told else {}))


def exported(database: Database, format_: str, chosen: AuditFilter) -> Iterator[str]:
    """Yield the export in pieces; the log is read while it is written out."""
    writers: dict[str, Callable[[Session, AuditFilter], Iterator[str]]] = {"csv": _csv, "jsonl": _json_lines}
    with database.reading() as session:
        yield from writers[format_](session, chosen)


def format_of(file: Path) -> str | None:
    """Return the format that a file's name asks for, None for any other."""
    return {".csv": "csv", ".jsonl": "jsonl"}.get(file.suffix.lower())


def _csv(session: Session, chosen: AuditFilter) -> Iterator[str]:
    names = {f"person:{number}": name for number, name in session.exec(select(Person.id, Person.name))}
    yield "\ufeff" + _row(COLUMNS)
    for line in all_lines(session, chosen):
        yield _row(_cells(line, names.get(line.actor, "")))


def _cells(line: AuditEntry, name: str) -> tuple[str, ...]:
    details = json.dumps(line.details, ensure_ascii=False, sort_keys=True) if line.details else ""
    label = ACTIONS.get(line.action, line.action)
    texts = (line.actor, name, line.action, label, line.subject, details, line.digest)
    return (str(line.id), line.at.isoformat(), *map(guarded, texts))


def _row(cells: tuple[str, ...]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerow(cells)
    return stream.getvalue()


def _json_lines(session: Session, chosen: AuditFilter) -> Iterator[str]:
    for line in all_lines(session, chosen):
        yield json.dumps(as_record(line), ensure_ascii=False) + "\n"


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""

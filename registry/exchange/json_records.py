"""All entries as one JSON file: `{"format", "version", "tick", "bundles": [record, …]}`.

The records have the fields of `BundleRecord`; what is unknown is left out. Exporting and
importing into an empty registry with the same reference data gives the same entries.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import select
from sqlmodel import col

from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.catalogue.rules import StateConflictError
from registry.database import Clock, Database, Write
from registry.exchange.bundle_files import BundleRefusedError, validated
from registry.exchange.tables import FileRefusedError, read_file, read_text
from registry.reuse.operations import DanglingReferenceError, Saved, save_bundle
from registry.reuse.record import BundleRecord
from registry.reuse.records import nested, records_of

FORMAT = "ozg-registry"
VERSION = 1
BATCH = 50  # entries a write transaction


@dataclass
class ImportReport:
    """What an import did, or would do (`dry_run`)."""

    dry_run: bool
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Tell whether every entry was (or would be) taken over."""
        return not self.errors

    def as_json(self) -> dict[str, Any]:
        """Return the report for scripts."""
        return {"ok": self.ok, **vars(self)}


def export_records(database: Database) -> dict[str, Any]:
    """Return all published entries by slug, JSON-ready. The same data gives the same file."""
    with database.reading() as session:
        # Read first: a later change then has a higher tick, and a follower of the feed misses none.
        tick = session.execute(select(col(Clock.tick))).scalar_one()
        query = (
            select(ServiceBundle).where(col(ServiceBundle.state) == State.PUBLISHED).order_by(col(ServiceBundle.slug))
        )
        records = records_of(session, session.execute(query).scalars().all())
    return {"format": FORMAT, "version": VERSION, "tick": tick, "bundles": [nested(record) for record in records]}


def import_records(database: Database, path: Path, *, actor: str, dry_run: bool = False) -> ImportReport:
    """Create or update entries from an exported file; a bad entry is reported, the good ones are taken over.

    A dry run tries everything and takes it back, the clock included. Raises
    FileRefusedError when the file is no such export.
    """
    report = ImportReport(dry_run)
    records = _read(path, report)
    if dry_run:
        try:
            with database.writing() as write:
                _save(write, records, path.name, actor, report)
                raise _TakenBackError
        except _TakenBackError:
            return report
    for start in range(0, len(records), BATCH):
        with database.writing() as write:
            _save(write, records[start : start + BATCH], path.name, actor, report)
    return report


class _TakenBackError(Exception):
    """Rolls a dry run back."""


def _save(write: Write, records: list[BundleRecord], file: str, actor: str, report: ImportReport) -> None:
    lists = {Saved.CREATED: report.created, Saved.CHANGED: report.changed, Saved.UNCHANGED: report.unchanged}
    for record in records:
        try:
            lists[save_bundle(write, record, actor=actor, reason=f"Import aus {file}")].append(record.slug)
        except (DanglingReferenceError, StateConflictError) as error:  # raised before anything is written
            report.errors.append(f"{record.slug}: {error}")


def _read(path: Path, report: ImportReport) -> list[BundleRecord]:
    content = _parse(path.name, read_text(path.name, read_file(path)))
    if not isinstance(content, dict) or content.get("format") != FORMAT or not isinstance(content.get("bundles"), list):
        raise FileRefusedError(path.name, "Das ist kein Export dieses Registers.")
    if content.get("version") != VERSION:
        raise FileRefusedError(path.name, f"Diese Version liest nur Exporte der Form {VERSION}.")
    records: dict[str, BundleRecord] = {}
    for number, values in enumerate(content["bundles"], start=1):
        name = f"{path.name}, Eintrag {number}"
        if not isinstance(values, dict):
            report.errors.append(f"{name}: Erwartet wird ein Objekt.")
            continue
        try:
            record = validated(name, values)
        except BundleRefusedError as error:
            report.errors.extend(f"{name}: {one}" for one in error.refusals)
            continue
        if record.slug in records:
            report.errors.append(f"{name}: slug: {record.slug} kommt in der Datei schon vor.")
            continue
        records[record.slug] = record
    return list(records.values())


def _parse(name: str, text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise FileRefusedError(name, "Das ist kein gültiges JSON.") from None
    except json.JSONDecodeError as error:
        raise FileRefusedError(name, f"Das ist kein gültiges JSON (Zeile {error.lineno}).") from None
    except ValueError:  # NaN, or a number with thousands of digits
        raise FileRefusedError(name, "Das ist kein gültiges JSON.") from None


def _no_number(_text: str) -> NoReturn:
    raise ValueError

"""Loading the starter catalogue: the service bundles that ship with the product.

Safe to repeat: an equal entry is left alone, and one that a person has changed since is kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from registry.catalogue.enums import State
from registry.catalogue.messages import Refusal
from registry.catalogue.models import ServiceBundle
from registry.catalogue.rules import StateConflictError
from registry.database import Database
from registry.exchange.bundle_files import BundleRefusedError, read_bundle
from registry.exchange.tables import FileRefusedError
from registry.history import SYSTEM, Revision
from registry.paths import data_folder
from registry.reuse.operations import ENTITY, DanglingReferenceError, Saved, save_bundle
from registry.reuse.record import BundleRecord
from registry.reuse.records import flattened, records_of
from registry.reuse.references import dangling, doubtful, known_keys

REASON = "Startkatalog"
BATCH = 50  # entries a write transaction


@dataclass
class StarterReport:
    """What loading the starter catalogue did, entry by entry."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Entries that a person has changed since: kept as they are („beibehalten“)."""
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Tell whether every file was taken over."""
        return not self.errors

    def as_json(self) -> dict[str, Any]:
        """Return the report for scripts."""
        return {
            "ok": self.ok,
            "created": self.created,
            "changed": self.changed,
            "unchanged": len(self.unchanged),
            "kept": self.kept,
            "errors": self.errors,
            "warnings": self.warnings,
        }


def bundle_files(folder: Path | None = None) -> list[Path]:
    """Return the files of the starter catalogue by name."""
    return sorted((folder or data_folder() / "bundles").glob("*.yaml"))


def load_starter(
    database: Database, files: Sequence[Path] | None = None, *, progress: Callable[[int], object] | None = None
) -> StarterReport:
    """Load the starter catalogue (or these files) into the database.

    A bad file is reported with its field and a German reason; the good ones load. An entry
    whose last change is not this loader's is kept. Does not advance the clock when nothing
    differs.
    """
    report = StarterReport()
    records = _read(bundle_files() if files is None else files, report, progress)
    with database.reading() as session:
        records = _without_dangling(session, records, report)
        due = _due(session, records, report)
    for start in range(0, len(due), BATCH):
        _save(database, due[start : start + BATCH], report)
    return report


def _read(files: Sequence[Path], report: StarterReport, progress: Callable[[int], object] | None) -> list[BundleRecord]:
    records = []
    for path in files:
        try:
            records.append(read_bundle(path))
        except FileRefusedError as error:
            report.errors.append(str(error))
        except BundleRefusedError as error:
            report.errors.extend(_lines(error.file, error.refusals))
        if progress:
            progress(1)
    return records


def _lines(file: str, reasons: list[Refusal]) -> list[str]:
    return [f"{file}: {reason}" for reason in reasons]


def _without_dangling(session: Session, records: list[BundleRecord], report: StarterReport) -> list[BundleRecord]:
    known = known_keys(session, records)
    sound = []
    for record in records:
        missing = dangling(record, known)
        report.errors.extend(_lines(f"{record.slug}.yaml", missing))
        report.warnings.extend(_lines(f"{record.slug}.yaml", doubtful(record, known)))
        if not missing:
            sound.append(record)
    return sound


def _due(session: Session, records: list[BundleRecord], report: StarterReport) -> list[BundleRecord]:
    """Return the records that differ from what is stored and that no person has touched."""
    slugs = [record.slug for record in records]
    bundles = session.execute(select(ServiceBundle).where(col(ServiceBundle.slug).in_(slugs))).scalars().all()
    stored = {one.slug: one for one in records_of(session, bundles)}
    actors = _last_actors(session, slugs)
    due = []
    for record in records:
        present = stored.get(record.slug)
        if present is None:
            due.append(record)
        elif actors.get(record.slug, SYSTEM) != SYSTEM:
            report.kept.append(record.slug)
        else:
            wanted = _following(present, record)
            if flattened(wanted) == flattened(present):
                report.unchanged.append(record.slug)
            else:
                due.append(wanted)
    return due


def _following(present: BundleRecord, record: BundleRecord) -> BundleRecord:
    """Return the record in a state that can follow: a published entry that ships as a draft now is withdrawn."""
    if record.state is State.DRAFT and present.state not in (State.DRAFT, State.IN_REVIEW):
        return record.model_copy(update={"state": State.WITHDRAWN})
    return record


def _last_actors(session: Session, slugs: list[str]) -> dict[str, str]:
    last = (
        select(func.max(col(Revision.id)).label("id"))
        .where(col(Revision.entity) == ENTITY, col(Revision.entity_key).in_(slugs))
        .group_by(col(Revision.entity_key))
        .subquery()
    )
    rows = session.execute(
        select(col(Revision.entity_key), col(Revision.actor)).join(last, last.c.id == col(Revision.id))
    )
    return {row[0]: row[1] for row in rows}


def _save(database: Database, records: list[BundleRecord], report: StarterReport) -> None:
    done: list[tuple[str, Saved]] = []
    refused: list[str] = []
    with database.writing() as write:
        for record in records:
            try:
                done.append((record.slug, save_bundle(write, record, actor=SYSTEM, reason=REASON)))
            except (DanglingReferenceError, StateConflictError) as error:  # both are raised before anything is written
                refused.append(f"{record.slug}.yaml: {error}")
    report.errors.extend(refused)
    lists = {Saved.CREATED: report.created, Saved.CHANGED: report.changed, Saved.UNCHANGED: report.unchanged}
    for slug, saved in done:
        lists[saved].append(slug)

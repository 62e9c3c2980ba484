"""Taking validated entries over from a file, whatever its format: in batches, or as a dry run that leaves no trace."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.catalogue.rules import StateConflictError
from registry.database import Database, Write
from registry.reuse.operations import DanglingReferenceError, Saved, save_bundle
from registry.reuse.record import BundleRecord

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


def save_records(
    database: Database, records: Sequence[BundleRecord], report: ImportReport, *, file: str, actor: str
) -> ImportReport:
    """Create or update entries and tell it in the report; an entry that cannot be saved is reported, others are.

    A dry run tries everything and takes it back, the clock included.
    """
    if report.dry_run:
        try:
            with database.writing() as write:
                _save(write, records, file, actor, report)
                raise _TakenBackError
        except _TakenBackError:
            return report
    for start in range(0, len(records), BATCH):
        with database.writing() as write:
            _save(write, records[start : start + BATCH], file, actor, report)
    return report


class _TakenBackError(Exception):
    """Rolls a dry run back."""


def _save(write: Write, records: Sequence[BundleRecord], file: str, actor: str, report: ImportReport) -> None:
    lists = {Saved.CREATED: report.created, Saved.CHANGED: report.changed, Saved.UNCHANGED: report.unchanged}
    for record in records:
        try:
            lists[save_bundle(write, record, actor=actor, reason=f"Import aus {file}")].append(record.slug)
        except (DanglingReferenceError, StateConflictError) as error:  # raised before anything is written
            report.errors.append(f"{record.slug}: {error}")

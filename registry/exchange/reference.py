"""Loading reference facts: idempotent, row by row, never deleting.

A row is identified by its key. A known row with other values is changed, an equal one left
alone; a row that a complete newer list lacks is marked as retired, so that entries which
refer to it stay valid, and comes back when a later list has it again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError
from sqlalchemy import inspect, select
from sqlmodel import Session

from registry.catalogue.messages import first_line
from registry.catalogue.operations import write_reference_rows
from registry.database import Database, Write
from registry.exchange.kinds import KINDS, ReferenceKind
from registry.exchange.tables import FileRefusedError, RefusedRow, Row, Table, read_file, read_table
from registry.paths import data_folder
from registry.profiles.rules import product_refusal
from registry.reuse.models import Capability

BATCH = 2000  # rows a write transaction, so that a load never holds the clock for long
PARTIAL_BELOW = 0.5
"""A list with fewer rows than this share of the known ones is taken for a part, unless told otherwise."""

Progress = Callable[[int], object]
"""Called with the number of rows finished since the last call."""


@dataclass
class KindReport:
    """What a load did to one list."""

    code: str
    label: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the report for scripts."""
        return {
            "kind": self.code,
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "retired": self.retired,
            "refused": [{"file": one.file, "line": one.line, "reason": one.reason} for one in self.refused],
            "warnings": self.warnings,
        }


@dataclass
class LoadReport:
    """What a load did; `files` are the files that could not be used at all."""

    kinds: list[KindReport] = field(default_factory=list)
    files: list[FileRefusedError] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Tell whether nothing was refused."""
        return not self.files and not any(kind.refused for kind in self.kinds)

    def as_json(self) -> dict[str, Any]:
        """Return the report for scripts."""
        return {
            "ok": self.ok,
            "kinds": [kind.as_json() for kind in self.kinds],
            "refused_files": [{"file": one.file, "reason": one.reason} for one in self.files],
        }


@dataclass
class _Accepted:
    """The rows of one list that passed all checks, by identity, and whether the list may retire others."""

    values: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    spared: set[tuple[Any, ...]] = field(default_factory=set)
    """Rows that the list names but whose values were refused: neither changed nor retired."""
    lines: dict[tuple[Any, ...], Row] = field(default_factory=dict)
    """Where each row stands."""
    unreadable: bool = False
    """A refused row does not tell which row it is; so nothing is retired."""


@dataclass
class _Difference:
    added: list[dict[str, Any]]
    changed: list[dict[str, Any]]
    retired: list[dict[str, Any]]

    def first(self, count: int) -> Self:
        """Return the first `count` rows."""
        added = self.added[:count]
        changed = self.changed[: count - len(added)]
        return type(self)(added, changed, self.retired[: count - len(added) - len(changed)])

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)


class _NothingToDoError(Exception):
    """Leaves a write transaction that found nothing to write, so that the clock does not advance."""


def shipped_files() -> list[Path]:
    """Return the reference files that ship with the product."""
    return [data_folder() / "reference" / f"{kind.code}.csv" for kind in KINDS]


def load_reference(
    database: Database,
    files: Sequence[Path] | None = None,
    *,
    complete: bool | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Load reference files (default: those that ship) and report what changed, row by row.

    A bad row is refused with its line and reason, the good ones load. `complete` says that
    the files hold the whole of their lists, so that missing rows are retired; None decides
    by size (see PARTIAL_BELOW). Several files of one list count as one list. Does not
    advance the clock when nothing changed.
    """
    report = LoadReport()
    tables = _read(report, shipped_files() if files is None else files)
    for kind in KINDS:
        of_kind = [table for table in tables if frozenset(table.columns) in kind.headers]
        if of_kind:
            report.kinds.append(_load_kind(database, kind, of_kind, complete, progress))
    return report


def count_rows(files: Sequence[Path] | None = None) -> int:
    """Return about how many rows the files have, for a progress bar; unreadable files count nothing."""
    total = 0
    for path in shipped_files() if files is None else files:
        try:
            total += max(0, read_file(path).count(b"\n") - 1)
        except FileRefusedError:
            continue
    return total


def _read(report: LoadReport, files: Iterable[Path]) -> list[Table]:
    tables = []
    for path in files:
        try:
            headers = [header for kind in KINDS for header in kind.headers]
            tables.append(read_table(path.name, read_file(path), headers))
        except FileRefusedError as error:
            report.files.append(error)
    return tables


def _load_kind(
    database: Database, kind: ReferenceKind, tables: list[Table], complete: bool | None, progress: Progress | None
) -> KindReport:
    report = KindReport(kind.code, kind.label)
    rows = [row for table in tables for row in table.rows]
    with database.reading() as session:
        known = _stored(session, kind)
        for table in tables:
            _complete(kind, table, known)
        accepted = _validate(session, kind, rows, report)
        if kind.table is Capability:
            _check_products(accepted, known, report)
    for table in tables:
        report.refused.extend(table.refused)
        accepted.unreadable = accepted.unreadable or bool(table.refused)
    report.refused.sort(key=lambda one: (one.file, one.line))
    for identity, values in accepted.values.items():
        if (row := known.get(identity)) is not None and row.kept and row.values != values:
            report.warnings.append(f"{identity[0]} ist hier ergänzt oder geändert und bleibt, wie es ist.")
    retire = _may_retire(accepted, known, complete, report)
    while _write_batch(database, kind, accepted, retire, report):
        pass
    report.unchanged = len(accepted.values) - report.added - report.changed
    if progress:
        progress(len(rows))
    return report


def _validate(session: Session, kind: ReferenceKind, rows: list[Row], report: KindReport) -> _Accepted:
    """Check each row by its class, then its references and that its key is there once."""
    parents = {
        column: (frozenset(session.execute(select(getattr(table, key))).scalars()), label)
        for column, (table, key, label) in kind.parents.items()
    }
    accepted = _Accepted()
    lines = accepted.lines
    for row in rows:
        try:
            values = kind.fields.model_validate(row.values).model_dump()
        except ValidationError as error:
            report.refused.append(RefusedRow(row.file, row.line, first_line(error)))
            _spare(kind, row, error, accepted)
            continue
        identity = kind.identity(values)
        reason = _cross_check(values, parents)
        if reason is None and identity in lines:
            first = lines[identity]
            reason = f"Der Schlüssel steht schon in {first.file}, Zeile {first.line}."
        if reason is not None:
            report.refused.append(RefusedRow(row.file, row.line, reason))
            accepted.spared.add(identity)
            continue
        lines[identity] = row
        accepted.values[identity] = values
        _warn(kind, row, values, report)
    return accepted


def _complete(kind: ReferenceKind, table: Table, known: Mapping[tuple[Any, ...], "_Stored"]) -> None:
    """Let what is known stand for the optional columns that a list lacks."""
    for name in kind.optional - frozenset(table.columns):
        for row in table.rows:
            stored = known.get(kind.identity(row.values))
            if stored is not None and stored.values[name] is not None:
                row.values[name] = stored.values[name]


def _check_products(accepted: _Accepted, known: Mapping[tuple[Any, ...], "_Stored"], report: KindReport) -> None:
    """Refuse capabilities that are products of something unknown, of another kind, or of themselves."""
    while True:
        blocks = {str(key[0]): row.values for key, row in known.items()}
        blocks |= {str(key[0]): values for key, values in accepted.values.items()}
        kinds = {slug: values["kind"] for slug, values in blocks.items()}
        products = {slug: values["product_of"] for slug, values in blocks.items() if values["product_of"]}
        wrong = {
            identity: reason
            for identity, values in accepted.values.items()
            if (reason := product_refusal(values["slug"], values["product_of"], kinds, products)) is not None
        }
        if not wrong:  # a row that falls away may have been the one that another is a product of
            return
        for identity, reason in wrong.items():
            row = accepted.lines[identity]
            report.refused.append(RefusedRow(row.file, row.line, f"product_of: {reason}"))
            accepted.spared.add(identity)
            del accepted.values[identity]


def _spare(kind: ReferenceKind, row: Row, error: ValidationError, accepted: _Accepted) -> None:
    """Remember which stored row a refused one stands for, so that it is not retired."""
    of_key = (*kind.key, *kind.fallback_key)
    if any(detail["loc"] and detail["loc"][0] in of_key for detail in error.errors()):
        accepted.unreadable = True
        return
    values: dict[str, Any] = {name: row.values.get(name) for name in of_key}
    for name in kind.key:  # as the checks of the key types leave them
        if values[name] is not None:
            values[name] = int(values[name]) if name == "level" else "".join(values[name].split())
    accepted.spared.add(kind.identity(values))


def _cross_check(values: dict[str, Any], parents: dict[str, tuple[frozenset[str], str]]) -> str | None:
    for column, (keys, label) in parents.items():
        if values[column] is not None and values[column] not in keys:
            return f"{column}: {label} {values[column]} ist nicht bekannt."
    return None


def _warn(kind: ReferenceKind, row: Row, values: dict[str, Any], report: KindReport) -> None:
    if kind.code == "leika_services" and values["key"] and not values["key"].startswith("99"):
        report.warnings.append(
            f"{row.file}, Zeile {row.line}: {values['key']} ist kein Schlüssel des Bundes (99…), sondern landeseigen."
        )


@dataclass(frozen=True)
class _Stored:
    primary_key: dict[str, Any]
    values: dict[str, Any]
    retired: bool
    kept: bool = False
    """The administrator of this site answers for the row: no list changes it."""


def _stored(session: Session, kind: ReferenceKind) -> dict[tuple[Any, ...], _Stored]:
    mapper = inspect(kind.table)
    primary = [column.key for column in mapper.primary_key]
    names = [*kind.columns, *(name for name in [*primary, "retired", *kind.kept] if name not in kind.columns)]
    found = {}
    for record in session.execute(select(*(getattr(kind.table, name) for name in names))):
        row = dict(zip(names, record, strict=True))
        values = {name: row[name] for name in kind.columns}
        kept = any(row[name] for name in kind.kept)
        found[kind.identity(values)] = _Stored({name: row[name] for name in primary}, values, row["retired"], kept)
    return found


def _may_retire(
    accepted: _Accepted, known: dict[tuple[Any, ...], _Stored], complete: bool | None, report: KindReport
) -> bool:
    active = {identity for identity, row in known.items() if not row.retired and not row.kept}
    missing = active - accepted.values.keys() - accepted.spared
    if not missing or complete is False:
        return False
    if accepted.unreadable:
        report.warnings.append(
            f"{len(missing)} bekannte Zeilen fehlen in der Liste; weil Zeilen abgelehnt wurden, gelten sie weiter."
        )
        return False
    listed = len(accepted.values.keys() | accepted.spared)
    if complete is None and listed < PARTIAL_BELOW * len(active):
        report.warnings.append(
            f"Die Liste hat nur {listed} von {len(active)} bekannten Zeilen und gilt als Teilliste; "
            "mit --complete gilt sie als vollständig."
        )
        return False
    return True


def _write_batch(
    database: Database, kind: ReferenceKind, accepted: _Accepted, retire: bool, report: KindReport
) -> bool:
    """Write the next rows that differ; return whether there may be more."""
    with database.reading() as session:
        if not _compare(_stored(session, kind), accepted, retire):
            return False
    try:
        with database.writing() as write:
            batch = _apply(write, kind, accepted, retire)
    except _NothingToDoError:  # another load was faster
        return False
    report.added += len(batch.added)
    report.changed += len(batch.changed)
    report.retired += len(batch.retired)
    return True


def _apply(write: Write, kind: ReferenceKind, accepted: _Accepted, retire: bool) -> _Difference:
    # Compared again now that the clock is held: nobody else can write until the commit.
    batch = _compare(_stored(write.session, kind), accepted, retire).first(BATCH)
    if not batch:
        raise _NothingToDoError
    write_reference_rows(write, kind.table, added=batch.added, changed=[*batch.changed, *batch.retired])
    return batch


def _compare(stored: dict[tuple[Any, ...], _Stored], accepted: _Accepted, retire: bool) -> _Difference:
    difference = _Difference([], [], [])
    for identity, values in accepted.values.items():
        row = stored.get(identity)
        if row is None:
            difference.added.append(values)
        elif not row.kept and (row.retired or row.values != values):
            difference.changed.append({**values, **row.primary_key, "retired": False})
    if retire:
        for identity, row in stored.items():
            if not row.retired and not row.kept and identity not in accepted.values.keys() | accepted.spared:
                difference.retired.append({**row.primary_key, "retired": True})
    return difference

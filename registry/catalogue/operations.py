"""Writes of the catalogue: reference rows. Service bundles are written by `registry.reuse.operations`."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, insert, inspect, or_, select, update

from registry.catalogue.reference import ReferenceRow
from registry.database import Write
from registry.history import record


def write_reference_rows(
    write: Write,
    table: type[ReferenceRow],
    *,
    added: Sequence[dict[str, Any]] = (),
    changed: Sequence[dict[str, Any]] = (),
) -> None:
    """Insert `added` and update `changed` rows of one reference table, stamped with the transaction's tick.

    The values must be validated; `changed` carries the primary key and the columns to set.
    Reference rows are never deleted: a row that a newer list lacks is changed to `retired`.
    A new name and a retirement leave a revision, so that the entries that refer to the row can be looked through.
    Raises sqlalchemy.exc.IntegrityError when a key does not exist or exists already.
    """
    if added:
        write.session.execute(insert(table), [{"retired": False, **row, "tick": write.tick} for row in added])
    _record_names(write, table, changed)
    # An update of many rows sets the same columns in each; rows are grouped by what they set.
    groups: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in changed:
        groups.setdefault(frozenset(row), []).append({**row, "tick": write.tick})
    for rows in groups.values():
        write.session.execute(update(table), rows)


_TOLD = ("name", "retired")  # what a revision of a reference row tells
_CHUNK = 300  # rows a query: SQLite limits the depth of an expression


def reference_key(row: Mapping[str, Any]) -> str:
    """Return how revisions name a reference row; a LeiKa service by its OZG service and its key."""
    for name in ("ozg_id", "ags", "key", "slug"):
        if name in row:
            return f"{row['ozg_id']}/{row['key']}" if name == "ozg_id" and "key" in row else str(row[name])
    return f"{row['model']}/{row['level']}"


def _record_names(write: Write, table: type[ReferenceRow], changed: Sequence[dict[str, Any]]) -> None:
    columns = inspect(table).columns
    primary = inspect(table).primary_key
    for start in range(0, len(changed), _CHUNK):
        rows = {tuple(row[one.name] for one in primary): row for row in changed[start : start + _CHUNK]}
        wanted = [and_(*(one == value for one, value in zip(primary, key, strict=True))) for key in rows]
        for stored in write.session.execute(select(*columns).where(or_(*wanted))).mappings():
            row = rows[tuple(stored[one.name] for one in primary)]
            before = {name: stored[name] for name in _TOLD}
            after = {name: row.get(name, stored[name]) for name in _TOLD}
            record(write, str(table.__tablename__), reference_key(dict(stored)), before, after)

"""Writes of the catalogue: reference rows. Service bundles are written by `registry.reuse.operations`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, update

from registry.catalogue.reference import ReferenceRow
from registry.database import Write


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
    Raises sqlalchemy.exc.IntegrityError when a key does not exist or exists already.
    """
    if added:
        write.session.execute(insert(table), [{"retired": False, **row, "tick": write.tick} for row in added])
    # An update of many rows sets the same columns in each; rows are grouped by what they set.
    groups: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in changed:
        groups.setdefault(frozenset(row), []).append({**row, "tick": write.tick})
    for rows in groups.values():
        write.session.execute(update(table), rows)

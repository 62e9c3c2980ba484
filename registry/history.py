"""Revisions: who changed which field of which entry, when and why."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Index
from sqlmodel import Field, SQLModel

from registry.database import Write

SYSTEM = "system"  # the actor of loads and migrations


class Revision(SQLModel, table=True):
    """One change of one entry: a diff `{field: [before, after]}`, in the order of the clock."""

    __tablename__ = "revision"
    __table_args__ = (Index("ix_revision_entry", "entity", "entity_key", "tick"),)

    id: int | None = Field(default=None, primary_key=True)
    tick: int = Field(nullable=False, index=True)
    entity: str = Field(max_length=40)
    entity_key: str = Field(max_length=120)
    actor: str = Field(max_length=200)
    reason: str = Field(default="", max_length=500)
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    changes: dict[str, list[Any]] = Field(sa_column=Column(JSON, nullable=False))


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return `{field: [before, after]}` for each field whose value differs; missing is None."""
    names = sorted(before.keys() | after.keys())
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}


def record(
    write: Write,
    entity: str,
    key: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    actor: str = SYSTEM,
    reason: str = "",
) -> bool:
    """Write a revision for the change; return False, writing nothing, when nothing changed.

    `before` and `after` must be JSON-ready.
    """
    changes = difference(before, after)
    if not changes:
        return False
    write.session.add(
        Revision(
            tick=write.tick,
            entity=entity,
            entity_key=key,
            actor=actor,
            reason=reason,
            at=datetime.now(UTC),
            changes=changes,
        )
    )
    return True

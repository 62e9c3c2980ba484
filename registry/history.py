"""Revisions: who changed which field of which entry, when and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from registry.database import Write
from registry.moments import Moment, now

SYSTEM = "system"  # the actor of loads and migrations


@dataclass(frozen=True)
class Author:
    """Who makes a change: `actor` is `person:<id>`, the name of a program, or `system`.

    `organisation` is the slug of the organisation that the person acts for; `set_key` binds the changes of one
    bulk operation together.
    """

    actor: str
    organisation: str = ""
    set_key: str | None = None


class Revision(SQLModel, table=True):
    """One change of one entry: a diff `{field: [before, after]}`, in the order of the clock."""

    __tablename__ = "revision"
    __table_args__ = (Index("ix_revision_entry", "entity", "entity_key", "tick"),)

    id: int | None = Field(default=None, primary_key=True)
    tick: int = Field(nullable=False, index=True)
    entity: str = Field(max_length=40)
    entity_key: str = Field(max_length=120)
    actor: str = Field(max_length=200)
    organisation: str = Field(default="", max_length=100, description="slug of the organisation acted for")
    reason: str = Field(default="", max_length=500)
    set_key: str | None = Field(default=None, max_length=36, index=True, description="binds the changes of a bulk edit")
    at: datetime = Field(default_factory=now, sa_type=Moment)
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
    actor: str | Author = SYSTEM,
    reason: str = "",
) -> bool:
    """Write a revision for the change; return False, writing nothing, when nothing changed.

    `before` and `after` must be JSON-ready.
    """
    changes = difference(before, after)
    if not changes:
        return False
    author = Author(actor) if isinstance(actor, str) else actor
    write.session.add(
        Revision(
            tick=write.tick,
            entity=entity,
            entity_key=key,
            actor=author.actor,
            organisation=author.organisation,
            reason=reason,
            set_key=author.set_key,
            changes=changes,
        )
    )
    return True

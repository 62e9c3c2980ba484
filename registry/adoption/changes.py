"""Writes of adoptions: what the public sees moves the clock, what it does not see leaves it alone.

Whether it sees a change shows only when the change is made. So an operation runs in `noting()` first; when it finds
that the public would see it, it is rolled back and runs once more in `writing()`. A private step therefore makes no
reader fetch anything again, and no ETag tells of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlmodel import Session, col, select

from registry.adoption.models import Adoption, AdoptionStep
from registry.adoption.rules import public_step
from registry.catalogue.models import ServiceBundle
from registry.database import Database, Write
from registry.reuse.queries import PUBLIC_STATES

T = TypeVar("T")
Shown = tuple[str, date, str, date | None, str | None] | None
"""What the public sees of an adoption: step, its day and reason, confirmation, provider; None: nothing."""


class SeenByPublicError(Exception):
    """The change is one that the public sees, and the transaction has not moved the clock."""


@dataclass(frozen=True)
class Change:
    """An open transaction; `write` is None when it leaves the clock alone."""

    session: Session
    write: Write | None = None

    def settle(self, adoption: Adoption, before: Shown) -> None:
        """Stamp the adoption if the public sees another thing than `before`; the last thing that an operation does.

        Raises SeenByPublicError when the clock would have to move and has not.
        """
        self.session.flush()
        if shown(self.session, adoption) == before:
            return
        self.stamp(adoption)

    def stamp(self, row: Adoption) -> None:
        """Mark an adoption as changed for everybody. Raises SeenByPublicError without a moved clock."""
        if self.write is None:
            raise SeenByPublicError
        self.write.stamp(row)


def carry_out(database: Database, operation: Callable[[Change], T]) -> T:
    """Run an operation in one transaction that moves the clock only if the public sees the change."""
    try:
        with database.noting() as session:
            return operation(Change(session))
    except SeenByPublicError:
        with database.writing() as write:
            return operation(Change(write.session, write))


def shown(session: Session, adoption: Adoption) -> Shown:
    """Return what the public sees of an adoption."""
    bundle = session.get(ServiceBundle, adoption.bundle_id)
    step = public_step(steps_of(session, adoption.id))
    if step is None or bundle is None or bundle.state not in PUBLIC_STATES:
        return None
    return (step.step.value, step.day, step.reason, adoption.confirmed_on, adoption.provider)


def steps_of(session: Session, adoption_id: int | None) -> list[AdoptionStep]:
    """Return the steps of an adoption in the order in which they were taken."""
    query = select(AdoptionStep).where(AdoptionStep.adoption_id == adoption_id).order_by(col(AdoptionStep.id))
    return list(session.exec(query))

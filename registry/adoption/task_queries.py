"""Reads of the connection checklist, and what it is made of."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from registry.accounts.enums import Role
from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.adoption.models import Adoption, AdoptionTask
from registry.adoption.sides import Sides
from registry.adoption.task_rules import OWN, Block, Progress, Side, Task, progress, tasks_for
from registry.catalogue.models import ServiceBundle
from registry.profiles.profile import BodyProfile
from registry.profiles.queries import body_profile
from registry.reuse.models import Capability
from registry.reuse.records import record_of

BOTH_SIDES = Actor(None, roles={0: Role.EDITOR})
"""Sees what every organisation may see: hints stand before both sides, so a private profile has no part in them."""


@dataclass(frozen=True)
class TaskRow:
    """A task as pages show it."""

    task: AdoptionTask
    side: Side
    version: str
    """What a form carries so that two people do not overwrite each other."""

    @property
    def is_own(self) -> bool:
        """Tell whether people have added it themselves."""
        return self.task.code == OWN


@dataclass(frozen=True)
class TaskList:
    """The checklist of an adoption."""

    rows: tuple[TaskRow, ...]
    progress: Progress
    as_of: date | None
    """Day of the last change, None without a task."""


def tasks_of(session: Session, adoption_id: int) -> TaskList:
    """Return the checklist of an adoption in its order; empty until it was made."""
    query = (
        select(AdoptionTask)
        .where(AdoptionTask.adoption_id == adoption_id)
        .order_by(col(AdoptionTask.position), col(AdoptionTask.id))
    )
    rows = [TaskRow(task, Side(task.side), version_of(task)) for task in session.exec(query)]  # type: ignore[call-arg]
    return TaskList(
        tuple(rows),
        progress(row.task.state for row in rows),
        max((row.task.changed_at.date() for row in rows), default=None),
    )


def version_of(task: AdoptionTask) -> str:
    """Return the state of a task as its form has seen it."""
    return task.changed_at.isoformat()


def wanted_tasks(session: Session, adoption: Adoption, sides: Sides) -> tuple[Task, ...]:
    """Return the tasks that entry and profiles ask for as of now."""
    bundle = session.get_one(ServiceBundle, adoption.bundle_id)
    kind, key = ("municipality", adoption.municipality) if adoption.municipality else ("district", adoption.district)
    adopting = body_profile(session, BOTH_SIDES, kind, key or "") or _nameless(kind)
    return tasks_for(record_of(session, bundle), adopting, _offering(session, sides), _blocks(session))


def _offering(session: Session, sides: Sides) -> BodyProfile | None:
    for number in sides.offering:
        organisation = session.get(Organisation, number)
        if organisation is not None and organisation.municipality:
            return body_profile(session, BOTH_SIDES, "municipality", organisation.municipality)
        if organisation is not None and organisation.district:
            return body_profile(session, BOTH_SIDES, "district", organisation.district)
    return None


def _nameless(kind: str) -> BodyProfile:
    return BodyProfile(kind, "", "", None, None, None, None, None)


def _blocks(session: Session) -> dict[str, Block]:
    return {one.slug: Block(one.name, one.kind, one.product_of) for one in session.exec(select(Capability))}

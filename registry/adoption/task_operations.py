"""Writes of the connection checklist. Nothing of it is public: all of it leaves the clock alone.

Both sides work on the list. Their coordinators have it made and made anew; their editors tick as well.
"""

from datetime import date

from sqlmodel import Session, select

from registry.accounts.audit import audit
from registry.accounts.permissions import Actor, require
from registry.adoption.enums import TaskState
from registry.adoption.models import Adoption, AdoptionTask
from registry.adoption.rules import EARLIEST
from registry.adoption.sides import Sides, sides_of
from registry.adoption.task_queries import version_of, wanted_tasks
from registry.adoption.task_rules import MAKER, NO_LONGER, OWN, Side, plan
from registry.catalogue.messages import Refusal
from registry.moments import now

MAX_OWN = 50
"""Own tasks of one list; longer lists belong into the project plan of the two sides."""
LONGEST_TITLE = 200
LONGEST_NOTE = 500
_OWN_PLACE = 1000  # behind all tasks that are made


class TaskRefusedError(Exception):
    """What was typed cannot be so; `refusals` name the fields."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__("; ".join(one.reason for one in refusals))
        self.refusals = refusals


class TaskConflictError(Exception):
    """The list cannot be changed so now; the message is a German sentence."""


class UnknownTaskError(Exception):
    """The list has no such task."""

    def __init__(self) -> None:
        super().__init__("Diese Aufgabe gibt es nicht.")


def begin_tasks(session: Session, adoption: Adoption, actor: str = MAKER) -> None:
    """Make the list of an adoption that has none yet: it has reached „in Anbindung“."""
    if not _stored(session, adoption):
        _follow(session, adoption, sides_of(session, adoption), actor)


def make_tasks(session: Session, actor: Actor, adoption: Adoption) -> None:
    """Make the list, or let it follow what entry and profiles say now. Raises NotAllowedError, TaskConflictError."""
    sides = sides_of(session, adoption)
    require(
        sides.adopts(actor) or sides.offers(actor),
        "Die Anschlussliste erstellt die OZG-Koordination einer der beiden Stellen.",
    )
    _check_open(adoption)
    _follow(session, adoption, sides, actor.key)


def set_task(
    session: Session,
    actor: Actor,
    adoption: Adoption,
    task_id: int,
    *,
    state: TaskState,
    day: date | None = None,
    note: str = "",
    seen: str | None = None,
    today: date,
) -> AdoptionTask:
    """Set state, day and note of a task. Done without a day is done today.

    `seen` is the version that the form was made of. Raises NotAllowedError, UnknownTaskError, TaskConflictError,
    TaskRefusedError.
    """
    check_side(session, actor, adoption)
    task = _task(session, adoption, task_id)
    if seen is not None and seen != version_of(task):
        raise TaskConflictError("Inzwischen hat jemand anderes diese Aufgabe geändert.")
    day = (day or today) if state is TaskState.DONE else None
    refused = []
    if day is not None and day > today:
        refused.append(Refusal("day", "Erledigt wird nichts in der Zukunft: Bitte prüfen Sie das Datum."))
    if day is not None and day < EARLIEST:
        refused.append(Refusal("day", f"Das Datum liegt vor {EARLIEST.year}. Bitte prüfen Sie das Jahr."))
    if len(note) > LONGEST_NOTE:
        refused.append(Refusal("note", f"Höchstens {LONGEST_NOTE} Zeichen sind erlaubt."))
    if refused:
        raise TaskRefusedError(refused)
    task.state, task.done_on, task.note = state, day, note
    task.changed_by, task.changed_at = actor.key, now()
    session.add(task)
    audit(session, actor.key, "connection.changed", f"adoption:{adoption.key}", task=task.code, state=state.value)
    return task


def add_own_task(session: Session, actor: Actor, adoption: Adoption, title: str, side: Side) -> AdoptionTask:
    """Add a task by hand. Raises NotAllowedError, TaskConflictError, TaskRefusedError."""
    check_side(session, actor, adoption)
    title = " ".join(title.split())
    if not title:
        raise TaskRefusedError([Refusal("title", "Bitte nennen Sie die Aufgabe.")])
    if len(title) > LONGEST_TITLE:
        raise TaskRefusedError([Refusal("title", f"Höchstens {LONGEST_TITLE} Zeichen sind erlaubt.")])
    own = [one for one in _stored(session, adoption) if one.code == OWN]
    if any(one.title.casefold() == title.casefold() for one in own):
        raise TaskRefusedError([Refusal("title", "Diese Aufgabe steht schon in der Liste.")])
    if len(own) >= MAX_OWN:
        raise TaskRefusedError([Refusal("title", f"Mehr als {MAX_OWN} eigene Aufgaben hat eine Liste nicht.")])
    task = AdoptionTask(
        adoption_id=adoption.id or 0,
        code=OWN,
        position=_OWN_PLACE + len(own),
        title=title,
        side=side.value,
        changed_by=actor.key,
    )
    session.add(task)
    audit(session, actor.key, "connection.changed", f"adoption:{adoption.key}", task=OWN, added=True)
    return task


def remove_own_task(session: Session, actor: Actor, adoption: Adoption, task_id: int) -> None:
    """Remove a task that was added by hand. Raises NotAllowedError, UnknownTaskError, TaskConflictError."""
    check_side(session, actor, adoption)
    task = _task(session, adoption, task_id)
    if task.code != OWN:
        raise TaskConflictError("Entfernen lassen sich nur eigene Aufgaben; andere sind „nicht nötig“.")
    session.delete(task)
    audit(session, actor.key, "connection.changed", f"adoption:{adoption.key}", task=OWN, removed=True)


def _follow(session: Session, adoption: Adoption, sides: Sides, actor: str) -> None:
    wanted = wanted_tasks(session, adoption, sides)
    places = {task.code: place for place, task in enumerate(wanted)}
    found = plan(_stored(session, adoption), wanted)
    for row, task in found.kept:
        row.title, row.hint, row.side, row.position = task.title, task.hint, task.side.value, places[task.code]
        session.add(row)
    for row in found.gone:
        row.state, row.changed_by, row.changed_at = TaskState.NOT_NEEDED, MAKER, now()
        row.note = row.note or NO_LONGER
        session.add(row)
    for row in found.back:
        row.state, row.changed_at = TaskState.OPEN, now()
        row.note = "" if row.note == NO_LONGER else row.note
        session.add(row)
    for task in found.new:
        session.add(
            AdoptionTask(
                adoption_id=adoption.id or 0,
                code=task.code,
                position=places[task.code],
                title=task.title,
                hint=task.hint,
                side=task.side.value,
                changed_by=MAKER,
            )
        )
    audit(session, actor, "connection.made", f"adoption:{adoption.key}", new=len(found.new), gone=len(found.gone))


def check_side(session: Session, actor: Actor, adoption: Adoption) -> None:
    """Raise NotAllowedError or TaskConflictError unless the actor may work on the list now."""
    require(
        sides_of(session, adoption).converses(actor),
        "Die Anschlussliste bearbeiten nur die nachnutzende und die anbietende Stelle.",
    )
    _check_open(adoption)


def _check_open(adoption: Adoption) -> None:
    if adoption.closed_at is not None:
        raise TaskConflictError("Die Nachnutzung ist abgeschlossen; ihre Anschlussliste bleibt, wie sie ist.")


def _stored(session: Session, adoption: Adoption) -> list[AdoptionTask]:
    return list(session.exec(select(AdoptionTask).where(AdoptionTask.adoption_id == adoption.id)))


def _task(session: Session, adoption: Adoption, task_id: int) -> AdoptionTask:
    query = select(AdoptionTask).where(AdoptionTask.id == task_id, AdoptionTask.adoption_id == adoption.id)
    task = session.exec(query.with_for_update()).first()
    if task is None:
        raise UnknownTaskError
    return task

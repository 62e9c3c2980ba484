"""The stored connection checklist: made, ticked by both sides, made anew without losing anything; never public."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from registry.accounts.models import AuditEntry
from registry.accounts.permissions import Actor, NotAllowedError
from registry.accounts.sessions import actor_of
from registry.adoption.changes import Change
from registry.adoption.declaring import DeclarationFields, declare
from registry.adoption.enums import Step, TaskState
from registry.adoption.models import Adoption, AdoptionTask
from registry.adoption.operations import StepFields, advance
from registry.adoption.task_operations import (
    MAX_OWN,
    TaskConflictError,
    TaskRefusedError,
    UnknownTaskError,
    add_own_task,
    begin_tasks,
    make_tasks,
    remove_own_task,
    set_task,
)
from registry.adoption.task_queries import TaskList, tasks_of
from registry.adoption.task_rules import MAKER, NO_LONGER, Side
from registry.catalogue.enums import RequirementLevel, ReuseModel
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.profiles.models import CapabilityProfile, ProfileStatement, Visibility
from registry.reuse.models import BundleRequirement
from tests.adoption.making import SOEST, make_adoption
from tests.office.world import FOREIGN, fill, person

TODAY = date(2026, 3, 1)
STARTED = [(Step.CONNECTING, date(2026, 1, 1), False)]


@pytest.fixture
def world(catalogue_database: Database) -> Database:
    """Return a catalogue with organisations and accounts."""
    fill(catalogue_database)
    return catalogue_database


@pytest.fixture
def actor(world: Database) -> Callable[[str], Actor]:
    """Return a function that gives the actor of a role."""

    def of(role: str) -> Actor:
        with world.reading() as session:
            return actor_of(session, person(session, role))

    return of


@pytest.fixture
def adoption(world: Database) -> Adoption:
    """Return an adoption of Wuppertal's entry by Soest, with its list."""
    row = make_adoption(world, FOREIGN, SOEST, STARTED)
    with world.noting() as session:
        begin_tasks(session, session.get_one(Adoption, row.id))
    return row


def _list(world: Database, adoption: Adoption) -> TaskList:
    with world.reading() as session:
        return tasks_of(session, adoption.id or 0)


def _task(world: Database, adoption: Adoption, code: str) -> AdoptionTask:
    return next(row.task for row in _list(world, adoption).rows if row.task.code == code)


def _set(world: Database, actor: Actor, adoption: Adoption, task_id: int | None, **values: Any) -> None:
    with world.noting() as session:
        set_task(session, actor, session.get_one(Adoption, adoption.id), task_id or 0, today=TODAY, **values)


def _require(world: Database, capability: str) -> None:
    with world.writing() as write:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == FOREIGN)).one()
        write.session.add(
            BundleRequirement(bundle_id=bundle.id, capability=capability, level=RequirementLevel.MANDATORY)
        )


def test_the_list_begins_when_the_reuse_is_being_connected(world: Database, actor: Callable[[str], Actor]) -> None:
    coordinator = actor("coordinator")
    with world.noting() as session:
        fields = DeclarationFields(body=SOEST, step=Step.CONTRACT, day=TODAY)
        row = declare(Change(session), coordinator, FOREIGN, fields, today=TODAY)
        assert tasks_of(session, row.id or 0).rows == ()
        next_step = StepFields(step=Step.CONNECTING, day=TODAY)
        advance(Change(session), coordinator, row.key, row.version, next_step, today=TODAY)
        assert len(tasks_of(session, row.id or 0).rows) >= 10


def test_a_reuse_that_is_declared_while_being_connected_has_its_list_at_once(
    world: Database, actor: Callable[[str], Actor]
) -> None:
    with world.noting() as session:
        fields = DeclarationFields(body=SOEST, step=Step.CONNECTING, day=TODAY)
        row = declare(Change(session), actor("coordinator"), FOREIGN, fields, today=TODAY)
        assert tasks_of(session, row.id or 0).progress.done == 0
        assert tasks_of(session, row.id or 0).progress.total >= 10


@pytest.mark.parametrize("role", ["editor", "other"])
def test_both_sides_tick(world: Database, adoption: Adoption, actor: Callable[[str], Actor], role: str) -> None:
    task = _task(world, adoption, "contract")
    with world.noting() as session:
        row = session.get_one(Adoption, adoption.id)
        set_task(session, actor(role), row, task.id or 0, state=TaskState.DONE, note="Akte 7", today=TODAY)
    stored = _task(world, adoption, "contract")
    assert (stored.state, stored.done_on, stored.note) == (TaskState.DONE, TODAY, "Akte 7")
    assert stored.changed_by == actor(role).key
    assert _list(world, adoption).progress.done == 1


@pytest.mark.parametrize("role", ["reader", "administrator"])
def test_nobody_else_ticks(world: Database, adoption: Adoption, actor: Callable[[str], Actor], role: str) -> None:
    task = _task(world, adoption, "contract")
    with pytest.raises(NotAllowedError):
        _set(world, actor(role), adoption, task.id, state=TaskState.DONE)


@pytest.mark.parametrize(("role", "may"), [("coordinator", True), ("other coordinator", True), ("editor", False)])
def test_the_coordinators_of_either_side_have_the_list_made(
    world: Database, adoption: Adoption, actor: Callable[[str], Actor], role: str, may: bool
) -> None:
    with world.noting() as session:
        row = session.get_one(Adoption, adoption.id)
        if may:
            make_tasks(session, actor(role), row)
        else:
            with pytest.raises(NotAllowedError):
                make_tasks(session, actor(role), row)


def test_a_list_made_anew_keeps_what_is_done_adds_what_is_new_and_sets_aside_what_is_over(
    world: Database, adoption: Adoption, actor: Callable[[str], Actor]
) -> None:
    coordinator = actor("coordinator")
    done = _task(world, adoption, "questionnaire").id or 0
    with world.noting() as session:
        row = session.get_one(Adoption, adoption.id)
        set_task(session, coordinator, row, done, state=TaskState.DONE, note="liegt vor", today=TODAY)
        add_own_task(session, coordinator, row, "Pressetermin", Side.ADOPTING)
    _require(world, "epaybl")
    with world.writing() as write:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == FOREIGN)).one()
        bundle.reuse_model = ReuseModel.BLUEPRINT
    with world.noting() as session:
        make_tasks(session, coordinator, session.get_one(Adoption, adoption.id))
    found = {row.task.code: row.task for row in _list(world, adoption).rows}
    assert found["payment"].state is TaskState.OPEN
    assert (found["questionnaire"].state, found["questionnaire"].note) == (TaskState.DONE, "liegt vor")
    assert (found["dvdv"].state, found["dvdv"].note, found["dvdv"].changed_by) == (
        TaskState.NOT_NEEDED,
        NO_LONGER,
        MAKER,
    )
    assert found["own"].title == "Pressetermin"
    with world.writing() as write:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == FOREIGN)).one()
        bundle.reuse_model = None
    with world.noting() as session:
        make_tasks(session, coordinator, session.get_one(Adoption, adoption.id))
    back = _task(world, adoption, "dvdv")
    assert (back.state, back.note) == (TaskState.OPEN, "")


def test_nothing_of_the_list_moves_the_clock(
    world: Database, adoption: Adoption, actor: Callable[[str], Actor]
) -> None:
    tick = world.tick()
    with world.noting() as session:
        make_tasks(session, actor("coordinator"), session.get_one(Adoption, adoption.id))
    assert world.tick() == tick


def test_a_private_profile_has_no_part_in_the_hints(world: Database, adoption: Adoption) -> None:
    _require(world, "epaybl")
    with world.noting() as session:
        profile = CapabilityProfile(municipality=SOEST, visibility=Visibility.PRIVATE)
        session.add(profile)
        session.flush()
        session.add(ProfileStatement(profile_id=profile.id or 0, capability="epaybl", has=False))
    for visibility, known in ((Visibility.PRIVATE, False), (Visibility.SHARED, True), (Visibility.PRIVATE, False)):
        with world.noting() as session:
            session.exec(select(CapabilityProfile)).one().visibility = visibility
            session.flush()
            row = session.get_one(Adoption, adoption.id)
            for task in session.exec(select(AdoptionTask)):
                session.delete(task)
            session.flush()
            begin_tasks(session, row)
        assert ("nicht vorhanden: ePayBL" in _task(world, adoption, "payment").hint) is known


def test_two_people_do_not_overwrite_each_other(
    world: Database, adoption: Adoption, actor: Callable[[str], Actor]
) -> None:
    seen = next(row for row in _list(world, adoption).rows if row.task.code == "test")
    number = seen.task.id or 0
    _set(world, actor("editor"), adoption, number, state=TaskState.DONE, seen=seen.version)
    with pytest.raises(TaskConflictError, match="Inzwischen"):
        _set(world, actor("other"), adoption, number, state=TaskState.NOT_NEEDED, seen=seen.version)


def test_odd_days_and_long_notes_are_refused(
    world: Database, adoption: Adoption, actor: Callable[[str], Actor]
) -> None:
    number = _task(world, adoption, "test").id or 0
    for day, note, field in (
        (TODAY + timedelta(days=1), "", "day"),
        (date(1026, 1, 1), "", "day"),
        (None, "x" * 501, "note"),
    ):
        with pytest.raises(TaskRefusedError) as caught:
            _set(world, actor("editor"), adoption, number, state=TaskState.DONE, day=day, note=note)
        assert [one.field for one in caught.value.refusals] == [field]


def test_own_tasks_are_added_once_and_removed_others_stay(
    world: Database, adoption: Adoption, actor: Callable[[str], Actor]
) -> None:
    editor = actor("editor")
    with world.noting() as session:
        row = session.get_one(Adoption, adoption.id)
        own = add_own_task(session, editor, row, "  Pressetermin\nabstimmen ", Side.BOTH)
        session.flush()
        assert own.title == "Pressetermin abstimmen"
        for title in ("pressetermin abstimmen", "", "   ", "x" * 201):
            with pytest.raises(TaskRefusedError):
                add_own_task(session, editor, row, title, Side.BOTH)
        made = next(one.task.id for one in tasks_of(session, row.id or 0).rows if not one.is_own)
        with pytest.raises(TaskConflictError):
            remove_own_task(session, editor, row, made or 0)
        remove_own_task(session, editor, row, own.id or 0)
        with pytest.raises(UnknownTaskError):
            remove_own_task(session, editor, row, own.id or 0)


def test_a_list_has_a_limit_of_own_tasks(world: Database, adoption: Adoption, actor: Callable[[str], Actor]) -> None:
    with world.noting() as session:
        row = session.get_one(Adoption, adoption.id)
        for number in range(MAX_OWN):
            session.add(AdoptionTask(adoption_id=row.id or 0, code="own", title=f"Aufgabe {number}", side="both"))
        session.flush()
        with pytest.raises(TaskRefusedError, match="Mehr als 50"):
            add_own_task(session, actor("editor"), row, "Noch eine", Side.BOTH)


def test_a_task_of_another_list_is_not_found(
    world: Database, adoption: Adoption, actor: Callable[[str], Actor]
) -> None:
    other = make_adoption(world, FOREIGN, "05162004", STARTED)
    number = _task(world, adoption, "test").id or 0
    with pytest.raises(UnknownTaskError):
        _set(world, actor("other"), other, number, state=TaskState.DONE)


def test_the_list_of_a_closed_reuse_stays_as_it_is(world: Database, actor: Callable[[str], Actor]) -> None:
    closed = make_adoption(world, FOREIGN, SOEST, [*STARTED, (Step.ABANDONED, TODAY, False)])
    with world.noting() as session, pytest.raises(TaskConflictError, match="abgeschlossen"):
        make_tasks(session, actor("coordinator"), session.get_one(Adoption, closed.id))


def test_the_audit_log_tells_of_each_change(world: Database, adoption: Adoption, actor: Callable[[str], Actor]) -> None:
    number = _task(world, adoption, "test").id or 0
    with world.noting() as session:
        row = session.get_one(Adoption, adoption.id)
        set_task(session, actor("other"), row, number, state=TaskState.NOT_NEEDED, note="entfällt", today=TODAY)
    with world.reading() as session:
        line = session.exec(select(AuditEntry).where(AuditEntry.action == "connection.changed")).one()
        assert line.details == {"task": "test", "state": "not_needed"}  # notes stay between the two sides

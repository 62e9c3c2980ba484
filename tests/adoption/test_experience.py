"""Experience reports: who writes, who publishes, what everybody sees, and what moves the clock."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from registry.accounts.models import AuditEntry
from registry.accounts.permissions import Actor, NotAllowedError
from registry.accounts.sessions import actor_of
from registry.adoption.changes import Change, carry_out
from registry.adoption.enums import Again, Step
from registry.adoption.experience_operations import (
    ENTITY,
    ReportConflictError,
    as_of_refusals,
    hide_report,
    save_report,
    version_of,
)
from registry.adoption.experience_queries import public_reports, report_of, summary_of
from registry.adoption.models import Adoption, AdoptionStep, ExperienceFields
from registry.adoption.personal import own_adoptions
from registry.database import Database
from registry.history import Revision
from registry.reuse.operations import withdraw_bundle
from tests.adoption.making import SOEST, Steps, make_adoption
from tests.office.world import FOREIGN, fill, person

DAY = date(2026, 2, 1)
TODAY = date(2026, 3, 1)
FIELDS = ExperienceFields(
    effort_days=12, introduction_cost_eur=Decimal("8500"), again=Again.YES, advice="Früh anfangen."
)
PILOT: Steps = [(Step.INTEREST, date(2025, 3, 1), True), (Step.PILOT, DAY, True)]


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


def _save(world: Database, actor: Actor, adoption: Adoption, fields: ExperienceFields = FIELDS, **more: Any) -> None:
    def operation(change: Change) -> None:
        row = change.session.get_one(Adoption, adoption.id)
        save_report(change, actor, row, fields, DAY, **more)

    carry_out(world, operation)


def _seen(world: Database) -> list[str]:
    with world.reading() as session:
        return [one.adoption.name for one in public_reports(session, today=TODAY)]


def test_a_draft_of_an_editor_is_seen_by_nobody_and_leaves_the_clock_alone(
    world: Database, actor: Callable[[str], Actor]
) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, PILOT)
    tick = world.tick()
    _save(world, actor("editor"), adoption)
    assert _seen(world) == []
    assert world.tick() == tick


def test_a_coordinator_publishes_and_takes_down_and_both_move_the_clock(
    world: Database, actor: Callable[[str], Actor]
) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, PILOT)
    _save(world, actor("editor"), adoption)
    tick = world.tick()
    _save(world, actor("coordinator"), adoption, publish=True)
    assert _seen(world) == ["Stadt Soest"]
    carry_out(
        world, lambda change: hide_report(change, actor("coordinator"), change.session.get_one(Adoption, adoption.id))
    )
    assert _seen(world) == []
    assert world.tick() == tick + 2


@pytest.mark.parametrize("role", ["reader", "other", "other coordinator", "administrator"])
def test_nobody_else_writes_the_report(world: Database, actor: Callable[[str], Actor], role: str) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, PILOT)
    with pytest.raises(NotAllowedError):
        _save(world, actor(role), adoption)
    assert _seen(world) == []


def test_an_editor_neither_publishes_nor_changes_what_is_public(world: Database, actor: Callable[[str], Actor]) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, PILOT)
    with pytest.raises(NotAllowedError):
        _save(world, actor("editor"), adoption, publish=True)
    _save(world, actor("coordinator"), adoption, publish=True)
    with pytest.raises(NotAllowedError):
        _save(world, actor("editor"), adoption, ExperienceFields(effort_days=1))
    with pytest.raises(NotAllowedError):
        carry_out(
            world, lambda change: hide_report(change, actor("editor"), change.session.get_one(Adoption, adoption.id))
        )


def test_an_administrator_takes_down_what_must_not_stay(world: Database, actor: Callable[[str], Actor]) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, PILOT, report={"is_public": True, "effort_days": 3})
    assert _seen(world) == ["Stadt Soest"]
    carry_out(
        world, lambda change: hide_report(change, actor("administrator"), change.session.get_one(Adoption, adoption.id))
    )
    assert _seen(world) == []


def test_before_the_pilot_there_is_nothing_to_report(world: Database, actor: Callable[[str], Actor]) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, PILOT[:1])
    with pytest.raises(ReportConflictError, match="Pilot"):
        _save(world, actor("coordinator"), adoption)


def test_a_report_does_not_tell_of_a_step_that_its_body_keeps_to_itself(
    world: Database, actor: Callable[[str], Actor]
) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, [PILOT[0], (Step.PRODUCTIVE, DAY, False)])
    _save(world, actor("coordinator"), adoption)
    with pytest.raises(ReportConflictError, match="öffentlich"):
        _save(world, actor("coordinator"), adoption, publish=True)
    make_adoption(
        world,
        "hundesteuer-soest",
        "05124000",
        [PILOT[0], (Step.PILOT, DAY, False)],
        report={"is_public": True, "effort_days": 1},
    )
    assert _seen(world) == []


def test_a_report_on_a_use_that_ended_unseen_is_not_shown_any_more(world: Database) -> None:
    make_adoption(
        world, FOREIGN, SOEST, [*PILOT, (Step.ENDED, TODAY, False)], report={"is_public": True, "effort_days": 3}
    )
    assert _seen(world) == []


def test_a_report_on_an_abandoned_reuse_stays_as_knowledge(world: Database) -> None:
    steps: Steps = [PILOT[0], (Step.ABANDONED, DAY, True)]
    make_adoption(world, FOREIGN, SOEST, steps, report={"is_public": True, "again": Again.NO, "effort_days": 3})
    with world.reading() as session:
        (one,) = public_reports(session, today=TODAY)
        assert one.adoption.step is Step.ABANDONED
        assert summary_of([one]).again[Again.NO] == 1


def test_a_withdrawn_bundle_takes_its_reports_with_it(world: Database) -> None:
    make_adoption(world, FOREIGN, SOEST, PILOT, report={"is_public": True, "effort_days": 3})
    with world.writing() as write:
        withdraw_bundle(write, FOREIGN, actor="test", reason="Probe")
    assert _seen(world) == []


def test_a_change_of_a_public_report_is_a_revision_and_a_line_of_the_audit_log(
    world: Database, actor: Callable[[str], Actor]
) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, PILOT)
    _save(world, actor("coordinator"), adoption, publish=True)
    _save(world, actor("coordinator"), adoption, FIELDS.model_copy(update={"effort_days": 20}))
    with world.reading() as session:
        revisions = session.exec(select(Revision).where(Revision.entity == ENTITY).order_by(col(Revision.id))).all()
        assert revisions[-1].changes == {"effort_days": [12.0, 20.0]}
        assert revisions[-1].organisation == "stadt-soest"
        lines = session.exec(select(AuditEntry).where(col(AuditEntry.action).startswith("experience"))).all()
        assert [one.action for one in lines] == ["experience.published", "experience.saved"]
        assert lines[-1].details == {"fields": ["effort_days"]}


def test_saving_what_is_there_already_changes_nothing(world: Database, actor: Callable[[str], Actor]) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, PILOT)
    _save(world, actor("coordinator"), adoption, publish=True)
    tick = world.tick()
    _save(world, actor("coordinator"), adoption)
    assert world.tick() == tick


def test_two_people_do_not_overwrite_each_other(world: Database, actor: Callable[[str], Actor]) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, PILOT)
    _save(world, actor("editor"), adoption, seen="")
    with pytest.raises(ReportConflictError, match="inzwischen"):
        _save(world, actor("coordinator"), adoption, ExperienceFields(effort_days=1), seen="")
    with world.reading() as session:
        seen = version_of(report_of(session, adoption.id or 0))
    _save(world, actor("coordinator"), adoption, ExperienceFields(effort_days=1), seen=seen)


def test_a_stand_in_the_future_or_long_ago_is_refused() -> None:
    assert as_of_refusals(TODAY, TODAY) == []
    assert "Zukunft" in as_of_refusals(date(2026, 3, 2), TODAY)[0].reason
    assert "vor 2000" in as_of_refusals(date(202, 3, 2), TODAY)[0].reason


def test_making_the_step_private_hides_the_report(world: Database) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, PILOT, report={"is_public": True, "effort_days": 3})
    with world.writing() as write:
        for step in write.session.exec(select(AdoptionStep).where(AdoptionStep.adoption_id == adoption.id)):
            step.is_public = False
    assert _seen(world) == []


def test_who_asks_for_the_own_data_gets_reports_too(world: Database, actor: Callable[[str], Actor]) -> None:
    adoption = make_adoption(world, FOREIGN, SOEST, PILOT)
    _save(world, actor("editor"), adoption)
    with world.reading() as session:
        found = own_adoptions(session, actor("editor").person_id or 0)
    assert [one["advice"] for one in found["reports"]] == ["Früh anfangen."]

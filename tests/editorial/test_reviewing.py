"""Decisions on proposed versions."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import select

from registry.accounts.models import AuditEntry
from registry.accounts.permissions import NotAllowedError
from registry.catalogue.enums import State
from registry.editorial.enums import ProposalState
from registry.editorial.proposals import FourEyesError, MergeNeededError, UnknownProposalError, keep
from registry.editorial.reviewing import (
    AlreadyDecidedError,
    accept,
    comment,
    comments_of,
    decline,
    give_back,
    publish_due,
    take_back,
)
from registry.moments import now
from registry.reuse.operations import withdraw_bundle
from tests.office.world import OWN

from .conftest import World


def _decide(world: World, role: str, decision: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    with world.database.writing() as write:
        return decision(write, world.actor(role), *arguments, **options)


def _submitted(world: World, **changes: Any) -> str:
    key = world.typed("editor", **(changes or {"title": "Neuer Titel"}))
    world.apply("editor", key, "submit")
    return key


def _actions(world: World) -> list[tuple[str, str]]:
    with world.database.reading() as session:
        rows = session.exec(select(AuditEntry).order_by(AuditEntry.id))  # type: ignore[arg-type]
        return [(row.actor, row.action) for row in rows]


def test_accepting_publishes_under_the_name_of_the_author_and_tells_him(world: World) -> None:
    key = _submitted(world)
    _decide(world, "coordinator", accept, key, "Danke")
    assert world.bundle().title == "Neuer Titel"
    assert world.revisions()[-1].actor == f"person:{world.person_id('editor')}"
    assert world.proposal(key).state is ProposalState.ACCEPTED
    mail = world.mails()[-1]
    assert mail.recipient == "redaktion@soest.example"
    assert "Danke" in mail.body
    assert _actions(world)[-1] == (f"person:{world.person_id('coordinator')}", "proposal.accepted")


def test_accepting_a_new_entry_publishes_it(world: World) -> None:
    key = world.new("editor")
    slug = world.apply("editor", key, "submit").slug
    assert slug is not None
    _decide(world, "coordinator", accept, key)
    assert world.bundle(slug).state is State.PUBLISHED


@pytest.mark.parametrize("decision", [accept, give_back, decline])
def test_only_coordinators_of_the_entry_decide(world: World, decision: Callable[..., Any]) -> None:
    key = _submitted(world)
    with pytest.raises(NotAllowedError):
        _decide(world, "editor", decision, key, "so")
    for role in ("other coordinator", "reader"):
        with pytest.raises(UnknownProposalError):
            _decide(world, role, decision, key, "so")
    assert world.proposal(key).state is ProposalState.SUBMITTED


def test_the_second_of_two_reviewers_is_told_who_decided(world: World) -> None:
    key = _submitted(world)
    _decide(world, "coordinator", accept, key)
    revisions = len(world.revisions())
    for decision in (accept, give_back, decline):
        with pytest.raises(AlreadyDecidedError, match="übernommen durch Koordination Soest"):
            _decide(world, "administrator", decision, key, "zu spät")
    assert len(world.revisions()) == revisions


def test_giving_back_and_declining_need_a_reason(world: World) -> None:
    key = _submitted(world)
    for decision in (give_back, decline):
        for note in ("", "  \n ", "x" * 2001):
            with pytest.raises(ValidationError):
                _decide(world, "coordinator", decision, key, note)


def test_a_version_given_back_is_edited_and_submitted_again(world: World) -> None:
    key = _submitted(world)
    _decide(world, "coordinator", give_back, key, "Bitte mit Quelle.")
    assert "Bitte mit Quelle." in world.mails()[-1].body
    proposal = world.proposal(key)
    assert (proposal.state, proposal.decision_note) == (ProposalState.RETURNED, "Bitte mit Quelle.")
    with world.database.noting() as session:
        keep(session, world.actor("editor"), key, proposal.version, {"summary": "Jetzt mit einer Quelle."})
    world.apply("editor", key, "submit")
    _decide(world, "coordinator", accept, key)
    assert world.bundle().summary == "Jetzt mit einer Quelle."


@pytest.mark.parametrize("decision", [give_back, decline])
def test_a_new_entry_that_is_not_accepted_is_a_draft_again(world: World, decision: Callable[..., Any]) -> None:
    key = world.new("editor")
    slug = world.apply("editor", key, "submit").slug
    assert slug is not None
    _decide(world, "coordinator", decision, key, "Passt nicht.")
    assert world.bundle(slug).state is State.DRAFT
    world.apply("editor", world.typed("editor", slug, title="Hundesteuer, überarbeitet"), "submit")
    assert world.bundle(slug).state is State.IN_REVIEW


def test_the_author_takes_a_version_back_to_go_on_typing(world: World) -> None:
    key = world.new("editor")
    slug = world.apply("editor", key, "submit").slug
    assert slug is not None
    with pytest.raises(UnknownProposalError):
        _decide(world, "coordinator", take_back, key)
    _decide(world, "editor", take_back, key)
    assert world.bundle(slug).state is State.DRAFT
    with pytest.raises(AlreadyDecidedError):
        _decide(world, "coordinator", accept, key)
    world.apply("editor", key, "submit")
    _decide(world, "coordinator", accept, key)
    with pytest.raises(AlreadyDecidedError):
        _decide(world, "editor", take_back, key)


def test_with_four_eyes_only_an_administrator_overrides_and_says_why(world: World) -> None:
    world.four_eyes()
    own = world.typed("coordinator", title="Neuer Titel")
    world.apply("coordinator", own, "submit")
    for options in ({}, {"override": True}):
        with pytest.raises(FourEyesError):
            _decide(world, "coordinator", accept, own, "eilig", **options)
    _decide(world, "administrator", accept, own)
    key = world.typed("administrator", title="Noch ein Titel")
    world.apply("administrator", key, "submit")
    with pytest.raises(FourEyesError):
        _decide(world, "administrator", accept, key, "eilig")
    with pytest.raises(ValidationError):
        _decide(world, "administrator", accept, key, " ", override=True)
    _decide(world, "administrator", accept, key, "Frist läuft ab", override=True)
    with world.database.reading() as session:
        last = session.exec(select(AuditEntry).order_by(AuditEntry.id.desc())).first()  # type: ignore[union-attr]
    assert last is not None
    assert last.details["four_eyes_overridden"] == "Frist läuft ab"


def test_accepting_merges_with_what_was_published_meanwhile(world: World) -> None:
    key = _submitted(world, title="Neuer Titel")
    world.apply("coordinator", world.typed("coordinator", summary="Inzwischen veröffentlicht."), "publish")
    _decide(world, "coordinator", accept, key)
    assert (world.bundle().title, world.bundle().summary) == ("Neuer Titel", "Inzwischen veröffentlicht.")
    other = _submitted(world, title="Mein Titel")
    world.apply("coordinator", world.typed("coordinator", title="Ihr Titel"), "publish")
    with pytest.raises(MergeNeededError):
        _decide(world, "coordinator", accept, other)
    assert world.proposal(other).state is ProposalState.SUBMITTED


def test_remarks_reach_the_other_side(world: World) -> None:
    key = _submitted(world)
    count = len(world.mails())

    def say(role: str, text: str, field: str = "") -> None:
        with world.database.noting() as session:
            comment(session, world.actor(role), key, text, field)

    say("coordinator", "Ist das der amtliche Name?", "title")
    say("editor", "Ja.")
    first, second = world.mails()[count:]
    assert (first.recipient, second.recipient) == ("redaktion@soest.example", "koordination@soest.example")
    assert "„Titel“" in first.body
    with world.database.reading() as session:
        assert [one.text for one in comments_of(session, world.proposal(key))] == ["Ist das der amtliche Name?", "Ja."]
    for text, field in (("", ""), ("x" * 2001, ""), ("Text", "gibt.es.nicht")):
        with pytest.raises(ValidationError):
            say("editor", text, field)
    with pytest.raises(UnknownProposalError):
        say("other", "fremd")


def _scheduled(world: World, **changes: Any) -> str:
    key = world.typed("coordinator", **(changes or {"title": "Neuer Titel"}))
    world.apply("coordinator", key, "publish", publish_at=now() + timedelta(hours=1))
    return key


def test_a_scheduled_version_is_published_once_when_its_time_has_come(world: World) -> None:
    key = _scheduled(world)
    assert publish_due(world.database, now()) == 0
    later = now() + timedelta(hours=2)
    assert publish_due(world.database, later) == 1
    assert publish_due(world.database, later) == 0
    assert world.bundle().title == "Neuer Titel"
    assert world.proposal(key).state is ProposalState.ACCEPTED
    assert [one.changes["title"][1] for one in world.revisions() if "title" in one.changes].count("Neuer Titel") == 1


def test_a_reviewer_may_schedule_what_was_submitted_or_publish_it_early(world: World) -> None:
    key = _submitted(world)
    _decide(world, "coordinator", accept, key, publish_at=now() + timedelta(days=1))
    assert world.proposal(key).state is ProposalState.SCHEDULED
    _decide(world, "coordinator", accept, key)
    assert world.bundle().title == "Neuer Titel"


def test_a_scheduled_version_merges_when_it_is_due(world: World) -> None:
    _scheduled(world)
    world.apply("coordinator", world.typed("coordinator", summary="Inzwischen veröffentlicht."), "publish")
    assert publish_due(world.database, now() + timedelta(hours=2)) == 1
    assert (world.bundle().title, world.bundle().summary) == ("Neuer Titel", "Inzwischen veröffentlicht.")


def test_a_scheduled_version_that_conflicts_goes_back_with_the_reason(world: World) -> None:
    key = _scheduled(world)
    world.apply("editor", world.typed("editor", title="Anderer Titel"), "submit")
    other = world.typed("administrator", title="Dazwischen")
    world.apply("administrator", other, "publish")
    assert publish_due(world.database, now() + timedelta(hours=2)) == 0
    proposal = world.proposal(key)
    assert proposal.state is ProposalState.RETURNED
    assert "Titel" in proposal.decision_note
    assert world.bundle().title == "Dazwischen"
    assert world.mails()[-1].recipient == "koordination@soest.example"


def test_a_scheduled_version_of_a_withdrawn_entry_goes_back(world: World) -> None:
    key = _scheduled(world)
    with world.database.writing() as write:
        withdraw_bundle(write, OWN, actor="system", reason="Eingestellt")
    assert publish_due(world.database, now() + timedelta(hours=2)) == 0
    assert "Eingestellt" in world.proposal(key).decision_note


def test_a_new_entry_may_be_scheduled(world: World) -> None:
    key = world.new("coordinator")
    slug = world.apply("coordinator", key, "publish", publish_at=now() + timedelta(hours=1)).slug
    assert slug is not None
    assert world.bundle(slug).state is State.IN_REVIEW
    assert publish_due(world.database, now() + timedelta(hours=2)) == 1
    assert world.bundle(slug).state is State.PUBLISHED

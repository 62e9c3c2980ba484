"""Working copies and what applying them does."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import select

from registry.accounts.models import Membership, Person
from registry.accounts.permissions import NotAllowedError
from registry.catalogue.enums import State
from registry.editorial.enums import ProposalState
from registry.editorial.proposals import (
    EntryClosedError,
    FieldsRefusedError,
    FourEyesError,
    MergeNeededError,
    Result,
    StaleProposalError,
    UnknownEntryError,
    UnknownProposalError,
    begin,
    begin_new,
    discard,
    find,
    keep,
)
from registry.editorial.stewardship import stewards_of
from registry.editorial.values import record_from
from registry.moments import now
from registry.reuse.operations import DanglingReferenceError, archive_bundle, save_bundle, withdraw_bundle
from tests.office.world import FOREIGN, OWN

from .conftest import NEW, World


def _keep(world: World, role: str, key: str, version: int, **changes: Any) -> None:
    with world.database.noting() as session:
        keep(session, world.actor(role), key, version, changes)


def test_beginning_twice_gives_the_same_working_copy(world: World) -> None:
    tick = world.database.tick()
    first = world.typed("editor", title="Anderer Titel")
    with world.database.noting() as session:
        again = begin(session, world.actor("editor"), OWN)
    assert again.key == first
    assert again.values["title"] == "Anderer Titel"
    assert world.database.tick() == tick, "typing does not make readers fetch the catalogue anew"
    assert world.bundle().title != "Anderer Titel"


def test_only_those_who_answer_for_an_entry_may_begin(world: World) -> None:
    for role in ("reader", "other", "other coordinator"):
        with pytest.raises(NotAllowedError), world.database.noting() as session:
            begin(session, world.actor(role), OWN)
    with pytest.raises(UnknownEntryError), world.database.noting() as session:
        begin(session, world.actor("administrator"), "gibt-es-nicht")
    with pytest.raises(NotAllowedError), world.database.noting() as session:
        begin_new(session, world.actor("editor"), world.organisation("stadt-wuppertal"))
    with pytest.raises(NotAllowedError), world.database.noting() as session:
        begin_new(session, world.actor("editor"), None)


def test_two_windows_of_one_person_do_not_overwrite_each_other(world: World) -> None:
    key = world.typed("editor", title="Im ersten Fenster")
    version = world.proposal(key).version
    with pytest.raises(StaleProposalError) as caught:
        _keep(world, "editor", key, version - 1, title="Im zweiten Fenster")
    assert caught.value.current.values["title"] == "Im ersten Fenster"
    assert caught.value.changes == {"title": "Im zweiten Fenster"}
    _keep(world, "editor", key, version, summary="Weiter geschrieben.")
    assert world.proposal(key).version == version + 1


@pytest.mark.parametrize("name", ["state", "state_note", "slug", "id", "tick", "owner_id", "sources.0.url", "costs"])
def test_fields_that_nobody_may_set_are_refused(world: World, name: str) -> None:
    key = world.typed("editor")
    with pytest.raises(FieldsRefusedError):
        _keep(world, "editor", key, 1, **{name: "x"})


def test_a_working_copy_of_absurd_size_is_refused(world: World) -> None:
    key = world.typed("editor")
    with pytest.raises(FieldsRefusedError):
        _keep(world, "editor", key, 1, description="x" * 3_000_000)
    assert world.proposal(key).version == 1


def test_nobody_types_in_the_working_copy_of_another(world: World) -> None:
    key = world.typed("editor")
    for role in ("coordinator", "administrator", "other"):
        with pytest.raises(UnknownProposalError):
            _keep(world, role, key, 1, title="Fremd")
        with pytest.raises(UnknownProposalError):
            world.apply(role, key, "submit")
    with world.database.reading() as session:
        for role in ("editor", "coordinator", "administrator"):
            assert find(session, world.actor(role), key).key == key
        for role in ("other", "reader"):
            with pytest.raises(UnknownProposalError):
                find(session, world.actor(role), key)


def test_a_discarded_copy_is_gone_and_the_next_one_begins_anew(world: World) -> None:
    key = world.typed("editor", title="Verworfen")
    with world.database.noting() as session:
        discard(session, world.actor("editor"), key)
    with pytest.raises(NotAllowedError):
        _keep(world, "editor", key, 1, title="Zu spät")
    assert world.proposal(world.typed("editor")).values["title"] == world.bundle().title


def test_a_new_entry_becomes_a_draft_of_its_organisation(world: World) -> None:
    key = world.new("editor", sources=[])
    outcome = world.apply("editor", key, "draft")
    assert (outcome.result, outcome.slug) == (Result.DRAFT, "hundesteuer-anmelden")
    bundle = world.bundle("hundesteuer-anmelden")
    assert bundle.state is State.DRAFT
    with world.database.reading() as session:
        assert stewards_of(session, bundle.id).owner_id == world.organisation()
    first, second = world.revisions(bundle.slug)
    assert (first.actor, first.organisation) == (f"person:{world.person_id('editor')}", "stadt-soest")
    assert second.changes == {"owner_id": [None, world.organisation()]}
    assert world.proposal(key).state is ProposalState.WORKING


def test_the_slug_of_a_new_entry_is_its_own(world: World) -> None:
    first, second = (world.apply("editor", world.new("editor"), "draft") for _ in range(2))
    assert (first.slug, second.slug) == ("hundesteuer-anmelden", "hundesteuer-anmelden-2")
    with pytest.raises(ValidationError, match="Kurznamen"):
        world.apply("editor", world.new("editor", slug=OWN), "draft")


def test_an_incomplete_entry_is_no_draft_and_no_candidate(world: World) -> None:
    untitled = world.new("editor", title="")
    for step in ("draft", "submit"):
        with pytest.raises(ValidationError):
            world.apply("editor", untitled, step)
    without_source = world.new("editor", sources=[])
    with pytest.raises(ValidationError):
        world.apply("editor", without_source, "submit")
    with pytest.raises(DanglingReferenceError):
        world.apply("editor", world.new("editor", ozg_services=[{"ozg_id": "99999", "basis": "named"}]), "submit")
    assert world.proposal(without_source).state is ProposalState.WORKING
    assert world.proposal(without_source).bundle_id is None


def test_submitting_a_change_leaves_the_published_entry_and_tells_the_coordinators(world: World) -> None:
    before = world.bundle()
    key = world.typed("editor", title="Hundesteuer, neu gefasst")
    outcome = world.apply("editor", key, "submit", reason="Neuer Name", link=lambda one: f"https://x.example/{one}")
    assert outcome.result is Result.SUBMITTED
    assert world.bundle().title == before.title
    assert world.bundle().tick == before.tick
    assert world.proposal(key).state is ProposalState.SUBMITTED
    (mail,) = world.mails()
    assert mail.recipient == "koordination@soest.example"
    assert f"https://x.example/{key}" in mail.body
    assert "Neuer Name" in mail.body


def test_a_submitted_new_entry_is_in_review(world: World) -> None:
    outcome = world.apply("editor", world.new("editor"), "submit")
    assert outcome.slug is not None
    assert world.bundle(outcome.slug).state is State.IN_REVIEW


def test_an_entry_that_nobody_owns_is_reviewed_by_the_administrators(world: World) -> None:
    with world.database.noting() as session:
        key = begin_new(session, world.actor("administrator"), None, values=NEW).key
    with world.database.writing() as write:
        write.session.add(Person(email="zweite@register.example", name="Zweite Leitung", is_admin=True))
    world.apply("administrator", key, "submit")
    assert [mail.recipient for mail in world.mails()] == ["zweite@register.example"]


def test_an_editor_does_not_publish(world: World) -> None:
    with pytest.raises(NotAllowedError):
        world.apply("editor", world.typed("editor", title="Neuer Titel"), "publish")


def test_a_coordinator_publishes_at_once_and_the_revision_tells_why(world: World) -> None:
    key = world.typed("coordinator", title="Neuer Titel", funding_amount_eur="1.000,50")
    assert world.apply("coordinator", key, "publish", reason="Umbenannt").result is Result.PUBLISHED
    assert world.bundle().title == "Neuer Titel"
    revision = world.revisions()[-1]
    assert revision.changes["title"][1] == "Neuer Titel"
    assert revision.changes["funding_amount_eur"][1] == "1000.50"
    assert (revision.reason, revision.organisation) == ("Umbenannt", "stadt-soest")
    proposal = world.proposal(key)
    assert (proposal.state, proposal.decided_by) == (ProposalState.ACCEPTED, world.person_id("coordinator"))


def test_with_four_eyes_nobody_publishes_the_own_change(world: World) -> None:
    world.four_eyes()
    for role in ("coordinator", "administrator"):
        with pytest.raises(FourEyesError):
            world.apply(role, world.typed(role, title="Neuer Titel"), "publish")
    world.apply("coordinator", world.typed("coordinator", title="Neuer Titel"), "submit")
    assert [mail.recipient for mail in world.mails()] == ["leitung@register.example"], "nobody else may decide"


def test_nothing_changed_is_told_and_stays_in_work(world: World) -> None:
    tick = world.bundle().tick
    for step in ("submit", "publish"):
        assert world.apply("coordinator", world.typed("coordinator"), step).result is Result.UNCHANGED
    assert world.bundle().tick == tick
    assert world.apply("coordinator", world.typed("coordinator"), "draft").result is Result.KEPT


def test_changes_of_others_meanwhile_merge_field_by_field(world: World) -> None:
    mine = world.typed("editor", summary="Eine ganz andere Kurzbeschreibung.")
    world.apply("coordinator", world.typed("coordinator", title="Neuer Titel"), "publish")
    world.apply("editor", mine, "submit")
    values = world.proposal(mine).values
    assert (values["title"], values["summary"]) == ("Neuer Titel", "Eine ganz andere Kurzbeschreibung.")


def test_a_conflict_loses_nothing(world: World) -> None:
    mine = world.typed("editor", title="Mein Titel")
    before = world.proposal(mine)
    world.apply("coordinator", world.typed("coordinator", title="Ihr Titel"), "publish")
    tick = world.database.tick()
    with pytest.raises(MergeNeededError) as caught:
        world.apply("editor", mine, "submit")
    (conflict,) = caught.value.conflicts
    assert (conflict.field, conflict.mine, conflict.theirs) == ("title", "Mein Titel", "Ihr Titel")
    assert world.proposal(mine).values == before.values
    assert world.proposal(mine).base == before.base
    assert world.database.tick() == tick


@pytest.mark.parametrize("close", [withdraw_bundle, archive_bundle])
def test_an_entry_that_was_closed_meanwhile_is_told(world: World, close: Any) -> None:
    key = world.typed("coordinator", title="Neuer Titel")
    with world.database.writing() as write:
        close(write, OWN, actor="system", reason="Eingestellt")
    with pytest.raises(EntryClosedError, match="Eingestellt"):
        world.apply("coordinator", key, "publish")
    with pytest.raises(EntryClosedError), world.database.noting() as session:
        begin(session, world.actor("editor"), OWN)
    assert world.proposal(key).values["title"] == "Neuer Titel"


def test_publication_may_be_set_for_later(world: World) -> None:
    at = now() + timedelta(days=2)
    key = world.typed("coordinator", title="Neuer Titel")
    assert world.apply("coordinator", key, "publish", publish_at=at).result is Result.SCHEDULED
    assert world.bundle().title != "Neuer Titel"
    assert world.proposal(key).publish_at == at
    far = world.typed("coordinator", title="Noch später")
    with pytest.raises(ValidationError, match="ein Jahr"):
        world.apply("coordinator", far, "publish", publish_at=now() + timedelta(days=800))
    assert world.apply("coordinator", far, "publish", publish_at=now() - timedelta(1)).result is Result.PUBLISHED


def test_who_has_lost_the_role_no_longer_applies(world: World) -> None:
    key = world.typed("editor", title="Neuer Titel")
    with world.database.writing() as write:
        for membership in write.session.exec(select(Membership)):
            write.session.delete(membership)
    with pytest.raises(NotAllowedError):
        world.apply("editor", key, "submit")


def test_a_note_on_the_state_stays_as_long_as_the_state(world: World) -> None:
    with world.database.writing() as write:
        record = record_from(world.content(FOREIGN), state=State.PUBLISHED, note="Beleg fehlt")
        save_bundle(write, record, actor="system")
    world.apply("other coordinator", world.typed("other coordinator", FOREIGN, title="Anderer Titel"), "publish")
    assert world.bundle(FOREIGN).state_note == "Beleg fehlt"

"""What changes between looking and deciding: versions of others, roles that go, owners that change."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import delete, select

from registry.accounts.enums import OrganisationKind, Role
from registry.accounts.models import Membership, Organisation
from registry.accounts.permissions import NotAllowedError
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.editorial import scheduling
from registry.editorial.bulk import apply_edit, checked, edit_from
from registry.editorial.entries import discard_draft
from registry.editorial.enums import ProposalState
from registry.editorial.held import held_entries
from registry.editorial.models import Proposal
from registry.editorial.proposals import Result, find
from registry.editorial.resolving import disputed
from registry.editorial.review_views import Review, review_of
from registry.editorial.reviewing import ReviewOutdatedError, accept, comment, decline, publish_due
from registry.editorial.sets import NothingToChangeError
from registry.editorial.stewardship import set_stewards, stewards_of
from registry.editorial.undoing import undo_set
from registry.editorial.versions import UnknownVersionError, restore, versions_of
from registry.history import Author
from registry.moments import now
from tests.editorial.conftest import World
from tests.office.world import FOREIGN, OWN, person


def _join(world: World, role: str, slug: str, kind: Role = Role.EDITOR) -> None:
    with world.database.noting() as session:
        session.add(
            Membership(person_id=person(session, role).id or 0, organisation_id=world.organisation(slug), role=kind)
        )


def _leave(world: World, role: str, slug: str = "stadt-soest") -> None:
    with world.database.noting() as session:
        session.exec(
            delete(Membership).where(  # type: ignore[call-overload]
                Membership.person_id == person(session, role).id,  # type: ignore[arg-type]
                Membership.organisation_id == world.organisation(slug),  # type: ignore[arg-type]
            )
        )


def _review(world: World, role: str, key: str) -> Review:
    actor = world.actor(role)
    with world.database.reading() as session:
        return review_of(session, actor, find(session, actor, key))


def _in_review(world: World) -> tuple[str, str]:
    key = world.new("editor", title="Was geprüft wird")
    slug = world.apply("editor", key, "submit").slug
    assert slug is not None
    return key, slug


@pytest.mark.parametrize("step", ["draft", "submit"])
def test_what_is_under_review_is_not_changed_by_the_steps_of_others(world: World, step: Any) -> None:
    world.four_eyes()
    key, slug = _in_review(world)
    other = world.typed("coordinator", slug, title="Von niemandem geprüft", licence="MIT")
    outcome = world.apply("coordinator", other, step)
    assert outcome.result is (Result.WAITS if step == "draft" else Result.SUBMITTED)
    assert world.bundle(slug).title == "Was geprüft wird"
    with world.database.writing() as write:
        accept(write, world.actor("coordinator"), key)
    assert (world.bundle(slug).title, world.bundle(slug).licence) == ("Was geprüft wird", None)
    assert world.proposal(other).values["title"] == "Von niemandem geprüft", "nothing typed is lost"


def test_nothing_that_nobody_decided_on_is_published_at_a_set_time(world: World) -> None:
    key, slug = _in_review(world)
    with world.database.writing() as write:
        accept(write, world.actor("coordinator"), key, publish_at=now() + timedelta(hours=1))
    _join(world, "other", "stadt-soest")
    world.apply("other", world.typed("other", slug, summary="Von niemandem geprüft."), "draft")
    assert publish_due(world.database, now() + timedelta(hours=2)) == 1
    assert world.bundle(slug).state is State.PUBLISHED
    assert world.bundle(slug).summary != "Von niemandem geprüft."


def test_a_new_entry_that_was_changed_in_bulk_is_looked_at_again_before_it_is_accepted(world: World) -> None:
    key, slug = _in_review(world)
    shown = _review(world, "coordinator", key).seen
    actor = world.actor("coordinator")
    with world.database.writing() as write:
        edit = checked(write.session, edit_from(actor, "licence", "set", {"licence": "MIT"}))
        seen = held_entries(write.session, actor, [slug])[slug].seen
        apply_edit(write, actor, edit, {slug: seen}, title="Lizenz")
    with pytest.raises(ReviewOutdatedError), world.database.writing() as write:
        accept(write, actor, key, seen=shown)
    review = _review(world, "coordinator", key)
    assert review.after["licence"] == "MIT", "the review shows what accepting publishes"
    with world.database.writing() as write:
        accept(write, actor, key, seen=review.seen)
    assert world.bundle(slug).licence == "MIT"


def test_changes_of_a_published_entry_that_merge_do_not_hold_a_review_up(world: World) -> None:
    key = world.typed("editor", title="Neuer Titel")
    world.apply("editor", key, "submit")
    shown = _review(world, "coordinator", key).seen
    world.apply("administrator", world.typed("administrator", licence="EUPL-1.2"), "publish")
    with world.database.writing() as write:
        accept(write, world.actor("coordinator"), key, seen=shown)
    assert (world.bundle().title, world.bundle().licence) == ("Neuer Titel", "EUPL-1.2")


def test_who_has_left_reads_no_further_in_unpublished_entries(world: World) -> None:
    draft = world.new("editor")
    slug = world.apply("editor", draft, "draft").slug
    assert slug is not None
    key = world.typed("editor", slug, title="Mein Titel")
    _join(world, "editor", "stadt-wuppertal")
    _leave(world, "editor")
    world.apply("coordinator", world.typed("coordinator", slug, title="Geheimer Titel"), "draft")
    with pytest.raises(NotAllowedError), world.database.reading() as session:
        disputed(session, world.actor("editor"), key)
    review = _review(world, "editor", key)
    assert "Geheimer Titel" not in str([review.before, review.after])


def test_remarks_are_not_mailed_to_those_who_have_left(world: World) -> None:
    key = world.typed("editor", title="Neuer Titel")
    world.apply("editor", key, "submit")
    for role in ("coordinator", "administrator"):
        with world.database.noting() as session:
            comment(session, world.actor(role), key, "Bitte ergänzen.")
    _leave(world, "coordinator")
    before = len(world.mails())
    with world.database.noting() as session:
        comment(session, world.actor("editor"), key, "Ist geschehen.")
    assert [mail.recipient for mail in world.mails()[before:]] == ["leitung@register.example"]


def test_a_deputy_does_not_take_an_ownership_back_by_undoing(world: World) -> None:
    admin, wuppertal = world.actor("administrator"), world.organisation("stadt-wuppertal")
    with world.database.writing() as write:
        write.session.add(Organisation(slug="land", name="Land", kind=OrganisationKind.LAND))
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == FOREIGN)).one()
        set_stewards(write, bundle, wuppertal, world.organisation(), author=Author("system"))
    with world.database.writing() as write:
        edit = checked(write.session, edit_from(admin, "owner", "set", {"owner": "land"}))
        seen = {slug: one.seen for slug, one in held_entries(write.session, admin, [OWN, FOREIGN]).items()}
        done = apply_edit(write, admin, edit, seen, title="Neue Stelle")
    with pytest.raises(NothingToChangeError), world.database.writing() as write:
        undo_set(write, world.actor("coordinator"), done.key)
    with world.database.writing() as write:
        assert undo_set(write, admin, done.key)[0].entries == 2
        assert stewards_of(write.session, world.bundle(FOREIGN).id).owner_id == wuppertal


def test_the_history_of_a_discarded_draft_is_not_handed_on_with_its_name(world: World) -> None:
    slug = world.apply("editor", world.new("editor", title="Vertraulicher Entwurf", slug="neues-angebot"), "draft").slug
    assert slug == "neues-angebot"
    old = world.bundle(slug).tick
    with world.database.writing() as write:
        discard_draft(write, world.actor("editor"), slug)
    key = world.new("other", world.organisation("stadt-wuppertal"), title="Ganz anderes Angebot", slug=slug)
    world.apply("other", key, "draft")
    with world.database.reading() as session:
        versions = versions_of(session, world.bundle(slug), world.actor("other"))
    assert "Vertraulicher Entwurf" not in str(versions)
    assert len(versions) == 1
    with pytest.raises(UnknownVersionError), world.database.writing() as write:
        restore(write, world.actor("other"), slug, old, "früher")


def test_restoring_what_is_there_already_leaves_no_working_copy(world: World) -> None:
    tick = world.revisions()[0].tick
    with world.database.writing() as write:
        assert restore(write, world.actor("coordinator"), OWN, tick, "früher").result is Result.UNCHANGED
    with world.database.reading() as session:
        assert session.exec(select(Proposal)).all() == []


def test_a_scheduled_version_that_fails_keeps_no_other_from_its_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = []
    for title in ("Erstes Angebot", "Zweites Angebot"):
        keys.append(world.new("coordinator", title=title))
        world.apply("coordinator", keys[-1], "publish", publish_at=now() + timedelta(hours=1))
    publish = scheduling._publish

    def broken(database: Any, key: str, *more: Any) -> bool:
        if key == keys[0]:
            raise RuntimeError("unforeseen")
        return publish(database, key, *more)

    monkeypatch.setattr(scheduling, "_publish", broken)
    assert publish_due(world.database, now() + timedelta(hours=2)) == 1
    assert [world.proposal(key).state for key in keys] == [ProposalState.SCHEDULED, ProposalState.ACCEPTED]


def test_an_organisation_out_of_service_decides_nothing(world: World) -> None:
    key = world.typed("editor", title="Neuer Titel")
    world.apply("editor", key, "submit")
    with world.database.writing() as write:
        write.session.exec(select(Organisation).where(Organisation.slug == "stadt-soest")).one().active = False
    for attempt in (accept, decline):
        with pytest.raises(Exception, match=r"OZG-Koordination|gibt es nicht"), world.database.writing() as write:
            attempt(write, world.actor("coordinator"), key, "Passt.")
    with pytest.raises(NotAllowedError):
        world.typed("editor", title="Noch einer")


def test_a_version_that_waits_is_decided_by_the_new_owner(world: World) -> None:
    key = world.typed("editor", title="Neuer Titel")
    world.apply("editor", key, "submit")
    with world.database.writing() as write:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == OWN)).one()
        set_stewards(write, bundle, world.organisation("stadt-wuppertal"), None, author=Author("system"))
    with pytest.raises(Exception, match="gibt es nicht"), world.database.writing() as write:
        accept(write, world.actor("coordinator"), key)
    with world.database.writing() as write:
        accept(write, world.actor("other coordinator"), key)
    assert world.bundle().title == "Neuer Titel"

"""Who answers for an entry, and decisions on it as a whole."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import select

from registry.accounts.models import Organisation
from registry.accounts.permissions import NotAllowedError
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.catalogue.rules import StateConflictError
from registry.editorial.entries import (
    archive_entry,
    confirm_facts,
    discard_draft,
    reinstate_entry,
    withdraw_entry,
)
from registry.editorial.enums import ProposalState
from registry.editorial.models import Stewardship
from registry.editorial.stewardship import (
    HandOverError,
    assign,
    offer,
    recall,
    set_deputy,
    stewards_of,
    take_over,
    turn_down,
)
from registry.editorial.versions import replay
from registry.editorial.worklists import EntryFilter, entries_for, queue_for
from registry.reuse.operations import UnknownEntryError
from tests.office.world import FOREIGN, OWN

from .conftest import World


def _write(world: World, role: str, operation: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    with world.database.writing() as write:
        operation(write, world.actor(role), *arguments, **options)


def _note(world: World, role: str, operation: Callable[..., Any], *arguments: Any) -> None:
    with world.database.noting() as session:
        operation(session, world.actor(role), *arguments)


def _stewards(world: World, slug: str = OWN) -> tuple[int | None, int | None]:
    with world.database.reading() as session:
        found = stewards_of(session, world.bundle(slug).id)
        return found.owner_id, found.deputy_id


def _offered_to(world: World) -> int | None:
    with world.database.reading() as session:
        return session.exec(select(Stewardship.offered_to_id).where(Stewardship.bundle_id == world.bundle().id)).one()


def test_an_entry_is_handed_over_when_the_receiver_accepts(world: World) -> None:
    soest, wuppertal = world.organisation(), world.organisation("stadt-wuppertal")
    _note(world, "coordinator", offer, OWN, wuppertal)
    assert (_stewards(world), _offered_to(world)) == ((soest, None), wuppertal)
    assert {mail.recipient for mail in world.mails()} == {
        "koordination@soest.example",
        "koordination@wuppertal.example",
    }
    for role in ("other", "coordinator", "editor"):
        with pytest.raises(NotAllowedError):
            _write(world, role, take_over, OWN)
    _write(world, "other coordinator", take_over, OWN)
    assert (_stewards(world), _offered_to(world)) == ((wuppertal, None), None)
    revision = world.revisions()[-1]
    assert revision.changes == {"owner_id": [soest, wuppertal]}
    assert revision.organisation == "stadt-wuppertal"
    assert len(world.mails()) == 4
    with pytest.raises(HandOverError):
        _write(world, "other coordinator", take_over, OWN)


def test_an_offer_is_declined_or_taken_back(world: World) -> None:
    wuppertal = world.organisation("stadt-wuppertal")
    _note(world, "coordinator", offer, OWN, wuppertal)
    with pytest.raises(NotAllowedError):
        _note(world, "coordinator", turn_down, OWN)
    _note(world, "other coordinator", turn_down, OWN)
    assert _offered_to(world) is None
    _note(world, "coordinator", offer, OWN, wuppertal)
    _note(world, "coordinator", recall, OWN)
    with pytest.raises(HandOverError):
        _note(world, "other coordinator", turn_down, OWN)


def test_only_the_owner_offers_and_not_to_itself_or_to_nobody(world: World) -> None:
    soest, wuppertal = world.organisation(), world.organisation("stadt-wuppertal")
    for role in ("editor", "other coordinator", "reader"):
        with pytest.raises(NotAllowedError):
            _note(world, role, offer, OWN, wuppertal)
    for number in (soest, 999_999):
        with pytest.raises(HandOverError):
            _note(world, "coordinator", offer, OWN, number)
    with world.database.noting() as session:
        session.exec(select(Organisation).where(Organisation.id == wuppertal)).one().active = False
    with pytest.raises(HandOverError):
        _note(world, "coordinator", offer, OWN, wuppertal)
    with pytest.raises(UnknownEntryError):
        _note(world, "coordinator", offer, "gibt-es-nicht", wuppertal)


def test_a_deputy_does_what_the_owner_does_but_does_not_give_the_entry_away(world: World) -> None:
    soest, wuppertal = world.organisation(), world.organisation("stadt-wuppertal")
    _write(world, "coordinator", set_deputy, OWN, wuppertal)
    assert _stewards(world) == (soest, wuppertal)
    world.apply("other coordinator", world.typed("other coordinator", title="Von der Vertretung"), "publish")
    assert world.bundle().title == "Von der Vertretung"
    assert world.revisions()[-1].organisation == "stadt-wuppertal"
    for operation, argument in ((offer, soest), (recall, None)):
        with pytest.raises(NotAllowedError):
            _note(world, "other coordinator", operation, OWN, *([argument] if argument else []))
    with pytest.raises(NotAllowedError):
        _write(world, "other coordinator", set_deputy, OWN, None)
    _write(world, "coordinator", set_deputy, OWN, None)
    assert _stewards(world) == (soest, None)
    with pytest.raises(HandOverError):
        _write(world, "coordinator", set_deputy, OWN, soest)


def test_an_administrator_assigns_directly(world: World) -> None:
    wuppertal = world.organisation("stadt-wuppertal")
    with pytest.raises(NotAllowedError):
        _write(world, "coordinator", assign, OWN, wuppertal, None)
    with world.database.reading() as session:
        orphan = session.exec(select(ServiceBundle.slug).where(ServiceBundle.slug.not_in([OWN, FOREIGN]))).first()  # type: ignore[attr-defined]
    assert orphan is not None
    _write(world, "administrator", assign, orphan, wuppertal, None, "Zuordnung")
    assert _stewards(world, orphan) == (wuppertal, None)
    _write(world, "administrator", assign, orphan, None, None)
    assert _stewards(world, orphan) == (None, None)
    with pytest.raises(NotAllowedError):
        _note(world, "coordinator", offer, orphan, wuppertal)


def test_confirming_is_one_step_and_names_the_organisation(world: World) -> None:
    _write(world, "coordinator", confirm_facts, OWN)
    bundle = world.bundle()
    assert (bundle.verified_on, bundle.verified_by) == (datetime.now(UTC).date(), "Stadt Soest")
    assert world.revisions()[-1].reason == "Angaben bestätigt"
    _write(world, "administrator", confirm_facts, FOREIGN)
    assert world.bundle(FOREIGN).verified_by == "Administration des Registers"
    for role in ("editor", "other coordinator", "reader"):
        with pytest.raises(NotAllowedError):
            _write(world, role, confirm_facts, OWN)


@pytest.mark.parametrize(("operation", "state"), [(withdraw_entry, State.WITHDRAWN), (archive_entry, State.ARCHIVED)])
def test_closing_needs_a_reason_and_a_real_successor(world: World, operation: Callable[..., Any], state: State) -> None:
    for options in (
        {"reason": " "},
        {"reason": "x" * 501},
        {"reason": "gut", "successor": "gibt-es-nicht"},
        {"reason": "gut", "successor": OWN},
    ):
        with pytest.raises(ValidationError):
            _write(world, "coordinator", operation, OWN, **options)
    with pytest.raises(NotAllowedError):
        _write(world, "editor", operation, OWN, reason="gut")
    _write(world, "coordinator", operation, OWN, reason="Abgelöst", successor=FOREIGN)
    bundle = world.bundle()
    assert (bundle.state, bundle.state_note, bundle.successor_slug) == (state, "Abgelöst", FOREIGN)
    with pytest.raises(StateConflictError if state is State.PUBLISHED else ValidationError):
        _write(world, "other coordinator", operation, FOREIGN, reason="gut", successor=OWN)
    _write(world, "coordinator", reinstate_entry, OWN)
    assert (world.bundle().state, world.bundle().successor_slug) == (State.PUBLISHED, None)


def test_a_draft_that_was_never_public_is_discarded_without_a_trace_in_lists(world: World) -> None:
    key = world.new("editor")
    slug = world.apply("editor", key, "draft").slug
    assert slug is not None
    other = world.typed("coordinator", slug, title="Auch daran")
    with pytest.raises(NotAllowedError, match="jemand anderes"):
        _write(world, "editor", discard_draft, slug)
    _write(world, "coordinator", discard_draft, slug)
    with pytest.raises(UnknownEntryError):
        _write(world, "coordinator", discard_draft, slug)
    assert {world.proposal(one).state for one in (key, other)} == {ProposalState.DISCARDED}
    with world.database.reading() as session:
        assert not any(replay(session, slug).values())
        assert not entries_for(session, world.actor("coordinator"), EntryFilter(text=slug), 1).rows
    again = world.apply("editor", world.new("editor"), "draft").slug
    assert again == slug, "the slug may be used again"
    with world.database.reading() as session:
        assert replay(session, slug)["title"] == world.bundle(slug).title


def test_what_was_ever_public_or_is_in_review_is_not_discarded(world: World) -> None:
    with pytest.raises(NotAllowedError):
        _write(world, "coordinator", discard_draft, OWN)
    slug = world.apply("editor", world.new("editor"), "submit").slug
    with pytest.raises(NotAllowedError):
        _write(world, "coordinator", discard_draft, slug)


def test_lists_show_what_concerns_a_person(world: World) -> None:
    key = world.typed("editor", title="In Arbeit")

    def slugs(role: str, **wanted: Any) -> set[str]:
        with world.database.reading() as session:
            return {row.bundle.slug for row in entries_for(session, world.actor(role), EntryFilter(**wanted), 1).rows}

    assert slugs("editor") == slugs("editor", in_work=True) == {OWN}
    assert slugs("coordinator", in_work=True) == set()
    assert slugs("other") == {FOREIGN}
    assert slugs("reader") == set()
    everything = slugs("administrator")
    assert len(everything) > 10
    assert slugs("administrator", ownerless=True) == everything - {OWN, FOREIGN}
    assert slugs("administrator", text="HUNDESTEUER-s") == {OWN}
    assert slugs("administrator", text="100%_") == set()
    assert slugs("administrator", organisation_id=world.organisation()) == {OWN}
    assert slugs("administrator", state=State.WITHDRAWN) == set()
    world.apply("editor", key, "submit")
    with world.database.reading() as session:
        for role, waiting, mine in (("editor", 0, 1), ("coordinator", 1, 0), ("other coordinator", 0, 0)):
            queue = queue_for(session, world.actor(role))
            assert (len(queue.waiting), len(queue.mine)) == (waiting, mine)
        assert len(entries_for(session, world.actor("administrator"), EntryFilter(), 99).rows) > 0

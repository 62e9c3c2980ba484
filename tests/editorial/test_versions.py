"""History: every revision replays, every version can be read and restored, and drafts stay private."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import col, select

from registry.accounts.permissions import ANONYMOUS, NotAllowedError
from registry.catalogue.models import ServiceBundle
from registry.catalogue.rules import StateConflictError
from registry.editorial.differences import Fate, Mark, compare, differences
from registry.editorial.entries import archive_entry, confirm_facts, reinstate_entry, withdraw_entry
from registry.editorial.enums import ProposalState
from registry.editorial.naming import names_in
from registry.editorial.proposals import MergeNeededError, Result, discard
from registry.editorial.reviewing import publish_due
from registry.editorial.stewardship import assign, stewards_of
from registry.editorial.versions import (
    UnknownVersionError,
    Version,
    replay,
    restore,
    revisions_of,
    version_at,
    versions_of,
)
from registry.history import SYSTEM, Author, Revision
from registry.moments import now
from registry.reuse.operations import UnknownEntryError, save_bundle
from registry.reuse.records import flattened, record_of
from tests.office.world import FOREIGN, OWN

from .conftest import World


def _versions(world: World, role: str, slug: str = OWN) -> list[Version]:
    actor = ANONYMOUS if role == "anonymous" else world.actor(role)
    with world.database.reading() as session:
        return versions_of(session, world.bundle(slug), actor)


def _assert_replayed(world: World, slug: str) -> None:
    """The revisions of an entry replay to its rows: record, successor and owner."""
    with world.database.reading() as session:
        bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
        stewards = stewards_of(session, bundle.id)
        stored = flattened(record_of(session, bundle)) | {
            "successor_slug": bundle.successor_slug,
            "owner_id": stewards.owner_id,
            "deputy_id": stewards.deputy_id,
        }
        assert replay(session, slug) == stored
        state: dict[str, Any] = {}
        for revision in revisions_of(session, slug):
            for name, (before, after) in revision.changes.items():
                assert state.get(name) == before, (revision.tick, name)
                state[name] = after


def test_the_revisions_of_the_starter_catalogue_replay(world: World) -> None:
    with world.database.reading() as session:
        slugs = list(session.exec(select(ServiceBundle.slug)))
    for slug in slugs:
        _assert_replayed(world, slug)


_texts = st.sampled_from(["Erste Fassung hier", "Zweite Fassung hier", "Dritte, längere Fassung"])
_edits = st.fixed_dictionaries(
    {},
    optional={
        "title": _texts,
        "description": st.one_of(st.none(), _texts),
        "funding_amount_eur": st.sampled_from([None, "0", "10,5"]),
        "costs.operation_fte_from": st.sampled_from([None, 0, 0.5]),
        "transferability.experiences": st.one_of(st.none(), _texts),
        "audience": st.lists(st.sampled_from(["citizens", "businesses"]), unique=True),
        "links": st.lists(
            st.builds(
                lambda kind, name: {"kind": kind, "url": f"https://www.example.org/{name}"},
                st.sampled_from(["website", "demo"]),
                st.sampled_from("ab"),
            ),
            max_size=3,
        ),
    },
)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), _edits),
        st.tuples(st.sampled_from(["withdraw", "archive", "reinstate", "confirm", "schedule"]), st.just({})),
        st.tuples(st.just("assign"), st.sampled_from([{"deputy": True}, {"deputy": False}])),
        st.tuples(st.just("restore"), st.integers(0, 9).map(lambda number: {"number": number})),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_steps)
def test_any_sequence_of_changes_replays_to_the_present(world: World, steps: list[tuple[str, dict[str, Any]]]) -> None:
    actor = world.actor("administrator")
    for step, details in steps:
        try:
            if step == "edit":
                world.apply("administrator", world.typed("administrator", OWN, **details), "publish")
            elif step == "schedule":
                key = world.typed("administrator", OWN, summary="Zum vorgemerkten Zeitpunkt.")
                world.apply("administrator", key, "publish", publish_at=now() + timedelta(hours=1))
                publish_due(world.database, now() + timedelta(hours=2))
            else:
                with world.database.writing() as write:
                    if step == "withdraw":
                        withdraw_entry(write, actor, OWN, reason="Grund", successor=FOREIGN)
                    elif step == "archive":
                        archive_entry(write, actor, OWN, reason="Grund")
                    elif step == "reinstate":
                        reinstate_entry(write, actor, OWN)
                    elif step == "confirm":
                        confirm_facts(write, actor, OWN)
                    elif step == "assign":
                        deputy = world.organisation("stadt-wuppertal") if details["deputy"] else None
                        assign(write, actor, OWN, world.organisation(), deputy)
                    else:
                        ticks = [one.tick for one in revisions_of(write.session, OWN)]
                        restore(write, actor, OWN, ticks[details["number"] % len(ticks)], "früher")
        except (NotAllowedError, StateConflictError):  # a closed entry takes no changes
            pass
        except MergeNeededError as error:  # an older working copy of the same fields
            with world.database.noting() as session:
                discard(session, actor, error.key)
        _assert_replayed(world, OWN)


def test_a_version_is_the_entry_as_of_its_tick(world: World) -> None:
    before = world.content()
    for title in ("Zweite Fassung", "Dritte Fassung"):
        world.apply("coordinator", world.typed("coordinator", title=title), "publish")
    first, second = (one.tick for one in world.revisions() if "title" in one.changes and one.changes["title"][0])
    with world.database.reading() as session:
        assert replay(session, OWN, first - 1)["title"] == before["title"]
        assert replay(session, OWN, first)["title"] == "Zweite Fassung"
        assert replay(session, OWN, second)["title"] == replay(session, OWN)["title"] == "Dritte Fassung"


def test_the_public_sees_the_organisation_and_insiders_the_person(world: World) -> None:
    world.apply("coordinator", world.typed("coordinator", title="Neu" + " gefasst"), "publish", reason="Umbenannt")
    for role in ("anonymous", "reader", "other"):
        last = _versions(world, role)[-1]
        assert (last.by, last.person, last.reason, last.changed) == ("Stadt Soest", None, "Umbenannt", ("title",))
    assert _versions(world, "editor")[-1].person == "Koordination Soest"
    world.apply("administrator", world.typed("administrator", title="Von oben"), "publish")
    assert _versions(world, "anonymous")[-1].by == "Administration des Registers"
    with world.database.writing() as write:
        record = record_of(
            write.session, write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == OWN)).one()
        )
        save_bundle(write, record.model_copy(update={"title": "Aus Datei"}), actor="ozg-registry import")
        record_from_file = record.model_copy(update={"title": "Vom System"})
        save_bundle(write, record_from_file, actor=Author(SYSTEM))
    assert _versions(world, "anonymous")[-1].by == "System"


def test_what_was_a_draft_or_withdrawn_stays_private(world: World) -> None:
    key = world.new("editor", title="Geheimer Entwurf")
    slug = world.apply("editor", key, "draft").slug
    assert slug is not None
    assert _versions(world, "anonymous", slug) == []
    assert len(_versions(world, "editor", slug)) == 1
    published = world.typed("coordinator", slug, title="Öffentlicher Titel")
    world.apply("coordinator", published, "publish")
    (only,) = _versions(world, "anonymous", slug)
    assert "title" in only.changed
    assert len(_versions(world, "editor", slug)) == 2
    with world.database.writing() as write:
        withdraw_entry(write, world.actor("coordinator"), slug, reason="Geheimer Grund")
    with world.database.writing() as write:
        reinstate_entry(write, world.actor("coordinator"), slug)
    public = _versions(world, "anonymous", slug)
    assert [one.reason for one in public] == [""]
    assert not any("Geheim" in str((one.values, one.reason)) for one in public)
    assert len(_versions(world, "editor", slug)) == 4
    with pytest.raises(UnknownVersionError):
        version_at(public, _versions(world, "editor", slug)[0].tick)


def test_restoring_brings_the_content_back_and_keeps_state_and_owner(world: World) -> None:
    before = world.content()
    tick = world.revisions()[0].tick
    world.apply("coordinator", world.typed("coordinator", title="Falsch", links=[]), "publish")
    with world.database.writing() as write:
        outcome = restore(write, world.actor("coordinator"), OWN, tick, "1. Januar 2026")
    assert outcome.result is Result.PUBLISHED
    assert world.content() == before
    assert world.revisions()[-1].reason == "Fassung vom 1. Januar 2026 wiederhergestellt"
    with world.database.reading() as session:
        assert replay(session, OWN)["owner_id"] == world.organisation()


def test_a_version_older_than_the_newer_fields_is_restored(world: World) -> None:
    before = world.content()
    with world.database.noting() as session:  # as a release wrote them that knew neither cost blocks nor checklist
        first = session.exec(select(Revision).where(Revision.entity_key == OWN).order_by(col(Revision.id))).first()
        assert first is not None
        newer = ("cost_blocks", "checks", "_source_url", "_assessed_on")
        first.changes = {name: change for name, change in first.changes.items() if not name.endswith(newer)}
        tick = first.tick
    block = {"kind": "connection", "rhythm": "once", "basis": "flat", "amount_from_eur": "100"}
    world.apply("coordinator", world.typed("coordinator", title="Anders", cost_blocks=[block]), "publish")
    assert world.content()["cost_blocks"]
    with world.database.writing() as write:
        outcome = restore(write, world.actor("coordinator"), OWN, tick, "1. Januar 2026")
    assert outcome.result is Result.PUBLISHED
    assert world.content() == before
    assert set(world.revisions()[-1].changes) == {"title", "cost_blocks"}
    with world.database.writing() as write:
        again = restore(write, world.actor("coordinator"), OWN, tick, "1. Januar 2026")
    assert again.result is Result.UNCHANGED


def test_restoring_leaves_the_own_working_copy_alone(world: World) -> None:
    key = world.typed("coordinator", summary="Noch nicht fertig geschrieben.")
    world.apply("administrator", world.typed("administrator", title="Falsch"), "publish")
    with world.database.writing() as write:
        restore(write, world.actor("coordinator"), OWN, world.revisions()[0].tick, "früher")
    assert world.proposal(key).values["summary"] == "Noch nicht fertig geschrieben."
    assert world.proposal(key).state is ProposalState.WORKING


def test_who_does_not_decide_submits_the_restored_version(world: World) -> None:
    tick = world.revisions()[0].tick
    world.apply("coordinator", world.typed("coordinator", title="Falsch"), "publish")
    with world.database.writing() as write:
        assert restore(write, world.actor("editor"), OWN, tick, "früher").result is Result.SUBMITTED
    world.four_eyes()
    with world.database.writing() as write:
        assert restore(write, world.actor("coordinator"), OWN, tick, "früher").result is Result.SUBMITTED
    assert world.bundle().title == "Falsch"


def test_restoring_is_refused_to_others_and_for_what_is_not_there(world: World) -> None:
    tick = world.revisions()[0].tick
    for role, slug, number, error in (
        ("other coordinator", OWN, tick, NotAllowedError),
        ("coordinator", OWN, tick + 1_000_000, UnknownVersionError),
        ("coordinator", "gibt-es-nicht", tick, UnknownVersionError),
        ("coordinator", FOREIGN, tick, UnknownVersionError),
    ):
        with pytest.raises((error, UnknownEntryError, NotAllowedError)), world.database.writing() as write:
            restore(write, world.actor(role), slug, number, "früher")


def test_a_version_that_the_present_rules_refuse_is_not_restored(world: World) -> None:
    key = world.new("editor", sources=[])
    slug = world.apply("editor", key, "draft").slug
    assert slug is not None
    tick = world.revisions(slug)[0].tick
    sources = [{"url": "https://www.example.org/a", "title": "Bericht"}]
    world.apply("coordinator", world.typed("coordinator", slug, sources=sources), "publish")
    with pytest.raises(ValidationError), world.database.writing() as write:
        restore(write, world.actor("coordinator"), slug, tick, "früher")


def test_words_that_differ_are_marked() -> None:
    sides = compare("Hunde werden online angemeldet.", "Hunde werden schriftlich abgemeldet.")
    assert [(one.text, one.mark) for one in sides.before] == [
        ("Hunde werden ", Mark.SAME),
        ("online angemeldet", Mark.REMOVED),
        (".", Mark.SAME),
    ]
    assert [one.text for one in sides.after if one.mark is Mark.ADDED] == ["schriftlich abgemeldet"]


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_pieces_of_a_comparison_are_the_texts(before: str, after: str) -> None:
    sides = compare(before, after)
    assert "".join(one.text for one in sides.before) == before
    assert "".join(one.text for one in sides.after) == after
    # White space between two marked pieces of one side is marked with them: the other side may not have them.
    same = [
        re.sub(r"\s", "", "".join(one.text for one in side if one.mark is Mark.SAME))
        for side in (sides.before, sides.after)
    ]
    assert same[0] == same[1]


def test_lists_are_compared_item_by_item(world: World) -> None:
    before = world.content()
    rows = [one | {"publisher": "Neu"} for one in before["sources"][:1]]
    rows += [*before["sources"][2:], {"url": "https://www.example.org/neu", "title": "Neu"}]
    (found,) = differences(before, before | {"sources": rows}, lambda _path, value: str(value))
    fates = [one.fate for one in found.items]
    assert (fates[0], fates[-1]) == (Fate.CHANGED, Fate.ADDED)
    assert fates.count(Fate.REMOVED) == len(before["sources"][1:2])
    everything = differences(before, before, lambda _path, value: str(value), everything=True)
    assert everything
    assert not any(one.changed for one in everything)


def test_names_behind_keys_are_found(world: World) -> None:
    with world.database.reading() as session:
        names = names_in(session, [replay(session, OWN)])
        assert names.of("owner_id", world.organisation()) == "Stadt Soest"
        assert names.of("ozg_id", world.content()["ozg_services"][0]["ozg_id"])
        assert names.of("municipality", "00000000") is None

"""What coverage reads from the database: published entries and public adoptions, nothing else."""

from datetime import date

from sqlmodel import select

from registry.adoption.enums import Step
from registry.catalogue.enums import ParticipantRole, Phase, State
from registry.catalogue.models import ServiceBundle
from registry.coverage.queries import completeness_of, coverage_facts
from registry.coverage.rules import BundleFacts, CoverageFacts, OwnState, ServiceState, covered, own_coverage, own_state
from registry.database import Database
from registry.reuse.queries import bundle_cards
from tests.coverage.making import LONG_AGO, adopt

WERL, LENNESTADT, KREIS = "05974052", "05966020", "05966"
SLUG = "hundesteuer-soest"
OZG = "10160"


def _facts(database: Database) -> CoverageFacts:
    with database.reading() as session:
        return coverage_facts(session, today=date.today())


def _bundle(facts: CoverageFacts, slug: str = SLUG) -> BundleFacts | None:
    return next((one for one in facts.bundles if one.slug == slug), None)


def _own(facts: CoverageFacts, body: str, ozg_id: str = OZG) -> OwnState:
    return next(state for service, state, _ in own_coverage(facts, body) if service.ozg_id == ozg_id)


def _state(database: Database, slug: str, state: State) -> None:
    with database.writing() as write:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
        bundle.state = state
        write.stamp(bundle)


def test_the_starter_catalogue_is_counted_as_it_is(shared_catalogue: Database) -> None:
    facts = _facts(shared_catalogue)
    assert (len(facts.services), len(facts.bundles)) == (557, 108)
    assert len(facts.bodies) == 396 + 31
    services = covered(facts)
    assert sum(one.state is not ServiceState.WHITE for one in services) == 49
    with shared_catalogue.reading() as session:
        cards = bundle_cards(session, [one.slug for one in facts.bundles])
    phases = {card.bundle.slug: card.bundle.phase for card in cards}
    for one in facts.bundles:
        assert one.operates == (phases[one.slug] == Phase.OPERATION)
        assert one.operates or not one.uses  # nobody has adopted anything yet
    leads = {
        (card.bundle.slug, one.key)
        for card in cards
        for one in card.participants
        if one.role == ParticipantRole.LEAD and one.kind in ("municipality", "district")
    }
    assert {(one.slug, use.body.key) for one in facts.bundles for use in one.uses} <= leads


def test_an_adoption_counts_when_it_is_public_productive_and_confirmed(catalogue_database: Database) -> None:
    assert _own(_facts(catalogue_database), WERL) is OwnState.TRANSFERABLE
    adopt(catalogue_database, SLUG, WERL)
    adopt(catalogue_database, SLUG, KREIS)
    facts = _facts(catalogue_database)
    assert _own(facts, WERL) is OwnState.PRODUCTIVE
    assert _own(facts, KREIS) is OwnState.PRODUCTIVE
    assert _own(facts, LENNESTADT) is OwnState.TRANSFERABLE  # what the Kreis uses is not the municipality's


def test_what_is_not_public_is_not_known(catalogue_database: Database) -> None:
    before = _facts(catalogue_database)
    adopt(catalogue_database, SLUG, WERL, is_public=False)
    assert _facts(catalogue_database) == before


def test_unconfirmed_expired_and_early_steps_are_underway_and_ended_ones_nothing(catalogue_database: Database) -> None:
    adopt(catalogue_database, SLUG, WERL, confirmed_on=None)
    adopt(catalogue_database, SLUG, LENNESTADT, confirmed_on=LONG_AGO)
    adopt(catalogue_database, SLUG, "05958004", Step.PILOT)
    adopt(catalogue_database, SLUG, "05958008", Step.ENDED)
    facts = _facts(catalogue_database)
    states = [_own(facts, key) for key in (WERL, LENNESTADT, "05958004", "05958008")]
    assert states == [OwnState.UNDERWAY] * 3 + [OwnState.TRANSFERABLE]


def test_only_published_entries_count_and_archived_ones_as_far_as_they_are_used(catalogue_database: Database) -> None:
    adopt(catalogue_database, SLUG, WERL)
    _state(catalogue_database, SLUG, State.ARCHIVED)
    archived = _bundle(_facts(catalogue_database))
    assert archived is not None
    assert not archived.operates
    assert not archived.transferable
    assert [one.body.key for one in archived.uses] == [WERL]
    _state(catalogue_database, SLUG, State.WITHDRAWN)
    assert _bundle(_facts(catalogue_database)) is None


def test_an_archived_entry_that_nobody_uses_does_not_count(catalogue_database: Database) -> None:
    _state(catalogue_database, SLUG, State.ARCHIVED)
    assert _bundle(_facts(catalogue_database)) is None


def test_drafts_do_not_count(shared_catalogue: Database) -> None:
    with shared_catalogue.reading() as session:
        drafts = set(session.exec(select(ServiceBundle.slug).where(ServiceBundle.state == State.DRAFT)))
    assert drafts
    assert not drafts & {one.slug for one in _facts(shared_catalogue).bundles}


def test_typings_of_several_values_are_taken_apart(shared_catalogue: Database) -> None:
    facts = _facts(shared_catalogue)
    assert {typing for one in facts.services for typing in one.typings} == {"1", "2", "2/3", "4", "5", "6"}
    assert 0 < len(covered(facts, typing="4")) < len(facts.services)


def test_completeness_is_what_the_entry_itself_shows(shared_catalogue: Database) -> None:
    with shared_catalogue.reading() as session:
        found = completeness_of(session, [SLUG, "gibt-es-nicht"])
    assert found.keys() == {SLUG}
    filled, fields = found[SLUG]
    assert 0 < filled <= fields


def test_a_service_without_bundle_is_open_for_everybody() -> None:
    assert own_state((), WERL) is OwnState.WHITE

"""The matrix kept in memory follows the clock; neighbours and customers are found from what is public."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from registry.accounts.permissions import ANONYMOUS
from registry.catalogue.enums import RequirementLevel, State
from registry.database import Database
from registry.fit.around import around, kilometres
from registry.fit.bulk import rate_all
from registry.fit.catalogue import FitCatalogue
from registry.fit.outcome import Status
from registry.fit.queries import needs_of, product_map
from registry.fit.rules import fit
from registry.profiles.profile import BodyProfile
from registry.profiles.queries import body_profile
from registry.reuse.models import Capability, RequirementFields
from registry.reuse.operations import save_bundle, withdraw_bundle
from registry.reuse.queries import find_bundle
from registry.reuse.records import record_of
from tests.conftest import Store
from tests.fit.world import MEDEBACH, RICH, SILENT, SOEST, UEDEM, WERL, WUPPERTAL, fill


@pytest.fixture(scope="module")
def world(store: Store, catalogue_template: str) -> Iterator[Database]:
    """Return the catalogue with profiles and adoptions: for reading only."""
    url, remove = store.copy(catalogue_template)
    database = Database(url)
    fill(database)
    yield database
    database.dispose()
    remove()


def profile_of(database: Database, key: str) -> BodyProfile:
    with database.reading() as session:
        found = body_profile(session, ANONYMOUS, "municipality", key)
    assert found is not None
    return found


def test_the_matrix_holds_what_the_single_reads_hold(world: Database) -> None:
    matrix = FitCatalogue(world).matrix(world.tick())
    with world.reading() as session:
        needs, products = needs_of(session, matrix.slugs), product_map(session)
    assert list(matrix.slugs) == sorted(needs)
    profiles = [profile_of(world, key) for key in (SOEST, WUPPERTAL, MEDEBACH, UEDEM)]
    for profile, ratings in zip(profiles, rate_all(matrix, profiles), strict=True):
        met = ratings.count(RequirementLevel.MANDATORY, Status.MET)
        for place, slug in enumerate(ratings.slugs):
            one = fit(profile, needs[slug], products)
            assert (float(ratings.worth[place]), int(met[place])) == (one.worth, one.mandatory_met)


def test_the_matrix_follows_changed_withdrawn_and_new_entries_and_capabilities(catalogue_database: Database) -> None:
    database = catalogue_database
    catalogue = FitCatalogue(database)
    who = profile_of(database, SOEST)
    before = catalogue.matrix(database.tick())
    assert catalogue.matrix(database.tick()) is before
    with database.writing() as write:
        bundle = find_bundle(write.session, SILENT)
        assert bundle is not None
        record = record_of(write.session, bundle)
        needs = [RequirementFields(capability="epaybl", level=RequirementLevel.MANDATORY)]
        save_bundle(write, record.model_copy(update={"requirements": needs}), actor="Prüfung")
    ratings = catalogue.matrix(database.tick()).rate(who)
    assert ratings.assessable[ratings.slugs.index(SILENT)]
    with database.writing() as write:
        withdraw_bundle(write, SILENT, actor="Prüfung", reason="Der Dienst ist abgelöst.", successor=None)
    assert SILENT not in catalogue.matrix(database.tick()).slugs
    with database.writing() as write:
        row = write.session.get(Capability, "epay21")
        assert row is not None
        row.product_of = None
        write.stamp(row)
    assert "epay21" not in catalogue.matrix(database.tick()).products


def test_drafts_are_in_no_matrix_and_have_no_fit(catalogue_database: Database) -> None:
    database = catalogue_database
    with database.writing() as write:
        bundle = find_bundle(write.session, SILENT)
        assert bundle is not None
        bundle.state = State.DRAFT
        write.stamp(bundle)
    assert SILENT not in FitCatalogue(database).matrix(database.tick()).slugs
    with database.reading() as session:
        assert needs_of(session, [SILENT, RICH, "gibt-es-nicht"]).keys() == {RICH}


def test_customers_come_before_neighbours_and_each_is_named_once(world: Database) -> None:
    with world.reading() as session:
        near = around(session, profile_of(world, SOEST), RICH, today=date.today(), months=12)
    assert [one.adoption.body for one in near.customers] == [MEDEBACH]
    assert [one.adoption.body for one in near.neighbours] == [WERL]
    assert near.neighbours[0].same_district
    assert 5 < (near.neighbours[0].km or 0) < 30
    assert near.elsewhere == 0


def test_a_body_does_not_count_as_its_own_neighbour(world: Database) -> None:
    with world.reading() as session:
        near = around(session, profile_of(world, WERL), RICH, today=date.today(), months=12)
    assert [one.body for one in near.own] == [WERL]
    assert WERL not in {one.adoption.body for one in (*near.customers, *near.neighbours)}


def test_an_old_confirmation_is_shown_as_expired(world: Database) -> None:
    later = date.today() + timedelta(days=400)
    with world.reading() as session:
        near = around(session, profile_of(world, SOEST), RICH, today=later, months=12)
    assert near.neighbours[0].adoption.standing.value == "expired"


def test_unpublished_steps_are_nobodys_neighbours(world: Database) -> None:
    with world.reading() as session:
        for key in (SOEST, WUPPERTAL, WERL, "05154060"):
            near = around(session, profile_of(world, key), RICH, today=date.today(), months=12)
            assert UEDEM not in {one.adoption.body for one in (*near.customers, *near.neighbours)}
            assert near.elsewhere + len(near.neighbours) + len(near.customers) + len(near.own) <= 2


def test_distances_are_those_of_the_sphere() -> None:
    assert round(kilometres((50.94, 6.96), (51.51, 7.47))) == 73  # Köln to Dortmund, as the crow flies
    assert kilometres((51.0, 7.0), (51.0, 7.0)) == 0

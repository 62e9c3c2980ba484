"""Profiles are saved by the own body, read as far as the viewer may know them, and leak nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, select

from registry.accounts.models import AuditEntry
from registry.accounts.permissions import ANONYMOUS, Actor, NotAllowedError
from registry.accounts.sessions import actor_of
from registry.catalogue.enums import FitsKind
from registry.database import Database
from registry.profiles.models import ProfileStatement, Visibility
from registry.profiles.operations import (
    Draft,
    ProfileRefusedError,
    StaleProfileError,
    Stated,
    TooManyStatementsError,
    save_profile,
)
from registry.profiles.picked import OTHER, Picked
from registry.profiles.profile import BodyProfile, Origin
from registry.profiles.queries import (
    OwnBody,
    body_profile,
    own_bodies,
    picked_profile,
    provider_statements,
    public_profiles,
    stored_profile,
    visible_profiles,
)
from registry.reuse.models import Capability
from tests.office.world import person
from tests.profiles.making import SIT, SOEST, WUPPERTAL, add_provider_office, give_profile


def _actor(session: Session, role: str) -> Actor:
    return ANONYMOUS if role == "anonymous" else actor_of(session, person(session, role))


def _own(database: Database, role: str) -> tuple[Actor, OwnBody]:
    with database.reading() as session:
        actor = _actor(session, role)
        return actor, own_bodies(session, actor)[0]


def _draft(has: dict[str, bool], visibility: Visibility | None = None, served_by: str | None = None) -> Draft:
    return Draft(tuple(Stated(capability=slug, has=one) for slug, one in has.items()), served_by, visibility)


def _seen(database: Database, role: str, body: tuple[str, str] = SOEST) -> BodyProfile:
    with database.reading() as session:
        found = body_profile(session, _actor(session, role), *body)
        assert found is not None
        return found


def _listed(database: Database, role: str) -> set[str]:
    with database.reading() as session:
        return {one.key for one in visible_profiles(session, _actor(session, role))}


@pytest.mark.parametrize(
    ("visibility", "seers"),
    [
        (Visibility.PRIVATE, {"editor", "coordinator", "administrator"}),
        (Visibility.SHARED, {"editor", "coordinator", "administrator", "other"}),
        (Visibility.PUBLIC, {"editor", "coordinator", "administrator", "other", "reader", "anonymous"}),
    ],
)
def test_a_profile_is_seen_by_those_whom_its_body_lets(
    office_database: Database, visibility: Visibility, seers: set[str]
) -> None:
    give_profile(office_database, SOEST, {"bundid": True}, visibility=visibility, served_by="suedwestfalen-it")
    for role in ("anonymous", "reader", "other", "editor", "coordinator", "administrator"):
        found = _seen(office_database, role)
        assert bool(found.statements) is (role in seers), role
        assert (found.provider is not None) is (role in seers), role
        assert (SOEST[1] in _listed(office_database, role)) is (role in seers), role


def test_what_the_register_knows_is_there_for_everybody(office_database: Database) -> None:
    soest = _seen(office_database, "anonymous")
    assert (soest.name, soest.fits_kind, soest.population) == ("Stadt Soest", FitsKind.DISTRICT_MUNICIPALITY, 47460)
    assert (soest.population_as_of, soest.district_key, soest.admin_region) == ("2018-12-31", "05974", "Arnsberg")
    kreis = _seen(office_database, "anonymous", ("district", "05974"))
    assert (kreis.name, kreis.fits_kind, kreis.statements) == ("Kreis Soest", FitsKind.DISTRICT, {})
    assert kreis.population is not None
    assert kreis.population > 300_000
    with office_database.reading() as session:
        assert body_profile(session, ANONYMOUS, "municipality", "00000000") is None
        assert body_profile(session, ANONYMOUS, "provider", "citeq") is None
        assert body_profile(session, ANONYMOUS, "planet", "05974040") is None


@pytest.mark.parametrize("visibility", Visibility)
def test_a_municipality_inherits_what_the_viewer_may_see_of_the_provider(
    office_database: Database, visibility: Visibility
) -> None:
    add_provider_office(office_database)
    give_profile(office_database, SIT, {"epaybl": True, "bundid": True}, visibility=visibility)
    own = {"bundid": False}
    give_profile(office_database, SOEST, own, visibility=Visibility.PUBLIC, served_by="suedwestfalen-it")
    inherits = {
        Visibility.PRIVATE: {"reader", "administrator"},  # the reader is the provider's member here
        Visibility.SHARED: {"reader", "administrator", "other", "editor"},
        Visibility.PUBLIC: {"reader", "administrator", "other", "editor", "anonymous"},
    }[visibility]
    for role in ("anonymous", "reader", "other", "editor", "administrator"):
        found = _seen(office_database, role).statements
        assert found["bundid"].has is False
        assert found["bundid"].origin is Origin.OWN
        assert ("epaybl" in found) is (role in inherits), role
        if role in inherits:
            assert (found["epaybl"].origin, found["epaybl"].by) == (Origin.PROVIDER, "Südwestfalen-IT (SIT)")


def test_a_member_of_the_provider_sees_no_private_profile_of_a_customer(office_database: Database) -> None:
    add_provider_office(office_database)
    give_profile(office_database, SOEST, {"bundid": True}, served_by="suedwestfalen-it")
    assert not _seen(office_database, "reader").statements
    assert not _listed(office_database, "reader")


def test_a_private_provider_profile_leaks_not_even_by_number(office_database: Database) -> None:
    give_profile(office_database, SIT, {"epaybl": True})
    give_profile(office_database, SOEST, {}, visibility=Visibility.PUBLIC, served_by="suedwestfalen-it")
    with office_database.reading() as session:
        assert not provider_statements(session, ANONYMOUS, "suedwestfalen-it")
        found = public_profiles(session)
    assert [(one.name, len(one.statements), one.provider) for one in found] == [("Stadt Soest", 0, "suedwestfalen-it")]


def test_editors_save_and_coordinators_decide_who_sees_it(office_database: Database) -> None:
    editor, body = _own(office_database, "editor")
    coordinator, _ = _own(office_database, "coordinator")
    assert save_profile(office_database, editor, body, _draft({"bundid": True}), version=0)
    with pytest.raises(NotAllowedError):
        save_profile(office_database, editor, body, _draft({"bundid": True}, Visibility.PUBLIC), version=1)
    assert save_profile(office_database, coordinator, body, _draft({"bundid": True}, Visibility.PUBLIC), version=1)
    assert _listed(office_database, "anonymous") == {"05974040"}
    other, _ = _own(office_database, "other")
    with pytest.raises(NotAllowedError):
        save_profile(office_database, other, body, _draft({}), version=2)
    with office_database.reading() as session:
        lines = session.exec(select(AuditEntry).where(AuditEntry.action == "profile.saved")).all()
    assert [line.subject for line in lines] == ["municipality:05974040"] * 2
    assert lines[1].details == {"statements": 1, "visibility": ["private", "public"]}


def test_the_clock_moves_only_when_the_public_sees_a_difference(office_database: Database) -> None:
    coordinator, body = _own(office_database, "coordinator")
    before = office_database.tick()
    save_profile(office_database, coordinator, body, _draft({"bundid": True}), version=0)
    save_profile(office_database, coordinator, body, _draft({"bundid": False}, Visibility.SHARED), version=1)
    assert office_database.tick() == before
    save_profile(office_database, coordinator, body, _draft({"bundid": False}, Visibility.PUBLIC), version=2)
    assert office_database.tick() == before + 1
    assert not save_profile(office_database, coordinator, body, _draft({"bundid": False}), version=3)
    assert office_database.tick() == before + 1
    save_profile(office_database, coordinator, body, _draft({}, Visibility.PRIVATE), version=3)
    assert office_database.tick() == before + 2


def test_a_stale_save_is_refused_and_nothing_is_lost(office_database: Database) -> None:
    editor, body = _own(office_database, "editor")
    save_profile(office_database, editor, body, _draft({"bundid": True}), version=0)
    for version in (0, 2, -1):
        with pytest.raises(StaleProfileError) as refused:
            save_profile(office_database, editor, body, _draft({"osci": True}), version=version)
        assert refused.value.version == 1
    assert set(_seen(office_database, "editor").statements) == {"bundid"}


def test_of_saves_at_the_same_moment_one_wins_and_the_others_are_told(office_database: Database) -> None:
    editor, body = _own(office_database, "editor")
    slugs: list[str] = ["bundid", "osci", "xta", "epaybl"]

    def save(slug: str, version: int) -> bool:
        try:
            return save_profile(office_database, editor, body, _draft({slug: True}), version=version)
        except StaleProfileError:
            return False

    for version in (0, 1):
        with ThreadPoolExecutor(len(slugs)) as pool:
            won = [slug for slug, done in zip(slugs, pool.map(save, slugs, [version] * 4), strict=True) if done]
        assert len(won) == 1
        assert set(_seen(office_database, "editor").statements) == set(won)
        slugs = [*(slug for slug in slugs if slug not in won), "fit-connect"]


@pytest.mark.parametrize(
    ("has", "field", "words"),
    [
        ({"epaybl": True, "e-payment": False}, "statements.e-payment", "passt nicht zusammen"),
        ({"gibt-es-nicht": True}, "statements.gibt-es-nicht", "nicht bekannt"),
    ],
)
def test_contradictions_and_unknown_capabilities_are_explained_and_nothing_is_written(
    office_database: Database, has: dict[str, bool], field: str, words: str
) -> None:
    editor, body = _own(office_database, "editor")
    with pytest.raises(ProfileRefusedError) as refused:
        save_profile(office_database, editor, body, _draft({"bundid": True, **has}), version=0)
    assert [one.field for one in refused.value.refusals] == [field]
    assert words in refused.value.refusals[0].reason
    with office_database.reading() as session:
        assert stored_profile(session, *SOEST) is None


def test_repeated_statements_are_merged_and_opposite_ones_refused(office_database: Database) -> None:
    editor, body = _own(office_database, "editor")
    twice = (Stated(capability="bundid", has=True), Stated(capability="bundid", has=True, note="seit 2024"))
    assert save_profile(office_database, editor, body, Draft(twice), version=0)
    with office_database.reading() as session:
        rows = session.exec(select(ProfileStatement)).all()
    assert [(row.capability, row.has, row.note) for row in rows] == [("bundid", True, "seit 2024")]
    both = (Stated(capability="bundid", has=True), Stated(capability="bundid", has=False))
    with pytest.raises(ProfileRefusedError, match="zugleich"):
        save_profile(office_database, editor, body, Draft(both), version=1)


def test_a_thousand_statements_are_refused(office_database: Database) -> None:
    editor, body = _own(office_database, "editor")
    many = Draft(tuple(Stated(capability=f"baustein-{number}", has=True) for number in range(1000)))
    with pytest.raises(TooManyStatementsError, match="höchstens 300 Angaben, gesendet wurden 1000"):
        save_profile(office_database, editor, body, many, version=0)


def test_a_retired_capability_stays_where_it_was_and_cannot_be_chosen_anew(office_database: Database) -> None:
    editor, body = _own(office_database, "editor")
    save_profile(office_database, editor, body, _draft({"epaybl": True}), version=0)
    with office_database.writing() as write:
        for slug in ("epaybl", "pmpayment"):
            row = write.session.get_one(Capability, slug)
            row.retired = True
            write.stamp(row)
    assert save_profile(office_database, editor, body, _draft({"epaybl": True, "bundid": True}), version=1)
    assert set(_seen(office_database, "editor").statements) == {"epaybl", "bundid"}
    for has in ({"epaybl": True, "pmpayment": True}, {"epaybl": False}):
        with pytest.raises(ProfileRefusedError, match="nicht mehr geführt"):
            save_profile(office_database, editor, body, _draft(has), version=2)
    assert save_profile(office_database, editor, body, _draft({"bundid": True}), version=2)
    assert set(_seen(office_database, "editor").statements) == {"bundid"}


def test_only_a_known_provider_serves_a_body_and_none_serves_a_provider(office_database: Database) -> None:
    coordinator, body = _own(office_database, "coordinator")
    with pytest.raises(ProfileRefusedError):
        save_profile(office_database, coordinator, body, _draft({}, served_by="gibt-es-nicht"), version=0)
    add_provider_office(office_database)
    member, provider = _own(office_database, "reader")
    assert provider.kind == "provider"
    with pytest.raises((ProfileRefusedError, NotAllowedError)):
        save_profile(office_database, member, provider, _draft({}, served_by="citeq"), version=0)
    assert save_profile(office_database, member, provider, _draft({"bundid": True}), version=0)


def test_what_a_visitor_picks_keeps_the_body_as_source_where_both_say_the_same(office_database: Database) -> None:
    give_profile(office_database, SOEST, {"bundid": True, "osci": True}, visibility=Visibility.PUBLIC)
    picked = Picked("municipality", SOEST[1], has=("bundid", "epaybl", "gibt-es-nicht"), lacks=("e-payment", "osci"))
    with office_database.reading() as session:
        found = picked_profile(session, ANONYMOUS, picked)
        assert picked_profile(session, ANONYMOUS, Picked("municipality", "00000000")) is None
        other = picked_profile(session, ANONYMOUS, Picked(OTHER, population=8000))
    assert found is not None
    assert {slug: (one.has, one.by) for slug, one in found.statements.items()} == {
        "bundid": (True, "Stadt Soest"),
        "epaybl": (True, "Ihre Auswahl"),
        "osci": (False, "Ihre Auswahl"),
    }
    assert other is not None
    assert (other.key, other.population, other.statements) == ("", 8000, {})


def test_a_visitor_inherits_nothing_private(office_database: Database) -> None:
    give_profile(office_database, SIT, {"epaybl": True})
    give_profile(office_database, WUPPERTAL, {"osci": True})
    picked = Picked("municipality", WUPPERTAL[1], has=("osci",), provider="suedwestfalen-it")
    with office_database.reading() as session:
        found = picked_profile(session, ANONYMOUS, picked)
    assert found is not None
    assert {slug: one.by for slug, one in found.statements.items()} == {"osci": "Ihre Auswahl"}

"""Organisations: founded from the catalogue, changed by those who may, out of service and back; entries taken over."""

import pytest
from pydantic import ValidationError
from sqlmodel import select

from registry.accounts.audit_queries import AuditFilter, page_of_lines
from registry.accounts.enums import OrganisationKind, Role
from registry.accounts.models import Membership, Organisation, OrganisationFields, Person
from registry.accounts.organisations import (
    OrganisationRefusedError,
    UnknownOrganisationError,
    change_organisation,
    create_organisation,
    deactivate_organisation,
    find_organisation,
    reactivate_organisation,
    slug_of,
)
from registry.accounts.people_queries import bodies, organisations_page
from registry.accounts.permissions import Actor, NotAllowedError
from registry.accounts.sessions import actor_of
from registry.database import Database
from registry.editorial.enums import ProposalState
from registry.editorial.holdings import holdings, ownerless, take_over
from registry.editorial.models import Proposal, Stewardship
from registry.history import Revision

ADMIN = Actor(1, "Leitung", is_admin=True)
MUNICIPALITY, LAND = OrganisationKind.MUNICIPALITY, OrganisationKind.LAND


def found(database: Database, kind: OrganisationKind = MUNICIPALITY, **values: object) -> Organisation:
    with database.writing() as write:
        return create_organisation(write, ADMIN, kind=kind, **(values or {"key": "05974040"}))  # type: ignore[arg-type]


def test_an_organisation_takes_name_and_key_of_the_catalogues_body(reference_database: Database) -> None:
    soest = found(reference_database)
    assert (soest.name, soest.slug, soest.municipality, soest.active) == (
        "Stadt Soest",
        "stadt-soest",
        "05974040",
        True,
    )
    kreis = found(reference_database, OrganisationKind.DISTRICT, key="05974")
    assert (kreis.name, kreis.slug, kreis.district) == ("Kreis Soest", "kreis-soest", "05974")
    provider = found(reference_database, OrganisationKind.PROVIDER, key="citeq")
    assert provider.provider == "citeq"
    land = found(reference_database, LAND, name="Land  Nordrhein-Westfalen ", four_eyes=True)
    assert (land.name, land.slug, land.four_eyes) == ("Land Nordrhein-Westfalen", "land-nordrhein-westfalen", True)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Stadt Köln", "stadt-koeln"), ("Amt (Groß) & Klein", "amt-gross-klein"), ("!!", "stelle"), ("A" * 300, "a" * 80)],
)
def test_the_short_name_is_made_of_the_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_short_names_are_unique_and_leave_the_pages_their_addresses(reference_database: Database) -> None:
    assert found(reference_database, LAND, name="Neu").slug == "neu-2"
    assert found(reference_database, LAND, name="Amt A").slug == "amt-a"
    assert found(reference_database, LAND, name="Amt-A").slug == "amt-a-2"


def test_there_is_one_organisation_for_each_body_and_name(reference_database: Database) -> None:
    found(reference_database)
    with pytest.raises(OrganisationRefusedError, match="schon angelegt") as refused:
        found(reference_database, key="05974040", name="Anders")
    assert refused.value.existing == "stadt-soest"
    with pytest.raises(OrganisationRefusedError, match="dieses Namens"):
        found(reference_database, LAND, name="Stadt Soest")


@pytest.mark.parametrize("key", ["05999999", "", None, "kein AGS", "05974040' OR 1"])
def test_an_unknown_key_is_refused(reference_database: Database, key: str | None) -> None:
    with pytest.raises(OrganisationRefusedError):
        found(reference_database, key=key)


def test_bad_values_are_refused_and_leave_nothing(reference_database: Database) -> None:
    tick = reference_database.tick()
    for values in ({"key": "05974040", "mailbox": "kein Postfach"}, {"key": "05974040", "name": "x" * 201}):
        with pytest.raises(ValidationError):
            found(reference_database, **values)
    with pytest.raises(ValidationError):
        found(reference_database, LAND, name="")
    assert reference_database.tick() == tick
    with pytest.raises(ValidationError, match="passen nicht"):
        OrganisationFields(slug="x", name="Land", kind=LAND, municipality="05974040")


def test_only_administrators_found_and_take_out_of_service(reference_database: Database) -> None:
    found(reference_database)
    coordinator = Actor(2, roles={1: Role.COORDINATOR})
    with pytest.raises(NotAllowedError), reference_database.writing() as write:
        create_organisation(write, coordinator, kind=LAND, name="Land")
    with pytest.raises(NotAllowedError), reference_database.writing() as write:
        deactivate_organisation(write, coordinator, "stadt-soest")
    with pytest.raises(UnknownOrganisationError), reference_database.writing() as write:
        deactivate_organisation(write, ADMIN, "nichts")


def test_coordinators_change_mailbox_and_four_eyes_but_not_the_name(reference_database: Database) -> None:
    organisation = found(reference_database)
    assert organisation.id is not None
    coordinator = Actor(2, roles={organisation.id: Role.COORDINATOR})
    with reference_database.writing() as write:
        changes = {"mailbox": "ozg@soest.example", "four_eyes": True, "name": "Stadt Soest"}
        assert sorted(change_organisation(write, coordinator, "stadt-soest", changes)) == ["four_eyes", "mailbox"]
        assert change_organisation(write, coordinator, "stadt-soest", changes) == []
    with pytest.raises(NotAllowedError), reference_database.writing() as write:
        change_organisation(write, coordinator, "stadt-soest", {"name": "Hansestadt Soest"})
    for role in (Actor(3, roles={organisation.id: Role.EDITOR}), Actor(4, roles={99: Role.COORDINATOR}), Actor(None)):
        with pytest.raises(NotAllowedError), reference_database.writing() as write:
            change_organisation(write, role, "stadt-soest", {"four_eyes": False})
    with pytest.raises(ValueError, match="do not change"), reference_database.writing() as write:
        change_organisation(write, ADMIN, "stadt-soest", {"active": False})
    with reference_database.writing() as write:
        assert change_organisation(write, ADMIN, "stadt-soest", {"name": "Hansestadt Soest"}) == ["name"]
    with reference_database.reading() as session:
        line = page_of_lines(session, AuditFilter(action="organisation.changed"), page=1, per_page=9)[-1]
    assert line.subject == "organisation:stadt-soest"
    assert line.details["changes"] == {"four_eyes": [False, True], "mailbox": [None, "ozg@soest.example"]}


def test_an_organisation_out_of_service_gives_no_role_until_it_is_back(reference_database: Database) -> None:
    organisation = found(reference_database)
    with reference_database.noting() as session:
        person = Person(email="a@soest.example", name="Koordination")
        session.add(person)
        session.flush()
        session.add(Membership(person_id=person.id, organisation_id=organisation.id, role=Role.COORDINATOR))

    def roles() -> dict[int, Role]:
        with reference_database.reading() as session:
            return dict(actor_of(session, session.exec(select(Person)).one()).roles)

    assert roles() == {organisation.id: Role.COORDINATOR}
    with reference_database.writing() as write:
        assert deactivate_organisation(write, ADMIN, "stadt-soest", reason="aufgelöst")
        assert not deactivate_organisation(write, ADMIN, "stadt-soest")
    assert roles() == {}
    with reference_database.writing() as write:
        assert reactivate_organisation(write, ADMIN, "stadt-soest")
    assert roles() == {organisation.id: Role.COORDINATOR}


def test_bodies_are_found_by_name_and_key_the_nearest_first(reference_database: Database) -> None:
    found(reference_database)
    with reference_database.reading() as session:
        soest = bodies(session, "soest")
        assert [(one.name, one.slug) for one in soest] == [("Kreis Soest", None), ("Stadt Soest", "stadt-soest")]
        assert bodies(session, "05974040")[0].name == "Stadt Soest"
        assert "Kreis Soest" in {one.name for one in bodies(session, "05974")}
        assert any(one.kind is OrganisationKind.PROVIDER for one in bodies(session, "citeq"))
        assert bodies(session, "%") == []


def test_the_list_is_searched_and_paged(reference_database: Database) -> None:
    with reference_database.writing() as write:
        for number in range(120):
            write.session.add(Organisation(slug=f"amt-{number}", name=f"Amt {number:03}", kind=LAND))
    soest = found(reference_database)
    with reference_database.reading() as session:
        rows, total = organisations_page(session, page=3, per_page=50)
        assert (len(rows), total) == (21, 121)
        assert organisations_page(session, text="059740")[1] == 1
        assert organisations_page(session, text="amt 11")[1] == 10
        assert organisations_page(session, text="_")[1] == 0
        assert organisations_page(session, active=False)[1] == 0
        assert [row.organisation.id for row in organisations_page(session, ids=[soest.id or 0])[0]] == [soest.id]
        assert organisations_page(session, ids=[])[1] == 0


def test_an_administrator_takes_over_the_ownerless_entries_that_an_organisation_leads(
    catalogue_database: Database,
) -> None:
    soest = found(catalogue_database)
    with catalogue_database.reading() as session:
        slugs = [one.slug for one in ownerless(session, soest)]
    assert "hundesteuer-soest" in slugs
    assert "wohngeld-wuppertal" not in slugs
    with pytest.raises(NotAllowedError), catalogue_database.writing() as write:
        take_over(write, Actor(2, roles={soest.id or 0: Role.COORDINATOR}), soest, slugs)
    with catalogue_database.writing() as write:
        taken = take_over(write, ADMIN, soest, ["hundesteuer-soest", "wohngeld-wuppertal", "nichts"])
    assert taken == ["hundesteuer-soest"]
    with catalogue_database.writing() as write:
        assert sorted(take_over(write, ADMIN, soest, slugs)) == sorted(set(slugs) - {"hundesteuer-soest"})
        assert take_over(write, ADMIN, soest, slugs) == []
    with catalogue_database.reading() as session:
        assert ownerless(session, soest) == []
        owners = session.exec(select(Stewardship.owner_id)).all()
        query = select(Revision).where(Revision.actor == "person:1", Revision.entity_key == "hundesteuer-soest")
        revision = session.exec(query).one()
    assert set(owners) == {soest.id}
    assert revision.changes["owner_id"] == [None, soest.id]
    with catalogue_database.reading() as session:
        assert holdings(session, [soest.id or 0])[soest.id or 0].entries == len(slugs)


def test_open_proposals_are_counted(catalogue_database: Database) -> None:
    soest = found(catalogue_database)
    with catalogue_database.noting() as session:
        person = Person(email="a@soest.example", name="Redaktion")
        session.add(person)
        session.flush()
        for number, state in enumerate(ProposalState):
            session.add(Proposal(key=str(number), organisation_id=soest.id, author_id=person.id, state=state))
    with catalogue_database.reading() as session:
        assert holdings(session, [soest.id or 0])[soest.id or 0].open_proposals == 2
        assert find_organisation(session, "stadt-soest").id == soest.id

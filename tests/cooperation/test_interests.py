"""Interests in realising together: who may declare them, who sees them, who gets mail."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session, col, select

from registry.accounts.enums import OrganisationKind, Role
from registry.accounts.models import Membership, Organisation
from registry.accounts.permissions import ANONYMOUS, Actor, NotAllowedError
from registry.accounts.sessions import actor_of
from registry.catalogue.reference import OzgService
from registry.cooperation.models import SharedInterest
from registry.cooperation.operations import (
    MOST_OPEN,
    Declared,
    InterestFields,
    InterestOvertakenError,
    InterestRefusedError,
    UnknownInterestError,
    declare,
    end,
)
from registry.cooperation.queries import own_interests, wanted_services
from registry.database import Database
from registry.mail.models import OutboxMail
from tests.conftest import Store
from tests.office.world import person

WHITE = "10001"
COVERED = "10160"


@pytest.fixture
def office_database(store: Store, office_template: str) -> Iterator[Database]:
    url, remove = store.copy(office_template)
    database = Database(url)
    yield database
    database.dispose()
    remove()


def actor(session: Session, role: str) -> Actor:
    return actor_of(session, person(session, role))


def organisation(session: Session, slug: str) -> int:
    return session.exec(select(Organisation.id).where(Organisation.slug == slug)).one() or 0


def join(
    database: Database, role: str, slug: str, ozg_id: str = WHITE, *, public: bool = False, note: str = ""
) -> Declared:
    fields = InterestFields(ozg_id=ozg_id, note=note, is_public=public)
    with database.writing() as write:
        return declare(
            write.session,
            actor(write.session, role),
            organisation(write.session, slug),
            fields,
            tick=write.tick,
            link="https://register.example/gemeinsam",
        )


def seen(database: Database, role: str) -> dict[str, list[str]]:
    with database.reading() as session:
        viewer = ANONYMOUS if role == "anonymous" else actor(session, role)
        return {
            one.service.ozg_id: [who.organisation for who in one.interested] for one in wanted_services(session, viewer)
        }


def mails(database: Database) -> list[OutboxMail]:
    with database.reading() as session:
        return list(
            session.exec(select(OutboxMail).where(OutboxMail.kind == "cooperation").order_by(col(OutboxMail.id)))
        )


def test_private_interests_are_seen_by_members_of_organisations_alone(office_database: Database) -> None:
    join(office_database, "coordinator", "stadt-soest")
    join(office_database, "other coordinator", "stadt-wuppertal", COVERED, public=True)
    for role in ("anonymous", "reader"):
        assert seen(office_database, role) == {COVERED: ["Stadt Wuppertal"]}
    for role in ("other", "editor", "coordinator", "administrator"):
        assert seen(office_database, role) == {WHITE: ["Stadt Soest"], COVERED: ["Stadt Wuppertal"]}


def test_white_spots_come_first_and_the_most_wanted_of_them(office_database: Database) -> None:
    join(office_database, "coordinator", "stadt-soest", COVERED)
    join(office_database, "other coordinator", "stadt-wuppertal", COVERED)
    join(office_database, "coordinator", "stadt-soest", "10002")
    join(office_database, "coordinator", "stadt-soest", WHITE)
    join(office_database, "other coordinator", "stadt-wuppertal", WHITE)
    assert list(seen(office_database, "editor")) == [WHITE, "10002", COVERED]


def test_others_with_the_same_interest_get_a_mail_with_the_function_mailbox(office_database: Database) -> None:
    join(office_database, "other coordinator", "stadt-wuppertal")
    assert mails(office_database) == []
    join(office_database, "coordinator", "stadt-soest", note="Wir haben Mittel für 2027.")
    (mail,) = mails(office_database)
    assert mail.recipient == "koordination@wuppertal.example"
    assert "Stadt Soest ist dabei" in mail.subject
    assert "ozg@soest.example" in mail.body
    assert "Wir haben Mittel für 2027." in mail.body
    assert "koordination@soest.example" not in mail.body
    assert "Koordination Soest" not in mail.body


def test_an_organisation_without_coordinators_is_reached_at_its_mailbox(office_database: Database) -> None:
    with office_database.noting() as session:
        unmanned = Organisation(
            slug="kreis",
            name="Kreis Soest",
            kind=OrganisationKind.DISTRICT,
            district="05974",
            mailbox="ozg@kreis.example",
        )
        session.add(unmanned)
        session.flush()
        session.add(SharedInterest(ozg_id=WHITE, organisation_id=unmanned.id or 0))
    join(office_database, "coordinator", "stadt-soest")
    assert [mail.recipient for mail in mails(office_database)] == ["ozg@kreis.example"]


def test_who_coordinates_for_both_is_not_told_of_the_own_step(office_database: Database) -> None:
    with office_database.noting() as session:
        both = person(session, "coordinator").id or 0
        session.add(
            Membership(person_id=both, organisation_id=organisation(session, "stadt-wuppertal"), role=Role.COORDINATOR)
        )
    join(office_database, "other coordinator", "stadt-wuppertal")
    join(office_database, "coordinator", "stadt-soest")
    assert [mail.recipient for mail in mails(office_database)] == ["koordination@wuppertal.example"]


def test_a_double_declaration_is_merged_and_tells_nobody_again(office_database: Database) -> None:
    join(office_database, "other coordinator", "stadt-wuppertal")
    assert join(office_database, "coordinator", "stadt-soest") is Declared.NEW
    assert join(office_database, "coordinator", "stadt-soest") is Declared.UNCHANGED
    assert join(office_database, "coordinator", "stadt-soest", public=True, note="neu") is Declared.CHANGED
    assert len(mails(office_database)) == 1
    assert seen(office_database, "anonymous") == {WHITE: ["Stadt Soest"]}


def test_an_ended_interest_is_gone_and_may_begin_again(office_database: Database) -> None:
    join(office_database, "coordinator", "stadt-soest", public=True)
    with office_database.reading() as session:
        (own,) = own_interests(session, actor(session, "coordinator"))
    with office_database.writing() as write:
        end(write.session, actor(write.session, "coordinator"), own.row.id or 0, tick=write.tick)
    with office_database.noting() as session:
        assert end(session, actor(session, "coordinator"), own.row.id or 0, tick=None).ended_at is not None
    assert seen(office_database, "administrator") == {}
    assert join(office_database, "coordinator", "stadt-soest") is Declared.NEW


def test_what_the_public_sees_changes_only_with_the_clock(office_database: Database) -> None:
    join(office_database, "coordinator", "stadt-soest", public=True)
    fields = InterestFields(ozg_id=WHITE)
    with office_database.noting() as session:
        own = organisation(session, "stadt-soest")
        number = session.exec(select(SharedInterest.id)).one() or 0
        with pytest.raises(InterestOvertakenError):
            declare(session, actor(session, "coordinator"), own, fields, tick=None, link="")
        with pytest.raises(InterestOvertakenError):
            end(session, actor(session, "coordinator"), number, tick=None)


def test_only_coordinators_of_the_organisation_declare_and_end(office_database: Database) -> None:
    for role, slug in (("editor", "stadt-soest"), ("coordinator", "stadt-wuppertal"), ("reader", "stadt-soest")):
        with pytest.raises(NotAllowedError):
            join(office_database, role, slug)
    join(office_database, "coordinator", "stadt-soest")
    with office_database.noting() as session:
        number = session.exec(select(SharedInterest.id)).one() or 0
        with pytest.raises(UnknownInterestError):
            end(session, actor(session, "other coordinator"), number, tick=None)
        with pytest.raises(NotAllowedError):
            end(session, actor(session, "editor"), number, tick=None)
        with pytest.raises(UnknownInterestError):
            end(session, actor(session, "coordinator"), number + 1, tick=None)


def test_what_cannot_be_declared_is_refused_with_its_field(office_database: Database) -> None:
    with office_database.writing() as write:
        write.session.add(Organisation(slug="verein", name="Ein Verein", kind=OrganisationKind.OTHER))
        service = write.session.get_one(OzgService, "10002")
        service.retired = True
        write.session.add(service)
    for role, slug, ozg_id, field in (
        ("coordinator", "stadt-soest", "99999", "ozg_id"),
        ("coordinator", "stadt-soest", "10002", "ozg_id"),
        ("administrator", "verein", WHITE, "organisation"),
    ):
        with pytest.raises(InterestRefusedError) as refused:
            join(office_database, role, slug, ozg_id)
        assert refused.value.field == field
    with office_database.noting() as session, pytest.raises(InterestRefusedError):
        declare(session, actor(session, "administrator"), None, InterestFields(ozg_id=WHITE), tick=None, link="")


def test_an_organisation_has_so_many_open_interests_at_most(office_database: Database) -> None:
    with office_database.noting() as session:
        own = organisation(session, "stadt-soest")
        ids = session.exec(select(OzgService.ozg_id).where(OzgService.ozg_id != WHITE).limit(MOST_OPEN)).all()
        session.add_all(SharedInterest(ozg_id=one, organisation_id=own) for one in ids)
    with pytest.raises(InterestRefusedError):
        join(office_database, "coordinator", "stadt-soest")


def test_interests_of_an_organisation_out_of_service_rest(office_database: Database) -> None:
    join(office_database, "coordinator", "stadt-soest", public=True)
    with office_database.writing() as write:
        row = write.session.get_one(Organisation, organisation(write.session, "stadt-soest"))
        row.active = False
        write.session.add(row)
    assert seen(office_database, "anonymous") == {}

"""Members: invitations by mail, roles, removal; what administrators do to accounts."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import Session, select

from registry.accounts import members, persons
from registry.accounts.audit_queries import AuditFilter, page_of_lines, verify
from registry.accounts.enums import OrganisationKind, Role, TokenPurpose
from registry.accounts.members import (
    MAX_OPEN,
    InvitationFields,
    MemberRefusedError,
    Sender,
    UnknownMemberError,
    change_role,
    invite,
    open_invitations,
    remove_member,
    resend,
    withdraw,
)
from registry.accounts.models import Membership, OneTimeToken, Organisation, Person
from registry.accounts.people_queries import active_coordinators, members_of, people_page, sole_coordinations
from registry.accounts.permissions import ANONYMOUS, Actor, NotAllowedError
from registry.accounts.second_factor import offer
from registry.accounts.sessions import actor_of, find_session, open_session
from registry.accounts.tokens import TokenError, UsedTokenError, peek
from registry.database import Database
from registry.mail.models import OutboxMail
from registry.moments import now

SENDER = Sender("Prüfregister", lambda token: f"https://register.example/einladung/{token}")
INVITATION = TokenPurpose.INVITATION


class World:
    """Two organisations, and people by name."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.noting() as session:
            self.one = Organisation(slug="amt-eins", name="Amt Eins", kind=OrganisationKind.OTHER)
            self.two = Organisation(slug="amt-zwei", name="Amt Zwei", kind=OrganisationKind.OTHER)
            session.add_all([self.one, self.two])
            session.flush()
            self.ids = {
                "admin": self._person(session, "admin", is_admin=True),
                "coordinator": self._person(session, "coordinator", self.one, Role.COORDINATOR),
                "editor": self._person(session, "editor", self.one, Role.EDITOR),
                "other": self._person(session, "other", self.two, Role.COORDINATOR),
            }

    def _person(
        self,
        session: Session,
        name: str,
        organisation: Organisation | None = None,
        role: Role | None = None,
        is_admin: bool = False,
    ) -> int:
        person = Person(email=f"{name}@amt.example", name=f"Person {name}", is_admin=is_admin)
        session.add(person)
        session.flush()
        assert person.id is not None
        if organisation is not None and role is not None and organisation.id is not None:
            session.add(Membership(person_id=person.id, organisation_id=organisation.id, role=role))
        return person.id

    def actor(self, name: str) -> Actor:
        with self.database.reading() as session:
            return actor_of(session, session.get_one(Person, self.ids[name]))

    def invite(self, name: str, email: str, role: Role | None = Role.EDITOR, to: Organisation | None = None) -> None:
        with self.database.noting() as session:
            invite(session, self.actor(name), SENDER, to, InvitationFields(email=email, role=role))

    def mails(self) -> list[OutboxMail]:
        with self.database.reading() as session:
            return list(session.exec(select(OutboxMail).order_by(OutboxMail.id)))  # type: ignore[arg-type]

    def token(self) -> str:
        """Return the token in the last mail."""
        return self.mails()[-1].body.split("/einladung/")[1].split()[0]

    def open(self, organisation: Organisation | None) -> list[OneTimeToken]:
        with self.database.reading() as session:
            return open_invitations(session, organisation.id if organisation else None)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_an_invitation_is_a_mail_with_a_link_that_stands_for_the_role(world: World) -> None:
    world.invite("coordinator", "Neu@Amt.Example", Role.COORDINATOR, world.one)
    (mail,) = world.mails()
    assert (mail.kind, mail.recipient) == ("invitation", "neu@amt.example")
    assert "Prüfregister" in mail.subject
    assert "„OZG-Koordination“ für Amt Eins" in mail.body
    with world.database.reading() as session:
        row = peek(session, INVITATION, world.token())
        line = page_of_lines(session, AuditFilter(action="invitation.sent"), page=1, per_page=9)[0]
    assert (row.email, row.organisation_id, row.role, row.as_admin) == (
        "neu@amt.example",
        world.one.id,
        Role.COORDINATOR,
        False,
    )
    assert row.created_by == line.actor == world.actor("coordinator").key
    assert line.subject == f"invitation:{row.id}"
    assert "neu@amt.example" not in str(line.model_dump())  # addresses leave no trace in the log
    assert world.token() not in str(line.model_dump())


@pytest.mark.parametrize("name", ["editor", "other"])
def test_only_the_own_coordination_invites(world: World, name: str) -> None:
    with pytest.raises(NotAllowedError):
        world.invite(name, "neu@amt.example", Role.EDITOR, world.one)
    with pytest.raises(NotAllowedError), world.database.noting() as session:
        invite(session, ANONYMOUS, SENDER, world.one, InvitationFields(email="a@b.example", role=Role.EDITOR))
    assert world.mails() == []
    world.invite("admin", "neu@amt.example", Role.EDITOR, world.one)
    assert len(world.mails()) == 1


def test_only_administrators_invite_to_the_administration(world: World) -> None:
    with pytest.raises(NotAllowedError):
        world.invite("coordinator", "neu@amt.example", None)
    world.invite("admin", "neu@amt.example", None)
    with world.database.reading() as session:
        row = peek(session, INVITATION, world.token())
    assert (row.as_admin, row.role, row.organisation_id) == (True, None, None)
    with pytest.raises(MemberRefusedError, match="schon zur Administration"):
        world.invite("admin", "admin@amt.example", None)


def test_who_invites_does_not_learn_whether_an_address_has_an_account(world: World) -> None:
    world.invite("coordinator", "other@amt.example", Role.EDITOR, world.one)
    world.invite("coordinator", "neu@amt.example", Role.EDITOR, world.one)
    known, new = world.mails()
    assert "schon ein Konto" in known.body
    assert "legen Sie Ihr Konto an" in new.body
    rows = world.open(world.one)
    assert [row.email for row in rows] == ["other@amt.example", "neu@amt.example"]


def test_a_disabled_account_gets_a_mail_without_link_and_the_inviting_person_sees_no_difference(world: World) -> None:
    with world.database.noting() as session:
        persons.disable(session, world.actor("admin"), world.ids["other"])
    world.invite("coordinator", "other@amt.example", Role.EDITOR, world.one)
    assert "gesperrt" in world.mails()[0].body
    assert "https://" not in world.mails()[0].body
    assert [row.email for row in world.open(world.one)] == ["other@amt.example"]


def test_inviting_again_replaces_the_open_invitation_of_the_same_organisation_only(world: World) -> None:
    world.invite("coordinator", "neu@amt.example", Role.EDITOR, world.one)
    first = world.token()
    world.invite("other", "neu@amt.example", Role.EDITOR, world.two)
    world.invite("coordinator", "neu@amt.example", Role.COORDINATOR, world.one)
    assert [row.role for row in world.open(world.one)] == [Role.COORDINATOR]
    assert len(world.open(world.two)) == 1
    with world.database.reading() as session, pytest.raises(UsedTokenError):
        peek(session, INVITATION, first)


def test_members_and_organisations_out_of_service_are_refused(world: World) -> None:
    with pytest.raises(MemberRefusedError, match="schon Mitglied"):
        world.invite("coordinator", "EDITOR@amt.example", Role.EDITOR, world.one)
    with world.database.noting() as session:
        world.one = session.merge(world.one)
        world.one.active = False
    with pytest.raises(MemberRefusedError, match="stillgelegt"):
        world.invite("admin", "neu@amt.example", Role.EDITOR, world.one)
    assert world.mails() == []


def test_open_invitations_are_limited(world: World) -> None:
    for number in range(MAX_OPEN):
        world.invite("coordinator", f"neu{number}@amt.example", Role.EDITOR, world.one)
    with pytest.raises(MemberRefusedError, match="offen"):
        world.invite("coordinator", "einer-zuviel@amt.example", Role.EDITOR, world.one)
    world.invite("coordinator", "neu0@amt.example", Role.EDITOR, world.one)
    assert len(world.open(world.one)) == MAX_OPEN


@pytest.mark.parametrize(
    "email", ["", "kein", "a@b", "a b@c.example", "x@y.example\nBcc: z@y.example", "a" * 260 + "@b.de"]
)
def test_a_bad_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        InvitationFields(email=email, role=Role.EDITOR)
    with pytest.raises(ValidationError):
        InvitationFields.model_validate({"email": "a@b.example", "role": "editor", "as_admin": True})


def test_sending_again_makes_a_new_link_and_the_old_one_void(world: World) -> None:
    world.invite("coordinator", "neu@amt.example", Role.EDITOR, world.one)
    old, number = world.token(), world.open(world.one)[0].id or 0
    with world.database.noting() as session:
        resend(session, world.actor("coordinator"), SENDER, world.one, number)
    assert world.token() != old
    with world.database.reading() as session:
        assert peek(session, INVITATION, world.token()).role is Role.EDITOR
        with pytest.raises(UsedTokenError):
            peek(session, INVITATION, old)
    with pytest.raises(UnknownMemberError), world.database.noting() as session:
        resend(session, world.actor("coordinator"), SENDER, world.one, number)


def test_an_invitation_that_ran_out_is_listed_and_can_be_sent_again(world: World) -> None:
    world.invite("coordinator", "neu@amt.example", Role.EDITOR, world.one)
    with world.database.noting() as session:
        row = session.exec(select(OneTimeToken)).one()
        row.expires_at = now()
        session.add(row)
    (row,) = world.open(world.one)
    assert members.expired(row)
    with world.database.noting() as session:
        resend(session, world.actor("coordinator"), SENDER, world.one, row.id or 0)
    assert [members.expired(one) for one in world.open(world.one)] == [False]


def test_a_withdrawn_invitation_works_no_more(world: World) -> None:
    world.invite("coordinator", "neu@amt.example", Role.EDITOR, world.one)
    (row,) = world.open(world.one)
    with world.database.noting() as session:
        withdraw(session, world.actor("coordinator"), world.one, row.id or 0)
    assert world.open(world.one) == []
    with world.database.reading() as session, pytest.raises(TokenError):
        peek(session, INVITATION, world.token())


def test_an_invitation_of_another_organisation_is_not_to_be_touched_by_its_number(world: World) -> None:
    world.invite("other", "neu@amt.example", Role.EDITOR, world.two)
    number = world.open(world.two)[0].id or 0
    for action in (withdraw, lambda session, actor, of, one: resend(session, actor, SENDER, of, one)):
        with pytest.raises(UnknownMemberError), world.database.noting() as session:
            action(session, world.actor("coordinator"), world.one, number)
        with pytest.raises(NotAllowedError), world.database.noting() as session:
            action(session, world.actor("coordinator"), world.two, number)
        with pytest.raises(NotAllowedError), world.database.noting() as session:
            action(session, world.actor("coordinator"), None, number)
    assert len(world.open(world.two)) == 1


def test_coordinators_change_and_take_roles_in_their_own_organisation_only(world: World) -> None:
    editor, other = world.ids["editor"], world.ids["other"]
    with world.database.noting() as session:
        assert change_role(session, world.actor("coordinator"), world.one, editor, Role.COORDINATOR)
        assert not change_role(session, world.actor("coordinator"), world.one, editor, Role.COORDINATOR)
    for actor in ("other",):
        with pytest.raises(NotAllowedError), world.database.noting() as session:
            change_role(session, world.actor(actor), world.one, editor, Role.EDITOR)
        with pytest.raises(NotAllowedError), world.database.noting() as session:
            remove_member(session, world.actor(actor), world.one, editor)
    with pytest.raises(UnknownMemberError), world.database.noting() as session:
        remove_member(session, world.actor("coordinator"), world.one, other)
    with world.database.noting() as session:
        remove_member(session, world.actor("coordinator"), world.one, editor)
    assert world.actor("editor").roles == {}
    with world.database.reading() as session:
        assert session.get(Person, editor) is not None
        assert verify(session).intact


def test_it_is_known_whether_an_organisation_keeps_a_coordinator(world: World) -> None:
    with world.database.reading() as session:
        assert active_coordinators(session, world.one.id or 0) == 1
        assert active_coordinators(session, world.one.id or 0, but=world.ids["coordinator"]) == 0
        assert [one.slug for one in sole_coordinations(session, world.ids["coordinator"])] == ["amt-eins"]
        assert sole_coordinations(session, world.ids["editor"]) == []
        assert [row.role for row in members_of(session, world.one.id or 0)] == [Role.COORDINATOR, Role.EDITOR]


def test_disabling_ends_sessions_and_links_and_enabling_does_not_bring_them_back(world: World) -> None:
    admin, editor = world.actor("admin"), world.ids["editor"]
    with world.database.noting() as session:
        token = open_session(session, session.get_one(Person, editor))
        persons.send_reset_link(session, admin, SENDER, editor)
    with world.database.noting() as session:
        assert persons.disable(session, admin, editor)
        assert not persons.disable(session, admin, editor)
    with world.database.noting() as session:
        assert persons.enable(session, admin, editor)
        assert not persons.enable(session, admin, editor)
    with world.database.reading() as session:
        assert find_session(session, token) is None
        with pytest.raises(UsedTokenError):
            peek(session, TokenPurpose.PASSWORD_RESET, world.token())


def test_the_registry_keeps_an_administrator(world: World) -> None:
    admin, number = world.actor("admin"), world.ids["admin"]
    with pytest.raises(MemberRefusedError, match="eigene Konto"), world.database.noting() as session:
        persons.disable(session, admin, number)
    with pytest.raises(MemberRefusedError, match="letzte"), world.database.noting() as session:
        persons.set_admin(session, admin, number, False)
    program = Actor(None, name="Programm", is_admin=True)
    with pytest.raises(MemberRefusedError, match="letzte"), world.database.noting() as session:
        persons.disable(session, program, number)
    with world.database.noting() as session:
        assert persons.set_admin(session, admin, world.ids["editor"], True)
    with world.database.noting() as session:
        persons.disable(session, admin, world.ids["editor"])
    with pytest.raises(MemberRefusedError, match="letzte"), world.database.noting() as session:
        persons.set_admin(session, admin, number, False)  # the other one is disabled
    with world.database.noting() as session:
        persons.enable(session, admin, world.ids["editor"])
        assert persons.set_admin(session, admin, number, False)
    assert not world.actor("admin").is_admin


@pytest.mark.parametrize(
    "action",
    [
        lambda session, actor, number: persons.disable(session, actor, number),
        lambda session, actor, number: persons.enable(session, actor, number),
        lambda session, actor, number: persons.set_admin(session, actor, number, True),
        lambda session, actor, number: persons.reset_second_factor(session, actor, "Register", number),
        lambda session, actor, number: persons.send_reset_link(session, actor, SENDER, number),
    ],
)
def test_only_administrators_manage_accounts(world: World, action: Callable[[Session, Actor, int], object]) -> None:
    for name in ("coordinator", "editor", "other"):
        with pytest.raises(NotAllowedError), world.database.noting() as session:
            action(session, world.actor(name), world.ids["editor"])
    with pytest.raises(UnknownMemberError), world.database.noting() as session:
        action(session, world.actor("admin"), 4711)


def test_a_lost_second_factor_is_removed_and_the_person_told(world: World) -> None:
    editor = world.ids["editor"]
    with world.database.noting() as session:
        assert not persons.reset_second_factor(session, world.actor("admin"), "Register", editor)
        offer(session, "k" * 32, editor)
        token = open_session(session, session.get_one(Person, editor))
    with world.database.noting() as session:
        assert persons.reset_second_factor(session, world.actor("admin"), "Register", editor)
    with world.database.reading() as session:
        person = session.get_one(Person, editor)
        assert (person.totp_secret, person.totp_pending) == (None, None)
        assert find_session(session, token) is None
    assert [mail.recipient for mail in world.mails()] == ["editor@amt.example"]
    assert "zweiten Faktor" in world.mails()[0].body


def test_people_are_found_by_name_address_and_what_they_lack(world: World) -> None:
    with world.database.noting() as session:
        session.add(Person(email="ohne@amt.example", name="Ohne Rolle", active=False, totp_secret="x"))
    with world.database.reading() as session:

        def names(**chosen: str) -> list[str]:
            return [row.person.email.split("@")[0] for row in people_page(session, **chosen)[0]]  # type: ignore[arg-type]

        assert names(text="person ed") == ["editor"]
        assert names(text="other@AMT") == ["other"]
        assert names(text="%") == []
        assert names(only="admin") == ["admin"]
        assert names(only="disabled") == names(only="no_role") == ["ohne"]
        assert "ohne" not in names(only="no_factor")
        row = next(row for row in people_page(session)[0] if row.person.id == world.ids["editor"])
    assert [(one.slug, role) for one, role in row.roles] == [("amt-eins", Role.EDITOR)]


@pytest.mark.sqlite_only  # about the rows, not about the database
@settings(max_examples=25)
@given(
    rows=st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.sampled_from(Role), max_size=12),
    active=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_the_roles_of_an_actor_are_the_memberships_in_active_organisations(
    rows: dict[tuple[int, int], Role], active: list[bool]
) -> None:
    database = Database("sqlite://")
    from sqlmodel import SQLModel

    with Session(database.engine) as session:
        SQLModel.metadata.create_all(session.connection())
        people = [Person(email=f"{n}@a.example", name=f"P{n}") for n in range(4)]
        bodies = [
            Organisation(slug=f"o{n}", name=f"O{n}", kind=OrganisationKind.OTHER, active=active[n]) for n in range(4)
        ]
        session.add_all([*people, *bodies])
        session.flush()
        for (person, body), role in rows.items():
            session.add(Membership(person_id=people[person].id, organisation_id=bodies[body].id, role=role))
        session.flush()
        for number, person in enumerate(people):
            expected = {bodies[body].id: role for (one, body), role in rows.items() if one == number and active[body]}
            actor = actor_of(session, person)
            assert actor.roles == expected
            for body, organisation in enumerate(bodies):
                role = rows.get((number, body)) if active[body] else None
                assert actor.edits_for([organisation.id]) is (role is not None)
                assert actor.coordinates_for([organisation.id]) is (role is Role.COORDINATOR)
    database.dispose()

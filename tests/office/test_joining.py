"""Taking up invitations."""

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from registry.accounts.enums import Role, TokenPurpose
from registry.accounts.models import Membership, OneTimeToken, Organisation, Person
from registry.accounts.queries import membership, person_by_email
from registry.accounts.tokens import issue
from registry.moments import now
from tests.office.signing import OTHER_PASSWORD, actions, give_password, is_signed_in, send, sign_in, submit, token_of
from tests.office.world import PEOPLE, Office, person
from tests.web.client import check

NEW = "neu@soest.example"


def _organisation(session: Session, slug: str = "stadt-soest") -> Organisation:
    return session.exec(select(Organisation).where(Organisation.slug == slug)).one()


def _invite(office: Office, email: str = NEW, role: Role | None = Role.EDITOR, slug: str = "stadt-soest") -> str:
    with office.database.noting() as session:
        number = _organisation(session, slug).id if role is not None else None
        token = issue(
            session,
            TokenPurpose.INVITATION,
            email=email,
            organisation_id=number,
            role=role,
            as_admin=role is None,
            created_by="person:5",
        )
    return f"/einladung/{token}"


@pytest.fixture
def client(office: Office) -> FlaskClient:
    return office.app.test_client()


def test_an_invitation_makes_an_account_with_name_password_and_role(office: Office, client: FlaskClient) -> None:
    path = _invite(office)
    for _ in range(2):
        page = check(client.get(path))
    assert "Stadt Soest" in page.main
    assert "Redaktion" in page.main
    assert {one.get("autocomplete") for one in page.all(".//main//input")} >= {"name", "new-password", "username"}
    done = submit(client, path, {"name": "  Neue   Redaktion ", "neues_passwort": OTHER_PASSWORD})
    assert done.location == "/verwaltung"
    assert is_signed_in(client)
    with office.database.reading() as session:
        created = person_by_email(session, NEW)
        assert created is not None
        assert (created.name, created.is_admin) == ("Neue Redaktion", False)
        held = membership(session, created.id or 0, _organisation(session).id or 0)
        assert held is not None
        assert held.role is Role.EDITOR
    assert actions(office) == ["person.created", "invitation.accepted", "sign_in.succeeded"]


def test_an_invitation_works_once(office: Office, client: FlaskClient) -> None:
    path = _invite(office)
    form = {"name": "Neue Redaktion", "neues_passwort": OTHER_PASSWORD}
    token = token_of(client.get(path))
    client.post(path, data={"csrf_token": token, **form})
    stranger = office.app.test_client()
    assert check(stranger.get(path)).response.status_code == 410
    answer = stranger.post(path, data={"csrf_token": token_of(stranger.get("/anmelden")), **form})
    assert answer.status_code == 410
    check(answer)


def test_who_is_signed_in_as_somebody_else_is_told_before_making_an_account(office: Office) -> None:
    page = office.pages("reader").get(_invite(office))
    assert f"Sie sind als {PEOPLE['reader'][1]} angemeldet" in page.main


def test_an_expired_invitation_says_what_to_do(office: Office, client: FlaskClient) -> None:
    path = _invite(office)
    with office.database.noting() as session:
        session.exec(select(OneTimeToken)).one().expires_at = now()
    page = check(client.get(path))
    assert page.response.status_code == 410
    assert "abgelaufen" in page.main
    assert "um eine neue Einladung" in page.main


def test_an_invitation_to_the_administration(office: Office, client: FlaskClient) -> None:
    path = _invite(office, role=None)
    assert "Administration des Registers" in check(client.get(path)).main
    submit(client, path, {"name": "Neue Leitung", "neues_passwort": OTHER_PASSWORD})
    with office.database.reading() as session:
        created = person_by_email(session, NEW)
        assert created is not None
        assert created.is_admin


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"name": "", "neues_passwort": OTHER_PASSWORD}, "Mindestens 2 Zeichen"),
        ({"name": "x" * 201, "neues_passwort": OTHER_PASSWORD}, "Höchstens 200 Zeichen"),
        ({"name": "a\u202eb", "neues_passwort": OTHER_PASSWORD}, "nicht zu sehen"),
        ({"name": "Neue Redaktion", "neues_passwort": "neue redaktion"}, "aus Ihrem Namen"),
        ({"name": "Neue Redaktion"}, "Die Angabe fehlt"),
    ],
)
def test_bad_entries_are_refused_and_nothing_is_made(
    office: Office, client: FlaskClient, form: dict[str, str], reason: str
) -> None:
    path = _invite(office)
    page = send(client, path, form)
    assert page.response.status_code == 422
    assert reason in page.main
    with office.database.reading() as session:
        assert person_by_email(session, NEW) is None
        assert session.exec(select(OneTimeToken)).one().used_at is None


def test_nobody_gives_oneself_more_than_the_invitation_does(office: Office, client: FlaskClient) -> None:
    path = _invite(office)
    more = {"role": "coordinator", "is_admin": "1", "as_admin": "1", "email": "andere@soest.example"}
    submit(client, path, {"name": "Neue Redaktion", "neues_passwort": OTHER_PASSWORD, **more})
    with office.database.reading() as session:
        created = person_by_email(session, NEW)
        assert created is not None
        assert not created.is_admin
        assert person_by_email(session, "andere@soest.example") is None
        roles = session.exec(select(Membership.role).where(Membership.person_id == created.id)).all()
    assert roles == [Role.EDITOR]


def test_who_has_an_account_signs_in_first_and_then_accepts(office: Office, client: FlaskClient) -> None:
    path = _invite(office, PEOPLE["other"][0])
    give_password(office, "other")
    page = check(client.get(path))
    assert "gibt es schon ein Konto" in page.main
    assert not page.all(".//main//input[@type='password']")
    sign_in(client, "other", weiter=path)
    assert submit(client, path).location == "/verwaltung"
    with office.database.reading() as session:
        held = membership(session, person(session, "other").id or 0, _organisation(session).id or 0)
        assert held is not None
        assert held.role is Role.EDITOR
    assert actions(office)[-1] == "invitation.accepted"


def test_a_post_without_signing_in_does_not_take_over_an_account(office: Office, client: FlaskClient) -> None:
    path = _invite(office, PEOPLE["other"][0])
    token = token_of(client.get("/anmelden"))
    form = {"csrf_token": token, "name": "Fremd", "neues_passwort": OTHER_PASSWORD}
    answer = client.post(path, data=form)
    assert answer.status_code == 403
    assert not is_signed_in(client)
    with office.database.reading() as session:
        assert person(session, "other").password_hash is None


def test_the_invitation_of_somebody_else_is_not_taken_up(office: Office) -> None:
    path = _invite(office, PEOPLE["other"][0])
    client = office.client("editor")
    page = check(client.get(path))
    assert "mit einem anderen Konto angemeldet" in page.main
    answer = client.post(path, data={"csrf_token": token_of(client.get("/verwaltung/konto"))})
    assert answer.status_code == 403


def test_an_invitation_raises_a_role_and_never_lowers_it(office: Office) -> None:
    for role, email, invited, left in (
        ("editor", PEOPLE["editor"][0], Role.COORDINATOR, Role.COORDINATOR),
        ("coordinator", PEOPLE["coordinator"][0], Role.EDITOR, Role.COORDINATOR),
    ):
        path = _invite(office, email, invited)
        submit(office.client(role), path)
        with office.database.reading() as session:
            held = membership(session, person(session, role).id or 0, _organisation(session).id or 0)
            assert held is not None
            assert held.role is left


def test_an_organisation_out_of_service_and_a_locked_account_take_nobody(office: Office, client: FlaskClient) -> None:
    first, second = _invite(office), _invite(office, PEOPLE["other"][0], slug="stadt-wuppertal")
    with office.database.noting() as session:
        _organisation(session).active = False
        session.get_one(Person, person(session, "other").id).active = False
    page = check(client.get(first))
    assert (page.response.status_code, "nicht mehr aktiv" in page.main) == (410, True)
    page = check(client.get(second))
    assert (page.response.status_code, "gesperrt" in page.main) == (410, True)

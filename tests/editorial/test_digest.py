"""The weekly digest: who gets it, when, what it says, and that it ends for good."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from registry.accounts.enums import Role
from registry.accounts.models import AuditEntry, Membership, Organisation, Person
from registry.accounts.tokens import ExpiredTokenError, UnknownTokenError, UsedTokenError
from registry.database import Database
from registry.editorial.digest import end_digest, is_due, send_due
from registry.mail.models import OutboxMail
from registry.settings import Settings
from tests.conftest import Store
from tests.office.world import PEOPLE, person

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
DAY = timedelta(days=1)
SETTINGS = Settings(base_url="https://register.example", secret_key="k" * 32)


@pytest.fixture
def world(store: Store, office_template: str) -> Iterator[Database]:
    """Return a database with catalogue, organisations and people, whose accounts are new."""
    url, remove = store.copy(office_template)
    database = Database(url)
    with database.noting() as session:
        for one in session.exec(select(Person)):
            one.created_at = MONDAY - DAY
    yield database
    database.dispose()
    remove()


def mails(database: Database) -> dict[str, OutboxMail]:
    with database.reading() as session:
        return {mail.recipient: mail for mail in session.exec(select(OutboxMail).order_by(col(OutboxMail.id)))}


def test_everyone_with_waiting_work_gets_one_mail(world: Database) -> None:
    assert send_due(world, SETTINGS, MONDAY) == 4
    assert set(mails(world)) == {PEOPLE[role][0] for role in ("other", "other coordinator", "editor", "coordinator")}


def test_the_mail_names_what_waits_in_numbers_with_links(world: Database) -> None:
    send_due(world, SETTINGS, MONDAY)
    mail = mails(world)[PEOPLE["coordinator"][0]]
    assert mail.kind == "digest"
    assert mail.subject == "OZG-Nachnutzungsregister: Was auf Sie wartet"
    assert "- 1 Eintrag ohne Bestätigung seit 12 Monaten" in mail.body
    links = re.findall(r"https?://\S+", mail.body)
    assert "https://register.example/verwaltung/qualitaet/bestaetigung?alter=12" in links
    assert all(link.startswith("https://register.example/") for link in links)
    assert re.fullmatch(r"https://register\.example/abbestellen/[\w-]{43}", links[-1])


def test_there_is_at_most_one_mail_in_seven_days(world: Database) -> None:
    assert send_due(world, SETTINGS, MONDAY) == 4
    assert send_due(world, SETTINGS, MONDAY) == 0
    assert send_due(world, SETTINGS, MONDAY + 6 * DAY) == 0
    assert send_due(world, SETTINGS, MONDAY + 7 * DAY - timedelta(minutes=5)) == 4


def test_the_first_mail_comes_on_a_monday_or_after_a_week(world: Database) -> None:
    assert send_due(world, SETTINGS, MONDAY + DAY) == 0
    new = Person(email="x@y.example", name="X", created_at=MONDAY - 3 * DAY)
    assert not is_due(new, MONDAY + 2 * DAY)
    assert is_due(new, MONDAY)
    assert is_due(new, MONDAY + 4 * DAY)


def test_nothing_waits_nothing_is_sent(world: Database) -> None:
    with world.noting() as session:
        organisation = Organisation(slug="neue-stelle", name="Neue Stelle", kind="other")  # type: ignore[arg-type]
        newcomer = Person(email="neu@stelle.example", name="Redaktion Neue Stelle", created_at=MONDAY - 30 * DAY)
        session.add_all([organisation, newcomer])
        session.flush()
        session.add(Membership(person_id=newcomer.id, organisation_id=organisation.id, role=Role.EDITOR))
    send_due(world, SETTINGS, MONDAY)
    assert "neu@stelle.example" not in mails(world)
    with world.reading() as session:
        row = session.exec(select(Person).where(Person.email == "neu@stelle.example")).one()
        assert row.digest_sent_at is None


@pytest.mark.parametrize("why", ["inactive", "ended", "organisation", "no role"])
def test_who_left_or_does_not_want_it_gets_none(world: Database, why: str) -> None:
    with world.noting() as session:
        one = person(session, "coordinator")
        if why == "inactive":
            one.active = False
        elif why == "ended":
            one.wants_digest = False
        elif why == "organisation":
            for organisation in session.exec(select(Organisation)):
                organisation.active = False
        else:
            for membership in session.exec(select(Membership).where(Membership.person_id == one.id)):
                session.delete(membership)
    send_due(world, SETTINGS, MONDAY)
    assert PEOPLE["coordinator"][0] not in mails(world)


def test_without_an_address_of_the_site_nothing_is_sent(world: Database, caplog: pytest.LogCaptureFixture) -> None:
    assert send_due(world, Settings(secret_key="k" * 32), MONDAY) == 0
    assert mails(world) == {}
    assert "BASE_URL" in caplog.text


def token_of(database: Database, role: str = "coordinator") -> str:
    return mails(database)[PEOPLE[role][0]].body.strip().rsplit("/", 1)[1]


def test_the_link_ends_the_digest_once_and_for_good(world: Database) -> None:
    send_due(world, SETTINGS, MONDAY)
    token = token_of(world)
    with world.noting() as session:
        end_digest(session, token, MONDAY + 60 * DAY)
    with world.noting() as session, pytest.raises(UsedTokenError):
        end_digest(session, token, MONDAY + 60 * DAY)
    with world.reading() as session:
        ended = person(session, "coordinator")
        assert not ended.wants_digest
        line = session.exec(select(AuditEntry).where(AuditEntry.action == "digest.ended")).one()
        assert line.actor == f"person:{ended.id}"
    assert send_due(world, SETTINGS, MONDAY + 70 * DAY) == 3


def test_a_new_role_does_not_bring_the_digest_back(world: Database) -> None:
    send_due(world, SETTINGS, MONDAY)
    with world.noting() as session:
        end_digest(session, token_of(world), MONDAY)
        one = person(session, "coordinator")
        wuppertal = session.exec(select(Organisation).where(Organisation.slug == "stadt-wuppertal")).one()
        session.add(Membership(person_id=one.id, organisation_id=wuppertal.id, role=Role.COORDINATOR))
    send_due(world, SETTINGS, MONDAY + 14 * DAY)
    with world.reading() as session:
        count = len(session.exec(select(OutboxMail).where(OutboxMail.recipient == PEOPLE["coordinator"][0])).all())
    assert count == 1


def test_a_made_up_or_expired_link_ends_nothing(world: Database) -> None:
    send_due(world, SETTINGS, MONDAY)
    with world.noting() as session:
        with pytest.raises(UnknownTokenError):
            end_digest(session, "x" * 43, MONDAY)
        with pytest.raises(ExpiredTokenError):
            end_digest(session, token_of(world), datetime.now(UTC) + 400 * DAY)
        assert person(session, "coordinator").wants_digest


def test_one_broken_digest_does_not_keep_the_others(
    world: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from registry.editorial import digest

    calls: list[int] = []
    original = digest.text_of

    def failing(*args: object) -> str:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("defekt")
        return original(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(digest, "text_of", failing)
    assert send_due(world, SETTINGS, MONDAY) == 3
    assert "could not be written" in caplog.text
    assert send_due(world, SETTINGS, MONDAY) == 1

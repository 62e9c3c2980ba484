"""Beginning and ending to follow: double opt-in, limits, what is kept and for how long."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from registry.accounts.enums import TokenPurpose
from registry.accounts.models import OneTimeToken, Person
from registry.accounts.tokens import ExpiredTokenError, TokenError, UnknownTokenError, UsedTokenError, issue
from registry.database import Database
from registry.editorial.quotas import QuotaError
from registry.following.models import FollowedKind, Following, Rhythm
from registry.following.operations import (
    HOURLY,
    MOST,
    RECIPIENT_DAILY,
    FollowFields,
    Owner,
    Sender,
    TooManyError,
    ask,
    asked,
    confirm,
    end,
    forget,
    leave,
    new_end_token,
    quotas_of,
)
from registry.following.operations import follow as follow_at_once
from registry.following.queries import followings_of, own_followings
from registry.following.retention import purge
from registry.following.targets import Target
from registry.mail.operations import mark_undeliverable
from registry.moments import now
from tests.conftest import Store
from tests.following.making import DAY, READER, follow, mails

SECRET = "k" * 32
SENDER = Sender("Register", "https://register.example", SECRET)
TARGET = Target(FollowedKind.BUNDLE, "hundesteuer-soest", "Hundesteuer")
OTHER = Target(FollowedKind.OZG_SERVICE, "10160", "Hundesteuer (10160)")


@pytest.fixture
def world(store: Store, reference_template: str) -> Iterator[Database]:
    """Return a database with the reference data."""
    url, remove = store.copy(reference_template)
    database = Database(url)
    yield database
    database.dispose()
    remove()


def request(
    world: Database,
    target: Target = TARGET,
    *,
    email: str = READER,
    network: str = "192.0.2.1",
    rhythm: Rhythm = Rhythm.WEEKLY,
    at: datetime | None = None,
) -> None:
    with world.noting() as session:
        fields = FollowFields(email=email, rhythm=rhythm)
        ask(session, fields, target, quotas=quotas_of(SECRET, network), sender=SENDER, at=at or now())


def newest_token(world: Database) -> str:
    found = re.findall(r"/folgen/(?:bestaetigen|abbestellen)/([\w-]{43})", mails(world)[-1].body)
    return str(found[-1])


def rows(world: Database) -> list[Following]:
    with world.reading() as session:
        return list(session.exec(select(Following)))


def test_nothing_is_followed_before_the_link_is_used(world: Database) -> None:
    request(world)
    (mail,) = mails(world)
    assert mail.recipient == READER
    assert "Hundesteuer" in mail.body
    assert rows(world)[0].confirmed_at is None
    with world.reading() as session:
        assert asked(session, newest_token(world)).label == "Hundesteuer"
        assert followings_of(session, Owner(READER)) == []
    with world.noting() as session:
        confirm(session, newest_token(world), now())
    (row,) = rows(world)
    assert row.confirmed_at is not None
    assert row.told_tick == world.tick()


def test_the_link_works_once(world: Database) -> None:
    request(world)
    token = newest_token(world)
    with world.noting() as session:
        confirm(session, token, now())
    with pytest.raises(UsedTokenError), world.noting() as session:
        confirm(session, token, now())


def test_the_link_works_for_seven_days(world: Database) -> None:
    request(world)
    with pytest.raises(ExpiredTokenError), world.noting() as session:
        confirm(session, newest_token(world), now() + 7 * DAY)


def test_asking_once_more_replaces_the_link(world: Database) -> None:
    request(world)
    first = newest_token(world)
    request(world, rhythm=Rhythm.DAILY)
    with pytest.raises(UnknownTokenError), world.noting() as session:
        confirm(session, first, now())
    with world.noting() as session:
        assert confirm(session, newest_token(world), now()).rhythm is Rhythm.DAILY
    assert len(rows(world)) == 1


def test_who_follows_already_gets_a_mail_that_says_so(world: Database) -> None:
    request(world)
    with world.noting() as session:
        confirm(session, newest_token(world), now())
    request(world)
    assert mails(world)[-1].subject.startswith("Sie folgen schon")
    with world.noting() as session:
        leave(session, newest_token(world), now())
    assert rows(world) == []


def test_a_link_confirms_nothing_but_what_its_mail_named(world: Database) -> None:
    request(world)
    first = newest_token(world)
    with world.noting() as session:
        end(session, Owner(READER))
    request(world, OTHER)  # may get the number of the row that is gone
    with pytest.raises(TokenError), world.noting() as session:
        confirm(session, first, now())
    assert rows(world)[0].confirmed_at is None


def test_a_token_for_something_else_confirms_and_ends_nothing(world: Database) -> None:
    number = follow(world, confirmed=False)
    with world.noting() as session:
        foreign = issue(session, TokenPurpose.INVITATION, email=READER, created_by=f"following:{number}")
        stranger = issue(
            session,
            TokenPurpose.FOLLOW_CONFIRM,
            email="andere@post.example",
            created_by=f"following:{number}",
            lifetime=DAY,
        )
        odd = issue(
            session, TokenPurpose.FOLLOW_CONFIRM, email=READER, created_by="following:x", lifetime=timedelta(days=1)
        )
    for token in (foreign, stranger, odd, "", "x" * 5000):
        with pytest.raises(TokenError), world.noting() as session:
            confirm(session, token, now())
        with pytest.raises(TokenError), world.noting() as session:
            leave(session, token, now())


def test_one_address_follows_a_limited_number_of_things(world: Database) -> None:
    for number in range(MOST):
        follow(world, target=f"eintrag-{number}")
    request(world)
    with pytest.raises(TooManyError), world.noting() as session:
        confirm(session, newest_token(world), now())
    with world.noting() as session:
        end(session, Owner(READER), rows(world)[0].id)
    with world.noting() as session:
        confirm(session, newest_token(world), now())
    with pytest.raises(TooManyError), world.noting() as session:
        follow_at_once(session, Owner(READER), OTHER, Rhythm.DAILY, now())
    assert len(rows(world)) == MOST


def test_many_requests_from_one_connection_have_to_wait(world: Database) -> None:
    for number in range(HOURLY):
        request(world, email=f"konto{number}@post.example")
    with pytest.raises(QuotaError):
        request(world, email="noch@post.example")
    request(world, email="noch@post.example", network="192.0.2.2")


def test_nobody_can_fill_a_mailbox_through_the_form(world: Database) -> None:
    for number in range(RECIPIENT_DAILY + 5):
        target = Target(FollowedKind.BUNDLE, f"eintrag-{number}", "Eintrag")
        request(world, target, network=f"192.0.2.{number}")
    assert len(mails(world)) == RECIPIENT_DAILY


def test_an_address_that_bounces_gets_no_mail_for_a_week(world: Database) -> None:
    with world.noting() as session:
        mark_undeliverable(session, READER, "550", now())
    request(world)
    assert mails(world) == []
    assert rows(world) == []
    request(world, at=now() + 8 * DAY)
    assert len(mails(world)) == 1


def test_unconfirmed_and_unreachable_addresses_are_removed(world: Database) -> None:
    request(world)
    follow(world, target="bleibt")
    follow(world, email="weg@post.example")
    with world.noting() as session:
        mark_undeliverable(session, "weg@post.example", "550", now())
    purge(world, now() + 6 * DAY)
    assert {row.target for row in rows(world)} == {"hundesteuer-soest", "bleibt"}
    purge(world, now() + 8 * DAY)
    assert {row.target for row in rows(world)} == {"bleibt"}


def test_when_all_is_ended_no_link_names_the_address_any_more(world: Database) -> None:
    first, second = follow(world), follow(world, target="anderes")
    with world.noting() as session:
        tokens = [new_end_token(session, Owner(READER)) for _ in range(2)]
    with world.noting() as session:
        leave(session, tokens[0], now(), first)
    assert [row.id for row in rows(world)] == [second]
    with world.noting() as session:
        leave(session, tokens[0], now())
    assert rows(world) == []
    with pytest.raises(UsedTokenError), world.noting() as session:
        leave(session, tokens[1], now())
    with world.reading() as session:
        assert [one.email for one in session.exec(select(OneTimeToken))] == ["", ""]


def test_a_link_ends_nothing_of_others(world: Database) -> None:
    follow(world)
    foreign = follow(world, email="andere@post.example")
    with world.noting() as session:
        token = new_end_token(session, Owner(READER))
    with world.noting() as session:
        leave(session, token, now(), foreign)
    assert len(rows(world)) == 2


def test_an_account_owns_what_its_address_follows(world: Database) -> None:
    with world.noting() as session:
        person = Person(email=READER, name="Jemand")
        session.add(person)
        session.flush()
        owner = Owner(READER, person.id)
    request(world)
    with world.noting() as session:
        assert confirm(session, newest_token(world), now()).person_id == owner.person_id
    with world.noting() as session:
        follow_at_once(session, owner, OTHER, Rhythm.DAILY, now())
        follow_at_once(session, owner, OTHER, Rhythm.WEEKLY, now())
    with world.reading() as session:
        assert [one["target"] for one in own_followings(session, owner)] == ["hundesteuer-soest", "10160"]
    with world.noting() as session:
        forget(session, owner)
    assert rows(world) == []
    with world.reading() as session:
        assert session.exec(select(OneTimeToken)).all() == []

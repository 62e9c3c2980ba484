"""Reminders, the own data of a person, and how long messages are kept."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from registry.accounts.own_data import delete_account
from registry.adoption.enums import Step
from registry.adoption.models import Adoption
from registry.adoption.operations import confirm
from registry.adoption.personal import KEPT_MESSAGES, forget_author, own_adoptions, purge
from registry.adoption.reminders import remind_due
from registry.moments import now
from registry.settings import Settings
from tests.adoption.conftest import TODAY, Reuse
from tests.office.world import PEOPLE

SOEST_MAIL = PEOPLE["coordinator"][0]


def _at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 6, tzinfo=UTC)


def _settings(world: Reuse, base: str = "https://register.example") -> Settings:
    return Settings(database_url=world.database.url, secret_key="k" * 32, base_url=base)


def test_the_body_is_reminded_once_before_and_once_at_the_end(world: Reuse) -> None:
    key = world.declare()  # confirmed on 31 March 2026
    world.told()
    settings = _settings(world)
    assert remind_due(world.database, settings, _at(2027, 2, 28)) == 0
    tick = world.database.tick()
    assert remind_due(world.database, settings, _at(2027, 3, 1)) == 1
    assert remind_due(world.database, settings, _at(2027, 3, 2)) == 0
    mails = world.told()
    assert set(mails) == {SOEST_MAIL}, "who offers the bundle has nothing to do with it"
    assert "läuft am 31.03.2027 ab" in mails[SOEST_MAIL][0].body
    assert f"https://register.example/verwaltung/nachnutzungen/{key}" in mails[SOEST_MAIL][0].body
    assert remind_due(world.database, settings, _at(2027, 3, 31)) == 1
    assert remind_due(world.database, settings, _at(2027, 6, 1)) == 0
    assert "abgelaufen" in world.told()[SOEST_MAIL][0].subject
    world.run(confirm, "coordinator", key, today=TODAY.replace(year=2027))
    assert remind_due(world.database, settings, _at(2028, 3, 1)) == 1
    assert world.database.tick() == tick


def test_nobody_is_reminded_without_an_address_for_links(world: Reuse, caplog: pytest.LogCaptureFixture) -> None:
    world.declare()
    assert remind_due(world.database, _settings(world, ""), _at(2027, 3, 31)) == 0
    assert "BASE_URL" in caplog.text


def test_what_is_over_or_only_claimed_is_not_reminded(world: Reuse) -> None:
    key = world.declare()
    world.advance(key, Step.ABANDONED, reason="keine Mittel")
    world.claim()
    assert remind_due(world.database, _settings(world), _at(2030, 1, 1)) == 0


def test_own_data_hold_messages_and_steps(world: Reuse) -> None:
    key = world.declare(note="Guten Tag")
    with world.database.reading() as session:
        found = own_adoptions(session, world.person_id("coordinator"))
        others = own_adoptions(session, world.person_id("other coordinator"))
    assert [(one["adoption"], one["text"]) for one in found["messages"]] == [(key, "Guten Tag")]
    assert [one["step"] for one in found["steps"]] == ["interest"]
    assert not any(others.values())


def test_a_deleted_account_leaves_its_messages_to_the_organisation(world: Reuse) -> None:
    key = world.declare(note="Guten Tag")
    number = world.person_id("coordinator")
    with world.database.noting() as session:
        delete_account(session, number)
        forget_author(session, number)
    (message,) = world.messages(key)
    assert (message.author_id, message.organisation_id) == (None, world.organisation())


def test_messages_go_a_year_after_the_end_and_the_reasons_stay(world: Reuse) -> None:
    key, going_on = world.declare(note="Guten Tag"), world.claim("administrator", body="05974", note="Steht im Netz.")
    world.advance(key, Step.ABANDONED, reason="keine Mittel")
    assert purge(world.database, now() + KEPT_MESSAGES - timedelta(days=1)) == {"adoption_message": 0}
    assert purge(world.database, now() + KEPT_MESSAGES + timedelta(days=1)) == {"adoption_message": 1}
    assert world.messages(key) == []
    assert len(world.messages(going_on)) == 1
    assert world.steps(key)[-1].reason == "keine Mittel"
    with world.database.reading() as session:
        assert len(session.exec(select(Adoption)).all()) == 2

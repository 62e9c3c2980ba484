"""What is past its time goes, what is not stays."""

from datetime import timedelta

import pytest
from sqlalchemy import func
from sqlmodel import SQLModel, select

from registry.accounts import audit as audit_module
from registry.accounts.audit import audit
from registry.accounts.audit_queries import AuditFilter, count_lines, verify
from registry.accounts.enums import TokenPurpose
from registry.accounts.models import OneTimeToken, Person, StashedForm, Throttle, WebSession
from registry.accounts.retention import purge
from registry.database import Database
from registry.editorial.enums import SuggestionKind, SuggestionState
from registry.editorial.models import Suggestion
from registry.editorial.retention import purge as purge_editorial
from registry.mail.models import OutboxMail
from registry.moments import now
from registry.settings import Settings, SettingsError, load_settings

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def count(database: Database, table: type[SQLModel]) -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(table)).one()


@pytest.fixture
def person_id(database: Database) -> int:
    with database.noting() as session:
        person = Person(email="a@amt.example", name="Redaktion")
        session.add(person)
        session.flush()
        assert person.id is not None
        return person.id


def test_sessions_links_attempts_and_forms_go_when_they_are_of_no_use(database: Database, person_id: int) -> None:
    at = now()
    with database.noting() as session:
        for number, values in enumerate(
            (
                {},
                {"ended_at": at - HOUR},
                {"seen_at": at - 9 * HOUR},
                {"ended_at": at - 15 * DAY},
                {"seen_at": at - 15 * DAY},
                {"created_at": at - 22 * DAY},
            )
        ):
            session.add(WebSession(digest=str(number), person_id=person_id, **values))
        for number, values in enumerate(
            (
                {"expires_at": at + DAY},
                {"expires_at": at - DAY},
                {"expires_at": at + DAY, "used_at": at - DAY},
                {"expires_at": at + DAY, "used_at": at - 8 * DAY},
                {"expires_at": at - 31 * DAY},
            )
        ):
            token = OneTimeToken(purpose=TokenPurpose.INVITATION, digest=str(number), email="b@amt.example", **values)
            session.add(token)
        session.add(Throttle(key="young", window_start=at - HOUR))
        session.add(Throttle(key="old", window_start=at - 3 * DAY))
        session.add(Throttle(key="blocks", window_start=at - 3 * DAY, blocked_until=at + HOUR))
        session.add(StashedForm(key="young", person_id=person_id, path="/", created_at=at - DAY))
        session.add(StashedForm(key="old", person_id=person_id, path="/", created_at=at - 8 * DAY))
    removed = purge(database, Settings(), at)
    assert removed == {
        "web_session": 3,
        "one_time_token": 2,
        "throttle": 1,
        "stashed_form": 1,
        "outbox_mail": 0,
        "audit_entry": 0,
    }
    left = [count(database, table) for table in (WebSession, OneTimeToken, Throttle, StashedForm)]
    assert left == [3, 3, 2, 1]
    assert not any(purge(database, Settings(), at).values())


def test_mails_go_30_days_after_they_were_sent_or_given_up_and_waiting_ones_stay(database: Database) -> None:
    at = now()
    with database.noting() as session:
        for values in (
            {"created_at": at - 90 * DAY},
            {"sent_at": at - 29 * DAY},
            {"sent_at": at - 31 * DAY},
            {"given_up_at": at - 31 * DAY},
        ):
            session.add(OutboxMail(kind="reset", recipient="a@amt.example", subject="S", body="B", **values))
    assert purge(database, Settings(), at)["outbox_mail"] == 2
    assert count(database, OutboxMail) == 2


def test_the_audit_log_is_kept_as_long_as_the_setting_says(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for age in (200, 100, 91, 1):
        monkeypatch.setattr(audit_module, "now", lambda age=age: now() - age * DAY)
        with database.noting() as session:
            audit(session, "anonymous", "sign_in.failed")
    monkeypatch.setattr(audit_module, "now", now)
    assert purge(database, Settings())["audit_entry"] == 0
    assert purge(database, Settings(audit_days=150))["audit_entry"] == 1
    assert purge(database, Settings(audit_days=90))["audit_entry"] == 2
    with database.reading() as session:
        assert verify(session).intact
        assert count_lines(session, AuditFilter(action="sign_in.failed")) == 1


def test_less_than_90_days_is_no_setting() -> None:
    with pytest.raises(SettingsError, match="AUDIT_DAYS"):
        load_settings({"OZG_REGISTRY_AUDIT_DAYS": "89"})


def test_contact_addresses_of_decided_suggestions_are_forgotten_after_90_days(database: Database) -> None:
    at = now()
    with database.noting() as session:
        for number, (state, age) in enumerate(
            (
                (SuggestionState.OPEN, 200),
                (SuggestionState.TAKEN, 89),
                (SuggestionState.TAKEN, 91),
                (SuggestionState.DECLINED, 91),
            )
        ):
            session.add(
                Suggestion(
                    key=str(number),
                    kind=SuggestionKind.NEW_BUNDLE,
                    title="Ein Bündel",
                    text="Es fehlt ein Bündel.",
                    contact_email="a@amt.example",
                    state=state,
                    decided_at=None if state is SuggestionState.OPEN else at - age * DAY,
                )
            )
    assert purge_editorial(database, at)["suggestion"] == 2
    with database.reading() as session:
        left = session.exec(select(Suggestion.key).where(Suggestion.contact_email != None)).all()  # noqa: E711
    assert sorted(left) == ["0", "1"]

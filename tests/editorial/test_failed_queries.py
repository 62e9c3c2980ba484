"""Searches that found nothing: what is kept of them, and what is not."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from registry.accounts.enums import Role
from registry.accounts.permissions import Actor, NotAllowedError
from registry.database import Database
from registry.editorial.failed_queries import (
    MAX_CHARACTERS,
    MAX_WORDS,
    Failure,
    UnknownTextError,
    Verdict,
    add_counts,
    add_quickly,
    failed_texts,
    forget_old,
    kept_text,
    settle,
)
from registry.editorial.models import FailedQuery, SettledQuery
from registry.web.unanswered import PAUSE, Notebook

DAY = date(2026, 11, 2)
COORDINATOR = Actor(1, roles={7: Role.COORDINATOR})
EDITOR = Actor(2, roles={7: Role.EDITOR})


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Elterntaxi   beantragen ", "elterntaxi beantragen"),
        ("ÖPNV-Zuschuss", "öpnv-zuschuss"),
        ("10999", "10999"),
        ("99 041 006 013 999", "99041006013999"),
        ("ozg 10999", "ozg 10999"),
        ("leika 99 041 006 013 999", "leika 99 041 006 013 999"),
        ("antrag 2024", "antrag 2024"),
        ("§ 16a sgb", "§ 16a sgb"),
        ("frau und beruf", "frau und beruf"),
    ],
)
def test_what_is_no_personal_data_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert kept_text(typed) == kept


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "vorname.nachname@post.example",
        "name at post dot example",
        "0211 123456",
        "0211/12 34 56",
        "+49 (211) 1234-56",
        "01701234567",
        "1.2.1980",
        "01.02.80",
        "1980-02-01",
        "1. februar 1980",
        "01021980",
        "05999999",
        "0211 1234",
        "19800201",
        "geboren 01021980",
        "steuernummer 123456789",
        "aktenzeichen 1234567",
        "Herr Muster",
        "frau muster wohngeld",
        "Dr. Muster",
        "musterstraße 12",
        "Am Musterweg 3",
        "so-ab 123",
        "DE02 1203 0000 0000 2020 51",
        "x" * (MAX_CHARACTERS + 1),
        " ".join(["wort"] * (MAX_WORDS + 1)),
    ],
)
def test_what_might_be_personal_data_is_not_kept(typed: str) -> None:
    assert kept_text(typed) is None


@pytest.mark.sqlite_only
@given(st.text(max_size=200))
def test_whatever_is_typed_the_kept_text_is_bounded_and_names_no_address(typed: str) -> None:
    kept = kept_text(typed)
    assert kept is None or (0 < len(kept) <= MAX_CHARACTERS and "@" not in kept and kept_text(kept) == kept)


def counted(database: Database, *texts: str, day: date = DAY, failure: Failure = Failure.NOTHING) -> None:
    with database.noting() as session:
        for text in texts:
            add_counts(session, {(text, failure, day): 1})


def test_searches_are_counted_by_day_and_kind(database: Database) -> None:
    counted(database, "elterntaxi", "elterntaxi", "hundefrisör")
    counted(database, "elterntaxi", day=DAY + timedelta(days=1), failure=Failure.SIMILAR)
    with database.reading() as session:
        rows = {(row.text, row.kind, row.day): row.count for row in session.exec(select(FailedQuery))}
    assert rows == {
        ("elterntaxi", "nothing", DAY): 2,
        ("elterntaxi", "similar", DAY + timedelta(days=1)): 1,
        ("hundefrisör", "nothing", DAY): 1,
    }


def test_a_text_asked_once_is_told_only_as_a_number(database: Database) -> None:
    counted(database, "elterntaxi", "elterntaxi", "hundefrisör", "", "", "")
    with database.reading() as session:
        found = failed_texts(session)
    assert [(one.text, one.count, one.last_day) for one in found.texts] == [("elterntaxi", 2, DAY)]
    assert (found.distinct, found.searches, found.single, found.unkept, found.since) == (1, 6, 1, 3, DAY)


def test_a_text_that_once_found_nothing_at_all_is_no_mere_similarity(database: Database) -> None:
    counted(database, "elterntaxi", failure=Failure.SIMILAR)
    counted(database, "elterntaxi")
    counted(database, "gras", "gras", failure=Failure.SIMILAR)
    with database.reading() as session:
        found = {one.text: one.only_similar for one in failed_texts(session).texts}
    assert found == {"elterntaxi": False, "gras": True}


def test_counts_go_after_180_days(database: Database) -> None:
    counted(database, "alt", "alt", day=DAY)
    counted(database, "neu", "neu", day=DAY + timedelta(days=1))
    with database.noting() as session:
        assert forget_old(session, datetime(2027, 5, 2, 12, tzinfo=UTC)) == 1
    with database.reading() as session:
        assert [row.text for row in session.exec(select(FailedQuery))] == ["neu"]


def test_a_day_takes_a_bounded_number_of_texts(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.editorial.failed_queries.MAX_TEXTS_A_DAY", 3)
    counted(database, *(f"text {number}" for number in "abcde"))
    with database.reading() as session:
        assert sorted(row.text for row in session.exec(select(FailedQuery))) == ["", "text a", "text b", "text c"]


def test_a_coordinator_settles_a_text_and_takes_it_back(database: Database) -> None:
    counted(database, "elterntaxi", "elterntaxi")
    with database.noting() as session:
        settle(session, COORDINATOR, "elterntaxi", Verdict.PROPOSED)
    with database.reading() as session:
        (one,) = failed_texts(session).texts
    assert (one.verdict, one.by) == (Verdict.PROPOSED, "person:1")
    with database.noting() as session:
        settle(session, COORDINATOR, "elterntaxi", Verdict.DISMISSED)
        settle(session, COORDINATOR, "elterntaxi", None)
    with database.reading() as session:
        assert session.exec(select(SettledQuery)).all() == []


def test_an_editor_and_a_made_up_text_settle_nothing(database: Database) -> None:
    counted(database, "elterntaxi", "elterntaxi", "einmal")
    with database.noting() as session:
        with pytest.raises(NotAllowedError):
            settle(session, EDITOR, "elterntaxi", Verdict.DISMISSED)
        for text in ("erfunden", "einmal", ""):
            with pytest.raises(UnknownTextError):
                settle(session, COORDINATOR, text, Verdict.DISMISSED)


def test_the_notebook_writes_at_once(database: Database) -> None:
    book = Notebook(database)
    book.note("elterntaxi", Failure.NOTHING, DAY)
    book.note("elterntaxi", Failure.NOTHING, DAY)
    with database.reading() as session:
        assert [row.count for row in session.exec(select(FailedQuery))] == [2]


@pytest.mark.sqlite_only
def test_a_locked_database_keeps_counts_waiting_and_never_a_visitor(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    seconds = [100.0]
    book = Notebook(database, clock=lambda: seconds[0])
    with database.noting():
        begun = datetime.now(UTC)
        book.note("elterntaxi", Failure.NOTHING, DAY)
        book.note("elterntaxi", Failure.NOTHING, DAY)
        assert datetime.now(UTC) - begun < timedelta(seconds=1)
    assert "could not be counted now" in caplog.text
    seconds[0] += PAUSE + 1
    book.note("elterntaxi", Failure.NOTHING, DAY)
    with database.reading() as session:
        assert [row.count for row in session.exec(select(FailedQuery))] == [3]


@pytest.mark.sqlite_only
def test_a_count_leaves_the_patience_of_other_writers_as_it_was(database: Database) -> None:
    add_quickly(database, {("x", Failure.NOTHING, DAY): 1}, 50)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 15_000


@pytest.mark.sqlite_only
def test_a_database_that_cannot_be_written_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "readonly.db"
    made = Database(f"sqlite:///{file}")
    made.migrate()
    made.dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE failed_query")
    connection.close()
    broken = Database(f"sqlite:///{file}")
    Notebook(broken).note("elterntaxi", Failure.NOTHING, DAY)
    broken.dispose()
    assert "could not be counted now" in caplog.text

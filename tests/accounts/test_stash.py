import pytest
from sqlmodel import Session

from registry.accounts import stash
from registry.accounts.models import Person
from registry.database import Database


@pytest.fixture
def people(database: Database) -> tuple[int, int]:
    with database.noting() as session:
        both = [Person(email=f"{name}@konto.example", name=name) for name in ("a", "b")]
        session.add_all(both)
        session.flush()
        return both[0].id or 0, both[1].id or 0


def _keep(session: Session, person: int, *fields: tuple[str, str]) -> str | None:
    return stash.keep(session, person, "/verwaltung/x?schritt=2", fields)


def test_fields_come_back_in_order_repeated_ones_too(database: Database, people: tuple[int, int]) -> None:
    with database.noting() as session:
        key = _keep(session, people[0], ("titel", "Über\r\nalles"), ("art", "a"), ("art", "b"), ("leer", ""))
    with database.reading() as session:
        found = stash.find(session, people[0], key or "")
        assert found is not None
        assert found.path == "/verwaltung/x?schritt=2"
        assert found.fields == [["titel", "Über\r\nalles"], ["art", "a"], ["art", "b"], ["leer", ""]]


@pytest.mark.parametrize(
    "name", ["passwort", "neues_passwort", "csrf_token", "code", "codes", "api_token", "password", "client_secret"]
)
def test_secrets_are_never_kept(database: Database, people: tuple[int, int], name: str) -> None:
    with database.noting() as session:
        key = _keep(session, people[0], (name, "geheim"), ("titel", "x"))
        row = stash.find(session, people[0], key or "")
        assert row is not None
        assert row.fields == [["titel", "x"]]
        assert _keep(session, people[0], (name, "geheim")) is None


def test_an_ordinary_name_with_code_in_it_is_kept(database: Database, people: tuple[int, int]) -> None:
    with database.noting() as session:
        assert _keep(session, people[0], ("quellcode", "x"))


def test_nothing_empty_and_nothing_huge_is_kept(database: Database, people: tuple[int, int]) -> None:
    with database.noting() as session:
        assert _keep(session, people[0]) is None
        assert _keep(session, people[0], ("titel", " ")) is None
        assert _keep(session, people[0], ("titel", "x" * (stash.MAX_CHARACTERS + 1))) is None
        assert _keep(session, people[0], *[("a", "x")] * (stash.MAX_FIELDS + 1)) is None
        assert stash.keep(session, people[0], "/" + "x" * 500, [("a", "x")]) is None


def test_only_its_person_finds_or_drops_it(database: Database, people: tuple[int, int]) -> None:
    with database.noting() as session:
        key = _keep(session, people[0], ("titel", "x")) or ""
        assert stash.find(session, people[1], key) is None
        assert not stash.drop(session, people[1], key)
        assert stash.find(session, people[0], "x" * 500) is None
        assert stash.drop(session, people[0], key)
        assert not stash.drop(session, people[0], key)

"""user, organisation, audit: what the commands print, what they end with, what they leave."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from registry.accounts.enums import TokenPurpose
from registry.accounts.models import Person
from registry.accounts.passwords import verify
from registry.accounts.queries import person_by_email
from registry.accounts.second_factor import offer
from registry.accounts.sessions import open_session
from registry.accounts.tokens import UsedTokenError, peek
from registry.app import create_app
from registry.cli import main
from registry.commands.users import LINK_PATH
from registry.database import Database
from registry.settings import Settings
from registry.web.services import EXTENSION

from .conftest import Run

ADMIN = "leitung@register.example"
Call = Callable[..., Result]


@pytest.fixture
def call(run: Run, reference_database: Database) -> Call:
    """Return a function that runs a command on the reference facts."""
    return lambda *arguments, **more: run(*arguments, database_url=reference_database.url, **more)


def token_of(result: Result) -> str:
    return result.stdout.split("/passwort/")[1].split()[0]


def test_the_first_administrator_gets_a_link_that_sets_a_password(call: Call, reference_database: Database) -> None:
    assert "Noch keine Konten" in call("user", "list").stdout
    done = call(
        "user", "add", " Leitung@Register.example", "--name", "Leitung", "--admin", base_url="https://register.example"
    )
    assert done.exit_code == 0, done.output
    assert f"Konto angelegt: {ADMIN}." in done.stdout
    assert "https://register.example/passwort/" in done.stdout
    with reference_database.reading() as session:
        row = peek(session, TokenPurpose.PASSWORD_RESET, token_of(done))
        person = session.get_one(Person, row.person_id)
    assert (person.is_admin, person.password_hash) == (True, None)
    listed = json.loads(call("user", "list", "--json").stdout)
    assert [(one["email"], one["admin"], one["roles"]) for one in listed] == [(ADMIN, True, {})]
    assert f"{ADMIN}  Leitung  Administration" in call("user", "list").stdout


@pytest.mark.sqlite_only
def test_the_link_leads_to_the_page_that_sets_passwords(shared_catalogue: Database, tmp_path: Path) -> None:
    app = create_app(Settings(database_url=shared_catalogue.url, index_dir=tmp_path / "i", secret_key="k" * 32))
    with app.test_request_context():
        assert app.url_for("sign_in.new_password", token="x") == LINK_PATH.format("x")
    app.extensions[EXTENSION].search.close()
    app.extensions[EXTENSION].database.dispose()


def test_a_password_comes_from_the_standard_input_and_is_judged(
    call: Call, reference_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(password: str) -> Result:
        environment = {"OZG_REGISTRY_DATABASE_URL": reference_database.url}
        arguments = ["user", "add", ADMIN, "--name", "Leitung", "--admin", "--password"]
        return CliRunner(env=environment).invoke(main, arguments, input=password)

    weak = add("kurz\n")
    assert (weak.exit_code, weak.stderr.count("\n")) == (1, 1)
    assert "zu kurz" in weak.stderr
    done = add("vier lange Wörter am Stück\n")
    assert (done.exit_code, done.stdout) == (0, f"Konto angelegt: {ADMIN}.\n")
    with reference_database.reading() as session:
        person = person_by_email(session, ADMIN)
    assert person is not None
    assert verify(person.password_hash, "vier lange Wörter am Stück")
    again = add("vier lange Wörter am Stück\n")
    assert (again.exit_code, "user reset" in again.stderr) == (1, True)


def test_an_account_is_made_for_an_organisation_and_gets_further_roles(call: Call) -> None:
    made = call("organisation", "add", "municipality", "05974040", "--mailbox", "ozg@soest.example")
    assert (made.exit_code, made.stdout) == (0, "Stelle angelegt: Stadt Soest, Kurzname stadt-soest.\n")
    person = ("user", "add", "a@soest.example", "--name", "Redaktion Soest", "--organisation", "stadt-soest")
    assert call(*person, "--role", "editor").exit_code == 0
    again = call(*person, "--role", "coordinator")
    assert again.stdout == "Aufgaben ergänzt: a@soest.example.\n"
    assert call(*person, "--role", "coordinator").exit_code == 1
    (row,) = json.loads(call("user", "list", "--json").stdout)
    assert row["roles"] == {"stadt-soest": "coordinator"}
    (row,) = json.loads(call("organisation", "list", "--json").stdout)
    assert row.items() >= {"slug": "stadt-soest", "members": 1, "entries": 0, "active": True}.items()
    assert "Mitglieder: 1" in call("organisation", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("user", "add", "kaputt", "--name", "Leitung"), "email: Das ist keine gültige E-Mail-Adresse."),
        (("user", "add", ADMIN, "--name", "L"), "name:"),
        (("user", "add", ADMIN, "--name", "Leitung", "--role", "editor"), "gehören zusammen"),
        (
            ("user", "add", ADMIN, "--name", "Leitung", "--organisation", "nichts", "--role", "editor"),
            "Diese Stelle gibt es nicht.",
        ),
        (("user", "disable", "niemand@x.example"), "gibt es nicht"),
        (("user", "enable", "niemand@x.example"), "gibt es nicht"),
        (("user", "reset", "niemand@x.example"), "gibt es nicht"),
        (("organisation", "add", "municipality", "05000000"), "Diesen Schlüssel gibt es nicht (Kommune)."),
        (("organisation", "add", "land", "Land", "--mailbox", "x"), "mailbox:"),
        (("audit", "export", "protokoll.txt"), "muss auf .csv oder .jsonl enden"),
        (("audit", "verify", "--expect", "0" * 64), "Die erwartete Prüfsumme fehlt"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(call: Call, arguments: tuple[str, ...], line: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 1, result.output
    assert line in result.stderr
    assert result.stderr.count("\n") == 1
    assert json.loads(call("user", "list", "--json").stdout) == []


def test_an_account_is_locked_unlocked_and_made_accessible_again(call: Call, reference_database: Database) -> None:
    first = call("user", "add", ADMIN, "--name", "Leitung", "--admin")
    last = call("user", "disable", ADMIN)
    assert (last.exit_code, "letzte aktive Administration" in last.stderr) == (1, True)
    assert call("user", "add", "zwei@register.example", "--name", "Zweite Leitung", "--admin").exit_code == 0
    with reference_database.noting() as session:
        person = session.exec(select(Person).where(Person.email == ADMIN)).one()
        open_session(session, person)
        offer(session, "k" * 32, person.id or 0)
    assert call("user", "disable", ADMIN).stdout == "Das Konto ist gesperrt.\n"
    assert "[gesperrt]" in call("user", "list").stdout
    locked = call("user", "reset", ADMIN)
    assert (locked.exit_code, "gesperrt" in locked.stderr) == (1, True)
    assert call("user", "enable", ADMIN).stdout == "Das Konto ist entsperrt.\n"
    reset = call("user", "reset", ADMIN, "--second-factor")
    assert "Der zweite Faktor ist zurückgesetzt." in reset.stdout
    with reference_database.reading() as session:
        assert peek(session, TokenPurpose.PASSWORD_RESET, token_of(reset)).email == ADMIN
        with pytest.raises(UsedTokenError):
            peek(session, TokenPurpose.PASSWORD_RESET, token_of(first))


def test_the_audit_log_is_exported_and_checked(call: Call, reference_database: Database) -> None:
    assert call("audit", "verify").stdout == "Das Protokoll ist leer.\n"
    call("user", "add", ADMIN, "--name", "Leitung", "--admin")
    checked = call("audit", "verify")
    assert checked.stdout.startswith("Kette unversehrt: 2 Zeilen")
    digest = checked.stdout.split()[-1]
    assert call("audit", "export", "protokoll.jsonl").exit_code == 0
    lines = [json.loads(line) for line in Path("protokoll.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["action"] for line in lines] == ["person.created", "person.link_sent", "audit.exported"]
    assert {line["actor"] for line in lines} == {"ozg-registry user", "ozg-registry audit"}
    again = call("audit", "export", "protokoll.jsonl")
    assert (again.exit_code, "--force" in again.stderr) == (1, True)
    assert call("audit", "export", "protokoll.csv", "--until", "2020-01-01").exit_code == 0
    assert len(Path("protokoll.csv").read_text(encoding="utf-8").splitlines()) == 1
    assert sorted(file.name for file in Path().glob("protokoll*")) == ["protokoll.csv", "protokoll.jsonl"]
    found = json.loads(call("audit", "verify", "--expect", digest, "--json").stdout)
    assert (found["intact"], found["expected_found"]) == (True, True)
    bad = call("audit", "verify", "--expect", "0" * 64, "--json")
    assert (bad.exit_code, json.loads(bad.stdout)["intact"]) == (1, False)


def test_init_tells_how_to_make_the_first_administrator(
    run: Run, catalogue_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.commands.catalogue._follow", lambda room: None)  # the index is beside the point
    hint = "Es gibt noch keine Administration. Anlegen: ozg-registry user add E-MAIL --name NAME --admin"
    assert hint in run("init", database_url=catalogue_database.url).stdout.splitlines()
    run("user", "add", ADMIN, "--name", "Leitung", "--admin", database_url=catalogue_database.url)
    assert hint not in run("init", database_url=catalogue_database.url).stdout

"""load, check: what they print, what they end with."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from registry.database import Database

from .conftest import Run


def test_load_reports_each_list_and_a_second_time_nothing_new(run: Run, database: Database) -> None:
    first = run("load", database_url=database.url)
    assert first.exit_code == 0, first.output
    assert "OZG-Leistungen: 557 neu" in first.stdout.splitlines()
    again = run("load", database_url=database.url)
    assert "OZG-Leistungen: 557 unverändert" in again.stdout.splitlines()


def test_load_refuses_a_bad_row_by_its_line_and_ends_with_1(run: Run, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "felder.csv"
    file.write_text("slug,name\numwelt,Umwelt\nUM WELT,Umwelt\n", encoding="utf-8")
    result = run("load", file, database_url=database.url)
    assert result.exit_code == 1
    assert "Themenfelder: 1 neu, 1 abgelehnt" in result.stdout
    assert "Abgelehnt: felder.csv, Zeile 3: slug: Erlaubt sind Kleinbuchstaben" in result.stderr
    report = json.loads(run("load", file, "--json", database_url=database.url).stdout)
    assert report["ok"] is False
    assert report["kinds"][0]["unchanged"] == 1
    assert report["kinds"][0]["refused"][0]["line"] == 3


def test_load_names_a_file_that_it_cannot_use(run: Run, database: Database, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    result = run("load", "x.csv", "fehlt.csv", database_url=database.url)
    assert result.exit_code == 1
    assert "Abgelehnt: x.csv: Die Kopfzeile gehört zu keiner bekannten Liste." in result.stderr
    assert "Abgelehnt: fehlt.csv: Die Datei gibt es nicht." in result.stderr


def test_check_on_the_starter_catalogue_finds_no_error(run: Run, shared_catalogue: Database) -> None:
    result = run("check", database_url=shared_catalogue.url)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].startswith("0 Fehler, ")


def test_check_for_scripts_is_json(run: Run, shared_catalogue: Database) -> None:
    report = json.loads(run("check", "--json", database_url=shared_catalogue.url).stdout)
    assert report["ok"] is True
    assert report["errors"] == []
    assert report["figures"]["topic_fields"] == 14


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM bundle_source WHERE bundle_id = (SELECT id FROM service_bundle WHERE slug = 'hundesteuer-soest')",
        "UPDATE bundle_ozg_service SET leika_keys = '[\"99999999999999\"]'",
        "UPDATE leika_service SET key = '123' WHERE key = '99041006000000'",
    ],
)
def test_check_ends_with_1_when_an_error_is_planted(run: Run, catalogue_database: Database, statement: str) -> None:
    with catalogue_database.engine.begin() as connection:
        connection.execute(text(statement))
    result = run("check", database_url=catalogue_database.url)
    assert result.exit_code == 1
    assert "Fehler: " in result.stderr
    assert json.loads(run("check", "--json", database_url=catalogue_database.url).stdout)["ok"] is False

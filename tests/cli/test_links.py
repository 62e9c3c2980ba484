"""`ozg-registry links`."""

import json
from pathlib import Path

import pytest

from registry.commands.links import agent
from registry.database import Database
from registry.editorial.link_probe import Probe, Prober
from registry.editorial.models import LinkCheck
from registry.settings import Settings
from tests.cli.conftest import Run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the network be asked no more; return what would have been."""
    addresses: list[str] = []

    def probe(_self: Prober, url: str) -> Probe:
        addresses.append(url)
        if len(addresses) == 1:
            return Probe(404, "Seite nicht gefunden (404).", broken=True)
        return Probe(200, moved_to="https://neu.example/" if len(addresses) == 2 else None)

    monkeypatch.setattr(Prober, "probe", probe)
    return addresses


def test_links_are_checked_and_told(run: Run, shared_catalogue: Database, asked: list[str]) -> None:
    done = run("links", "--limit", "5", database_url=shared_catalogue.url)
    assert done.exit_code == 0, done.output
    assert len(asked) == 5
    assert "Seite nicht gefunden (404).  http" in done.output
    assert "→ https://neu.example/" in done.output
    assert "5 von " in done.output
    assert "4 erreichbar, 1 gescheitert, 0 nicht prüfbar." in done.output


def test_the_result_can_be_read_by_programs(run: Run, catalogue_database: Database, asked: list[str]) -> None:
    done = run("links", "--json", "--limit", "3", database_url=catalogue_database.url)
    report = json.loads(done.stdout)
    assert (report["checked"], report["working"], report["failing"], report["broken"]) == (3, 2, 1, 0)
    assert report["problems"][0]["problem"] == "Seite nicht gefunden (404)."
    assert done.stderr == ""
    with catalogue_database.reading() as session:
        from sqlmodel import select

        assert len(session.exec(select(LinkCheck)).all()) == 3


def test_what_is_not_due_is_asked_with_all_alone(run: Run, catalogue_database: Database, asked: list[str]) -> None:
    run("links", "--limit", "3", database_url=catalogue_database.url)
    asked.clear()
    run("links", "--limit", "1000", database_url=catalogue_database.url)
    again = len(asked)
    asked.clear()
    run("links", "--all", database_url=catalogue_database.url)
    assert len(asked) == again + 3


@pytest.mark.sqlite_only
def test_a_database_that_is_missing_is_said_in_one_line(run: Run, tmp_path: Path) -> None:
    done = run("links", database_url=f"sqlite:///{tmp_path / 'fehlt.db'}")
    assert done.exit_code == 1
    assert "Führen Sie zuerst" in done.stderr


@pytest.mark.sqlite_only
def test_the_checker_says_who_asks() -> None:
    named = agent(Settings(site_name="Register", base_url="https://register.example"))
    assert named.startswith("Register/")
    assert "(+https://register.example)" in named

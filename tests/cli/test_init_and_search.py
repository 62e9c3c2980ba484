"""init, search, reindex, doctor, upgrade on a real index; serve as a real process."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from registry.database import Database

from .conftest import Run


@pytest.fixture
def index_dir(tmp_path: Path) -> str:
    """Return a folder for an index of the test's own."""
    return str(tmp_path / "index")


@pytest.fixture(scope="module")
def shared_index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder for the index of the shared catalogue; the first test that searches fills it."""
    return str(tmp_path_factory.mktemp("search") / "index")


def test_init_sets_everything_up_and_repeats_without_effect(run: Run, database: Database, index_dir: str) -> None:
    first = run("init", database_url=database.url, index_dir=index_dir)
    assert first.exit_code == 0, first.output
    assert "OZG-Leistungen: 557 neu" in first.stdout
    tick = database.tick()
    second = run("init", database_url=database.url, index_dir=index_dir)
    assert second.exit_code == 0, second.output
    assert "OZG-Leistungen: 557 unverändert" in second.stdout
    assert second.stdout.splitlines()[-1] == f"Suchindex auf dem Stand {tick}."
    assert database.tick() == tick


@pytest.mark.sqlite_only
def test_init_makes_a_database_where_there_was_none(run: Run, index_dir: str) -> None:
    result = run("init", database_url="sqlite:///tief/unten/registry.db", index_dir=index_dir)
    assert result.exit_code == 0, result.output
    assert Path("tief/unten/registry.db").is_file()


def test_search_finds_the_service_by_everyday_words(run: Run, shared_catalogue: Database, shared_index: str) -> None:
    result = run("search", "hund anmelden", "--json", database_url=shared_catalogue.url, index_dir=shared_index)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert "10160" in [item["key"] for item in found["results"]["ozg-services"]["items"][:3]]
    assert "hundesteuer-soest" in [item["key"] for item in found["results"]["bundles"]["items"]]


def test_search_is_limited_to_a_kind_and_a_number_and_explains(
    run: Run, shared_catalogue: Database, shared_index: str
) -> None:
    options = ("--kind", "ozg-services", "--limit", "2", "--explain")
    result = run("search", "wohnung", *options, database_url=shared_catalogue.url, index_dir=shared_index)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("OZG-Leistungen: ")
    hits = [line for line in lines if line.startswith("  ") and line[2] != " "]
    assert len(hits) == 2
    assert len(lines) > 1 + len(hits)
    assert "Einträge:" not in result.stdout


def test_a_search_without_hits_says_so(run: Run, shared_catalogue: Database, shared_index: str) -> None:
    result = run("search", "qqqxxyzz", database_url=shared_catalogue.url, index_dir=shared_index)
    assert result.exit_code == 0
    assert "Einträge: 0 Treffer" in result.stdout


def test_reindex_builds_the_index_anew(run: Run, shared_catalogue: Database, shared_index: str) -> None:
    result = run("reindex", database_url=shared_catalogue.url, index_dir=shared_index)
    assert result.exit_code == 0, result.output
    assert f"Stand {shared_catalogue.tick()}" in result.stdout


def test_doctor_finds_a_sound_installation_sound(run: Run, shared_catalogue: Database, shared_index: str) -> None:
    result = run("doctor", "--json", database_url=shared_catalogue.url, index_dir=shared_index)
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["ok"] is True
    found = {one["name"]: one["status"] for one in report["checks"]}
    assert (
        found.items() >= {"database": "ok", "schema": "ok", "contents": "ok", "index": "ok", "index_dir": "ok"}.items()
    )


@pytest.mark.sqlite_only
def test_doctor_names_a_missing_database_and_a_folder_that_is_a_file(run: Run) -> None:
    Path("belegt").write_text("", encoding="utf-8")
    result = run("doctor", database_url="sqlite:///fehlt.db", index_dir="belegt/index")
    assert result.exit_code == 1
    lines = [line for line in result.stdout.splitlines() if line.startswith("MANGEL")]
    assert len(lines) == 2
    assert "fehlt.db" in lines[0]
    assert not Path("fehlt.db").exists()


def test_doctor_warns_of_an_empty_catalogue(run: Run, database: Database, index_dir: str) -> None:
    result = run("doctor", database_url=database.url, index_dir=index_dir)
    assert result.exit_code == 0
    assert "Hinweis     Inhalt: leer. Führen Sie zuerst „ozg-registry init“ aus." in result.stdout


def test_upgrade_brings_an_older_database_up_to_date(run: Run, database: Database, index_dir: str) -> None:
    result = run("upgrade", database_url=database.url, index_dir=index_dir)
    assert result.exit_code == 0, result.output
    assert "Kommunen: 396 neu" in result.stdout


@pytest.mark.sqlite_only
def test_restore_brings_back_a_backup_that_is_found_again(
    run: Run, catalogue_database: Database, index_dir: str
) -> None:
    settings = {"database_url": catalogue_database.url, "index_dir": index_dir}
    assert run("backup", "s.db", **settings).exit_code == 0
    refused = run("restore", "s.db", **settings)
    assert (refused.exit_code, "--force" in refused.stderr) == (1, True)
    done = run("restore", "s.db", "--force", **settings)
    assert done.exit_code == 0, done.output
    found = json.loads(run("search", "hundesteuer", "--json", **settings).stdout)
    assert found["results"]["bundles"]["total"] > 0


@pytest.mark.sqlite_only
def test_the_server_answers_and_ends_cleanly_when_told_to(shared_catalogue: Database, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shutil.copyfile(shared_catalogue.url.removeprefix("sqlite:///"), tmp_path / "registry.db")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OZG_REGISTRY_")}
    environment |= {"OZG_REGISTRY_PORT": str(port)}
    command = [sys.executable, "-W", "error", "-m", "registry.cli", "serve"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        address = f"http://127.0.0.1:{port}/"
        assert _answer(f"{address}healthz", process) == 200
        second = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert f"127.0.0.1:{port} ist nicht frei" in second.stderr
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert address in out
    assert out.splitlines()[-1] == "Server beendet."
    assert "Traceback" not in err


def _answer(address: str, process: "subprocess.Popen[str]") -> int:
    for _ in range(150):
        assert process.poll() is None, process.communicate()
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                return int(response.status)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")

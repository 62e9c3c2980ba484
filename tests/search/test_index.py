"""The index follows the clock, heals itself and never shows what was withdrawn."""

import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from registry.catalogue.reference import OzgService
from registry.database import Database
from registry.reuse.operations import publish_bundle, withdraw_bundle
from registry.search.contract import Kind, SearchRequest
from registry.search.service import SearchService
from registry.search.store import fingerprint

SLUG = "hundesteuer-soest"


@pytest.fixture
def search(catalogue_database: Database, tmp_path: Path) -> Iterator[SearchService]:
    service = SearchService(catalogue_database, tmp_path / "index")
    yield service
    service.close()


def _slugs(search: SearchService, text: str) -> list[str]:
    return [hit.key for hit in search.search(SearchRequest(Kind.BUNDLE, text, per_page=100)).hits]


def _services(search: SearchService, text: str) -> list[str]:
    return [hit.key for hit in search.search(SearchRequest(Kind.OZG_SERVICE, text)).hits]


def test_a_new_node_fills_its_index_at_the_first_search(search: SearchService, catalogue_database: Database) -> None:
    assert search.tick == 0
    assert SLUG in _slugs(search, "Hundesteuer Soest")
    assert search.tick == catalogue_database.tick()


def test_a_withdrawn_entry_leaves_the_search_at_once_and_comes_back(
    search: SearchService, catalogue_database: Database
) -> None:
    assert SLUG in _slugs(search, "Hundesteuer")
    with catalogue_database.writing() as write:
        withdraw_bundle(write, SLUG, actor="test", reason="Probe")
    assert SLUG not in _slugs(search, "Hundesteuer")
    with catalogue_database.writing() as write:
        publish_bundle(write, SLUG, actor="test")
    assert SLUG in _slugs(search, "Hundesteuer")


def test_the_number_of_bundles_of_a_service_follows(search: SearchService, catalogue_database: Database) -> None:
    def with_bundle() -> int:
        request = SearchRequest(Kind.OZG_SERVICE, "", {"has_bundle": ("yes",)})
        return search.search(request).total

    before = with_bundle()
    with catalogue_database.writing() as write:
        withdraw_bundle(write, "wahlhelfer-wuppertal", actor="test", reason="Probe")
    assert with_bundle() == before - 1


def test_a_renamed_ozg_service_is_found_by_its_new_name_with_its_bundles(
    search: SearchService, catalogue_database: Database
) -> None:
    assert _services(search, "Quastenflosser") == []
    with catalogue_database.writing() as write:
        service = write.session.get_one(OzgService, "10160")
        service.name = "Quastenflosserhaltung"
        write.stamp(service)
    assert _services(search, "Quastenflosserhaltung") == ["10160"]
    assert SLUG in _slugs(search, "Quastenflosserhaltung")


def test_a_second_process_on_the_same_folder_reads_what_the_first_has_built(
    search: SearchService, catalogue_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    search.catch_up()
    with caplog.at_level(logging.INFO):
        other = SearchService(catalogue_database, tmp_path / "index")
        assert SLUG in _slugs(other, "Hundesteuer")
        other.close()
    assert "rebuilt" not in caplog.text


@pytest.mark.sqlite_only
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_an_index_cut_short_at_any_byte_is_rebuilt_and_the_log_says_so(
    catalogue_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture, share: float
) -> None:
    first = SearchService(catalogue_database, tmp_path / "index")
    first.catch_up()
    first.close()
    for file in (tmp_path / "index" / fingerprint()).iterdir():
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * share)])
    second = SearchService(catalogue_database, tmp_path / "index")
    assert SLUG in _slugs(second, "Hundesteuer")
    second.close()
    assert "rebuilding" in caplog.text


def test_an_index_deleted_under_the_running_server_does_no_harm(
    search: SearchService, catalogue_database: Database, tmp_path: Path
) -> None:
    search.catch_up()
    shutil.rmtree(tmp_path / "index")
    assert SLUG in _slugs(search, "Hundesteuer")
    with catalogue_database.writing() as write:
        withdraw_bundle(write, SLUG, actor="test", reason="Probe")
    assert SLUG not in _slugs(search, "Hundesteuer")


def test_rebuilding_drops_indexes_of_other_versions(search: SearchService, tmp_path: Path) -> None:
    old = tmp_path / "index" / "0123456789abcdef"
    old.mkdir(parents=True)
    (tmp_path / "index" / "README.md").write_text("kept")
    assert search.rebuild() > 600
    assert not old.exists()
    assert (tmp_path / "index" / "README.md").exists()


def test_readers_go_on_while_entries_change(search: SearchService, catalogue_database: Database) -> None:
    search.catch_up()

    def change(number: int) -> None:
        with catalogue_database.writing() as write:
            if number % 2:
                publish_bundle(write, SLUG, actor="test")
            else:
                withdraw_bundle(write, SLUG, actor="test", reason="Probe")

    def read(_: int) -> int:
        return search.search(SearchRequest(Kind.BUNDLE, "Wohngeld")).total

    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(read, number) for number in range(40)]
        for number in range(4):
            change(number)
        assert all(one.result() > 0 for one in found)
    assert search.catch_up() == catalogue_database.tick()

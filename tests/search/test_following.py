"""Memory follows the clock at once, disk a moment later; many changes are taken over in the background."""

import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from registry.catalogue.reference import LeikaService, Municipality, OzgService, TopicField
from registry.database import Database
from registry.reuse.operations import publish_bundle, withdraw_bundle
from registry.search import follower
from registry.search.contract import Kind, SearchRequest
from registry.search.documents import Document
from registry.search.lexicon import Lexicon
from registry.search.service import SearchService
from registry.search.store import Store
from registry.search.vocabulary import Vocabulary
from tests.search.strategies import document

SLUG = "hundesteuer-soest"


@pytest.fixture
def search(catalogue_database: Database, tmp_path: Path) -> Iterator[SearchService]:
    service = SearchService(catalogue_database, tmp_path / "index")
    service.catch_up()
    yield service
    service.close()


def _slugs(search: SearchService, text: str) -> list[str]:
    return [hit.key for hit in search.search(SearchRequest(Kind.BUNDLE, text, per_page=100)).hits]


def _withdraw(database: Database, *slugs: str) -> None:
    for slug in slugs:
        with database.writing() as write:
            withdraw_bundle(write, slug, actor="test", reason="Probe")


def _rename(database: Database, count: int) -> None:
    with database.writing() as write:
        for service in write.session.exec(select(OzgService).limit(count)):
            service.name = f"Quastenflosser {service.ozg_id}"
            write.stamp(service)


def test_what_is_in_memory_comes_to_disk_and_a_new_process_reads_it_without_building(
    search: SearchService, catalogue_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _withdraw(catalogue_database, SLUG)
    assert SLUG not in _slugs(search, "Hundesteuer")
    search.settle()
    with caplog.at_level(logging.INFO):
        other = SearchService(catalogue_database, tmp_path / "index")
        with catalogue_database.reading():
            assert SLUG not in _slugs(other, "Hundesteuer")
        assert other.tick == search.tick
        other.close()
    assert "rebuil" not in caplog.text


def test_a_process_that_ends_before_it_has_written_leaves_an_index_that_catches_up(
    search: SearchService, catalogue_database: Database, tmp_path: Path
) -> None:
    shutil.copytree(tmp_path / "index", tmp_path / "older")
    _withdraw(catalogue_database, SLUG)
    other = SearchService(catalogue_database, tmp_path / "older")
    assert SLUG not in _slugs(other, "Hundesteuer")
    other.close()


def test_two_processes_on_one_folder_both_see_the_changes_of_each_other(
    search: SearchService, catalogue_database: Database, tmp_path: Path
) -> None:
    other = SearchService(catalogue_database, tmp_path / "index")
    for number in range(3):
        _withdraw(catalogue_database, SLUG)
        assert SLUG not in _slugs(search if number % 2 else other, "Hundesteuer")
        with catalogue_database.writing() as write:
            publish_bundle(write, SLUG, actor="test")
        assert SLUG in _slugs(other, "Hundesteuer")
        assert SLUG in _slugs(search, "Hundesteuer")
    search.settle()
    other.settle()
    other.close()
    third = SearchService(catalogue_database, tmp_path / "index")
    assert SLUG in _slugs(third, "Hundesteuer")
    third.close()


def test_very_many_changes_come_in_the_background_and_readers_go_on_with_the_old_generation(
    search: SearchService, catalogue_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "AT_ONCE", 5)
    before = search.tick
    _rename(catalogue_database, 40)
    assert search.search(SearchRequest(Kind.OZG_SERVICE, "Wohngeld")).tick == before
    for _ in range(100):
        search.settle()
        if search.catch_up() == catalogue_database.tick():
            break
    found = search.search(SearchRequest(Kind.OZG_SERVICE, "Quastenflosser", per_page=100))
    assert found.total == 40
    assert found.tick == catalogue_database.tick()


def test_the_base_is_renewed_when_many_changes_have_gathered_and_nothing_is_lost(
    search: SearchService, catalogue_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "REBASE", 3)
    slugs = _slugs(search, "Wuppertal")
    for slug in slugs[:6]:
        _withdraw(catalogue_database, slug)
        assert slug not in _slugs(search, "Wuppertal")
        search.settle()
    assert set(_slugs(search, "Wuppertal")) == set(slugs[6:])
    for slug in slugs[:6]:
        with catalogue_database.writing() as write:
            publish_bundle(write, slug, actor="test")
    assert set(_slugs(search, "Wuppertal")) == set(slugs)


def test_a_renamed_topic_field_and_municipality_reach_the_entries_that_name_them(
    search: SearchService, catalogue_database: Database
) -> None:
    with catalogue_database.writing() as write:
        topic = write.session.get_one(TopicField, "bauen-und-wohnen")
        topic.name = "Quastenflosser"
        write.stamp(topic)
        town = write.session.get_one(Municipality, "05974040")
        town.name = "Nautilus"
        write.stamp(town)
        leika = write.session.exec(select(LeikaService).where(LeikaService.ozg_id == "10160")).first()
        assert leika is not None
        leika.name = "Seegurke"
        write.stamp(leika)
    assert SLUG in _slugs(search, "Nautilus")
    found = search.search(SearchRequest(Kind.OZG_SERVICE, "Quastenflosser"))
    assert found.total > 20
    assert "Quastenflosser" in found.facets["topic_field"].labels.values()
    assert search.search(SearchRequest(Kind.OZG_SERVICE, "Seegurke")).hits[0].key == "10160"
    assert any(one.text == "Nautilus" for one in search.suggest("naut"))


def test_readers_in_many_threads_see_each_change_once_it_is_committed(
    search: SearchService, catalogue_database: Database
) -> None:
    failures: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            ticks = catalogue_database.tick()
            result = search.search(SearchRequest(Kind.BUNDLE, "Wohngeld"))
            if result.tick < ticks or not result.total:
                failures.append(f"tick {result.tick} after {ticks}, {result.total} hits")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(5):
        _withdraw(catalogue_database, SLUG)
        with catalogue_database.writing() as write:
            publish_bundle(write, SLUG, actor="test")
    stop.set()
    for reader in readers:
        reader.join()
    assert not failures


@pytest.fixture
def index_store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", Lexicon(Vocabulary()))


def _documents(*titles: str) -> list[Document]:
    return [document(number, title, "", "", "a", 0) for number, title in enumerate(titles)]


@pytest.mark.sqlite_only
def test_the_store_refuses_changes_that_leave_a_gap_and_passes_over_old_ones(index_store: Store) -> None:
    index_store.replace(_documents("Hund", "Wohnung"), 5)
    assert not index_store.write(_documents("Katze"), [], since=6, tick=7)
    assert index_store.write(_documents("Katze"), [], since=4, tick=5)
    with index_store.reader() as reader:
        assert {row["identity"] for _, row in reader.iter_docs()} == {
            "clock",
            "ozg_service:10000",
            "ozg_service:10001",
        }
    assert index_store.write(_documents("Katze"), ["ozg_service:10001"], since=5, tick=6)
    with index_store.reader() as reader:
        stored = {row["identity"]: row["document"] for _, row in reader.iter_docs()}
    assert set(stored) == {"clock", "ozg_service:10000"}
    assert stored["clock"] == "6"
    assert "Katze" in stored["ozg_service:10000"]


@pytest.mark.sqlite_only
def test_without_an_index_the_store_says_so(index_store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        index_store.reader()
    with pytest.raises(FileNotFoundError):
        index_store.write([], [], 0, 1)

"""Words that coordinators add hold from the next search on, on every node, without a new index."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from registry.database import Database
from registry.history import Revision
from registry.search.contract import Kind, SearchRequest
from registry.search.operations import add_relation, withdraw_relation
from registry.search.service import SearchService
from registry.search.vocabulary import VocabularyError


@pytest.fixture
def search(catalogue_database: Database, tmp_path: Path) -> Iterator[SearchService]:
    service = SearchService(catalogue_database, tmp_path / "index")
    yield service
    service.close()


def _first(search: SearchService, text: str) -> str | None:
    hits = search.search(SearchRequest(Kind.OZG_SERVICE, text)).hits
    return hits[0].key if hits else None


def _add(database: Database, line: str, note: str = "") -> int:
    with database.writing() as write:
        number = add_relation(write, line, actor="test", note=note).id
    assert number is not None
    return number


def test_an_added_word_finds_from_the_next_search_on_and_is_suggested(
    search: SearchService, catalogue_database: Database, tmp_path: Path
) -> None:
    assert _first(search, "quastenflosser") is None
    before = {path.name for path in (tmp_path / "index").iterdir()}
    _add(catalogue_database, "Quastenflosser -> Hundehaltung")
    assert _first(search, "quastenflosser") == "10160"
    assert ("query", "Quastenflosser") in [(one.kind, one.text) for one in search.suggest("quasten")]
    assert {path.name for path in (tmp_path / "index").iterdir()} == before


def test_a_new_node_knows_the_added_words(search: SearchService, catalogue_database: Database, tmp_path: Path) -> None:
    _add(catalogue_database, "Quastenflosser = Hundehaltung")
    other = SearchService(catalogue_database, tmp_path / "other")
    other.rebuild()
    assert _first(other, "quastenflosser") == "10160"
    other.close()


def test_a_withdrawn_word_finds_no_longer_and_both_changes_are_kept(
    search: SearchService, catalogue_database: Database
) -> None:
    number = _add(catalogue_database, "Quastenflosser -> Hundehaltung", "aus einer Anfrage")
    assert _first(search, "quastenflosser") == "10160"
    with catalogue_database.writing() as write:
        assert withdraw_relation(write, number, actor="test")
    assert _first(search, "quastenflosser") is None
    assert _add(catalogue_database, "Quastenflosser  ->  Hundehaltung") == number
    assert _first(search, "quastenflosser") == "10160"
    with catalogue_database.reading() as session:
        kept = session.exec(select(Revision).where(Revision.entity == "word_relation")).all()
    assert [one.changes["active"] for one in kept] == [[None, True], [True, False], [False, True]]


def test_what_is_not_there_cannot_be_withdrawn(catalogue_database: Database) -> None:
    with catalogue_database.writing() as write:
        assert not withdraw_relation(write, 4711, actor="test")


@pytest.mark.parametrize("line", ["Hund", "Hund ->", "-> Hund", "a -> b -> c", "Hund -> Hund", "x" * 501 + " = y"])
def test_a_line_that_says_nothing_is_refused_with_a_reason(catalogue_database: Database, line: str) -> None:
    with pytest.raises(VocabularyError), catalogue_database.writing() as write:
        add_relation(write, line, actor="test")
    with catalogue_database.reading() as session:
        assert session.exec(select(Revision).where(Revision.entity == "word_relation")).all() == []

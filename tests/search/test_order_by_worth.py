"""Hits in the order of a worth that somebody else has computed."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.reuse.operations import save_bundle
from registry.reuse.records import record_of
from registry.search.contract import Kind, SearchRequest, Worth
from registry.search.service import SearchService


@pytest.fixture
def search(catalogue_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchService]:
    service = SearchService(catalogue_database, tmp_path_factory.mktemp("worth"))
    yield service
    service.close()


def _keys(search: SearchService, text: str = "", worth: Worth | None = None, per_page: int = 7) -> list[str]:
    keys: list[str] = []
    page = 1
    while True:
        result = search.search(SearchRequest(Kind.BUNDLE, text, page=page, per_page=per_page, worth=worth))
        keys += [hit.key for hit in result.hits]
        if page >= result.pages:
            return keys
        page += 1


def _published(database: Database) -> tuple[str, ...]:
    with database.reading() as session:
        return tuple(session.exec(select(ServiceBundle.slug).where(ServiceBundle.state == State.PUBLISHED)))


def test_the_worthiest_come_first_then_those_of_the_same_worth_by_title(
    catalogue_database: Database, search: SearchService
) -> None:
    by_title = _keys(search)
    worth = Worth(tuple(by_title), [float(-(len(key) % 5)) for key in by_title])
    assert _keys(search, worth=worth) == sorted(by_title, key=lambda key: len(key) % 5)
    assert set(by_title) == set(_published(catalogue_database))


def test_text_and_worth_together_find_what_the_text_finds(search: SearchService) -> None:
    found = _keys(search, "wohnen")
    worth = Worth(tuple(found), [float(place) for place in range(len(found))])
    assert _keys(search, "wohnen", worth) == found[::-1]


def test_entries_without_a_worth_come_last_like_those_of_none_and_foreign_keys_do_not_matter(
    search: SearchService,
) -> None:
    by_title = _keys(search)
    worth = Worth((by_title[5], "gibt-es-nicht", by_title[0]), [1.0, 9.0, float("-inf")])
    assert _keys(search, worth=worth) == [by_title[5], *by_title[:5], *by_title[6:]]


def test_the_same_worth_serves_the_next_generation_of_the_index(
    catalogue_database: Database, search: SearchService
) -> None:
    by_title = _keys(search)
    worth = Worth(tuple(by_title), [float(place) for place in range(len(by_title))])
    assert _keys(search, worth=worth) == by_title[::-1]
    with catalogue_database.writing() as write:
        bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == by_title[3])).one()
        record = record_of(write.session, bundle).model_copy(update={"title": "Ärgernis melden"})
        save_bundle(write, record, actor="Prüfung")
    assert _keys(search, worth=worth) == by_title[::-1]

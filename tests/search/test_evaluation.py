"""The fast evaluation over posting arrays equals a plain one, before and after changes; filters count right."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.search.contract import Kind
from registry.search.documents import Document
from registry.search.evaluate import evaluate, ranked
from registry.search.plan import WEAK_STRENGTH
from registry.search.query import parse
from registry.search.snapshot import KindIndex, Snapshot, read_snapshot
from registry.search.store import Store
from tests.search.reference import PlainIndex
from tests.search.strategies import QUERIES, document, documents, lexicon

pytestmark = pytest.mark.sqlite_only
LEXICON = lexicon()
KIND = Kind.OZG_SERVICE


def _snapshot(entries: list[Document]) -> Snapshot:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), LEXICON)
        store.replace(entries, 1)
        with store.reader() as reader:
            return read_snapshot(reader, LEXICON)


def _scores(snapshot: Snapshot, text: str) -> dict[str, float]:
    index = snapshot.kinds[KIND]
    found = evaluate(index, snapshot.planners[KIND].plan(index, parse(text)))
    return {index.shown(doc).key: score for doc, score in zip(found.docs.tolist(), found.scores.tolist(), strict=True)}


def _plain_scores(entries: list[Document], snapshot: Snapshot, text: str) -> dict[str, float]:
    plain = PlainIndex(entries, LEXICON)
    return plain.evaluate(snapshot.planners[KIND].plan(plain, parse(text)))


@settings(max_examples=150)
@given(documents(), QUERIES)
def test_a_query_scores_as_the_plain_evaluator_says(entries: list[Document], text: str) -> None:
    snapshot = _snapshot(entries)
    assert _scores(snapshot, text) == pytest.approx(_plain_scores(entries, snapshot, text), rel=1e-4)


@settings(max_examples=100)
@given(documents(2), st.lists(documents(1, 5), max_size=4), st.data())
def test_after_changes_it_scores_as_an_index_built_anew(
    first: list[Document], later: list[list[Document]], data: st.DataObject
) -> None:
    snapshot = _snapshot(first)
    entries = {one.key: one for one in first}
    for tick, changed in enumerate(later, 2):
        dropped = data.draw(st.sets(st.sampled_from(sorted(entries)))) if entries else set()
        dropped -= {one.key for one in changed}
        entries = {key: one for key, one in entries.items() if key not in dropped} | {one.key: one for one in changed}
        snapshot = snapshot.changed_to(tick, changed, [f"{KIND}:{key}" for key in sorted(dropped)])
    text = data.draw(QUERIES)
    living = list(entries.values())
    assert snapshot.tick == len(later) + 1
    assert _scores(snapshot, text) == pytest.approx(_plain_scores(living, snapshot, text), rel=1e-4)
    index = snapshot.kinds[KIND]
    assert {one.key for one in index.all_shown()} == set(entries)
    shown = index.facets["topic_field"].shown(index.live, ())
    assert {one.value: one.count for one in shown} == _counted(living)
    order = ranked(index.live, None, index.title_rank, 0, 100)
    titles = [(index.shown(doc).title, index.shown(doc).key) for doc in order.tolist()]
    assert titles == sorted((one.title, one.key) for one in living)


def _counted(entries: list[Document]) -> dict[str, int]:
    topics = [one.facets["topic_field"][0] for one in entries]
    return {topic: topics.count(topic) for topic in set(topics)}


@settings(max_examples=20)
@given(documents(), st.sets(st.sampled_from("abc")))
def test_facet_counts_equal_counting_by_hand(entries: list[Document], chosen: set[str]) -> None:
    index = _index(entries)
    facet = index.facets["topic_field"]
    mask = facet.mask(chosen)
    selected = np.flatnonzero(mask).astype(np.int32)
    assert [index.shown(number).key for number in selected.tolist()] == [
        one.key for one in entries if set(one.facets["topic_field"]) & chosen
    ]
    counts = dict(zip(facet.names, facet.counts(selected).tolist(), strict=True))
    for name in facet.names:
        assert counts[name] == sum(1 for one in entries if one.facets["topic_field"] == [name] and name in chosen)


def _index(entries: list[Document]) -> KindIndex:
    return _snapshot(entries).kinds[KIND]


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(0, 70), st.integers(1, 30))
def test_a_page_of_the_ranking_is_a_slice_of_the_whole_order(worth: list[int], first: int, count: int) -> None:
    docs = np.arange(len(worth), dtype=np.int32)
    values = np.array(worth, dtype=np.float32)
    rank = np.array([(7 * number) % 61 for number in range(len(worth))], dtype=np.float64)
    whole = sorted(range(len(worth)), key=lambda one: (-worth[one], rank[one]))
    assert ranked(docs, values, rank, first, count).tolist() == whole[first : first + count]
    by_title = sorted(range(len(worth)), key=lambda one: rank[one])
    assert ranked(docs, None, rank, first, count).tolist() == by_title[first : first + count]


def test_weak_words_decide_ties_alone() -> None:
    titles = ("Hund", "Antrag", "Katze Antrag", "Hund Antrag")
    entries = [document(number, title, "", "", "a", 0) for number, title in enumerate(titles)]
    found = _scores(_snapshot(entries), "hund antrag")
    by_title = {title: found[f"{10000 + number}"] for number, title in enumerate(titles)}
    assert by_title["Hund Antrag"] > by_title["Hund"] > by_title["Antrag"] > 0
    assert WEAK_STRENGTH < 1

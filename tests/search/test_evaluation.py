"""The fast evaluation over numpy postings equals a plain one, and filters count right."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.search.contract import Kind
from registry.search.documents import Document
from registry.search.evaluate import WEAK_STRENGTH, Evaluator, order
from registry.search.german import stem
from registry.search.lexicon import Lexicon
from registry.search.query import parse
from registry.search.snapshot import KindIndex, read_snapshot
from registry.search.store import Store
from registry.search.vocabulary import Vocabulary
from tests.search import reference

pytestmark = pytest.mark.sqlite_only

WORDS = ("hund", "steuer", "hundesteuer", "wohnung", "wohngeld", "antrag", "bau", "baum", "urkunde", "kita", "feuer")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
LEXICON = Lexicon(Vocabulary())


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    count = draw(st.integers(1, 8))
    return [
        Document(
            kind=Kind.OZG_SERVICE,
            key=f"{10000 + number}",
            title=draw(TEXTS) or "ohne",
            excerpt="",
            texts={"title": draw(TEXTS) or "ohne", "leika": draw(TEXTS), "law": draw(TEXTS)},
            facets={"topic_field": [draw(st.sampled_from("abc"))], "situation": [], "has_bundle": ["no"]},
            labels={"topic_field": {name: name for name in "abc"}, "situation": {}, "has_bundle": {"no": "nein"}},
        )
        for number in range(count)
    ]


def _index(entries: list[Document]) -> KindIndex:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), LEXICON)
        store.replace(entries, 1)
        with store.reader() as reader:
            found = read_snapshot(reader).kinds[Kind.OZG_SERVICE]
        store.close()
        return found


@settings(max_examples=30)
@given(documents(), st.sampled_from(("hund", "urkunde", "kita", "feuer", "baum")))
def test_a_word_scores_as_the_plain_evaluator_says(entries: list[Document], word: str) -> None:
    index = _index(entries)
    found = Evaluator(LEXICON).evaluate(index, parse(word)).scores
    plain = reference.scores(entries, LEXICON, stem(word))
    for number, one in enumerate(index.documents):
        wanted = plain[entries.index(one)] * (
            2 if one.title.split() == [word] or set(one.title.split()) == {word} else 1
        )
        assert found[number] == pytest.approx(wanted, rel=1e-4)


@settings(max_examples=20)
@given(documents())
def test_a_document_that_answers_both_words_beats_its_scores_for_one(entries: list[Document]) -> None:
    index = _index(entries)
    evaluator = Evaluator(LEXICON)
    both = evaluator.evaluate(index, parse("hund urkunde")).scores
    one, other = (evaluator.evaluate(index, parse(word)).scores for word in ("hund", "urkunde"))
    for number in np.flatnonzero((one > 0) & (other > 0)):
        assert both[number] >= max(one[number], other[number]) * 0.49


@settings(max_examples=20)
@given(documents(), st.sets(st.sampled_from("abc")))
def test_facet_counts_equal_counting_by_hand(entries: list[Document], chosen: set[str]) -> None:
    index = _index(entries)
    facet = index.facets["topic_field"]
    mask = facet.mask(chosen, index.size)
    assert [index.documents[number].key for number in np.flatnonzero(mask)] == [
        one.key for one in index.documents if set(one.facets["topic_field"]) & chosen
    ]
    counts = dict(zip(facet.names, facet.counts(mask), strict=True))
    for name in facet.names:
        assert counts[name] == sum(1 for one in entries if one.facets["topic_field"] == [name] and name in chosen)


@settings(max_examples=20)
@given(documents())
def test_order_is_total_and_stable(entries: list[Document]) -> None:
    index = _index(entries)
    everything = np.ones(index.size, dtype=bool)
    ranked = order(index, everything, np.zeros(index.size, dtype=np.float32), "")
    titles = [(index.documents[number].title, index.documents[number].key) for number in ranked]
    assert titles == sorted(titles)


def test_weak_words_decide_ties_alone() -> None:
    entries = [
        Document(
            Kind.OZG_SERVICE,
            f"1000{number}",
            title,
            "",
            {"title": title},
            {"topic_field": [], "situation": [], "has_bundle": []},
            {"topic_field": {}, "situation": {}, "has_bundle": {}},
        )
        for number, title in enumerate(("Hund", "Antrag", "Katze Antrag", "Hund Antrag"))
    ]
    index = _index(entries)
    found = Evaluator(LEXICON).evaluate(index, parse("hund antrag")).scores
    by_title = {one.title: float(found[number]) for number, one in enumerate(index.documents)}
    assert by_title["Hund Antrag"] > by_title["Hund"] > by_title["Antrag"] > 0
    assert WEAK_STRENGTH < 1

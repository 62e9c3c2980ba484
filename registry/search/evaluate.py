"""Carries out a plan over one kind's posting arrays.

For a document the best way to answer a concept counts, not their sum. The sum over the concepts is weighted by how much
of the query the document answers. Lists of documents stay sparse and ascending throughout, so that rare words cost
little whatever the size of the catalogue; `tests/search/reference.py` says the same with dictionaries and loops.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registry.search.plan import Parts, Plan, Span, Way
from registry.search.postings import Floats, Found, Ints
from registry.search.snapshot import KindIndex

PARTS_WEIGHT = 0.75
LEAST_SHARE = 0.2
"""What remains of the sum, in the limit, when a document answers next to nothing of the query."""
PHRASE_REST = 0.15
"""How much the single words add where a phrase of the vocabulary has answered them together."""
TITLE_FACTOR = 2.0
"""A title that is just what was typed."""
WITH_BUNDLES = 1.02
"""OZG services with bundles come before those without, where equally relevant."""


Bools = NDArray[np.bool_]
_NOTHING: Found = (np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Found documents in ascending order, their scores, and the plan that was carried out."""

    docs: Ints
    scores: Floats
    plan: Plan

    def score(self, doc: int) -> float:
        """Return the score of a found document."""
        return float(self.scores[np.searchsorted(self.docs, doc)])


def evaluate(index: KindIndex, plan: Plan) -> Evaluation:
    """Return the documents that answer a plan, with scores above 0."""
    docs, scores = Run(index).sums(plan) if plan.concepts else (index.live, np.ones(index.count, dtype=np.float32))
    kept: Bools | None = None if index.count == index.size else index.alive[docs]
    for phrase in plan.phrases:
        kept = _and(kept, index.with_phrase(phrase)[docs])
    for term in plan.excluded:
        if (held := index.postings(term)) is not None:
            kept = _and(kept, ~np.isin(docs, held[0], assume_unique=True))
    if kept is not None:
        docs, scores = docs[kept], scores[kept]
    for number in index.with_title(plan.typed):
        scores[docs == number] *= np.float32(TITLE_FACTOR)
    if index.has_counts:
        scores[index.sorts["bundles"][docs] > 0] *= np.float32(WITH_BUNDLES)
    return Evaluation(docs, scores, plan)


def _and(one: Bools | None, other: Bools) -> Bools:
    return other if one is None else one & other


class Run:
    """Evaluates the ways of plans over one index."""

    def __init__(self, index: KindIndex) -> None:
        """Begin."""
        self._index = index

    def sums(self, plan: Plan) -> Found:
        """Return for each document the sum over the concepts, weighted by the share that it answers."""
        if len(plan.concepts) == 1:  # the sum of one, all of it answered
            docs, values = self.best(plan.concepts[0].ways)
            return docs, values.copy()
        answers = [answer for span in plan.spans for answer in self._span(span, plan)]
        docs, places = self._union([docs for docs, _, _ in answers])
        total, answered = np.zeros(len(docs), dtype=np.float32), np.zeros(len(docs), dtype=np.float32)
        for own, values, strengths in answers:
            at = places[own]
            total[at] += values
            answered[at] += strengths
        share: Floats = answered / np.float32(sum(one.strength for one in plan.concepts))
        share *= share
        share *= np.float32(1 - LEAST_SHARE)
        share += np.float32(LEAST_SHARE)
        total *= share
        return docs, total

    def way(self, way: Way | Parts) -> Found:
        """Return the documents of a way with their values."""
        return self._parts(way) if isinstance(way, Parts) else self._all(way)

    def best(self, ways: Iterable[Way | Parts]) -> Found:
        """Return the documents of several ways, each with the value of the best one."""
        lists = [found for way in ways if len((found := self.way(way))[0])]
        if len(lists) < 2:
            return lists[0] if lists else _NOTHING
        docs, places = self._union([docs for docs, _ in lists])
        best = np.zeros(len(docs), dtype=np.float32)
        for own, values in lists:
            at = places[own]
            best[at] = np.maximum(best[at], values)
        return docs, best

    def _union(self, lists: Sequence[Ints]) -> tuple[Ints, Ints]:
        """Return the documents of all lists, and where each stands among them (undefined for others)."""
        marked = np.zeros(self._index.size, dtype=bool)
        for docs in lists:
            marked[docs] = True
        union = marked.nonzero()[0].astype(np.int32)
        places = np.empty(self._index.size, dtype=np.int32)
        places[union] = np.arange(len(union), dtype=np.int32)
        return union, places

    def _term(self, term: str) -> Found:
        """Return the documents of a term with impact times rarity."""
        return self._index.scored(term) or _NOTHING

    def _all(self, way: Way) -> Found:
        if len(way.terms) == 1:
            docs, values = self._term(way.terms[0])
            return docs, values if way.weight == 1 else values * np.float32(way.weight)
        docs, values = _intersection([self._term(term) for term in way.terms])
        return docs, values * np.float32(way.weight / len(way.terms) ** 0.5)

    def _parts(self, way: Parts) -> Found:
        whole = sum(part.strength for part in way.parts)
        found = [(np.float32(part.strength), *self.best(part.ways)) for part in way.parts]
        lists = [(docs, strength * values) for strength, docs, values in found]
        if way.needed > 1 - min(part.strength for part in way.parts) / whole:  # none may be missing
            docs, total = _intersection(lists)
            return docs, np.float32(PARTS_WEIGHT) * total
        docs, places = self._union([docs for docs, _ in lists])
        total, answered = np.zeros(len(docs), dtype=np.float32), np.zeros(len(docs), dtype=np.float32)
        for strength, own, _ in found:
            answered[places[own]] += strength
        for own, values in lists:
            total[places[own]] += values
        share: Floats = answered / np.float32(whole)
        kept = share > np.float32(way.needed)
        return docs[kept], np.float32(PARTS_WEIGHT) * (total * share * share)[kept]

    def _span(self, span: Span, plan: Plan) -> list[tuple[Ints, Floats, np.float32 | Floats]]:
        """Return the answers to some words: documents, their values, and the strength that they answer of the query."""
        words = plan.concepts[span.start : span.end]
        found = [(np.float32(one.strength), *self.best(one.ways)) for one in words]
        answers: list[tuple[Ints, Floats, np.float32 | Floats]] = [
            (docs, strength * values, strength) for strength, docs, values in found
        ]
        together, values = self.best(span.ways)
        if not len(together):
            return answers
        docs, places = self._union([together, *(docs for docs, _, _ in answers)])
        single, covered = np.zeros(len(docs), dtype=np.float32), np.zeros(len(docs), dtype=np.float32)
        for own, worth, strength in answers:
            single[places[own]] += worth
            covered[places[own]] += strength
        at = places[together]
        whole = values + np.minimum(single[at], values) * np.float32(PHRASE_REST)
        single[at] = np.maximum(single[at], whole)
        covered[at] = np.float32(sum(one.strength for one in words))
        return [(docs, single, covered)]


def _intersection(lists: Iterable[Found]) -> Found:
    """Return the documents that stand in all lists, with the sum of their values."""
    (docs, values), *others = sorted(lists, key=lambda found: len(found[0]))
    for other, more in others:
        if not len(docs):
            return _NOTHING
        places = other.searchsorted(docs)
        places[places == len(other)] = 0
        both = other[places] == docs
        docs, values = docs[both], values[both] + more[places[both]]
    return docs, values


def ranked(docs: Ints, worth: Floats | None, title_rank: NDArray[np.float64], first: int, count: int) -> Ints:
    """Return `count` documents from place `first` on: by worth, descending, then by title.

    Without `worth` by title alone. Only what can stand on the page is put in order, not all that was found.
    """
    last = first + count
    key = title_rank[docs] if worth is None else -worth
    if last < len(docs) // 4:
        kept = key <= np.partition(key, last)[last]
        docs, key = docs[kept], key[kept]
    return docs[np.lexsort((title_rank[docs], key))[first:last]]

"""Evaluation of a query over one kind's numpy postings.

A query is a row of concepts, one a word. A concept has alternatives (the word itself, the parts of a
compound, what the vocabulary adds, a corrected spelling), each with a weight; the best one counts for a
document, not their sum. Phrases of the vocabulary („auto anmelden“) may answer several words at once.
The sum over the concepts is weighted by how much of the query a document answers.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from registry.search.contract import Kind
from registry.search.german import Splitter, stem
from registry.search.lexicon import Lexicon
from registry.search.query import Query, QueryWord
from registry.search.snapshot import Bools, Floats, Ints, KindIndex
from registry.search.vocabulary import MAX_PHRASE, Expansion

WEAK_STRENGTH = 0.22
PARTS_WEIGHT = 0.75
PREFIX_WEIGHT = 0.8
TYPO_WEIGHTS = {1: 0.75, 2: 0.55}
MAX_PREFIX_TERMS = 200
PHRASE_BONUS = 1.25


@dataclass
class Alternative:
    """One way to answer a concept: the documents, their values, and how it came about."""

    label: str
    kind: str
    docs: Ints
    values: Floats
    terms: frozenset[str]


@dataclass
class Concept:
    """A word (or several) of the query, with its alternatives."""

    text: str
    strength: float
    alternatives: list[Alternative] = field(default_factory=list)

    def dense(self, size: int) -> Floats:
        """Return for each document the value of the best alternative."""
        values = np.zeros(size, dtype=np.float32)
        for one in self.alternatives:
            values[one.docs] = np.maximum(values[one.docs], one.values)
        return values


@dataclass
class Evaluation:
    """Scores of all documents (0: not found), and what explains them."""

    scores: Floats
    concepts: list[Concept]
    exact: bool
    corrections: dict[str, str]
    """Corrected terms by the word that was typed."""

    @cached_property
    def terms(self) -> frozenset[str]:
        """Return all terms that answered, for highlights."""
        return frozenset(term for one in self.concepts for way in one.alternatives for term in way.terms)


class Evaluator:
    """Evaluates queries with one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._known: dict[Kind, tuple[KindIndex, list[str], Splitter]] = {}

    def evaluate(self, index: KindIndex, query: Query) -> Evaluation:
        """Return the scores of all documents of `index` for a query that is not empty."""
        corrections: dict[str, str] = {}
        concepts = [self._concept(index, word, corrections) for word in query.words]
        if concepts and all(one.strength < 1 for one in concepts):
            for one in concepts:
                one.strength = 1.0
        scores = self._combine(index, query.words, concepts)
        for phrase in query.phrases:
            needle = f" {' '.join(phrase)} "
            scores[[needle not in text for text in index.full_texts]] = 0
        if query.excluded:
            if not query.words:
                scores[:] = 1
            for term in query.excluded:
                if (found := index.postings(term)) is not None:
                    scores[found[0]] = 0
        exact = any(
            way.kind in ("word", "parts", "prefix") and one.strength == 1
            for one in concepts
            for way in one.alternatives
        )
        return Evaluation(scores, concepts, exact or not concepts, corrections)

    def _concept(self, index: KindIndex, word: QueryWord, corrections: dict[str, str]) -> Concept:
        concept = Concept(word.text, WEAK_STRENGTH if self.lexicon.is_weak(word.term) else 1.0)
        ways = concept.alternatives
        if (found := index.postings(word.term)) is not None:
            ways.append(Alternative(word.text, "word", *found, frozenset({word.term})))
        if word.prefix:
            ways += self._prefixed(index, word)
        direct = self._splitter(index).direct(word.text)
        if direct:
            ways += self._parts(index, word, direct, known=found is not None)
        ways += self._related(index, self._keys(word, direct))
        if not ways:
            ways += self._corrected(index, word, corrections)
        return concept

    def _keys(self, word: QueryWord, direct: Sequence[str]) -> list[tuple[str, ...]]:

        keys: list[tuple[str, ...]] = [(word.term,)]
        if direct:
            stems = [stem(part) for part in direct]
            keys.append(tuple(stems))
            keys += [(one,) for one in stems if not self.lexicon.is_weak(one)] if not self._whole(word) else []
        return keys

    def _whole(self, word: QueryWord) -> bool:
        return bool(self.lexicon.vocabulary.expansions((word.term,)))

    def _prefixed(self, index: KindIndex, word: QueryWord) -> Iterable[Alternative]:
        start = bisect_left(index.sorted_terms, word.text)
        for term in index.sorted_terms[start : start + MAX_PREFIX_TERMS]:
            if not term.startswith(word.text):
                break
            docs, values = index.postings(term) or (np.empty(0, np.int32), np.empty(0, np.float32))
            yield Alternative(f"{word.text}*", "prefix", docs, values * np.float32(PREFIX_WEIGHT), frozenset({term}))

    def _parts(
        self, index: KindIndex, word: QueryWord, parts: Sequence[str], known: bool = False
    ) -> list[Alternative]:
        """Return the alternative in which the parts of a compound answer together, the more the better.

        Where the whole word is `known` to some document, all parts must answer: who types Wohngeld
        does not mean all other kinds of Geld.
        """
        terms = [stem(part) for part in parts]
        strengths = np.array([WEAK_STRENGTH if self.lexicon.is_weak(term) else 1.0 for term in terms])
        if (strengths < 1).all():
            strengths[:] = 1.0
        total = np.zeros(index.size, dtype=np.float32)
        answered = np.zeros(index.size, dtype=np.float32)
        for part, term, strength in zip(parts, terms, strengths, strict=True):
            best = np.zeros(index.size, dtype=np.float32)
            if (found := index.postings(term)) is not None:
                best[found[0]] = found[1]
            for one in self._related(index, [(term,)]):
                best[one.docs] = np.maximum(best[one.docs], one.values)
            if not best.any() and part != word.text:
                for one in self._parts(index, word, self._splitter(index).direct(part)):
                    best[one.docs] = np.maximum(best[one.docs], one.values)
            total += strength * best
            answered += strength * (best > 0)
        share = answered / max(float(strengths.sum()), 0.1)
        values = PARTS_WEIGHT * total * share**2
        needed = 0.99 if known else WEAK_STRENGTH
        docs = np.flatnonzero((values > 0) & (share > needed)).astype(np.int32)
        if not len(docs):
            return []
        label = "+".join(parts)
        return [Alternative(label, "parts", docs, values[docs].astype(np.float32), frozenset(terms))]

    def _related(self, index: KindIndex, keys: Iterable[tuple[str, ...]]) -> list[Alternative]:
        found = []
        for key in keys:
            for expansion in self.lexicon.vocabulary.expansions(key):
                way = self._together(index, expansion, 1.0)
                if way is not None:
                    found.append(way)
        return found

    def _together(self, index: KindIndex, expansion: Expansion, bonus: float) -> Alternative | None:
        """Return the documents that have all words of an expansion's target."""
        postings = [index.postings(term) for term in dict.fromkeys(expansion.target)]
        if any(one is None for one in postings):
            return None
        counts = np.zeros(index.size, dtype=np.int16)
        total = np.zeros(index.size, dtype=np.float32)
        for docs, values in (one for one in postings if one is not None):
            counts[docs] += 1
            total[docs] += values
        docs = np.flatnonzero(counts == len(postings)).astype(np.int32)
        if not len(docs):
            return None
        factor = np.float32(bonus * expansion.weight / len(postings) ** 0.5)
        return Alternative(expansion.text, "vocabulary", docs, total[docs] * factor, frozenset(expansion.target))

    def _corrected(self, index: KindIndex, word: QueryWord, corrections: dict[str, str]) -> list[Alternative]:
        """Return what similar words find: one letter off from four letters on, two from eight on."""
        if len(word.text) < 4 or word.text.isdigit():
            return []
        allowed = 1 if len(word.text) < 8 else 2
        found = process.extract(word.text, self._spellings(index), scorer=OSA.distance, score_cutoff=allowed, limit=8)
        nearest = min((one[1] for one in found), default=0)
        if nearest == 0:  # nothing is near, or the vocabulary knows the word, which this kind has nothing for
            return []
        ways: list[Alternative] = []
        weight = np.float32(TYPO_WEIGHTS[int(nearest)])
        for written, distance, _ in sorted(found, key=lambda one: (one[0][0] != word.text[0], one[0])):
            if distance > nearest:
                continue
            term = stem(written)
            held = len(ways)
            if (posting := index.postings(term)) is not None:
                ways.append(Alternative(written, "typo", posting[0], posting[1] * weight, frozenset({term})))
            for one in self._related(index, [(term,)]):
                ways.append(Alternative(one.label, "typo", one.docs, one.values * weight, one.terms))
            if len(ways) > held:
                corrections.setdefault(word.text, written)
        return ways

    def _spellings(self, index: KindIndex) -> list[str]:
        """Return the words that a misspelt one may mean: those of the documents and of the vocabulary."""
        return self._learnt(index)[1]

    def _splitter(self, index: KindIndex) -> Splitter:
        return self._learnt(index)[2]

    def _learnt(self, index: KindIndex) -> tuple[KindIndex, list[str], Splitter]:
        """Return what the evaluator has learnt from the words of an index, once a generation."""
        held = self._known.get(index.kind)
        if held is None or held[0] is not index:
            known = index.written | self.lexicon.vocabulary.words
            spellings = sorted(word for word in known if len(word) > 3 and not word.isdigit())
            held = self._known[index.kind] = (index, spellings, self.lexicon.query_splitter(index.written))
        return held

    def _combine(self, index: KindIndex, query: Sequence[QueryWord], concepts: list[Concept]) -> Floats:
        values = [one.dense(index.size) for one in concepts]
        strengths = np.array([one.strength for one in concepts], dtype=np.float32)
        total = np.zeros(index.size, dtype=np.float32)
        answered = np.zeros(index.size, dtype=np.float32)
        for start, end, expansions in self._spans(query):
            span = np.zeros(index.size, dtype=np.float32)
            covered = np.zeros(index.size, dtype=np.float32)
            for number in range(start, end):
                span += strengths[number] * values[number]
                covered += strengths[number] * (values[number] > 0)
            whole = Concept(" ".join(word.text for word in query[start:end]), 1.0)
            for expansion in expansions:
                way = self._together(index, expansion, PHRASE_BONUS)
                if way is not None:
                    whole.alternatives.append(way)
            if whole.alternatives:
                concepts.append(whole)
                together = whole.dense(index.size)
                covered[together > 0] = strengths[start:end].sum()
                span = np.maximum(span, together + np.minimum(span, together) * np.float32(0.15))
            total += span
            answered += covered
        share = answered / max(float(strengths.sum()), 1e-6)
        scores = total * (np.float32(0.2) + np.float32(0.8) * share**2)
        self._favour_titles(index, query, scores)
        return scores * (1 + np.float32(0.02) * (index.sorts["bundles"] > 0))

    def _spans(self, query: Sequence[QueryWord]) -> list[tuple[int, int, tuple[Expansion, ...]]]:
        """Cut the query into spans, the longest phrases of the vocabulary first come, others word by word."""
        spans: list[tuple[int, int, tuple[Expansion, ...]]] = []
        start = 0
        while start < len(query):
            for end in range(min(len(query), start + MAX_PHRASE), start + 1, -1):
                found = self.lexicon.vocabulary.expansions(word.term for word in query[start:end])
                if found:
                    spans.append((start, end, found))
                    start = end
                    break
            else:
                spans.append((start, start + 1, ()))
                start += 1
        return spans

    @staticmethod
    def _favour_titles(index: KindIndex, query: Sequence[QueryWord], scores: Floats) -> None:
        """Put an entry whose title is just what was typed first."""
        typed = frozenset(word.text for word in query)
        for number in np.flatnonzero(scores):
            if index.title_terms[number] == typed:
                scores[number] *= 2


def order(index: KindIndex, matched: Bools, scores: Floats | None, key: str) -> Ints:
    """Return the matched documents: by score or the sort key, descending, then by title."""
    docs = np.flatnonzero(matched).astype(np.int32)
    rank = index.title_rank[docs]
    if scores is not None:
        return docs[np.lexsort((rank, -scores[docs]))]
    if key in index.sorts:
        return docs[np.lexsort((rank, -index.sorts[key][docs]))]
    return docs[np.argsort(rank)]

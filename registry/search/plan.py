"""From a query to a plan: what could answer each of its words, still without looking at documents.

A query is a row of concepts, one a word. A concept has ways to answer it: the word itself, the parts of a compound,
what the vocabulary adds, a corrected spelling, each with a weight. Phrases of the vocabulary („auto anmelden“) may
answer several words at once. `registry.search.evaluate` carries a plan out over the postings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from registry.search.german import Splitter, stem
from registry.search.lexicon import Lexicon
from registry.search.query import Query, QueryWord
from registry.search.vocabulary import MAX_PHRASE, Expansion
from registry.search.wording import MIN_SPELLING, Spellings

WEAK_STRENGTH = 0.22
PREFIX_WEIGHT = 0.8
TYPO_WEIGHTS = {1: 0.75, 2: 0.55}
PHRASE_BONUS = 1.25
MAX_PREFIX_TERMS = 200
MAX_CORRECTED = 4
"""Words of a query whose spelling is corrected: a text of 24 unknown words is no misspelling."""
LEAST_END = 5
LEAST_BEGINNING = 4
"""Letters of the known end or beginning of an unknown word; the end of a German compound is its head."""
LONG_WORD = 8
"""From this length on two letters may be wrong."""


@dataclass(frozen=True)
class Way:
    """Documents that have all of `terms`: the sum of their scores, times the weight, over the root of their number."""

    label: str
    kind: str
    terms: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True)
class Part:
    """A part of a compound: the best of its ways counts, with a strength."""

    strength: float
    ways: tuple["Way | Parts", ...]


@dataclass(frozen=True)
class Parts:
    """The parts of a compound answer together, the more of them the better.

    A document needs a share of their strength above `needed`: where the whole word is known to some entry, all of
    them, because who types Wohngeld does not mean all other kinds of Geld.
    """

    label: str
    parts: tuple[Part, ...]
    needed: float
    kind: str = "parts"


@dataclass(frozen=True)
class Concept:
    """A word of the query with the ways to answer it."""

    text: str
    strength: float
    ways: tuple[Way | Parts, ...]


@dataclass(frozen=True)
class Span:
    """Words `start` to `end` of the query, and the ways of the vocabulary to answer them at once."""

    start: int
    end: int
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class Plan:
    """How a query is answered. `corrections`: the spelling that was taken instead of a word."""

    concepts: tuple[Concept, ...]
    spans: tuple[Span, ...]
    phrases: tuple[tuple[str, ...], ...]
    excluded: frozenset[str]
    typed: tuple[str, ...]
    corrections: Mapping[str, str] = field(default_factory=dict)

    @property
    def exact(self) -> bool:
        """Tell whether some telling word of the query stands in the entries as it was typed."""
        kinds = {way.kind for one in self.concepts if one.strength == 1 for way in one.ways}
        return not self.concepts or bool(kinds & {"word", "parts", "prefix"})

    def terms(self) -> frozenset[str]:
        """Return all terms that may answer, for highlights."""
        ways = [way for one in self.concepts for way in one.ways] + [way for span in self.spans for way in span.ways]
        return frozenset(_terms(ways))


def _terms(ways: Iterable[Way | Parts]) -> Iterable[str]:
    for way in ways:
        if isinstance(way, Way):
            yield from way.terms
        else:
            yield from _terms(one for part in way.parts for one in part.ways)


class Known(Protocol):
    """What planning must know of the entries."""

    def frequency(self, term: str) -> int:
        """Return how many entries have a term."""

    def terms_from(self, prefix: str, limit: int) -> list[str]:
        """Return terms that begin so."""


class Planner:
    """Plans queries with one lexicon, for the entries of one kind."""

    def __init__(self, lexicon: Lexicon, written: Iterable[str]) -> None:
        """Learn the words that are written in the entries, besides those of the vocabulary."""
        known = {*written, *lexicon.vocabulary.words}
        self._lexicon = lexicon
        self._splitter: Splitter = lexicon.query_splitter(known)
        self._spellings = Spellings(known)

    def plan(self, known: Known, query: Query) -> Plan:
        """Return the plan of a query that is not empty."""
        corrections: dict[str, str] = {}
        found = [self._concept(known, word, corrections) for word in query.words]
        if found and all(one.strength < 1 for one in found):
            found = [Concept(one.text, 1.0, one.ways) for one in found]
        return Plan(
            tuple(found),
            tuple(self._spans(known, query.words)),
            query.phrases,
            query.excluded,
            tuple(word.text for word in query.words),
            corrections,
        )

    def _concept(self, known: Known, word: QueryWord, corrections: dict[str, str]) -> Concept:
        ways: list[Way | Parts] = []
        if known.frequency(word.term):
            ways.append(Way(word.text, "word", (word.term,)))
        whole = bool(ways)
        if word.prefix:
            terms = known.terms_from(word.text, MAX_PREFIX_TERMS)
            ways += [Way(f"{word.text}*", "prefix", (term,), PREFIX_WEIGHT) for term in terms]
        direct = self._splitter.direct(word.text)
        if direct:
            ways += self._parts(known, word.text, direct, 0.99 if whole else WEAK_STRENGTH)
        ways += self._related(known, self._keys(word, direct))
        if not ways and len(corrections) < MAX_CORRECTED:
            ways += self._corrected(known, word, corrections)
        if not ways:
            ways += self._pieces(known, word.text)
        return Concept(word.text, self._strength(word.term), tuple(ways))

    def _strength(self, term: str) -> float:
        return WEAK_STRENGTH if self._lexicon.is_weak(term) else 1.0

    def _keys(self, word: QueryWord, direct: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the terms whose relations answer a word: itself, its parts together, and one by one.

        The parts speak for themselves only where the vocabulary has nothing to say of the whole word.
        """
        keys: list[tuple[str, ...]] = [(word.term,)]
        if direct:
            stems = [stem(part) for part in direct]
            keys.append(tuple(stems))
            if not self._lexicon.vocabulary.expansions((word.term,)):
                keys += [(one,) for one in stems if not self._lexicon.is_weak(one)]
        return keys

    def _parts(self, known: Known, text: str, direct: Sequence[str], needed: float) -> list[Parts]:
        terms = [stem(part) for part in direct]
        strengths = [self._strength(term) for term in terms]
        if all(one < 1 for one in strengths):
            strengths = [1.0] * len(strengths)
        parts = []
        for part, term, strength in zip(direct, terms, strengths, strict=True):
            ways: list[Way | Parts] = [Way(part, "word", (term,))] if known.frequency(term) else []
            ways += self._related(known, [(term,)])
            if not ways and part != text:
                ways += self._parts(known, part, self._splitter.direct(part), WEAK_STRENGTH)
            parts.append(Part(strength, tuple(ways)))
        return [Parts("+".join(direct), tuple(parts), needed)] if any(part.ways for part in parts) else []

    def _related(self, known: Known, keys: Iterable[tuple[str, ...]]) -> list[Way]:
        return [
            way
            for key in keys
            for expansion in self._lexicon.vocabulary.expansions(key)
            if (way := _way(known, expansion, 1.0))
        ]

    def _corrected(self, known: Known, word: QueryWord, corrections: dict[str, str]) -> list[Way]:
        """Return what similar words find: one letter off from four letters on, two from eight on."""
        if len(word.text) < MIN_SPELLING or not word.text.isalpha():
            return []
        near = self._spellings.near(word.text, 1 if len(word.text) < LONG_WORD else 2)
        least = min((distance for _, distance in near), default=0)
        if least == 0:  # nothing is near, or the vocabulary knows the word, for which this kind has nothing
            return []
        ways: list[Way] = []
        weight = TYPO_WEIGHTS[least]
        for written, distance in sorted(near, key=lambda one: (one[0][0] != word.text[0], one[0])):
            if distance > least:
                continue
            term = stem(written)
            found = [Way(written, "typo", (term,), weight)] if known.frequency(term) else []
            found += [Way(one.label, "typo", one.terms, one.weight * weight) for one in self._related(known, [(term,)])]
            if found:
                corrections.setdefault(word.text, written)
            ways += found
        return ways

    def _pieces(self, known: Known, text: str) -> list[Parts]:
        """Return what the known end and the known beginning of an otherwise unknown word find.

        The last resort, so that a compound with one unknown part („Traumhochzeit“) does not end without a result.
        """
        if not text.isalpha():
            return []
        lengths = range(len(text) - 1, 0, -1)
        end = next((text[-size:] for size in lengths if size >= LEAST_END and text[-size:] in self._splitter), "")
        rest = len(text) - len(end)
        beginning = next(
            (text[:size] for size in lengths if LEAST_BEGINNING <= size <= rest and text[:size] in self._splitter), ""
        )
        parts = []
        for piece in (end, beginning):
            term = stem(piece)
            ways: list[Way | Parts] = [Way(piece, "word", (term,))] if piece and known.frequency(term) else []
            ways += self._related(known, [(term,)]) if piece else []
            if ways:
                parts.append(Part(self._strength(term), tuple(ways)))
        return [Parts(f"{beginning}…{end}", tuple(parts), 0.0, "piece")] if parts else []

    def _spans(self, known: Known, query: Sequence[QueryWord]) -> Iterable[Span]:
        """Cut the query into spans: the longest phrases of the vocabulary first, others word by word."""
        start = 0
        while start < len(query):
            for end in range(min(len(query), start + MAX_PHRASE), start + 1, -1):
                expansions = self._lexicon.vocabulary.expansions(word.term for word in query[start:end])
                if expansions:
                    ways = (_way(known, one, PHRASE_BONUS) for one in expansions)
                    yield Span(start, end, tuple(way for way in ways if way))
                    start = end
                    break
            else:
                yield Span(start, start + 1)
                start += 1


def _way(known: Known, expansion: Expansion, bonus: float) -> Way | None:
    """Return the way of an expansion, None when no entry has one of its words."""
    terms = tuple(dict.fromkeys(expansion.target))
    if not all(known.frequency(term) for term in terms):
        return None
    return Way(expansion.text, "vocabulary", terms, bonus * expansion.weight)

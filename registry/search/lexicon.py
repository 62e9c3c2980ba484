"""Terms of a word: its stem, the stems of its parts, and how much each counts."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any

from whoosh.analysis import Composable, Token

from registry.search.german import STOP_WORDS, Splitter, stem, words
from registry.search.vocabulary import Vocabulary, word_list

MIN_LEARNT = 5
"""Shorter words of the catalogue make no parts: „ein“, „mit“, „aus“ begin too many words."""
PART_WEIGHT = 0.55
"""A part of a compound counts this much beside the whole word."""


class Lexicon:
    """Dictionary and vocabulary: what turns words into terms, for documents and queries alike."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.weak = frozenset(stem(word) for word in word_list("weak"))

    @cached_property
    def splitter(self) -> Splitter:
        """Return the compound splitter over the shipped parts."""
        return Splitter(word_list("parts") | word_list("weak"))

    def query_splitter(self, written: Iterable[str]) -> Splitter:
        """Return a splitter for queries, which also knows the catalogue's words and the vocabulary's.

        Documents are split by the shipped parts alone, so that neither a new entry nor a changed
        vocabulary asks for a new index.
        """
        learnt = {word for word in (*written, *self.vocabulary.words) if len(word) >= MIN_LEARNT}
        return Splitter(learnt | word_list("parts") | word_list("weak"))

    def parts(self, word: str) -> tuple[str, ...]:
        """Return the folded parts of a folded word, of all levels; empty for a simple word."""
        return self.splitter.nested(word)

    def is_weak(self, term: str) -> bool:
        """Tell whether a stem says little about a service."""
        return term in self.weak

    @cached_property
    def terms(self) -> Any:
        """Return a cached function: folded word → tuple of (stem, weight), the whole word first."""

        @lru_cache(maxsize=200_000)
        def terms(word: str) -> tuple[tuple[str, float], ...]:
            whole = stem(word)
            found = {whole: 1.0}
            for part in self.parts(word):
                found.setdefault(stem(part), PART_WEIGHT)
            return tuple(found.items())

        return terms

    @cached_property
    def marked_by(self) -> Callable[[str], frozenset[str]]:
        """Return a cached function: a word as it is written → the terms for which it is marked in a hit.

        A part of a compound marks the whole word, unless it says little about a service.
        """

        @lru_cache(maxsize=100_000)
        def marked_by(written: str) -> frozenset[str]:
            found: set[str] = set()
            for word in words(written):
                found.add(stem(word))
                found.update(term for part in self.parts(word) if not self.is_weak(term := stem(part)))
            return frozenset(found)

        return marked_by


class GermanAnalyzer(Composable):  # type: ignore[misc]  # the library ships no types
    """Whoosh analyser: yields the terms of each word with their weights as boosts."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def __getstate__(self) -> dict[str, Any]:
        """Leave the dictionary out of the schema that Whoosh stores; opening hands over a live one."""
        return {}

    def __call__(self, value: str, **options: Any) -> Iterator[Token]:
        """Yield tokens; one Token object is used again and again, as Whoosh expects."""
        token = Token(positions=False, chars=False, removestops=True, mode=options.get("mode", ""))
        token.boost = 1.0
        for word in words(value):
            if word in STOP_WORDS:
                continue
            for term, weight in self.lexicon.terms(word):
                token.text, token.original, token.boost, token.stopped = term, word, weight, False
                yield token

"""The words as they are written in the entries: for phrases, misspellings and „Meinten Sie“."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from registry.search.german import fold, words

_WRITTEN = re.compile(r"[^\W_]+")
_BREAK = -1
"""Stands between two texts, so that no phrase reaches from one into the next."""
MIN_SPELLING = 4


@dataclass(frozen=True, eq=False)
class Wording:
    """All words of some documents in a row, as numbers, and where each document's begin."""

    numbers: dict[str, int]
    """Folded word → number."""
    surfaces: dict[str, str]
    """Folded word → how it is written, in lower case."""
    stream: NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, documents: Iterable[Iterable[str]]) -> "Wording":
        """Build from the texts of each document."""
        numbers: dict[str, int] = {}
        surfaces: dict[str, str] = {}
        stream: list[int] = []
        starts: list[int] = []
        for texts in documents:
            starts.append(len(stream))
            for text in texts:
                stream.extend([numbers.setdefault(word, len(numbers)) for word in words(text)])
                stream.append(_BREAK)
                for written in _WRITTEN.findall(text):
                    lower = written.lower()
                    if lower not in surfaces:
                        surfaces[lower] = lower
        by_fold: dict[str, str] = {}
        for lower in surfaces:
            by_fold.setdefault(fold(lower), lower)
        return cls(numbers, by_fold, np.array(stream, dtype=np.int32), np.array(starts, dtype=np.int64))

    def with_phrase(self, phrase: Sequence[str]) -> NDArray[np.int64]:
        """Return the documents in which these folded words stand in this order, each once, ascending."""
        wanted = [self.numbers.get(word) for word in phrase]
        if not wanted or None in wanted:
            return np.empty(0, dtype=np.int64)
        places = np.flatnonzero(self.stream[: len(self.stream) - len(wanted) + 1] == wanted[0])
        for step, number in enumerate(wanted[1:], 1):
            places = places[self.stream[places + step] == number]
        return np.unique(np.searchsorted(self.starts, places, side="right") - 1)


class Spellings:
    """Words that a misspelt one may mean, found by optimal string alignment distance.

    Two words at distance d differ in length by at most d, and in the set of their letters by at most 2d; both
    are held against all words at once, and only what is left is compared letter by letter.
    """

    def __init__(self, known: Iterable[str]) -> None:
        """Build from folded words; numbers and words below four letters are left out."""
        self.words = sorted({word for word in known if len(word) >= MIN_SPELLING and word.isalpha()})
        self._lengths = np.array([len(word) for word in self.words], dtype=np.int16)
        self._letters = np.array([_letters(word) for word in self.words], dtype=np.uint32)

    def near(self, word: str, distance: int) -> list[tuple[str, int]]:
        """Return the nearest words at most `distance` away, each with its distance; nearest first."""
        similar = np.bitwise_count(self._letters ^ np.uint32(_letters(word))) <= 2 * distance
        similar &= np.abs(self._lengths - np.int16(len(word))) <= distance
        candidates = [self.words[number] for number in np.flatnonzero(similar)]
        found = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=distance, limit=8)
        return [(written, int(steps)) for written, steps, _ in found]


def _letters(word: str) -> int:
    mask = 0
    for sign in word:
        mask |= 1 << ((ord(sign) - 97) & 31)
    return mask

"""Posting lists of many terms in two flat arrays."""

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Found = tuple[Ints, Floats]
"""Ascending document numbers, and a value for each."""


class Postings:
    """Term → ascending document numbers and the term's impact in each. Immutable."""

    def __init__(self, lists: Iterable[tuple[str, Ints, Floats]]) -> None:
        """Build from (term, documents, impacts); terms without documents are left out."""
        kept = [one for one in lists if len(one[1])]
        self._numbers = {term: number for number, (term, _, _) in enumerate(kept)}
        lengths = np.fromiter((len(docs) for _, docs, _ in kept), dtype=np.int64, count=len(kept))
        self._starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
        self._bounds: list[int] = self._starts.tolist()
        self._docs = np.concatenate([docs for _, docs, _ in kept]) if kept else np.empty(0, dtype=np.int32)
        self._impacts = np.concatenate([values for _, _, values in kept]) if kept else np.empty(0, dtype=np.float32)

    @classmethod
    def of_documents(cls, documents: Iterable[Mapping[str, float]]) -> "Postings":
        """Build from the impacts of each document."""
        lists: dict[str, tuple[list[int], list[float]]] = {}
        for number, weights in enumerate(documents):
            for term, impact in weights.items():
                docs, values = lists.setdefault(term, ([], []))
                docs.append(number)
                values.append(impact)
        return cls(
            (term, np.array(docs, dtype=np.int32), np.array(values, dtype=np.float32))
            for term, (docs, values) in lists.items()
        )

    def get(self, term: str) -> Found | None:
        """Return the documents that have a term, or None."""
        number = self._numbers.get(term)
        if number is None:
            return None
        part = slice(self._bounds[number], self._bounds[number + 1])
        return self._docs[part], self._impacts[part]

    def frequency(self, term: str) -> int:
        """Return how many documents have a term."""
        number = self._numbers.get(term)
        return 0 if number is None else self._bounds[number + 1] - self._bounds[number]

    def terms_of(self, document: int) -> list[str]:
        """Return the terms of one document: a scan of all lists, done when a document changes."""
        numbers = np.searchsorted(self._starts, np.flatnonzero(self._docs == document), side="right") - 1
        names = list(self._numbers)
        return [names[number] for number in numbers.tolist()]

    @cached_property
    def sorted_terms(self) -> list[str]:
        """Return all terms in order, for prefixes."""
        return sorted(self._numbers)

    @property
    def memory(self) -> int:
        """Return the bytes that the lists take."""
        return int(self._docs.nbytes + self._impacts.nbytes)

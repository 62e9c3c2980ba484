"""Facets in memory: which document has which values, masks for filters, counts over a selection."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from registry.search.contract import UNKNOWN, FacetValues
from registry.search.german import fold
from registry.search.postings import Ints

Bools = NDArray[np.bool_]
WIDE = 8
"""Up to so many values a document, values stand in a table by document; above, counting goes over all pairs."""


@dataclass(frozen=True, eq=False)
class Facet:
    """Pairs of document and value number, in the order of the documents, and the values' names and labels.

    Values are numbered as they are shown where counts are equal: by folded label, „keine Angabe“ last.
    """

    size: int
    docs: Ints
    values: Ints
    names: tuple[str, ...]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[Sequence[str]], labels: Mapping[str, str]) -> "Facet":
        """Build from the values of each document and the label of each value."""
        names = tuple(sorted(labels, key=lambda name: (name == UNKNOWN, fold(labels[name]), name)))
        places = {name: number for number, name in enumerate(names)}
        pairs = [(number, places[name]) for number, own in enumerate(values) for name in own]
        return cls(
            len(values),
            np.array([doc for doc, _ in pairs], dtype=np.int32),
            np.array([value for _, value in pairs], dtype=np.int32),
            names,
            tuple(labels[name] for name in names),
        )

    def followed_by(self, other: "Facet") -> "Facet":
        """Return this facet with the documents of another one behind its own; the other's labels are newer."""
        labels = dict(zip(self.names, self.labels, strict=True)) | dict(zip(other.names, other.labels, strict=True))
        whole = Facet.of((), labels)
        docs = np.concatenate([self.docs, other.docs + np.int32(self.size)])
        values = np.concatenate([self._renumbered(whole), other._renumbered(whole)])
        return Facet(self.size + other.size, docs, values, whole.names, whole.labels)

    def _renumbered(self, whole: "Facet") -> Ints:
        """Return the values by the numbers that another facet gives to the same names."""
        if self.names == whole.names:
            return self.values
        return np.array([whole.places[name] for name in self.names], dtype=np.int32)[self.values]

    @cached_property
    def places(self) -> dict[str, int]:
        """Return the number of each value."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def _names(self) -> NDArray[np.object_]:
        """Return the names as an array, from which many are picked at once."""
        return np.array(self.names, dtype=object)

    @cached_property
    def _labels(self) -> dict[str, str]:
        return dict(zip(self.names, self.labels, strict=True))

    @cached_property
    def _table(self) -> Ints | None:
        """Return the values of each document in a row, filled up with the number behind the last."""
        per_doc = np.bincount(self.docs, minlength=self.size)
        width = int(per_doc.max()) if self.size else 0
        if not 0 < width <= WIDE:
            return None
        table = np.full((self.size, width), len(self.names), dtype=np.int32)
        starts = np.cumsum(per_doc) - per_doc
        table[self.docs, np.arange(len(self.docs)) - starts[self.docs]] = self.values
        return table

    def mask(self, chosen: Iterable[str]) -> Bools:
        """Return which documents have one of the chosen values; unknown values have none."""
        mask = np.zeros(self.size, dtype=bool)
        for name in chosen:
            if name in self.places:
                mask[self.docs[self.values == self.places[name]]] = True
        return mask

    def counts(self, selected: Ints) -> NDArray[np.int64]:
        """Return how many of the selected documents have each value."""
        count = len(self.names)
        if self._table is not None:
            rows = self._table if len(selected) == self.size else self._table.take(selected, axis=0)
            return np.bincount(rows.ravel(), minlength=count + 1)[:count]
        mask = np.zeros(self.size, dtype=bool)
        mask[selected] = True
        return np.bincount(self.values[mask[self.docs]], minlength=count)

    def shown(self, selected: Ints, chosen: Sequence[str]) -> FacetValues:
        """Return values with their counts: most frequent first, „keine Angabe“ last; empty ones only where chosen."""
        if not self.names:
            return FacetValues()
        counts = self.counts(selected)
        found = (-counts).argsort(kind="stable")[: np.count_nonzero(counts)]
        last = len(self.names) - 1
        missing = [place for name in chosen if (place := self.places.get(name)) is not None and not counts[place]]
        if missing or (self.names[-1] == UNKNOWN and counts[-1]):
            rest = [place for place in (*found.tolist(), *missing) if place != last or self.names[-1] != UNKNOWN]
            found = np.array(rest if len(rest) == len(found) + len(missing) else [*rest, last])
        return FacetValues(self._names[found].tolist(), self._labels, counts[found].tolist(), chosen)

"""Some documents of one kind in memory: posting lists, facets, sort keys, words. Immutable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from registry.search.contract import BUNDLE_FACETS, OZG_FACETS, Kind
from registry.search.documents import Document
from registry.search.facets import Facet
from registry.search.german import fold, words
from registry.search.impacts import impacts
from registry.search.lexicon import Lexicon
from registry.search.postings import Floats, Ints, Postings
from registry.search.wording import Wording

SORTS = ("changed", "transferable_since", "completeness", "bundles")


def facet_names(kind: Kind) -> tuple[str, ...]:
    """Return the facets whose values documents carry; „transferable“ depends on the day instead."""
    names = BUNDLE_FACETS if kind is Kind.BUNDLE else OZG_FACETS
    return tuple(name for name in names if name != "transferable")


@dataclass(frozen=True)
class Shown:
    """What of a document is kept for hits; the rest of its text is in postings and words."""

    key: str
    title: str
    excerpt: str
    subject: str
    """Names of the OZG services of a bundle: what „similar“ looks for besides the title."""
    services: tuple[str, ...]
    """Ids of the OZG services of a bundle."""

    @classmethod
    def of(cls, one: Document) -> "Shown":
        """Keep this part of a document."""
        return cls(one.key, one.title, one.excerpt, one.texts.get("services", ""), tuple(one.services))


@dataclass(frozen=True, eq=False)
class Segment:
    """Documents numbered from 0, with their postings."""

    kind: Kind
    shown: tuple[Shown, ...]
    postings: Postings
    facets: Mapping[str, Facet]
    transferable_from: Ints
    sorts: Mapping[str, Floats]
    wording: Wording

    @property
    def size(self) -> int:
        """Return the number of documents."""
        return len(self.shown)

    @cached_property
    def places(self) -> dict[str, int]:
        """Return the number of each document by its key."""
        return {one.key: number for number, one in enumerate(self.shown)}

    @cached_property
    def title_order(self) -> list[tuple[str, str, int]]:
        """Return folded title, key and number of each document, in this order."""
        return sorted((fold(one.title), one.key, number) for number, one in enumerate(self.shown))

    @cached_property
    def title_rank(self) -> NDArray[np.float64]:
        """Return the place of each document in that order."""
        rank = np.empty(self.size)
        rank[[number for _, _, number in self.title_order]] = np.arange(self.size)
        return rank

    @cached_property
    def titles(self) -> dict[str, list[int]]:
        """Return the documents by the set of their title's words."""
        found: dict[str, list[int]] = {}
        for number, one in enumerate(self.shown):
            found.setdefault(title_key(words(one.title)), []).append(number)
        return found

    def warm(self) -> "Segment":
        """Compute now what is computed once, so that no reader waits for it; return the segment."""
        _ = self.places, self.postings.sorted_terms, self.title_rank, self.titles
        for facet in self.facets.values():
            facet.counts(np.arange(self.size, dtype=np.int32))
        return self


def title_key(found: Sequence[str]) -> str:
    """Return the set of words as a text that is equal for equal sets."""
    return " ".join(sorted(set(found)))


def segment(kind: Kind, documents: Sequence[Document], postings: Postings) -> Segment:
    """Build a segment from documents and their postings."""
    facets = {}
    for name in facet_names(kind):
        labels: dict[str, str] = {}
        for one in documents:
            labels.update(one.labels.get(name, {}))
        facets[name] = Facet.of([one.facets.get(name, []) for one in documents], labels)
    return Segment(
        kind,
        tuple(Shown.of(one) for one in documents),
        postings,
        facets,
        np.array([one.transferable_from for one in documents], dtype=np.int32),
        {name: np.array([one.sorts.get(name, 0.0) for one in documents], dtype=np.float32) for name in SORTS},
        Wording.of(one.texts.values() for one in documents),
    )


def analysed(kind: Kind, documents: Sequence[Document], lexicon: Lexicon) -> Segment:
    """Build a segment from documents, whose postings are computed here."""
    return segment(kind, documents, Postings.of_documents(impacts(kind, one.texts, lexicon) for one in documents))

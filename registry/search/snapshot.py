"""An immutable picture of the index in memory: numpy postings, facets, sort keys; read once a generation."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registry.search.contract import BUNDLE_FACETS, OZG_FACETS, Kind
from registry.search.documents import FIELDS, Document
from registry.search.german import fold, words
from registry.search.store import CLOCK

_WRITTEN = re.compile(r"[^\W_]+")
K1 = 1.2
B = {
    "keys": 0.0,
    "title": 0.6,
    "services": 0.4,
    "leika": 0.25,
    "summary": 0.5,
    "people": 0.3,
    "context": 0.2,
    "text": 0.5,
    "law": 0.3,
}
"""Length normalisation by field; LeiKa names are many because a service is broad, not because it is wordy."""

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Facet:
    """Values of one facet: pairs of document and value number."""

    docs: Ints
    values: Ints
    names: tuple[str, ...]
    labels: tuple[str, ...]

    def numbers(self, chosen: Iterable[str]) -> list[int]:
        """Return the numbers of chosen values; unknown ones find nothing."""
        return [self.places[name] for name in chosen if name in self.places]

    @cached_property
    def places(self) -> dict[str, int]:
        """Return the number of each value."""
        return {name: number for number, name in enumerate(self.names)}

    def mask(self, chosen: Iterable[str], size: int) -> Bools:
        """Return which documents have one of the chosen values."""
        mask = np.zeros(size, dtype=bool)
        mask[self.docs[np.isin(self.values, self.numbers(chosen))]] = True
        return mask

    def counts(self, mask: Bools) -> Ints:
        """Return how many masked documents have each value."""
        return np.bincount(self.values[mask[self.docs]], minlength=len(self.names)).astype(np.int32)


class KindIndex:
    """All documents of one kind: BM25F impacts by term (Robertson, Zaragoza 2009), facets, sort keys."""

    def __init__(
        self, kind: Kind, documents: list[Document], postings: Mapping[str, Mapping[str, "RawPostings"]]
    ) -> None:
        self.kind = kind
        self.documents = documents
        self.size = len(documents)
        self.places = {one.key: number for number, one in enumerate(documents)}
        self._postings = _impacts(postings, self.size)
        self.facets = {
            name: _facet(documents, name)
            for name in (BUNDLE_FACETS if kind is Kind.BUNDLE else OZG_FACETS)
            if name != "transferable"
        }
        self.transferable_from = np.array([one.transferable_from for one in documents], dtype=np.int32)
        self.sorts = {
            name: np.array([one.sorts.get(name, 0.0) for one in documents], dtype=np.float32)
            for name in ("changed", "transferable_since", "completeness", "bundles")
        }
        order = sorted(range(self.size), key=lambda number: (fold(documents[number].title), documents[number].key))
        self.title_rank = np.empty(self.size, dtype=np.int32)
        self.title_rank[order] = np.arange(self.size, dtype=np.int32)

    @cached_property
    def terms(self) -> frozenset[str]:
        """Return all terms that some document has."""
        return frozenset(self._postings)

    @cached_property
    def sorted_terms(self) -> list[str]:
        """Return all terms in order, for prefix search."""
        return sorted(self._postings)

    def postings(self, term: str) -> tuple[Ints, Floats] | None:
        """Return the documents that have a term, with the term's impact there times its rarity (idf)."""
        return self._postings.get(term)

    @cached_property
    def title_terms(self) -> list[frozenset[str]]:
        """Return for each document the words of its title, folded."""
        return [frozenset(words(one.title)) for one in self.documents]

    @cached_property
    def written(self) -> frozenset[str]:
        """Return all folded words of all documents, for the correction of misspellings."""
        return frozenset(word for one in self.documents for text in one.texts.values() for word in words(text))

    @cached_property
    def surfaces(self) -> dict[str, str]:
        """Return for each folded word how it is written in lower case, for „Meinten Sie“."""
        found: dict[str, str] = {}
        for one in self.documents:
            for text in one.texts.values():
                for word in _WRITTEN.findall(text):
                    found.setdefault(fold(word), word.lower())
        return found

    @cached_property
    def full_texts(self) -> list[str]:
        """Return for each document all words of its texts, folded and separated by single spaces, for phrases."""
        return [" ".join(["", *words(" | ".join(one.texts.values())), ""]) for one in self.documents]


RawPostings = tuple[list[int], list[float]]


def _impacts(postings: Mapping[str, Mapping[str, RawPostings]], size: int) -> dict[str, tuple[Ints, Floats]]:
    lengths = {name: _lengths(terms, size) for name, terms in postings.items()}
    frequencies: dict[str, list[tuple[Ints, Floats]]] = defaultdict(list)
    for name, terms in postings.items():
        length = lengths[name]
        average = float(length[length > 0].mean()) if (length > 0).any() else 1.0
        norm = 1.0 - B[name] + B[name] * length / average
        for term, (docs, weights) in terms.items():
            places = np.array(docs, dtype=np.int32)
            values = FIELDS[name] * np.array(weights, dtype=np.float32) / norm[places]
            frequencies[term].append((places, values.astype(np.float32)))
    impacts = {}
    for term, parts in frequencies.items():
        places = np.concatenate([docs for docs, _ in parts])
        values = np.concatenate([values for _, values in parts])
        unique, inverse = np.unique(places, return_inverse=True)
        total = np.bincount(inverse, weights=values)
        idf = np.log(1.0 + (size - len(unique) + 0.5) / (len(unique) + 0.5))
        impacts[term] = (unique.astype(np.int32), (idf * total * (K1 + 1) / (K1 + total)).astype(np.float32))
    return impacts


def _lengths(terms: Mapping[str, RawPostings], size: int) -> NDArray[np.float64]:
    lengths = np.zeros(size)
    for docs, weights in terms.values():
        np.add.at(lengths, docs, weights)
    return lengths


def _facet(documents: list[Document], name: str) -> Facet:
    labels: dict[str, str] = {}
    pairs: list[tuple[int, str]] = []
    for number, one in enumerate(documents):
        labels.update(one.labels.get(name, {}))
        pairs += [(number, value) for value in one.facets.get(name, [])]
    names = tuple(sorted(labels))
    places = {value: number for number, value in enumerate(names)}
    return Facet(
        np.array([doc for doc, _ in pairs], dtype=np.int32),
        np.array([places[value] for _, value in pairs], dtype=np.int32),
        names,
        tuple(labels[value] for value in names),
    )


@dataclass(frozen=True)
class Snapshot:
    """One generation of the index: its tick and the index of each kind."""

    tick: int
    kinds: Mapping[Kind, KindIndex]

    @cached_property
    def bundle_counts(self) -> dict[str, int]:
        """Return the number of bundles of each OZG service as the index has it."""
        return {one.key: int(one.sorts.get("bundles", 0)) for one in self.kinds[Kind.OZG_SERVICE].documents}


def read_snapshot(reader: Any) -> Snapshot:
    """Read a generation from an open Whoosh reader. Raises ValueError when the clock document is missing."""
    tick: int | None = None
    documents: dict[Kind, list[Document]] = {kind: [] for kind in Kind}
    place: dict[int, tuple[Kind, int]] = {}
    for number, stored in reader.iter_docs():
        if stored["identity"] == CLOCK:
            tick = int(stored["document"])
            continue
        one = Document.from_json(stored["document"])
        place[number] = (one.kind, len(documents[one.kind]))
        documents[one.kind].append(one)
    if tick is None:
        raise ValueError("the index holds no clock")
    postings: dict[Kind, dict[str, dict[str, RawPostings]]] = {kind: defaultdict(dict) for kind in Kind}
    for name in FIELDS:
        for term in reader.lexicon(name):
            _sort_postings(reader, name, term, place, postings)
    return Snapshot(tick, {kind: KindIndex(kind, documents[kind], postings[kind]) for kind in Kind})


def _sort_postings(
    reader: Any,
    name: str,
    term: bytes,
    place: Mapping[int, tuple[Kind, int]],
    postings: Mapping[Kind, dict[str, dict[str, RawPostings]]],
) -> None:
    matcher = reader.postings(name, term)
    text = term.decode("utf-8")
    while matcher.is_active():
        found = place.get(matcher.id())
        if found is not None:
            kind, number = found
            docs, weights = postings[kind][name].setdefault(text, ([], []))
            docs.append(number)
            weights.append(matcher.weight())
        matcher.next()

"""An immutable picture of the index in memory: a base read from disk, and the entries changed since.

An edit touches the small part alone. Documents of both parts are numbered in a row; those of the base that have been
changed or dropped since are dead: they count nowhere and are never found.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import log1p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registry.search.codec import PackedMatcher
from registry.search.contract import Kind
from registry.search.documents import Document
from registry.search.lexicon import Lexicon
from registry.search.plan import Planner
from registry.search.postings import Found, Ints, Postings
from registry.search.segment import Segment, Shown, analysed, segment, title_key
from registry.search.store import CLOCK

Bools = NDArray[np.bool_]
KEPT_TERMS = 4096
"""Terms whose weighted lists are kept: at most half as much again as the posting lists themselves."""


class KindIndex:
    """All documents of one kind."""

    def __init__(self, base: Segment, delta: Segment, dead: frozenset[int], lost: Mapping[str, int]) -> None:
        """Join a base, the changed documents, the numbers of dead ones in the base, and how often these had a term."""
        self.kind = base.kind
        self._base = base
        self._delta = delta
        self._dead = dead
        self._lost = lost
        self.size = base.size + delta.size
        self.alive = np.ones(self.size, dtype=bool)
        self.alive[list(dead)] = False
        self.count = self.size - len(dead)
        self.facets = {
            name: facet.followed_by(delta.facets[name]) if delta.size else facet for name, facet in base.facets.items()
        }
        self.transferable_from = _joined(base.transferable_from, delta.transferable_from)
        self._transferable: tuple[int, Bools] | None = None
        self._scored: dict[str, Found] = {}
        self._places: tuple[tuple[str, ...], Ints] | None = None
        self.sorts = {name: _joined(values, delta.sorts[name]) for name, values in base.sorts.items()}

    def transferable(self, day: int) -> Bools:
        """Return which documents are transferable on a day (its ordinal); kept for the last day asked for."""
        held = self._transferable
        if held is None or held[0] != day:
            held = self._transferable = (day, (self.transferable_from > 0) & (self.transferable_from <= day))
        return held[1]

    def shown(self, number: int) -> Shown:
        """Return what a hit shows of a document."""
        base = self._base.size
        return self._base.shown[number] if number < base else self._delta.shown[number - base]

    def place(self, key: str) -> int | None:
        """Return the number of the document with this key, None when there is none."""
        number = self._delta.places.get(key)
        if number is not None:
            return number + self._base.size
        number = self._base.places.get(key)
        return None if number is None or number in self._dead else number

    def places(self, keys: tuple[str, ...]) -> Ints:
        """Return the numbers of the documents with these keys, `size` where there is none; kept for the last tuple."""
        held = self._places
        if held is None or held[0] is not keys:
            numbers = [self.size if (place := self.place(key)) is None else place for key in keys]
            held = self._places = (keys, np.array(numbers, dtype=np.int32))
        return held[1]

    @cached_property
    def has_counts(self) -> bool:
        """Tell whether documents of this kind are counted by bundles at all."""
        return bool(self.sorts["bundles"].any())

    @property
    def parts(self) -> tuple[Segment, Segment]:
        """Return base and changed documents."""
        return self._base, self._delta

    def part_of(self, key: str) -> Segment | None:
        """Return the part that holds the living document with this key."""
        if key in self._delta.places:
            return self._delta
        return None if self.place(key) is None else self._base

    def frequency(self, term: str) -> int:
        """Return how many documents have a term."""
        found = self._base.postings.frequency(term) + self._delta.postings.frequency(term)
        return found - self._lost.get(term, 0)

    def idf(self, term: str) -> float:
        """Return the rarity of a term: ln(1 + (N − n + 0.5) / (n + 0.5))."""
        holding = self.frequency(term)
        return log1p((self.count - holding + 0.5) / (holding + 0.5))

    def postings(self, term: str) -> Found | None:
        """Return the documents that have a term and its impact in each; dead ones may be among them."""
        base, delta = self._base.postings.get(term), self._delta.postings.get(term)
        if delta is None:
            return base
        moved = delta[0] + np.int32(self._base.size)
        if base is None:
            return moved, delta[1]
        return np.concatenate([base[0], moved]), np.concatenate([base[1], delta[1]])

    def scored(self, term: str) -> Found | None:
        """Return the documents that have a term with impact times rarity; kept for the terms asked for of late."""
        found = self._scored.get(term)
        if found is None and (held := self.postings(term)) is not None:
            found = (held[0], held[1] * np.float32(self.idf(term)))
            if len(self._scored) >= KEPT_TERMS:
                self._scored.clear()
            self._scored[term] = found
        return found

    def terms_from(self, prefix: str, limit: int) -> list[str]:
        """Return at most `limit` terms that begin so, in order."""
        found: set[str] = set()
        for part in (self._base, self._delta):
            start = bisect_left(part.postings.sorted_terms, prefix)
            for term in part.postings.sorted_terms[start : start + limit]:
                if not term.startswith(prefix):
                    break
                found.add(term)
        return sorted(found)[:limit]

    def with_title(self, found: Sequence[str]) -> list[int]:
        """Return the documents whose title has exactly these folded words."""
        key = title_key(found)
        return self._base.titles.get(key, []) + [one + self._base.size for one in self._delta.titles.get(key, [])]

    def with_phrase(self, phrase: Sequence[str]) -> Bools:
        """Return which documents have these folded words in this order."""
        mask = np.zeros(self.size, dtype=bool)
        mask[self._base.wording.with_phrase(phrase)] = True
        mask[self._delta.wording.with_phrase(phrase) + self._base.size] = True
        return mask

    def surface(self, word: str) -> str:
        """Return how a folded word is written in the entries, in lower case; itself when it is in none."""
        return self._base.wording.surfaces.get(word) or self._delta.wording.surfaces.get(word, word)

    @cached_property
    def title_rank(self) -> NDArray[np.float64]:
        """Return the place of each document in the order of folded titles and keys."""
        if not self._delta.size:
            return self._base.title_rank
        order = self._base.title_order
        rank = np.concatenate([self._base.title_rank, np.empty(self._delta.size)])
        changed = self._delta.title_order
        for place, (title, key, number) in enumerate(changed, 1):
            before = bisect_left(order, (title, key, -1))
            rank[number + self._base.size] = before - 1 + place / (len(changed) + 1)
        return rank

    @property
    def live(self) -> Ints:
        """Return the numbers of all documents that are not dead."""
        return np.flatnonzero(self.alive).astype(np.int32)

    def all_shown(self) -> Iterable[Shown]:
        """Return what is shown of all documents that are not dead."""
        return (self.shown(number) for number in self.live.tolist())


def _joined(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([one, other]) if len(other) else one


@dataclass(frozen=True, eq=False)
class _Changed:
    """Documents that have changed since the base was read, by key, and the old ones that they replace."""

    documents: Mapping[str, Document] = field(default_factory=dict)
    dead: frozenset[int] = frozenset()
    lost: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One generation of the index: its tick and the index of each kind."""

    tick: int
    lexicon: Lexicon
    kinds: Mapping[Kind, KindIndex]
    planners: Mapping[Kind, Planner]
    """They know the words of the base; those of changed entries come with the next base."""
    _bases: Mapping[Kind, Segment]
    _changed: Mapping[Kind, _Changed]

    @property
    def changes(self) -> int:
        """Return how many documents have changed since the base was read."""
        return sum(len(one.documents) + len(one.dead) for one in self._changed.values())

    def services_of(self, slug: str) -> tuple[str, ...]:
        """Return the ids of the OZG services of a bundle as this generation knows them."""
        index = self.kinds[Kind.BUNDLE]
        place = index.place(slug)
        return () if place is None else index.shown(place).services

    def changed_to(self, tick: int, documents: Iterable[Document] = (), dropped: Iterable[str] = ()) -> "Snapshot":
        """Return the next generation: some documents are new or changed, some (by identity) are gone."""
        by_kind: dict[Kind, dict[str, Document | None]] = {kind: {} for kind in Kind}
        for identity in dropped:
            kind, key = identity.split(":", 1)
            by_kind[Kind(kind)][key] = None
        for one in documents:
            by_kind[one.kind][one.key] = one
        kinds, changed = dict(self.kinds), dict(self._changed)
        for kind, entries in by_kind.items():
            if entries:
                changed[kind] = self._with(kind, entries)
                delta = analysed(kind, list(changed[kind].documents.values()), self.lexicon)
                kinds[kind] = KindIndex(self._bases[kind], delta, changed[kind].dead, changed[kind].lost)
        return Snapshot(tick, self.lexicon, kinds, self.planners, self._bases, changed)

    def speaking(self, lexicon: Lexicon) -> "Snapshot":
        """Return this generation with another vocabulary, which expands queries and leaves the postings alone."""
        planners = {kind: Planner(lexicon, base.wording.numbers) for kind, base in self._bases.items()}
        return replace(self, lexicon=lexicon, planners=planners)

    def _with(self, kind: Kind, entries: Mapping[str, Document | None]) -> _Changed:
        before = self._changed[kind]
        documents = {**before.documents}
        dead, lost = set(before.dead), dict(before.lost)
        for key, one in entries.items():
            place = self._bases[kind].places.get(key)
            if place is not None and place not in dead:
                dead.add(place)
                for term in self._bases[kind].postings.terms_of(place):
                    lost[term] = lost.get(term, 0) + 1
            if one is None:
                documents.pop(key, None)
            else:
                documents[key] = one
        return _Changed(documents, frozenset(dead), lost)


def read_snapshot(reader: Any, lexicon: Lexicon) -> Snapshot:
    """Read a generation from an open Whoosh reader. Raises ValueError when the clock document is missing."""
    tick: int | None = None
    documents: dict[Kind, list[Document]] = {kind: [] for kind in Kind}
    numbers = {kind: np.full(reader.doc_count_all(), -1, dtype=np.int32) for kind in Kind}
    for number, stored in reader.iter_docs():
        if stored["identity"] == CLOCK:
            tick = int(stored["document"])
            continue
        one = Document.from_json(stored["document"])
        numbers[one.kind][number] = len(documents[one.kind])
        documents[one.kind].append(one)
    if tick is None:
        raise ValueError("the index holds no clock")
    bases = {
        kind: segment(kind, documents[kind], Postings(_lists(reader, kind.value, numbers[kind]))).warm()
        for kind in Kind
    }
    nothing = {kind: segment(kind, (), Postings(())) for kind in Kind}
    kinds = {kind: KindIndex(bases[kind], nothing[kind], frozenset(), {}) for kind in Kind}
    planners = {kind: Planner(lexicon, bases[kind].wording.numbers) for kind in Kind}
    return Snapshot(tick, lexicon, kinds, planners, bases, {kind: _Changed() for kind in Kind})


def _lists(reader: Any, name: str, numbers: Ints) -> Iterator[tuple[str, Ints, NDArray[np.float32]]]:
    """Yield the posting lists of a field with documents by their new numbers; deleted ones (-1) are left out."""
    parts: dict[str, list[tuple[Ints, NDArray[np.float32]]]] = {}
    for leaf, offset in reader.leaf_readers():
        if name not in leaf.indexed_field_names():
            continue
        for term in leaf.lexicon(name):
            matcher = leaf.postings(name, term)
            docs, weights = _packed(matcher).whole()
            moved = numbers[docs + np.int32(offset)]
            kept = moved >= 0
            parts.setdefault(term.decode("utf-8"), []).append((moved[kept], weights[kept]))
    for text, lists in parts.items():
        yield text, np.concatenate([docs for docs, _ in lists]), np.concatenate([values for _, values in lists])


def _packed(matcher: Any) -> PackedMatcher:
    """Return the matcher on the stored list, below the one that Whoosh lays over it to leave out deleted documents."""
    while not isinstance(matcher, PackedMatcher):
        matcher = matcher.child
    return matcher

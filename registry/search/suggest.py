"""Completions while typing: OZG services, bundles, municipalities, query words."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func
from sqlmodel import col, select

from registry.catalogue.reference import Municipality
from registry.database import Database
from registry.search.contract import Kind, Suggestion
from registry.search.german import words
from registry.search.snapshot import Snapshot

_QUOTAS = {"ozg_service": 4, "bundle": 3, "municipality": 2, "query": 3}
MAX_TYPED = 100
Numbers = NDArray[np.int64]


class Completions:
    """Texts of one kind, found by the beginnings of their words."""

    def __init__(self, kind: str, entries: Iterable[tuple[str, str]]) -> None:
        """Build from (text as shown, key)."""
        self.kind = kind
        self._entries = [(text, key) for text, key in entries if words(text)]
        pairs = sorted(
            (word, number, place == 0)
            for number, (text, _) in enumerate(self._entries)
            for place, word in enumerate(words(text))
        )
        self._words = [word for word, _, _ in pairs]
        self._numbers = np.array([number for _, number, _ in pairs], dtype=np.int64)
        self._begins = np.array([first for _, _, first in pairs], dtype=bool)
        self._rank = np.empty(len(self._entries), dtype=np.int64)
        order = sorted(range(len(self._entries)), key=lambda one: (len(self._entries[one][0]), self._entries[one]))
        self._rank[order] = np.arange(len(order))

    def find(self, typed: Sequence[str], limit: int) -> list[Suggestion]:
        """Return texts in which each typed word begins a word: those that begin with the first, then short ones."""
        found: Numbers | None = None
        for word in typed:
            part = self._range(word)
            own = np.unique(self._numbers[part])
            found = own if found is None else np.intersect1d(found, own, assume_unique=True)
        if found is None or not len(found):
            return []
        part = self._range(typed[0])
        begins = np.isin(found, self._numbers[part][self._begins[part]])
        ordered = found[np.lexsort((self._rank[found], ~begins))][:limit]
        return [Suggestion(self._entries[one][0], self.kind, self._entries[one][1]) for one in ordered.tolist()]

    def _range(self, beginning: str) -> slice:
        return slice(bisect_left(self._words, beginning), bisect_left(self._words, beginning + "\uffff"))


class Suggester:
    """Completions from the newest generation, the municipalities and the vocabulary."""

    def __init__(self, database: Database) -> None:
        """Prepare; nothing is read yet."""
        self._database = database
        self._terms: tuple[object, Completions] = (None, Completions("query", ()))
        self._towns: tuple[int, Completions] = (-1, Completions("municipality", ()))
        self._checked = -1
        self._parts: dict[int, tuple[object, Completions]] = {}

    def complete(self, text: str, snapshot: Snapshot, limit: int) -> tuple[Suggestion, ...]:
        """Return at most `limit` completions, grouped by kind; kinds that have more fill up what others leave."""
        typed = words(text[:MAX_TYPED])
        if not typed:
            return ()
        found = {
            "ozg_service": self._documents(snapshot, Kind.OZG_SERVICE, typed, limit),
            "bundle": self._documents(snapshot, Kind.BUNDLE, typed, limit),
            "municipality": self._municipalities(snapshot.tick).find(typed, limit),
            "query": self._words(snapshot).find(typed, limit),
        }
        free = limit - sum(min(len(found[kind]), quota) for kind, quota in _QUOTAS.items())
        chosen: list[Suggestion] = []
        # A kind whose first text is just what was typed comes first: who types „soest“ means the town.
        named = {kind for kind, own in found.items() if own and kind != "query" and words(own[0].text) == typed}
        order = sorted(_QUOTAS, key=lambda kind: kind not in named)
        for kind in order:
            quota = _QUOTAS[kind]
            more = max(0, min(free, len(found[kind]) - quota))
            free -= more
            chosen += found[kind][: quota + more]
        return tuple(chosen[:limit])

    def _documents(self, snapshot: Snapshot, kind: Kind, typed: Sequence[str], limit: int) -> list[Suggestion]:
        index = snapshot.kinds[kind]
        found: list[Suggestion] = []
        for part in index.parts:
            held = self._parts.get(id(part))
            if held is None or held[0] is not part:
                if len(self._parts) > 8:  # generations that nobody reads any more
                    self._parts.clear()
                held = (part, Completions(kind.value, ((one.title, one.key) for one in part.shown)))
                self._parts[id(part)] = held
            found += [one for one in held[1].find(typed, 2 * limit) if index.part_of(one.key) is part]
        return found[:limit]

    def _words(self, snapshot: Snapshot) -> Completions:
        vocabulary = snapshot.lexicon.vocabulary
        if self._terms[0] is not vocabulary:
            terms = dict.fromkeys(vocabulary.terms)
            self._terms = (vocabulary, Completions("query", ((term, term) for term in terms)))
        return self._terms[1]

    def _municipalities(self, tick: int) -> Completions:
        if self._checked != tick:
            with self._database.reading() as session:
                changed = session.exec(select(func.max(Municipality.tick))).one() or 0
                if self._towns[0] != changed:
                    towns = session.exec(select(Municipality).where(col(Municipality.retired).is_(False))).all()
                    self._towns = (changed, Completions("municipality", ((one.name, one.ags) for one in towns)))
            self._checked = tick
        return self._towns[1]

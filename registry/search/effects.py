"""What a change of the vocabulary does to searches: the best hits before and after, side by side. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from registry.search.answer import answer
from registry.search.contract import Kind, SearchRequest
from registry.search.snapshot import Snapshot

BEST = 5
"""Hits that a comparison shows."""


@dataclass(frozen=True)
class Best:
    """The best hits of a search as (key, title), and how many there are in all."""

    total: int
    hits: tuple[tuple[str, str], ...]

    @property
    def keys(self) -> frozenset[str]:
        """Return the keys of the best hits."""
        return frozenset(key for key, _ in self.hits)


@dataclass(frozen=True)
class Effect:
    """What a text finds before and after a change."""

    text: str
    kind: Kind
    before: Best
    after: Best

    @property
    def changed(self) -> bool:
        """Tell whether number or order of the best hits change."""
        return self.before != self.after


def effects(before: Snapshot, after: Snapshot, texts: Iterable[str]) -> tuple[Effect, ...]:
    """Compare what each text finds in two generations, for bundles and for OZG services."""
    return tuple(
        Effect(text, kind, _best(before, kind, text), _best(after, kind, text))
        for text in dict.fromkeys(texts)
        for kind in (Kind.BUNDLE, Kind.OZG_SERVICE)
    )


def _best(snapshot: Snapshot, kind: Kind, text: str) -> Best:
    result = answer(snapshot, SearchRequest(kind, text, per_page=BEST))
    return Best(result.total, tuple((hit.key, hit.plain_title) for hit in result.hits))

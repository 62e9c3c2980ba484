"""Followed searches: what they find now, all pages of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from registry.search.contract import MAX_PER_PAGE, Kind, SearchRequest, Sort
from registry.search.service import SearchService

ReadTarget = Callable[[str], SearchRequest]
"""The query string under which a search is kept → what it asks."""


@dataclass(frozen=True)
class Found:
    """What a search finds: slugs of bundles or ids of OZG services, those that changed last first."""

    kind: Kind
    keys: tuple[str, ...]


@dataclass
class Finder:
    """Answers followed searches; what many people follow is searched for once."""

    search: SearchService
    read: ReadTarget
    _known: dict[tuple[str, int, int | None], Found] = field(default_factory=dict)

    def find(self, target: str, tick: int, most: int | None = None) -> Found:
        """Return what the search with this query string finds now, at most so many entries: what its page shows."""
        known = self._known.get((target, tick, most))
        if known is None:
            known = self._known[target, tick, most] = self._find(self.read(target), tick, most)
        return known

    def _find(self, asked: SearchRequest, tick: int, most: int | None) -> Found:
        sort = Sort.CHANGED if asked.kind is Kind.BUNDLE else Sort.TITLE
        request = replace(asked, sort=sort, page=1, per_page=MAX_PER_PAGE, explain=False)
        keys: list[str] = []
        while True:
            result = self.search.search(request, tick)
            keys += [hit.key for hit in result.hits]
            if request.page >= result.pages or (most is not None and len(keys) >= most):
                break
            request = replace(request, page=request.page + 1)
        return Found(asked.kind, tuple(dict.fromkeys(keys))[:most])

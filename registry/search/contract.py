"""What the rest of the house asks the search and what it gets back: plain values, no Whoosh."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, Protocol, overload

MAX_PER_PAGE = 100
UNKNOWN = "unknown"
"""Facet value of entries for which nobody has stated the fact („keine Angabe“)."""


class Kind(StrEnum):
    """What is searched for."""

    BUNDLE = "bundle"
    OZG_SERVICE = "ozg_service"


class Sort(StrEnum):
    """Order of the hits; equal ones follow title, then key, so that the order is stable."""

    RELEVANCE = "relevance"
    TITLE = "title"
    CHANGED = "changed"
    TRANSFERABLE_SINCE = "transferable_since"
    COMPLETENESS = "completeness"


BUNDLE_FACETS = (
    "topic_field",
    "situation",
    "municipality",
    "provider",
    "phase",
    "maturity",
    "reuse_model",
    "licence",
    "audience",
    "transferable",
)
"""`municipality` takes AGS (8 digits) and Kreis keys (5 digits); `transferable` is `yes` or `no`."""
OZG_FACETS = ("topic_field", "situation", "has_bundle")
"""`has_bundle` is `yes` or `no`."""


@dataclass(frozen=True, eq=False)
class Worth:
    """How well entries suit who asks, by key, as somebody else has computed it; higher is better.

    Entries without a value come last, like those of worth minus infinity. Who asks again with the same tuple of keys
    is answered faster.
    """

    keys: tuple[str, ...]
    values: Sequence[float]


@dataclass(frozen=True)
class SearchRequest:
    """One search. Values of one facet are alternatives, different facets must all hold.

    An empty text browses: all entries that the filters leave, sorted by title unless told.
    Filters for unknown facets or values match nothing harmful: unknown facets are ignored.
    """

    kind: Kind
    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    per_page: int = 20
    explain: bool = False
    worth: Worth | None = None
    """The hits are put in order by it, whatever `sort` says."""


@dataclass(frozen=True)
class Fragment:
    """A piece of text; `match` tells whether it answers the query (shown as a mark)."""

    text: str
    match: bool


class Marker(Protocol):
    """Knows what a query looked for, and marks it in texts."""

    def title(self, text: str) -> tuple[Fragment, ...]:
        """Return a whole text in fragments."""

    def excerpt(self, text: str) -> tuple[Fragment, ...]:
        """Return the passage of a text that answers best, in fragments."""


@dataclass
class Hit:
    """One found entry: `key` is the slug of a bundle or the id of an OZG service.

    What answers the query is marked when somebody looks at `title` or `excerpt`: not every caller shows them.
    """

    key: str
    score: float
    plain_title: str
    plain_excerpt: str
    marker: Marker = field(repr=False, compare=False)
    explanation: tuple[str, ...] = ()

    @cached_property
    def title(self) -> tuple[Fragment, ...]:
        """Return the title in fragments."""
        return self.marker.title(self.plain_title)

    @cached_property
    def excerpt(self) -> tuple[Fragment, ...]:
        """Return a passage of the text in fragments."""
        return self.marker.excerpt(self.plain_excerpt)


class FacetValue(NamedTuple):
    """A value of a facet, and how many entries there are when it is (also) chosen."""

    value: str
    label: str
    count: int  # type: ignore[assignment]  # hides the method of tuples, which nobody asks here
    selected: bool


_NONE: Mapping[str, str] = {}


class FacetValues(Sequence[FacetValue]):
    """The values of a facet in the order in which they are shown; each is built when somebody looks at it."""

    def __init__(
        self,
        names: Sequence[str] = (),
        labels: Mapping[str, str] = _NONE,
        counts: Sequence[int] = (),
        chosen: Sequence[str] = (),
    ) -> None:
        """Hold names and counts of the values, labels by name, and the names of those that are chosen."""
        self.names, self.labels, self.counts, self._chosen = names, labels, counts, chosen

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> FacetValue: ...

    @overload
    def __getitem__(self, place: slice) -> "FacetValues": ...

    def __getitem__(self, place: int | slice) -> "FacetValue | FacetValues":
        if isinstance(place, slice):
            return FacetValues(self.names[place], self.labels, self.counts[place], self._chosen)
        name = self.names[place]
        return FacetValue(name, self.labels[name], self.counts[place], name in self._chosen)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


@dataclass(frozen=True)
class DirectHit:
    """The query is a key: OZG id, LeiKa key or AGS. `kind`: ozg_service, leika_service, municipality, district."""

    kind: str
    key: str


@dataclass(frozen=True)
class SearchResult:
    """A page of hits. Facet counts leave out the facet's own selection, so that choices stay visible."""

    hits: tuple[Hit, ...]
    total: int
    page: int
    per_page: int
    facets: Mapping[str, FacetValues]
    tick: int
    did_you_mean: str | None = None
    exact: bool = True
    """False when only misspellings or related words matched („keine exakten Treffer“)."""
    direct: DirectHit | None = None

    @property
    def pages(self) -> int:
        """Return the number of pages, at least 1."""
        return max(1, -(-self.total // self.per_page))


@dataclass(frozen=True)
class Suggestion:
    """A completion. `kind`: bundle, ozg_service, municipality, query."""

    text: str
    kind: str
    key: str

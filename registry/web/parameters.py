"""Parameters of pages, read tolerantly: what is unknown or impossible is ignored, never an error."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from registry.catalogue.enums import Audience, Phase, ReuseModel
from registry.search.contract import UNKNOWN, Kind, Sort

MAX_TEXT = 300
"""Longest search text in characters; a longer one is cut, and the page says so."""
MAX_VALUES = 20
"""Most values that one filter takes."""
MAX_PAGE = 10_000

FACETS = {
    "themenfeld": "topic_field",
    "lage": "situation",
    "kommune": "municipality",
    "dienstleister": "provider",
    "phase": "phase",
    "reifegrad": "maturity",
    "modell": "reuse_model",
    "lizenz": "licence",
    "zielgruppe": "audience",
    "nachnutzbar": "transferable",
    "buendel": "has_bundle",
}
"""Names in addresses → names of the search's facets."""
NAMES = {facet: name for name, facet in FACETS.items()}

SORTS = {
    "relevanz": Sort.RELEVANCE,
    "titel": Sort.TITLE,
    "aktualisiert": Sort.CHANGED,
    "uebertragbar": Sort.TRANSFERABLE_SINCE,
    "vollstaendigkeit": Sort.COMPLETENESS,
}
SORT_NAMES = {sort: name for name, sort in SORTS.items()}
BY_FIT = "passung"
"""Name of the order by fit: it needs a chosen profile, so it is none of the search's own."""

_KINDS = {"buendel": Kind.BUNDLE, "ozg": Kind.OZG_SERVICE}
_KIND_NAMES = {kind: name for name, kind in _KINDS.items()}
_GERMAN = {"ja": "yes", "nein": "no", "unbekannt": UNKNOWN}
_TO_GERMAN = {value: word for word, value in _GERMAN.items()}
_CLOSED: dict[str, frozenset[str]] = {
    "phase": frozenset(Phase),
    "reuse_model": frozenset(ReuseModel),
    "audience": frozenset(Audience),
    "transferable": frozenset({"yes", "no"}),
    "has_bundle": frozenset({"yes", "no"}),
}
_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+\-]{0,99}")


def clean_text(raw: str) -> tuple[str, bool]:
    """Return a search text without control characters, and whether it had to be cut to MAX_TEXT."""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in raw[: 4 * MAX_TEXT]).split())
    return text[:MAX_TEXT].rstrip(), len(text) > MAX_TEXT or len(raw) > 4 * MAX_TEXT


def page_number(raw: str | None) -> int:
    """Return a page number, 1 for whatever is none."""
    text = (raw or "").strip()
    return min(max(int(text), 1), MAX_PAGE) if re.fullmatch(r"-?[0-9]{1,9}", text) else 1


def url_value(value: str) -> str:
    """Return a facet's value as it stands in addresses."""
    return _TO_GERMAN.get(value, value)


@dataclass(frozen=True)
class SearchState:
    """All that decides what the search page shows; every state has an address."""

    kind: Kind = Kind.BUNDLE
    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Chosen values by the facet's name in the search."""
    sort: Sort = Sort.RELEVANCE
    by_fit: bool = False
    """The bundles that fit the chosen profile best come first, whatever `sort` says."""
    page: int = 1
    text_was_cut: bool = False
    explain: bool = False
    """Each hit tells why it ranks where it does."""

    @property
    def address(self) -> str:
        """Return the shortest address of this state."""
        query: dict[str, str | list[str]] = {}
        if self.text:
            query["q"] = self.text
        if self.kind is not Kind.BUNDLE:
            query["art"] = _KIND_NAMES[self.kind]
        for name, facet in FACETS.items():
            if self.filters.get(facet):
                query[name] = [url_value(value) for value in self.filters[facet]]
        if self.sort_name != SORT_NAMES[Sort.RELEVANCE]:
            query["sortierung"] = self.sort_name
        if self.page > 1:
            query["seite"] = str(self.page)
        if self.explain:
            query["erklaerung"] = "ja"
        return url_for("search.results", **query)  # type: ignore[arg-type]

    @property
    def sort_name(self) -> str:
        """Return the name of the order as it stands in addresses."""
        return BY_FIT if self.by_fit else SORT_NAMES[self.sort]

    @property
    def target(self) -> str:
        """Return the one query string of what is looked for, whatever the order and the page: what people follow."""
        pairs = [("art", _KIND_NAMES[self.kind])] if self.kind is not Kind.BUNDLE else []
        pairs += [("q", self.text)] if self.text else []
        for name, facet in FACETS.items():
            pairs += [(name, url_value(value)) for value in sorted(self.filters.get(facet, ()))]
        return urlencode(pairs)

    def on_page(self, page: int) -> "SearchState":
        """Return this state on another page."""
        return replace(self, page=page)

    def without_fit(self) -> "SearchState":
        """Return this state in the order of relevance."""
        return replace(self, by_fit=False)

    def explained(self, explain: bool) -> "SearchState":
        """Return this state with or without explanations."""
        return replace(self, explain=explain)

    def searching(self, text: str) -> "SearchState":
        """Return this state with another text, on its first page."""
        return replace(self, text=text, page=1)

    def without(self, facet: str, value: str) -> "SearchState":
        """Return this state without one chosen value, on its first page."""
        left = tuple(one for one in self.filters.get(facet, ()) if one != value)
        return replace(self, filters={**self.filters, facet: left}, page=1)

    def unfiltered(self) -> "SearchState":
        """Return this state without filters, on its first page."""
        return replace(self, filters={}, page=1)

    def of_kind(self, kind: Kind, facets: Collection[str]) -> "SearchState":
        """Return the state of the other tab: it keeps the text and the filters that this kind has too."""
        kept = {name: values for name, values in self.filters.items() if name in facets and values}
        return SearchState(kind, self.text, kept)

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Return each chosen (facet, value)."""
        return [(facet, value) for facet, values in self.filters.items() for value in values]


def search_state(
    arguments: MultiDict[str, str], facets: Mapping[Kind, Collection[str]], known: Mapping[str, Collection[str]]
) -> SearchState:
    """Read the state of the search page.

    `facets` names the facets of each kind, `known` the existing values of facets whose
    values are data; values that do not exist are ignored.
    """
    text, cut = clean_text(arguments.get("q", ""))
    kind = _KINDS.get(arguments.get("art", ""), Kind.BUNDLE)
    filters: dict[str, tuple[str, ...]] = {}
    for name, facet in FACETS.items():
        if facet not in facets[kind]:
            continue
        raw = [part for value in arguments.getlist(name)[:MAX_VALUES] for part in value[:2000].split(",")]
        values = (_GERMAN.get(part.strip(), part.strip()) for part in raw[:MAX_VALUES])
        allowed = _CLOSED.get(facet, known.get(facet))
        kept = [
            value
            for value in values
            if _SHAPE.fullmatch(value) and (allowed is None or value in allowed or value == UNKNOWN)
        ]
        if kept:
            filters[facet] = tuple(dict.fromkeys(kept))
    order = arguments.get("sortierung", "")
    by_fit = order == BY_FIT and kind is Kind.BUNDLE
    sort = SORTS.get(order, Sort.RELEVANCE)
    explain = arguments.get("erklaerung") == "ja" and bool(text)
    return SearchState(kind, text, filters, sort, by_fit, page_number(arguments.get("seite")), cut, explain)

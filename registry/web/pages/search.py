"""The search page: bundles and OZG services, facets, every state in the address."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug import Response

from registry.catalogue.queries import OzgServiceRow, leika_services, ozg_services
from registry.profiles.profile import BodyProfile
from registry.reuse.queries import BundleCard
from registry.search.contract import BUNDLE_FACETS, OZG_FACETS, DirectHit, FacetValue, Hit, Kind, SearchRequest, Sort
from registry.web.caching import follows_clock
from registry.web.chosen import chosen_profile
from registry.web.fitting import fits_of, worth_for
from registry.web.formatting import leika_key
from registry.web.names import FACET_TITLES, Names, names
from registry.web.parameters import BY_FIT, MAX_TEXT, NAMES, SORT_NAMES, SearchState, search_state, url_value
from registry.web.searching import FoundBundles, FoundOzgServices, find_bundles, find_ozg_services
from registry.web.services import catalogue_tick, reading, services

search = Blueprint("search", __name__)

PER_PAGE = 20
NAMED_SERVICES = 3
"""OZG services that the list of bundles names for a search text."""
SHOWN_VALUES = 6
"""Values of a facet that are open to view; the rest stands behind „mehr anzeigen“."""
EXAMPLES = ("hund anmelden", "wohngeld", "kita platz", "10160")
"""Searches that pages propose."""
FACETS_OF: Mapping[Kind, Collection[str]] = {Kind.BUNDLE: BUNDLE_FACETS, Kind.OZG_SERVICE: OZG_FACETS}
_SORT_LABELS = {
    Sort.RELEVANCE: "Relevanz",
    Sort.TITLE: "Titel",
    Sort.CHANGED: "Zuletzt geändert",
    Sort.TRANSFERABLE_SINCE: "Übertragbar seit",
    Sort.COMPLETENESS: "Vollständigkeit der Angaben",
}
_SORTS_OF = {Kind.BUNDLE: tuple(Sort), Kind.OZG_SERVICE: (Sort.RELEVANCE, Sort.TITLE)}
_FIT_LABEL = "Beste Passung zuerst"


@dataclass(frozen=True)
class Choice:
    """A value of a facet as the filter panel shows it."""

    value: str
    label: str
    count: int
    selected: bool
    element_id: str


@dataclass(frozen=True)
class FacetPanel:
    """A facet: the values first in view, and those behind „mehr anzeigen“."""

    name: str
    title: str
    first: tuple[Choice, ...]
    more: tuple[Choice, ...]

    @property
    def selected(self) -> int:
        """Return how many values are chosen."""
        return sum(choice.selected for choice in (*self.first, *self.more))


@dataclass(frozen=True)
class Chip:
    """A chosen filter with the address that removes it."""

    title: str
    label: str
    address: str


@dataclass(frozen=True)
class Direct:
    """What a key names, with its page."""

    text: str
    address: str


@search.get("/suche")
@follows_clock
def results() -> str | Response:
    """Show what is found; a page behind the last leads to the last."""
    known = names()
    state = search_state(request.args, FACETS_OF, known.by_facet)
    chosen = chosen_profile() if state.kind is Kind.BUNDLE else None
    profile = chosen.profile if chosen else None
    profile_needed = state.address if state.by_fit and profile is None else None
    if profile_needed:
        state = state.without_fit()
    rows, found = _find(state, profile)
    if state.page > found.result.pages:
        return redirect(state.on_page(found.result.pages).address)
    result = found.result
    other_count, matching = _other(state)
    facets = FACETS_OF[state.kind]
    return render_template(
        "search/results.html",
        state=state,
        result=result,
        rows=rows,
        direct=_direct(result.direct) if result.direct else _place(state.text, known),
        other_count=other_count,
        matching=matching,
        tabs=[(kind, state.of_kind(kind, FACETS_OF[kind]).address) for kind in Kind],
        panels=[_panel(name, result.facets.get(name, ())) for name in facets if result.facets.get(name)],
        chips=_chips(state, known),
        sorts=_sorts(state, profile),
        profile=profile,
        profile_needed=profile_needed,
        fits=fits_of(profile, [hit.key for hit in result.hits]) if profile else {},
        max_text=MAX_TEXT,
    )


def _find(
    state: SearchState, profile: BodyProfile | None
) -> tuple[tuple[tuple[Hit, BundleCard], ...] | tuple[tuple[Hit, OzgServiceRow], ...], FoundBundles | FoundOzgServices]:
    worth = worth_for(profile) if profile is not None and state.by_fit else None
    wanted = SearchRequest(
        state.kind, state.text, state.filters, state.sort, state.page, PER_PAGE, state.explain, worth
    )
    if state.kind is Kind.BUNDLE:
        bundles = find_bundles(wanted)
        return bundles.rows, bundles
    ozg = find_ozg_services(wanted)
    return ozg.rows, ozg


def _sorts(state: SearchState, profile: BodyProfile | None) -> list[tuple[str, str, bool]]:
    """Return name, label and whether it is chosen of each order that is offered."""
    offered = [(SORT_NAMES[sort], _SORT_LABELS[sort]) for sort in _SORTS_OF[state.kind]]
    if profile is not None:
        offered.insert(1, (BY_FIT, _FIT_LABEL))
    return [(name, label, name == state.sort_name) for name, label in offered]


def _other(state: SearchState) -> tuple[int, list[Hit]]:
    """Return how many entries the other tab has, and the best OZG services for the text of a bundle search."""
    kind = Kind.OZG_SERVICE if state.kind is Kind.BUNDLE else Kind.BUNDLE
    other = state.of_kind(kind, FACETS_OF[kind])
    search = services().search
    if kind is Kind.BUNDLE or not state.text or state.page > 1:
        return search.count(kind, other.text, other.filters, catalogue_tick()), []
    request = SearchRequest(kind, other.text, other.filters, per_page=NAMED_SERVICES)
    found = search.search(request, catalogue_tick())
    if not found.exact or found.direct is not None:
        return found.total, []
    return found.total, [hit for hit in found.hits if hit.score >= CLOSE * found.hits[0].score]


def _panel(name: str, values: Sequence[FacetValue]) -> FacetPanel:
    choices = [
        Choice(url_value(one.value), one.label, one.count, one.selected, f"filter-{NAMES[name]}-{url_value(one.value)}")
        for one in values
    ]
    # Chosen values stay in view; one value alone is not worth a fold.
    first = [one for place, one in enumerate(choices) if place < SHOWN_VALUES or one.selected]
    more = [one for one in choices if one not in first]
    if len(more) == 1:
        first, more = choices, []
    return FacetPanel(NAMES[name], FACET_TITLES[name], tuple(first), tuple(more))


def _chips(state: SearchState, known: Names) -> list[Chip]:
    return [
        Chip(FACET_TITLES[facet], known.of(facet, value), state.without(facet, value).address)
        for facet, value in state.chosen
    ]


def _place(text: str, known: Names) -> Direct | None:
    """Return the municipality or Kreis whose name the text is."""
    wanted = text.casefold()
    for key, name in known.by_facet["municipality"].items():
        if name.casefold() == wanted:
            return Direct(name, url_for("municipalities.show", key=key))
    return None


def _direct(hit: DirectHit) -> Direct:
    match hit.kind:
        case "ozg_service":
            with reading() as session:
                name = next((f": {row.name}" for row in ozg_services(session, ids=[hit.key])), "")
            return Direct(f"OZG-Leistung {hit.key}{name}", url_for("ozg.show", ozg_id=hit.key))
        case "leika_service":
            with reading() as session:
                name = next((f": {row.name}" for row, _ in leika_services(session, hit.key)), "")
            return Direct(f"LeiKa-Leistung {leika_key(hit.key)}{name}", url_for("ozg.leika", key=hit.key))
        case _:
            text = "Kreis" if hit.kind == "district" else "Kommune"
            return Direct(f"{text}: {names().of('municipality', hit.key)}", url_for("municipalities.show", key=hit.key))


CLOSE = 0.6
"""An OZG service is named beside the bundles when its score is at least this share of the best one's."""

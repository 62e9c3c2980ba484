"""Between the addresses of pages and what people follow: one spelling for each search, one target for each page."""

from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl

from flask import url_for
from werkzeug.datastructures import MultiDict

from registry.following.models import FollowedKind
from registry.following.searches import Finder
from registry.following.targets import MAX_LABEL, MAX_TARGET, Target, UnknownTargetError, known_target
from registry.search.contract import BUNDLE_FACETS, OZG_FACETS, Kind, SearchRequest
from registry.web.names import FACET_TITLES, Names, names
from registry.web.parameters import SearchState, search_state
from registry.web.services import catalogue_tick, reading, services

_FACETS: Mapping[Kind, Collection[str]] = {Kind.BUNDLE: BUNDLE_FACETS, Kind.OZG_SERVICE: OZG_FACETS}
_LONGEST = 8000
_MOST_FIELDS = 200


class TooLongError(UnknownTargetError):
    """A search is too long to be followed; the message is a German sentence."""

    def __init__(self) -> None:
        super().__init__("Diese Suche ist zu lang, um ihr zu folgen. Bitte wählen Sie weniger Filter.")


def search_of(query: str, known: Mapping[str, Collection[str]] | None = None) -> SearchState:
    """Return the search that a query string asks for; unknown parameters, order and page are left out.

    `known` names the existing values of facets whose values are data; without it each possible one is let through.
    Raises TooLongError.
    """
    if len(query) > _LONGEST:
        raise TooLongError
    try:
        pairs = parse_qsl(query, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise TooLongError from None
    state = search_state(MultiDict(pairs), _FACETS, known or {})
    return SearchState(state.kind, state.text, state.filters)


def request_of(target: str) -> SearchRequest:
    """Return what a followed search asks."""
    state = search_of(target)
    return SearchRequest(state.kind, state.text, state.filters)


def target_of(kind: FollowedKind, key: str) -> Target:
    """Return what an address names as the thing to follow.

    Raises UnknownTargetError; its kinds WithdrawnTargetError and TooLongError say more.
    """
    if kind is not FollowedKind.SEARCH:
        with reading() as session:
            return known_target(session, kind, key[:100])
    known = names()
    state = search_of(key, known.by_facet)
    if len(state.target) > MAX_TARGET:
        raise TooLongError
    return Target(kind, state.target, _in_words(state, known))


def hits_now(target: Target) -> int | None:
    """Return how many entries a search to be followed finds now; None for what is no search."""
    if target.kind is not FollowedKind.SEARCH:
        return None
    return len(Finder(services().search, request_of).find(target.key, catalogue_tick()).keys)


def _in_words(state: SearchState, known: Names) -> str:
    parts = [f"„{state.text}“"] if state.text else []
    chosen: dict[str, list[str]] = {}
    for facet, value in state.chosen:
        chosen.setdefault(facet, []).append(known.of(facet, value))
    parts += [f"{FACET_TITLES[facet]}: {' oder '.join(values)}" for facet, values in chosen.items()]
    what = "OZG-Leistungen" if state.kind is Kind.OZG_SERVICE else "Leistungsbündel"
    text = f"{what}: {'; '.join(parts)}" if parts else f"alle {what}"
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"


def page_address(target: Target) -> str:
    """Return the address of the page of what is followed."""
    return _address(target, "search.results", "bundles.show", "ozg.show", "municipalities.show")


def feed_address(target: Target) -> str:
    """Return the address of its feed."""
    return _address(target, "feeds.search", "feeds.bundle", "feeds.ozg_service", "feeds.municipality")


def _address(target: Target, search: str, bundle: str, ozg_service: str, municipality: str) -> str:
    match target.kind:
        case FollowedKind.BUNDLE:
            return url_for(bundle, slug=target.key)
        case FollowedKind.OZG_SERVICE:
            return url_for(ozg_service, ozg_id=target.key)
        case FollowedKind.MUNICIPALITY:
            return url_for(municipality, key=target.key)
    return url_for(search) + (f"?{target.key}" if target.key else "")

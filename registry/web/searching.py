"""Searching for pages and API alike: run the search, load the shown rows from the database."""

from dataclasses import dataclass

from registry.catalogue.queries import OzgServiceRow, ozg_services
from registry.reuse.queries import BundleCard, bundle_cards
from registry.search.contract import Hit, SearchRequest, SearchResult
from registry.web.services import catalogue_tick, reading, services
from registry.web.unanswered import note_unanswered


@dataclass(frozen=True)
class FoundBundles:
    """A page of found bundles: hits with their rows, in rank order."""

    result: SearchResult
    rows: tuple[tuple[Hit, BundleCard], ...]


@dataclass(frozen=True)
class FoundOzgServices:
    """A page of found OZG services: hits with their rows, in rank order."""

    result: SearchResult
    rows: tuple[tuple[Hit, OzgServiceRow], ...]


def find_bundles(request: SearchRequest) -> FoundBundles:
    """Search bundles; the rows come from the database, so a withdrawn entry is never shown."""
    result = services().search.search(request, catalogue_tick())
    note_unanswered(request, result)
    with reading() as session:
        cards = {card.bundle.slug: card for card in bundle_cards(session, [hit.key for hit in result.hits])}
    return FoundBundles(result, tuple((hit, cards[hit.key]) for hit in result.hits if hit.key in cards))


def find_ozg_services(request: SearchRequest) -> FoundOzgServices:
    """Search OZG services; the rows come from the database in the order of the hits."""
    result = services().search.search(request, catalogue_tick())
    note_unanswered(request, result)
    with reading() as session:
        rows = {row.ozg_id: row for row in ozg_services(session, ids=[hit.key for hit in result.hits])}
    return FoundOzgServices(result, tuple((hit, rows[hit.key]) for hit in result.hits if hit.key in rows))

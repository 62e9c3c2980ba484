"""Commands of the search: search, reindex."""

import time
from typing import Any

import click

from registry.catalogue.queries import ozg_services
from registry.commands.base import GermanCommand, Room, complain, pass_room, progress, say, say_json
from registry.reuse.queries import bundle_cards
from registry.search.contract import MAX_PER_PAGE, Hit, Kind, SearchRequest, SearchResult

KINDS = {"bundles": Kind.BUNDLE, "ozg-services": Kind.OZG_SERVICE}
_HEADINGS = {"bundles": "Einträge", "ozg-services": "OZG-Leistungen"}


@click.command(cls=GermanCommand)
@click.argument("text", metavar="TEXT")
@click.option("--kind", type=click.Choice(list(KINDS)), help="Nur Einträge oder nur OZG-Leistungen; sonst beides.")
@click.option("--limit", type=click.IntRange(1, MAX_PER_PAGE), default=10, show_default=True, help="Treffer je Art.")
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@click.option("--explain", is_flag=True, help="Zu jedem Treffer zeigen, warum er so weit oben steht.")
@pass_room
def search(room: Room, text: str, kind: str | None, limit: int, as_json: bool, explain: bool) -> None:
    """Suchen wie auf der Seite."""
    database, service = room.ready_database, room.search
    found: dict[str, Any] = {}
    for name in [kind] if kind else list(KINDS):
        result = service.search(SearchRequest(KINDS[name], text, per_page=limit, explain=explain))
        names = _names(room, KINDS[name], result)
        if as_json:
            found[name] = _as_json(result, names, explain)
        else:
            _tell(_HEADINGS[name], result, names)
    if as_json:
        say_json({"query": text, "tick": database.tick(), "results": found})


@click.command(cls=GermanCommand)
@pass_room
def reindex(room: Room) -> None:
    """Suchindex neben dem alten neu bauen und dann austauschen."""
    _ = room.ready_database
    started = time.perf_counter()
    rebuild_index(room)
    say(f"Suchindex neu gebaut, Stand {room.search.tick} ({time.perf_counter() - started:.1f} s).")


def rebuild_index(room: Room) -> None:
    """Build the index anew beside the old one, with a progress bar."""
    with progress("Suchindex", 100) as step:
        shown = 0

        def tell(done: int, total: int) -> None:
            nonlocal shown
            percent = 100 * done // max(total, 1)
            step(percent - shown)
            shown = percent

        room.search.rebuild(tell)


def _names(room: Room, kind: Kind, result: SearchResult) -> dict[str, str]:
    """Return the titles of the hits from the database, so that a withdrawn entry is never shown."""
    keys = [hit.key for hit in result.hits]
    with room.database.reading() as session:
        if kind is Kind.BUNDLE:
            return {card.bundle.slug: card.bundle.title for card in bundle_cards(session, keys)}
        return {row.ozg_id: row.name for row in ozg_services(session, ids=keys)}


def _as_json(result: SearchResult, names: dict[str, str], explain: bool) -> dict[str, Any]:
    def item(hit: Hit) -> dict[str, Any]:
        shown: dict[str, Any] = {"key": hit.key, "title": names[hit.key], "score": round(hit.score, 4)}
        return shown | ({"explanation": list(hit.explanation)} if explain else {})

    return {
        "total": result.total,
        "exact": result.exact,
        "did_you_mean": result.did_you_mean,
        "direct": vars(result.direct) if result.direct else None,
        "items": [item(hit) for hit in result.hits if hit.key in names],
    }


def _tell(heading: str, result: SearchResult, names: dict[str, str]) -> None:
    say(f"{heading}: {result.total} Treffer" + ("" if result.exact or not result.total else ", keine exakten"))
    if result.did_you_mean:
        complain(f"Meinten Sie: {result.did_you_mean}?")
    for hit in result.hits:
        if hit.key in names:
            say(f"  {hit.key}  {names[hit.key]}")
            for line in hit.explanation:
                say(f"      {line}")

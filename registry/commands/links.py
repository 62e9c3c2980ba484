"""Command that checks the links of entries."""

import click

from registry import __version__
from registry.commands.base import GermanCommand, Room, pass_room, progress, say, say_json
from registry.editorial.link_probe import Prober
from registry.editorial.links import check_links
from registry.settings import Settings


def agent(settings: Settings) -> str:
    """Return how the checker names itself to other servers: who asks, and where to complain."""
    contact = f" (+{settings.base_url})" if settings.base_url else ""
    return f"{settings.site_name}/{__version__}{contact} link check"


@click.command(cls=GermanCommand)
@click.option("--limit", type=click.IntRange(min=1), metavar="ANZAHL", help="Höchstens so viele Links prüfen.")
@click.option("--all", "everything", is_flag=True, help="Auch Links prüfen, die noch nicht fällig sind.")
@click.option("--json", "as_json", is_flag=True, help="Ergebnis als JSON.")
@pass_room
def links(room: Room, limit: int | None, everything: bool, as_json: bool) -> None:
    """Die Links der Einträge prüfen; was nicht mehr geht, steht danach unter „Qualität“."""
    database, prober = room.ready_database, Prober(agent(room.settings))
    shown = [0]
    with progress("Links werden geprüft", 100, quiet=as_json) as step:

        def tell(done: int, total: int) -> None:
            percent = 100 * done // total
            step(percent - shown[0])
            shown[0] = percent

        report = check_links(database, prober, limit=limit, everything=everything, progress=tell)
    if as_json:
        say_json(report.as_json())
        return
    for url, problem in sorted(report.problems):
        say(f"{problem}  {url}")
    for url, target in sorted(report.moved):
        say(f"Umgezogen: {url} → {target}")
    say(
        f"{report.checked} von {report.links} Links geprüft: {report.working} erreichbar, "
        f"{report.failing} gescheitert, {report.unclear} nicht prüfbar."
        + (f" {report.postponed} aufgeschoben." if report.postponed else "")
        + f" Als defekt gelten jetzt {report.broken} (an zwei Tagen gescheitert)."
    )

"""Page speed: each type of page, and the search page against Datasette's faceted page on the same rows.

usage: python benchmarks/pages.py [--entries N] [--seconds S] [--clients C]

The starter catalogue is enlarged to N bundles by copies with other titles; Datasette gets the same rows with
full-text search and the same number of facets. Both run as one process and are loaded by the same clients.
"""

import argparse
import random
import sqlite3
import tempfile
from pathlib import Path
from urllib.parse import quote

from corpus import vocabulary
from load import Load, one_by_one, together
from report import percentile, publish, table
from servers import datasette, registry
from sqlmodel import select

from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.catalogue.reference import Municipality
from registry.database import Database
from registry.exchange.reference import load_reference
from registry.exchange.starter import load_starter
from registry.reuse.operations import save_bundle
from registry.reuse.queries import bundle_cards
from registry.reuse.records import record_of

PAGES = (
    "/",
    "/suche",
    "/suche?q=wohngeld",
    "/suche?q=hund+anmelden&zielgruppe=citizens",
    "/buendel/{slug}",
    "/ozg",
    "/ozg/10160",
    "/themenfelder/mobilitaet-und-reisen",
    "/leika/99102013000000",
    "/kommunen",
    "/kommunen/05974040",
    "/kommunen/05974040/abdeckung",
    "/nachnutzung",
    "/buendel/{slug}/passung",
    "/vergleich?b={slug}&b=wohngeld-wuppertal&einwohner=49211",
    "/nachnutzung/kommunen-wie-wir?kommune=05974040",
    "/abdeckung",
    "/karte",
    "/zahlen",
    "/impressum",
    "/api/v1/bundles?q=wohngeld",
    "/api/v1/ozg-services?q=hund+anmelden",
)


def fill(database: Database, entries: int) -> str:
    """Load the starter catalogue and copies of it up to `entries`; return a slug of it."""
    database.migrate()
    load_reference(database)
    load_starter(database)
    with database.reading() as session:
        published = session.exec(select(ServiceBundle).where(ServiceBundle.state == State.PUBLISHED)).all()
        records = [record_of(session, bundle) for bundle in published]
        towns = session.exec(select(Municipality)).all()
    chance = random.Random(20191005)
    number = len(records)
    while number < entries:
        with database.writing() as write:
            for _ in range(min(500, entries - number)):
                original, town = chance.choice(records), chance.choice(towns)
                copy = original.model_copy(
                    update={"slug": f"{original.slug[:80]}-{number}", "title": f"{original.title[:160]} ({town.name})"}
                )
                save_bundle(write, copy, actor="benchmark")
                number += 1
    return records[0].slug


def datasette_file(database: Database, file: Path) -> None:
    """Write the same bundles as one table with full-text search and columns to facet by."""
    connection = sqlite3.connect(file)
    connection.execute(
        "CREATE TABLE bundles (slug TEXT PRIMARY KEY, title TEXT, summary TEXT, description TEXT, services TEXT,"
        " phase TEXT, reuse_model TEXT, audience TEXT, municipality TEXT, provider TEXT, licence TEXT, programme TEXT)"
    )
    with database.reading() as session:
        slugs = session.exec(select(ServiceBundle.slug).where(ServiceBundle.state == State.PUBLISHED)).all()
        for start in range(0, len(slugs), 500):
            for card in bundle_cards(session, slugs[start : start + 500]):
                one = card.bundle
                towns = [part.name for part in card.participants if part.kind == "municipality"]
                providers = [part.name for part in card.participants if part.kind == "provider"]
                connection.execute(
                    "INSERT INTO bundles VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                    (
                        *(
                            one.slug,
                            one.title,
                            one.summary,
                            one.description,
                            ", ".join(name for _, name in card.services),
                        ),
                        *(one.phase, one.reuse_model, ", ".join(one.audience), towns[0] if towns else None),
                        *(providers[0] if providers else None, one.licence, one.programme),
                    ),
                )
    connection.execute(
        "CREATE VIRTUAL TABLE bundles_fts USING fts5 (title, summary, description, services, content='bundles')"
    )
    connection.execute(
        "INSERT INTO bundles_fts (rowid, title, summary, description, services)"
        " SELECT rowid, title, summary, description, services FROM bundles"
    )
    connection.commit()
    connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=2000, help="bundles in the comparison with Datasette")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of each load")
    parser.add_argument("--clients", type=int, default=4)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _pages(folder)
        _against_datasette(folder, arguments.entries, arguments.seconds, arguments.clients)


def _pages(folder: Path) -> None:
    database = Database(f"sqlite:///{folder / 'starter.db'}")
    slug = fill(database, 0)
    rows = []
    with registry(folder / "starter", folder / "starter.db") as port:
        for page in PAGES:
            path = page.format(slug=slug)
            result = one_by_one(port, path, 100)
            cells = [f"{percentile(result.milliseconds, share):.1f}" for share in (0.5, 0.95)]
            rows.append((f"`{page}`", *cells, f"{result.size / 1024:.1f}"))
    database.dispose()
    publish(
        "Pages",
        "Starter catalogue, one process, one client, over HTTP.\n\n"
        + table(("page", "median ms", "p95 ms", "KiB compressed"), rows),
    )


def _against_datasette(folder: Path, entries: int, seconds: float, clients: int) -> None:
    database = Database(f"sqlite:///{folder / 'large.db'}")
    fill(database, entries)
    datasette_file(database, folder / "bundles.db")
    database.dispose()
    words = [quote(word) for word in vocabulary() if len(word) > 4]
    facets = "&".join(
        f"_facet={name}" for name in ("phase", "reuse_model", "audience", "municipality", "provider", "licence")
    )
    loads: dict[str, list[Load]] = {"registry, new queries": [], "Datasette": [], "registry, repeated queries": []}
    with registry(folder / "large", folder / "large.db") as port, datasette(folder / "bundles.db") as other:
        for turn in range(3):  # in turn, so that a drift of the machine meets all
            ours = [f"/suche?q={word}" for word in words[turn::3]]
            theirs = [f"/bundles/bundles?_search={word}&_size=20&{facets}" for word in words[turn::3]]
            for name, (at, paths) in zip(loads, ((port, ours), (other, theirs), (port, ours[:8])), strict=True):
                loads[name].append(together(at, paths, clients, seconds / 3))
    rows = []
    rates = {name: sum(load.per_second for load in own) / len(own) for name, own in loads.items()}
    for name, own in loads.items():
        times = [value for load in own for value in load.milliseconds]
        ratio = f"{rates[name] / rates['Datasette']:.1f}"
        rows.append(
            (name, f"{rates[name]:.0f}", f"{percentile(times, 0.5):.1f}", f"{percentile(times, 0.95):.1f}", ratio)
        )
    text = f"{entries} bundles, one process each, {clients} clients. The registry counts 10 facets, Datasette 6.\n\n"
    header = ("search page", "requests/s", "median ms", "p95 ms", "× Datasette")
    publish("Search page against Datasette", text + table(header, rows))


if __name__ == "__main__":
    main()

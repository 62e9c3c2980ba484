"""Fit of all municipalities with a large catalogue, at once and one by one; and the search page in the order of fit.

usage: python benchmarks/fit.py [--entries N] [--sample N]

The starter catalogue is enlarged to N bundles by copies, each with 0 to 8 requirements drawn from the vocabulary. Each
municipality of the register gets drawn statements on up to 40 capabilities. Both computations must agree.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from load import one_by_one
from pages import fill
from report import percentile, publish, table
from servers import SECRET, registry
from sqlalchemy import delete, insert
from sqlmodel import Session, select

from registry.app import create_app
from registry.catalogue.enums import RequirementLevel
from registry.catalogue.models import ServiceBundle
from registry.catalogue.reference import Municipality
from registry.database import Database
from registry.fit.bulk import Matrix, rate_all
from registry.fit.catalogue import FitCatalogue
from registry.fit.outcome import BundleNeeds, Status
from registry.fit.queries import needs_of, product_map
from registry.fit.rules import fit
from registry.profiles.picked import Picked
from registry.profiles.profile import BodyProfile, Origin, Statement
from registry.profiles.queries import bare_profile
from registry.reuse.models import BundleRequirement, Capability
from registry.settings import Settings
from registry.web.chosen import CHOICE

SEED = 20191005
SOEST = "05974040"
PAGES = (
    ("/suche", "", "all, by title, no profile"),
    ("/suche", "profile", "all, by title, fit of each hit"),
    ("/suche?sortierung=passung", "profile", "all, best fit first"),
    ("/suche?q=antrag", "", "text, by relevance, no profile"),
    ("/suche?q=antrag", "profile", "text, by relevance, fit of each hit"),
    ("/suche?q=antrag&sortierung=passung", "profile", "text, best fit first"),
    ("/nachnutzung/uebernehmen", "profile", "all bundles by fit, with gaps"),
)


def add_requirements(database: Database) -> None:
    """Give each bundle requirements that are drawn anew."""
    chance = random.Random(SEED)
    with database.writing() as write:
        slugs = list(write.session.exec(select(Capability.slug).order_by(Capability.slug)))
        write.session.execute(delete(BundleRequirement))
        rows = [
            {
                "bundle_id": bundle_id,
                "position": place,
                "capability": slug,
                "level": RequirementLevel.MANDATORY if chance.random() < 0.7 else RequirementLevel.RECOMMENDED,
            }
            for bundle_id in write.session.exec(select(ServiceBundle.id).order_by(ServiceBundle.id))
            for place, slug in enumerate(chance.sample(slugs, chance.randint(0, 8)))
        ]
        write.session.execute(insert(BundleRequirement), rows)


def profiles(session: Session) -> list[BodyProfile]:
    """Return a profile of each municipality, its statements drawn."""
    chance = random.Random(SEED + 1)
    slugs = list(session.exec(select(Capability.slug).order_by(Capability.slug)))
    found = []
    for ags in session.exec(select(Municipality.ags).order_by(Municipality.ags)):
        body = bare_profile(session, "municipality", ags)
        assert body is not None
        for slug in chance.sample(slugs, chance.randint(0, 40)):
            body.statements[slug] = Statement(chance.random() < 0.8, Origin.OWN, body.name, date(2026, 1, 1))  # type: ignore[index]
        found.append(body)
    return found


def compare(database: Database, matrix: Matrix, bodies: Sequence[BodyProfile], sample: int) -> tuple[float, int]:
    """Return the seconds that some bodies take one by one, and how many pairs agree. Raises where one differs."""
    with database.reading() as session:
        needs, products = needs_of_all(session, matrix.slugs), product_map(session)
    seconds, pairs = 0.0, 0
    for body in bodies[:: max(1, len(bodies) // sample)][:sample]:
        started = time.perf_counter()
        single = [fit(body, needs[slug], products) for slug in matrix.slugs]
        figures = [(one.worth, one.mandatory_met, len(one.missing), len(one.unknown)) for one in single]
        seconds += time.perf_counter() - started
        ratings = matrix.rate(body)
        counts = [ratings.count(RequirementLevel.MANDATORY, status).tolist() for status in Status]
        if figures != list(zip(ratings.worth.tolist(), *counts, strict=True)):
            raise RuntimeError(f"the two computations differ for {body.name}")
        pairs += len(figures)
    return seconds, pairs


def needs_of_all(session: Session, slugs: Sequence[str]) -> dict[str, BundleNeeds]:
    """Read all bundles in parts: a statement takes a bounded number of values."""
    found: dict[str, BundleNeeds] = {}
    for start in range(0, len(slugs), 500):
        found |= needs_of(session, slugs[start : start + 500])
    return found


def cookie_of(url: str, folder: Path) -> str:
    """Return the cookie of a visitor who has picked a municipality and ticked three capabilities."""
    app = create_app(Settings(database_url=url, index_dir=folder / "cookie", secret_key=SECRET))
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie[CHOICE] = Picked("municipality", SOEST, ("bundid", "epaybl", "serviceportal"), ("xta",)).packed()
    held = client.get_cookie("sitzung")
    assert held is not None
    return f"sitzung={held.value}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=8, help="municipalities that are also computed one by one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = Database(f"sqlite:///{folder / 'large.db'}")
        fill(database, arguments.entries)
        add_requirements(database)
        _bulk(database, arguments.sample)
        _pages(database, folder)
        database.dispose()


def _bulk(database: Database, sample: int) -> None:
    started = time.perf_counter()
    matrix = FitCatalogue(database).matrix(database.tick())
    read = time.perf_counter() - started
    with database.reading() as session:
        bodies = profiles(session)
    times = []
    for _ in range(5):
        started, cpu = time.perf_counter(), time.process_time()
        for _ in rate_all(matrix, bodies):
            pass
        times.append((time.perf_counter() - started, time.process_time() - cpu))
    seconds, processor = sorted(times)[len(times) // 2]
    single, pairs = compare(database, matrix, bodies, sample)
    whole = single * len(bodies) * len(matrix.slugs) / pairs
    rows = [
        ("all at once", f"{seconds:.2f} s", f"{processor:.2f} s", "1"),
        (
            f"one by one, from {pairs:,} of {len(bodies) * len(matrix.slugs):,} pairs",
            f"{whole:.0f} s",
            "",
            f"{whole / seconds:.0f}",
        ),
        ("reading all requirements from the database", f"{read:.2f} s", "", ""),
    ]
    publish(
        "Fit of all municipalities",
        f"{len(bodies)} municipalities × {len(matrix.slugs):,} bundles on one core (budget: 2 s). Status counts and "
        f"worth of {pairs:,} pairs are the same both ways.\n\n"
        + table(("computation", "seconds", "processor", "×"), rows),
    )


def _pages(database: Database, folder: Path) -> None:
    cookie = cookie_of(database.url, folder)
    rows = []
    with registry(folder / "served", folder / "large.db") as port:
        for path, who, what in PAGES:
            result = one_by_one(port, path, 60, cookie=cookie if who else "anew=1")
            cells = [f"{percentile(result.milliseconds, share):.1f}" for share in (0.5, 0.95)]
            rows.append((f"`{path}`: {what}", *cells, f"{result.size / 1024:.1f}"))
    with database.reading() as session:
        count = len(session.exec(select(ServiceBundle.id)).all())
    publish(
        "Search page by fit",
        f"{count:,} bundles, one process, one client, over HTTP. The page without a profile is the yardstick.\n\n"
        + table(("page", "median ms", "p95 ms", "KiB compressed"), rows),
    )


if __name__ == "__main__":
    main()

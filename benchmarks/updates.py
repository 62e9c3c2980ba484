"""From an edit of one entry to its being found, through the database, in a large catalogue.

usage: python benchmarks/updates.py [--entries N] [--edits N]
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from pages import fill
from report import percentile, publish, table
from sqlmodel import select

from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.reuse.operations import save_bundle
from registry.reuse.records import record_of
from registry.search.contract import Kind, SearchRequest
from registry.search.service import SearchService


def _cells(times: list[float]) -> tuple[str, str]:
    return f"{statistics.median(times):.1f} ms", f"{percentile(times, 0.95):.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--edits", type=int, default=40)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = Database(f"sqlite:///{folder / 'large.db'}")
        slug = fill(database, arguments.entries)
        started = time.perf_counter()
        service = SearchService(database, folder / "index")
        service.catch_up()
        built = time.perf_counter() - started
        service.close()
        started = time.perf_counter()
        service = SearchService(database, folder / "index")
        service.catch_up()
        opened = time.perf_counter() - started
        found, written = [], []
        for turn in range(arguments.edits):
            with database.writing() as write:
                bundle = write.session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).one()
                record = record_of(write.session, bundle).model_copy(update={"title": f"Quastenflosser {turn}"})
                save_bundle(write, record, actor="benchmark")
            started = time.perf_counter()
            result = service.search(SearchRequest(Kind.BUNDLE, f"Quastenflosser {turn}"))
            found.append((time.perf_counter() - started) * 1000)
            if result.hits[0].key != slug or result.tick != database.tick():
                raise RuntimeError("the edited entry was not found at once")
            started = time.perf_counter()
            service.settle()
            written.append((time.perf_counter() - started) * 1000)
        service.close()
        database.dispose()
    rows = [
        ("first build of the index, from the database", f"{built:.1f} s", ""),
        ("start with an index on disk", f"{opened:.1f} s", ""),
        ("edited entry found", *_cells(found)),
        ("then on disk, in the background", *_cells(written)),
    ]
    text = f"{arguments.entries:,} bundles on SQLite, {arguments.edits} edits. „found“ includes reading the change.\n\n"
    publish("One edit", text + table(("step", "median", "p95"), rows))


if __name__ == "__main__":
    main()

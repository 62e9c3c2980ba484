"""Engine speed on the same documents and queries: top 10 with four facets, build, one changed entry, memory.

usage: python benchmarks/engines.py [--sizes N …] [--queries N]

Whoosh's own search is measured up to 20,000 documents; above it takes too long to wait for.
"""

import argparse
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from corpus import Entry, entries, queries
from peers import Search, fts5, tantivy_engine, whoosh_engine
from report import percentile, publish, table

from registry.search.answer import answer
from registry.search.contract import BUNDLE_FACETS, Kind, SearchRequest
from registry.search.documents import Document
from registry.search.lexicon import Lexicon
from registry.search.snapshot import Snapshot, read_snapshot
from registry.search.store import Store
from registry.search.vocabulary import Vocabulary

WHOOSH_UP_TO = 20_000


def document(one: Entry) -> Document:
    """Return an entry of the corpus as the registry's document; it has four facets with values, like the others."""
    facets = {name: [] for name in BUNDLE_FACETS if name != "transferable"}
    facets |= {name: [getattr(one, name)] for name in ("topic_field", "situation", "municipality", "phase")}
    labels = {name: {value: value for value in values} for name, values in facets.items()}
    texts = {"title": one.title, "text": one.text}
    return Document(Kind.BUNDLE, one.key, one.title, one.text[:200], texts, facets, labels)


def registry_engine(corpus: Sequence[Entry], folder: Path, lexicon: Lexicon) -> tuple[Snapshot, Store, float, float]:
    """Build the registry's index and read it; return snapshot, store, and the seconds of building and reading."""
    documents = [document(one) for one in corpus]
    store = Store(folder / "registry", lexicon)
    started = time.perf_counter()
    store.replace(documents, 1)
    built = time.perf_counter()
    with store.reader() as reader:
        snapshot = read_snapshot(reader, lexicon)
    return snapshot, store, built - started, time.perf_counter() - built


def resident() -> float:
    """Return the memory that the process holds now, in MiB (Linux)."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def times(search: Search, texts: Sequence[str]) -> list[float]:
    """Return the milliseconds of each query, after a first round that does not count."""
    for text in texts:
        search(text)
    found = []
    for text in texts:
        started = time.perf_counter()
        search(text)
        found.append((time.perf_counter() - started) * 1000)
    return found


def cold(search: Search, text: str) -> float:
    """Return the milliseconds of the very first query."""
    started = time.perf_counter()
    search(text)
    return (time.perf_counter() - started) * 1000


def change_one(snapshot: Snapshot, store: Store, one: Entry) -> tuple[float, float]:
    """Return the milliseconds until a changed entry is found, and until it is on disk as well; medians of nine."""
    shown, written = [], []
    for turn in range(9):
        changed = document(one).__class__(**{**vars(document(one)), "title": f"Quastenflosser {turn}"})
        changed.texts["title"] = changed.title
        started = time.perf_counter()
        snapshot = snapshot.changed_to(snapshot.tick + 1, [changed])
        result = answer(snapshot, SearchRequest(Kind.BUNDLE, f"Quastenflosser {turn}", per_page=10))
        shown.append((time.perf_counter() - started) * 1000)
        if result.hits[0].key != one.key:
            raise RuntimeError("the changed entry was not found")
        started = time.perf_counter()
        store.write([changed], [], snapshot.tick - 1, snapshot.tick)
        written.append((time.perf_counter() - started) * 1000)
    return statistics.median(shown), statistics.median(written)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 20_000, 100_000])
    parser.add_argument("--queries", type=int, default=300)
    arguments = parser.parse_args()
    lexicon = Lexicon(Vocabulary.shipped())
    texts = queries(arguments.queries)
    speed, build = [], []
    for size in arguments.sizes:
        _measure(size, texts, lexicon, speed, build)
    header = ("documents and engine", "median ms", "p95 ms", "first ms", "median ×", "p95 ×")
    text = f"""\
Top 10 with the counts of all values of four facets, {arguments.queries} queries of one to three words, one thread,
warm. „×“: the registry's time divided by the other's. The registry also splits compounds and expands by the vocabulary.

{table(header, speed)}"""
    publish("Engine speed", text)
    header = ("documents", "registry s", "FTS5 s", "tantivy s", "Whoosh's writer s", "× Whoosh", "read s", "found ms")
    text = f"""\
Build of an index, one thread. „read“: the snapshot in memory. „found“: from a changed entry to its being found; „on
disk“: its commit, which follows in the background. „memory“: growth of the process by the snapshot.

{table((*header, "on disk ms", "memory MiB"), build)}"""
    publish("Index build and update", text)


def _measure(
    size: int, texts: Sequence[str], lexicon: Lexicon, speed: list[Sequence[object]], build: list[Sequence[object]]
) -> None:
    corpus = list(entries(size))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = resident()
        snapshot, store, built, read = registry_engine(corpus, folder, lexicon)
        memory = resident() - before

        def ours(text: str) -> object:
            return answer(snapshot, SearchRequest(Kind.BUNDLE, text, per_page=10))

        engines: list[tuple[str, Search]] = [("registry", ours)]
        seconds: dict[str, float] = {}
        for name, start in (("FTS5", fts5), ("tantivy", tantivy_engine), ("Whoosh", whoosh_engine)):
            if name == "Whoosh" and size > WHOOSH_UP_TO:
                continue
            search, seconds[name] = start(corpus, folder)
            engines.append((name, search))
        gc.collect()
        firsts = {name: cold(search, texts[0]) for name, search in engines}
        found = {name: times(search, texts) for name, search in engines}
        own = found["registry"]
        for name, _ in engines:
            median, tail = percentile(found[name], 0.5), percentile(found[name], 0.95)
            ratios = (f"{percentile(own, 0.5) / median:.2f}", f"{percentile(own, 0.95) / tail:.3f}")
            shown = ("", "") if name == "registry" else ratios
            speed.append((f"{size:,} {name}", f"{median:.2f}", f"{tail:.2f}", f"{firsts[name]:.1f}", *shown))
        whoosh = seconds.get("Whoosh")
        quick, written = change_one(snapshot, store, corpus[0])
        build.append(
            (
                *(f"{size:,}", f"{built:.1f}", f"{seconds['FTS5']:.1f}", f"{seconds['tantivy']:.1f}"),
                *((f"{whoosh:.1f}", f"{built / whoosh:.2f}") if whoosh else ("", "")),
                *(f"{read:.1f}", f"{quick:.1f}", f"{written:.1f}", f"{memory:.0f}"),
            )
        )


if __name__ == "__main__":
    main()

"""Relevance of the OZG service search on judged queries, beside SQLite FTS5, tantivy and Whoosh's German analyser.

usage: python benchmarks/relevance.py [FILE.tsv …]

A file has the columns query, ozg_ids (right answers, comma-separated) and kind. Default: those of tests/search. The
peers index the same text of the 557 OZG services: name, names of the LeiKa services, situation and topic field.
nDCG@10 with binary relevance; success@3: a right answer among the first three.
"""

import argparse
import csv
import math
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import tantivy
from report import publish, table
from whoosh import fields, index
from whoosh.analysis import LanguageAnalyzer
from whoosh.qparser import MultifieldParser, OrGroup

from registry.database import Database
from registry.exchange.reference import load_reference
from registry.exchange.starter import load_starter
from registry.search.contract import Kind, SearchRequest
from registry.search.documents import Document
from registry.search.feed import Feed
from registry.search.service import SearchService

JUDGED = Path(__file__).resolve().parent.parent / "tests" / "search"
FIELDS = ("title", "leika", "context")
Find = Callable[[str], Sequence[str]]


def ndcg(ranked: Sequence[str], wanted: set[str]) -> float:
    """Return nDCG@10 of a ranking with binary relevance."""
    gain = sum(1 / math.log2(place + 2) for place, key in enumerate(ranked[:10]) if key in wanted)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(10, len(wanted))))


def fts5(documents: Sequence[Document]) -> Find:
    """Return SQLite's full-text search: any word, BM25."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE found USING fts5 (key UNINDEXED, title, leika, context)")
    rows = [(one.key, *(one.texts.get(name, "") for name in FIELDS)) for one in documents]
    connection.executemany("INSERT INTO found VALUES (?,?,?,?)", rows)

    def find(text: str) -> Sequence[str]:
        query = " OR ".join('"' + word.replace('"', "") + '"' for word in text.split())
        sql = "SELECT key FROM found WHERE found MATCH ? ORDER BY bm25(found, 0, 6.0, 2.0, 0.8) LIMIT 10"
        return [key for (key,) in connection.execute(sql, (query,))]

    return find


def tantivy_engine(documents: Sequence[Document]) -> Find:
    """Return tantivy with its German stemmer: any word, BM25."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw")
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name="de_stem")
    opened = tantivy.Index(builder.build())
    steps = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
    opened.register_tokenizer("de_stem", steps.filter(tantivy.Filter.stemmer("german")).build())
    writer = opened.writer(heap_size=50_000_000, num_threads=1)
    for one in documents:
        writer.add_document(tantivy.Document(key=one.key, **{name: one.texts.get(name, "") for name in FIELDS}))
    writer.commit()
    opened.reload()
    searcher = opened.searcher()

    def find(text: str) -> Sequence[str]:
        query, _ = opened.parse_query_lenient(text, list(FIELDS), field_boosts={"title": 6.0, "leika": 2.0})
        return [searcher.doc(address)["key"][0] for _, address in searcher.search(query, 10).hits]

    return find


def whoosh_engine(documents: Sequence[Document], folder: Path) -> Find:
    """Return Whoosh with its German analyser: any word, BM25F."""
    analyzer = LanguageAnalyzer("de")
    schema = fields.Schema(key=fields.ID(stored=True), **{name: fields.TEXT(analyzer=analyzer) for name in FIELDS})
    opened = index.create_in(str(folder), schema)
    writer = opened.writer()
    for one in documents:
        writer.add_document(key=one.key, **{name: one.texts.get(name, "") for name in FIELDS})
    writer.commit()
    searcher = opened.searcher()
    parser = MultifieldParser(list(FIELDS), schema, fieldboosts={"title": 6.0, "leika": 2.0}, group=OrGroup)
    return lambda text: [hit["key"] for hit in searcher.search(parser.parse(text), limit=10)]


def judged(file: Path) -> list[tuple[str, set[str]]]:
    """Read a file of judged queries."""
    with file.open(encoding="utf-8", newline="") as stream:
        return [(row["query"], set(row["ozg_ids"].split(","))) for row in csv.DictReader(stream, delimiter="\t")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*")
    files = parser.parse_args().files or sorted(JUDGED.glob("*.tsv"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = Database(f"sqlite:///{folder / 'relevance.db'}")
        database.migrate()
        load_reference(database)
        load_starter(database)
        service = SearchService(database, folder / "index")
        with database.reading() as session:
            documents = [one for one in Feed().everything(session).documents if one.kind is Kind.OZG_SERVICE]
        (folder / "whoosh").mkdir()

        def ours(text: str) -> Sequence[str]:
            return [hit.key for hit in service.search(SearchRequest(Kind.OZG_SERVICE, text, per_page=10)).hits]

        engines: dict[str, Find] = {
            "registry": ours,
            "SQLite FTS5": fts5(documents),
            "tantivy, German stemmer": tantivy_engine(documents),
            "Whoosh, German analyser": whoosh_engine(documents, folder / "whoosh"),
        }
        rows = [row for file in files for row in _rows(file, engines)]
        service.close()
        database.dispose()
    header = ("queries and engine", "n", "nDCG@10", "success@3", "without a result")
    publish("Relevance", f"Search over 557 OZG services, queries judged by hand.\n\n{table(header, rows)}")


def _rows(file: Path, engines: dict[str, Find]) -> list[Sequence[object]]:
    queries = judged(file)
    rows = []
    for name, find in engines.items():
        found = [(find(text), wanted) for text, wanted in queries]
        gain = sum(ndcg(ranked, wanted) for ranked, wanted in found) / len(found)
        success = sum(any(key in wanted for key in ranked[:3]) for ranked, wanted in found) / len(found)
        empty = sum(not ranked for ranked, _ in found) / len(found)
        cells = (f"{gain:.3f}", f"{success:.3f}", f"{100 * empty:.1f} %")
        rows.append((f"`{file.stem}` {name}", len(found), *cells))
    return rows


if __name__ == "__main__":
    main()

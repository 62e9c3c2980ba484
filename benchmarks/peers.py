"""SQLite FTS5, tantivy and Whoosh on the documents of `corpus`: build, and top 10 with counts of four facets.

Each answers what the registry's engine answers: any word of the query may match, the ten best with title, and
the number of found entries for each value of topic field, situation, municipality and phase.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import tantivy
from corpus import Entry
from whoosh import fields, index
from whoosh.analysis import LanguageAnalyzer
from whoosh.qparser import MultifieldParser, OrGroup

FACETS = ("topic_field", "situation", "municipality", "phase")
Search = Callable[[str], object]


def fts5(entries: Sequence[Entry], folder: Path) -> tuple[Search, float]:
    """Build a full-text table beside a plain one; return the search and the seconds of the build."""
    connection = sqlite3.connect(folder / "fts5.db")
    started = time.perf_counter()
    columns = ", ".join(f"{name} TEXT" for name in ("key", "title", "text", *FACETS))
    connection.execute(f"CREATE TABLE entries (id INTEGER PRIMARY KEY, {columns})")
    connection.executemany(
        "INSERT INTO entries (key, title, text, topic_field, situation, municipality, phase) VALUES (?,?,?,?,?,?,?)",
        [(one.key, one.title, one.text, *(getattr(one, name) for name in FACETS)) for one in entries],
    )
    connection.execute(
        "CREATE VIRTUAL TABLE found USING fts5 (title, text, content='entries', content_rowid='id',"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    connection.execute("INSERT INTO found (rowid, title, text) SELECT id, title, text FROM entries")
    connection.commit()
    seconds = time.perf_counter() - started
    connection.execute("CREATE TEMP TABLE matched (id INTEGER PRIMARY KEY)")

    def search(text: str) -> object:
        query = " OR ".join(f'"{word}"' for word in text.split())
        hits = connection.execute(
            "SELECT key, entries.title FROM found JOIN entries ON entries.id = found.rowid"
            " WHERE found MATCH ? ORDER BY bm25(found, 6.0, 0.6) LIMIT 10",
            (query,),
        ).fetchall()
        connection.execute("DELETE FROM matched")
        connection.execute("INSERT INTO matched SELECT rowid FROM found WHERE found MATCH ?", (query,))
        counts = [
            connection.execute(f"SELECT {name}, count(*) FROM matched JOIN entries USING (id) GROUP BY 1").fetchall()
            for name in FACETS
        ]
        return hits, counts

    return search, seconds


def tantivy_engine(entries: Sequence[Entry], folder: Path) -> tuple[Search, float]:
    """Build a tantivy index with its German stemmer and fast fields; return the search and the seconds of the build."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw")
    for name in ("title", "text"):
        builder.add_text_field(name, stored=name == "title", tokenizer_name="de_stem")
    for name in FACETS:
        builder.add_text_field(name, stored=False, tokenizer_name="raw", fast=True)
    (folder / "tantivy").mkdir()
    started = time.perf_counter()
    opened = tantivy.Index(builder.build(), path=str(folder / "tantivy"))
    analyzer = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.stemmer("german"))
        .build()
    )
    opened.register_tokenizer("de_stem", analyzer)
    writer = opened.writer(heap_size=256_000_000, num_threads=1)
    for one in entries:
        writer.add_document(tantivy.Document(**vars(one)))
    writer.commit()
    writer.wait_merging_threads()
    seconds = time.perf_counter() - started
    opened.reload()
    searcher = opened.searcher()
    wanted = {name: {"terms": {"field": name, "size": 500}} for name in FACETS}

    def search(text: str) -> object:
        query = opened.parse_query(text, ["title", "text"], field_boosts={"title": 6.0, "text": 0.6})
        hits = [searcher.doc(address).to_dict() for _, address in searcher.search(query, 10).hits]
        return hits, searcher.aggregate(query, wanted)

    return search, seconds


def whoosh_engine(entries: Sequence[Entry], folder: Path) -> tuple[Search, float]:
    """Build a Whoosh index with its own analyser and writer; return the search and the seconds of the build."""
    analyzer = LanguageAnalyzer("de")
    schema = fields.Schema(
        key=fields.ID(unique=True, stored=True),
        title=fields.TEXT(analyzer=analyzer, stored=True, field_boost=6.0),
        text=fields.TEXT(analyzer=analyzer, field_boost=0.6),
        **{name: fields.ID(stored=True, sortable=True) for name in FACETS},
    )
    (folder / "whoosh").mkdir()
    started = time.perf_counter()
    opened = index.create_in(str(folder / "whoosh"), schema)
    writer = opened.writer(limitmb=256)
    for one in entries:
        writer.add_document(**vars(one))
    writer.commit()
    seconds = time.perf_counter() - started
    searcher = opened.searcher()
    parser = MultifieldParser(["title", "text"], schema, group=OrGroup)

    def search(text: str) -> object:
        found = searcher.search(parser.parse(text), limit=10, groupedby=list(FACETS))
        return [hit["title"] for hit in found], [found.groups(name) for name in FACETS]

    return search, seconds

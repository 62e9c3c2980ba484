"""The Whoosh index on disk: opening, writing, healing. One folder a fingerprint, replaced as a whole."""

import hashlib
import logging
import shutil
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from whoosh import fields, index
from whoosh.formats import Frequency
from whoosh.index import FileIndex

from registry.search.documents import FIELDS, Document
from registry.search.lexicon import GermanAnalyzer, Lexicon
from registry.search.vocabulary import FOLDER

log = logging.getLogger(__name__)
VERSION = 1
"""Raise it when documents or analysis change: an index of another version is rebuilt."""


CLOCK = "clock"
"""Identity of the one document that holds the tick which the index has reached."""


class WeightedText(fields.FieldType):  # type: ignore[misc]  # the library ships no types
    """Text indexed by weight alone: no positions, which phrases check in the stored text."""

    def __init__(self, analyzer: GermanAnalyzer) -> None:
        self.analyzer = analyzer
        self.format = Frequency()
        self.scorable = True
        self.stored = False
        self.unique = False
        self.vector = None
        self.spelling = False
        self.multitoken_query = "and"
        self.column_type = None


def fingerprint() -> str:
    """Return a name for schema and analysis: a changed dictionary of parts needs a new index."""
    digest = hashlib.sha256(f"{VERSION}{sorted(FIELDS.items())}".encode())
    for name in ("parts", "weak", "stop"):
        digest.update((FOLDER / f"{name}.txt").read_bytes())
    return digest.hexdigest()[:16]


class Store:
    """The index folder of one fingerprint below `root`."""

    def __init__(self, root: Path, lexicon: Lexicon) -> None:
        self.root = root
        self.lexicon = lexicon
        self.folder = root / fingerprint()
        self._index: FileIndex | None = None

    def schema(self) -> fields.Schema:
        """Return the schema: the weighted fields, the identity, and the document itself as store."""
        analyzer = GermanAnalyzer(self.lexicon)
        texts = {name: WeightedText(analyzer) for name in FIELDS}
        return fields.Schema(identity=fields.ID(unique=True, stored=True), document=fields.STORED(), **texts)

    def open(self) -> FileIndex | None:
        """Return the open index, or None when there is none or it cannot be read."""
        if self._index is None:
            try:
                if index.exists_in(str(self.folder)):
                    self._index = index.open_dir(str(self.folder), schema=self.schema())
            except Exception as error:  # Whoosh raises whatever a damaged file happens to cause
                log.warning("search index at %s is damaged (%s); it will be rebuilt", self.folder, str(error))
                self._index = None
        return self._index

    def exists(self) -> bool:
        """Tell whether the index's folder is there."""
        return self.folder.is_dir()

    def reader(self) -> Any:
        """Open a reader on the newest commit, of this or another process. Raises OSError when there is no index."""
        self._index = None
        opened = self.open()
        if opened is None:
            raise FileNotFoundError(f"no search index at {self.folder}")
        return opened.reader()

    def close(self) -> None:
        """Close the index."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def write(self, documents: Iterable[Document], dropped: Iterable[str], tick: int) -> None:
        """Put documents into the index and drop others, in one commit that also stores the tick."""
        opened = self.open()
        if opened is None:
            raise FileNotFoundError(self.folder)
        writer = opened.writer(timeout=10.0)
        try:
            for identity in dropped:
                writer.delete_by_term("identity", identity)
            for one in documents:
                writer.update_document(**_row(one))
            _set_tick(writer, tick)
        except BaseException:
            writer.cancel()
            raise
        writer.commit()

    def replace(self, documents: list[Document], tick: int, progress: Callable[[int, int], None] | None = None) -> None:
        """Build a new index beside the old one, then put it in its place; drop indexes of other fingerprints."""
        self.root.mkdir(parents=True, exist_ok=True)
        beside = self.root / f"new-{uuid.uuid4().hex}"
        beside.mkdir()
        try:
            created = index.create_in(str(beside), self.schema())
            writer = created.writer(limitmb=256)
            for number, one in enumerate(documents, 1):
                writer.add_document(**_row(one))
                if progress and (number % 50 == 0 or number == len(documents)):
                    progress(number, len(documents))
            _set_tick(writer, tick)
            writer.commit()
            created.close()
            self._swap(beside)
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def _swap(self, beside: Path) -> None:
        self._index = None
        old = self.root / f"old-{uuid.uuid4().hex}"
        if self.folder.exists():
            self.folder.rename(old)
        beside.rename(self.folder)
        for entry in self.root.iterdir():
            if entry.is_dir() and entry != self.folder and not entry.name.startswith("new-"):
                shutil.rmtree(entry, ignore_errors=True)


def _row(document: Document) -> dict[str, Any]:
    return {
        "identity": document.identity,
        "document": document.to_json(),
        **{name: text for name, text in document.texts.items() if text},
    }


def _set_tick(writer: Any, tick: int) -> None:
    writer.update_document(identity=CLOCK, document=str(tick))

"""The Whoosh index on disk: opening, writing, replacing. One folder a fingerprint, replaced as a whole."""

import hashlib
import logging
import shutil
import uuid
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from whoosh import fields, index
from whoosh.formats import Frequency
from whoosh.index import FileIndex

from registry.search.codec import BulkWriter
from registry.search.contract import Kind
from registry.search.documents import Document
from registry.search.impacts import FIELDS, K1, impacts
from registry.search.lexicon import GermanAnalyzer, Lexicon
from registry.search.vocabulary import FOLDER

log = logging.getLogger(__name__)
VERSION = 2
"""Raise it when documents or analysis change: an index of another version is rebuilt."""
CLOCK = "clock"
"""Identity of the one document that holds the tick which the index has reached."""


class Impacts(fields.FieldType):  # type: ignore[misc]  # the library ships no types
    """A field whose postings carry impacts that are computed before they are written (registry.search.impacts)."""

    def __init__(self, analyzer: GermanAnalyzer) -> None:
        self.analyzer = analyzer
        self.format = Frequency()
        self.scorable = True
        self.stored = False
        self.unique = False
        self.vector = None
        self.spelling = False
        self.multitoken_query = "or"
        self.column_type = None


def fingerprint() -> str:
    """Return a name for schema and analysis: a changed dictionary of parts needs a new index."""
    digest = hashlib.sha256(f"{VERSION}{sorted(FIELDS.items())}{K1}".encode())
    for name in ("parts", "weak", "stop"):
        digest.update((FOLDER / f"{name}.txt").read_bytes())
    return digest.hexdigest()[:16]


class Store:
    """The index folder of one fingerprint below `root`."""

    def __init__(self, root: Path, lexicon: Lexicon) -> None:
        """Prepare; nothing is opened yet."""
        self.root = root
        self.lexicon = lexicon
        self.folder = root / fingerprint()

    def schema(self) -> fields.Schema:
        """Return the schema: identity, the document itself as store, and the postings of each kind."""
        analyzer = GermanAnalyzer(self.lexicon)
        texts = {kind.value: Impacts(analyzer) for kind in Kind}
        return fields.Schema(identity=fields.ID(unique=True, stored=True), document=fields.STORED(), **texts)

    def exists(self) -> bool:
        """Tell whether the index's folder is there."""
        return self.folder.is_dir()

    def _open(self) -> FileIndex:
        """Open the newest commit, of this or another process. Raises FileNotFoundError when there is no index."""
        if not self.folder.is_dir() or not index.exists_in(str(self.folder)):
            raise FileNotFoundError(f"no search index at {self.folder}")
        return index.open_dir(str(self.folder), schema=self.schema())

    def reader(self) -> Any:
        """Open a reader on the newest commit. Raises OSError when there is no index."""
        return self._open().reader()

    def write(self, documents: Collection[Document], dropped: Collection[str], since: int, tick: int) -> bool:
        """Put documents into the index and drop others, in one commit that also stores the tick.

        The changes must be all that has happened after tick `since`. Returns False, and writes nothing, when the
        index has not reached `since` yet; an index that is further than `tick` is left as it is. Raises
        whoosh.index.LockError while another process is writing.
        """
        opened = self._open()
        reached = _reached(opened)
        if reached < since:
            return False
        if reached >= tick:
            return True
        writer = BulkWriter(opened, timeout=10.0)
        try:
            with opened.reader() as reader:
                for identity in (*dropped, *(one.identity for one in documents), CLOCK):
                    for number in _numbers(reader, identity):
                        writer.delete_document(number)
            for one in documents:
                self._add(writer, one)
            writer.add_document(identity=CLOCK, document=str(tick))
        except BaseException:
            writer.cancel()
            raise
        writer.commit()
        return True

    def replace(
        self, documents: Sequence[Document], tick: int, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Build a new index beside the old one, then put it in its place; drop indexes of other fingerprints."""
        self.root.mkdir(parents=True, exist_ok=True)
        beside = self.root / f"new-{uuid.uuid4().hex}"
        beside.mkdir()
        try:
            created = index.create_in(str(beside), self.schema())
            writer = BulkWriter(created)
            for number, one in enumerate(documents, 1):
                self._add(writer, one)
                if progress and (number % 50 == 0 or number == len(documents)):
                    progress(number, len(documents))
            writer.add_document(identity=CLOCK, document=str(tick))
            writer.commit()
            created.close()
            self._swap(beside)
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def _add(self, writer: BulkWriter, one: Document) -> None:
        row = {"identity": one.identity, "document": one.to_json()}
        writer.add(row, {one.kind.value: impacts(one.kind, one.texts, self.lexicon)})

    def _swap(self, beside: Path) -> None:
        old = self.root / f"old-{uuid.uuid4().hex}"
        if self.folder.exists():
            self.folder.rename(old)
        beside.rename(self.folder)
        for entry in self.root.iterdir():
            if entry.is_dir() and entry != self.folder and not entry.name.startswith("new-"):
                shutil.rmtree(entry, ignore_errors=True)


def _numbers(reader: Any, identity: str) -> list[int]:
    """Return the numbers of the documents with an identity: one, or none."""
    if ("identity", identity) not in reader:
        return []
    return list(reader.postings("identity", identity).all_ids())


def _reached(opened: FileIndex) -> int:
    """Return the tick that an index has reached. Raises ValueError when it holds no clock."""
    with opened.reader() as reader:
        for number in _numbers(reader, CLOCK):
            return int(reader.stored_fields(number)["document"])
    raise ValueError("the index holds no clock")

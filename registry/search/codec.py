"""A Whoosh codec that writes and reads whole posting lists as arrays instead of one posting at a time.

The files keep the layout of Whoosh's own W3 codec (term table, blocks with statistics, stored fields), and Whoosh's
searchers read them; only the payload of a block differs: document numbers and weights as packed 32-bit
values. Measured in docs/performance.md: an index is built several times faster than by Whoosh's own writer, and a
snapshot reads each list with one call. Whoosh is pinned exactly, because this module builds on its inner classes.
"""

from __future__ import annotations  # array is no generic at run time before Python 3.12

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3LeafMatcher, W3PostingsWriter
from whoosh.writing import SegmentWriter

BLOCK = 1 << 16
"""Postings in a block; the evaluation always reads whole lists, so that skipping blocks gains nothing."""


class NumpyCodec(W3Codec):  # type: ignore[misc]  # the library ships no types
    """W3 with packed blocks."""

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK, compression=0, inlinelimit=0)

    def field_writer(self, storage: Any, segment: Any) -> Any:
        """Return the writer of inverted lists."""
        return _FieldWriter(self, storage, segment)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:
        """Return the writer of one list."""
        return _PostingsWriter(dbfile, blocklimit=self._blocklimit, byteids=byteids, compression=0, inlinelimit=0)

    def postings_reader(self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None) -> Any:
        """Return a matcher on a stored list."""
        offset, length = terminfo.extent()
        return PackedMatcher(dbfile, offset, length, format_, term=term, scorer=scorer)


class PackedList(NamedTuple):
    """A whole posting list: ascending document numbers and their weights."""

    docs: NDArray[np.integer[Any]]
    weights: NDArray[np.float32]


class Pool:
    """Collects the postings of a segment in flat arrays, sorted once when the segment is written.

    Documents come in ascending order, and a stable sort by term keeps them so within each list.
    """

    def __init__(self) -> None:
        self._fields: dict[str, _FieldPool] = defaultdict(_FieldPool)

    def add(self, posting: tuple[str, bytes, int, float, bytes]) -> None:
        """Add one posting, as Whoosh's writer hands it over: field, term, document, weight, payload (unused)."""
        name, text, number, weight, _ = posting
        self._fields[name].add(number, {text.decode("utf-8"): weight})

    def add_document(self, name: str, number: int, weights: Mapping[str, float]) -> None:
        """Add all postings of one field of a document."""
        self._fields[name].add(number, weights)

    def iter_postings(self) -> Pool:
        """Return itself: the field writer takes whole lists."""
        return self

    def lists(self) -> Iterator[tuple[str, Iterator[tuple[bytes, PackedList]]]]:
        """Yield the fields in order, each with its terms in order."""
        for name in sorted(self._fields):
            yield name, self._fields[name].lists()

    def cleanup(self) -> None:
        """Forget everything."""
        self._fields.clear()


class _FieldPool:
    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.terms, self.docs, self.weights = array("I"), array("I"), array("f")

    def add(self, number: int, weights: Mapping[str, float]) -> None:
        numbers = self.numbers
        self.terms.extend([numbers.setdefault(text, len(numbers)) for text in weights])
        self.docs.extend([number] * len(weights))
        self.weights.extend(weights.values())

    def lists(self) -> Iterator[tuple[bytes, PackedList]]:
        terms = np.frombuffer(self.terms, dtype=np.uint32)
        order = np.argsort(terms, kind="stable")
        docs = np.frombuffer(self.docs, dtype=np.uint32)[order]
        weights = np.frombuffer(self.weights, dtype=np.float32)[order]
        ends = np.cumsum(np.bincount(terms, minlength=len(self.numbers)))
        for text, number in sorted(self.numbers.items()):
            part = slice(ends[number - 1] if number else 0, ends[number])
            yield text.encode("utf-8"), PackedList(docs[part], weights[part])


class _FieldWriter(W3FieldWriter):  # type: ignore[misc]
    def add_postings(self, schema: Any, _lengths: Any, items: Pool) -> None:
        for name, terms in items.lists():
            self.start_field(name, schema[name])
            for text, postings in terms:
                self.start_term(text)
                self._postwriter.add_list(postings)
                self.finish_term()
            self.finish_field()


class _PostingsWriter(W3PostingsWriter):  # type: ignore[misc]
    def add_list(self, postings: PackedList) -> None:
        for start in range(0, len(postings.docs), BLOCK):
            if start:
                self._write_block()
            block = slice(start, start + BLOCK)
            self._ids, self._weights = postings.docs[block], postings.weights[block]
            self._maxweight = float(self._weights.max())

    def finish_postings(self) -> Any:
        # Whoosh asks „if self._ids“, which an array of several numbers does not answer.
        self._write_block(last=True)
        info = self._terminfo  # type: ignore[has-type]
        info.set_extent(self._startoffset, self._postfile.tell() - self._startoffset)
        self._terminfo = None
        return info

    def _mini_ids(self) -> bytes:
        return bytes(self._ids.tobytes())

    def _mini_weights(self) -> bytes:
        return bytes(self._weights.tobytes())

    def min_id(self) -> int:
        return int(self._ids[0])

    def max_id(self) -> int:
        return int(self._ids[-1])


class PackedMatcher(W3LeafMatcher):  # type: ignore[misc]
    """Reads packed blocks; `whole()` returns the list in one piece."""

    def _read_ids(self) -> None:
        self._load()
        self._ids = np.frombuffer(self._data[0], dtype=np.uint32).tolist()

    def _read_weights(self) -> None:
        self._load()
        self._weights = np.frombuffer(self._data[1], dtype=np.float32).tolist()

    def _load(self) -> None:
        if self._data is None:
            self._read_data()

    def whole(self) -> PackedList:
        """Return all postings from the first block on; the matcher is used up."""
        self.reset()
        docs, weights = [], []
        while not self._atend:
            self._load()
            docs.append(np.frombuffer(self._data[0], dtype=np.uint32))
            weights.append(np.frombuffer(self._data[1], dtype=np.float32))
            self._next_block()
        return PackedList(np.concatenate(docs).astype(np.int32), np.concatenate(weights))


class BulkWriter(SegmentWriter):  # type: ignore[misc]
    """Whoosh's segment writer with the pool and codec of this module.

    Segments are never merged on commit: the index is rebuilt as a whole when many small ones have gathered.
    """

    def __init__(self, index: Any, timeout: float = 0.0) -> None:
        super().__init__(index, timeout=timeout, codec=NumpyCodec(), limitmb=1)
        self.pool = Pool()
        self.merge = False

    def add(self, row: Mapping[str, Any], weights: Mapping[str, Mapping[str, float]]) -> None:
        """Add a document with its postings, by field, beside what the row's own fields index."""
        number = self.docnum
        self.add_document(**row)
        for name, terms in weights.items():
            self.pool.add_document(name, number, terms)

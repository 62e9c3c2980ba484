"""The packed codec keeps what is written, and Whoosh's own searcher reads it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh import fields, index
from whoosh.query import Term

from registry.search import codec
from registry.search.codec import BulkWriter, PackedMatcher, Pool

pytestmark = pytest.mark.sqlite_only
WEIGHTS = st.dictionaries(st.sampled_from("abcdeäß"), st.floats(0.125, 9, width=32), max_size=5)


@given(st.lists(WEIGHTS, max_size=12))
def test_the_pool_gives_back_each_list_in_the_order_of_the_documents(rows: list[dict[str, float]]) -> None:
    pool = Pool()
    for number, row in enumerate(rows):
        pool.add_document("terms", number, row)
    found = {
        (name, text.decode(), doc): weight
        for name, lists in pool.lists()
        for text, packed in lists
        for doc, weight in zip(packed.docs.tolist(), packed.weights.tolist(), strict=True)
    }
    assert found == {("terms", text, number): weight for number, row in enumerate(rows) for text, weight in row.items()}


@pytest.mark.parametrize("block", [2, 5, codec.BLOCK])
def test_whooshs_own_searcher_reads_what_was_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(codec, "BLOCK", block)
    schema = fields.Schema(key=fields.ID(unique=True, stored=True), text=fields.TEXT())
    opened = index.create_in(str(tmp_path), schema)
    for start in (0, 6):
        writer = BulkWriter(opened)
        for number in range(start, start + 6):
            other = "gerade" if number % 2 == 0 else "ungerade"
            writer.add({"key": f"k{number}"}, {"text": {"alle": 1.0 + number, other: 2.5}})
        writer.commit()
    writer = BulkWriter(opened)
    writer.delete_by_term("key", "k4")
    writer.commit()
    with opened.searcher() as searcher:
        found = searcher.search(Term("text", "gerade"), limit=None)
        assert {hit["key"] for hit in found} == {"k0", "k2", "k6", "k8", "k10"}
        assert searcher.doc_frequency("text", "alle") == 12
        matchers = [leaf.postings("text", "alle") for leaf, _ in searcher.reader().leaf_readers()]
        inner = [one if isinstance(one, PackedMatcher) else one.child for one in matchers]
        lists = [one.whole() for one in inner]
    assert [weight for one in lists for weight in one.weights.tolist()] == [1.0 + number for number in range(12)]

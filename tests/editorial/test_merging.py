"""Three-way merges: nothing that either side did is lost, and only real conflicts are asked about."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.editorial.merging import Conflict, merge, resolved
from registry.editorial.values import EMPTY, Values, clean

pytestmark = pytest.mark.sqlite_only

A, B, C = ({"url": f"https://www.example.org/{name}", "title": name} for name in "abc")


def _source(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("url", "title", "publisher", "published", "supports"))
    return empty | row | changes


def test_changes_of_different_fields_merge_silently() -> None:
    base = {"title": "Alt", "summary": "Alt"}
    merged = merge(base, base | {"title": "Meins"}, base | {"summary": "Ihres", "licence": "MIT"})
    assert not merged.conflicts
    assert [merged.values[name] for name in ("title", "summary", "licence")] == ["Meins", "Ihres", "MIT"]


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    merged = merge({"funding_amount_eur": None}, {"funding_amount_eur": "1.000"}, {"funding_amount_eur": "1000.00"})
    assert not merged.conflicts


def test_a_field_changed_differently_is_a_conflict_that_keeps_what_i_typed() -> None:
    merged = merge({"title": "Alt"}, {"title": "Meins"}, {"title": "Ihres"})
    assert merged.conflicts == (Conflict("title", "Alt", "Meins", "Ihres"),)
    assert merged.values["title"] == "Meins"
    assert resolved(merged, lambda one: one.theirs)["title"] == "Ihres"


def test_lists_merge_item_by_item() -> None:
    base = {"sources": [A, B]}
    merged = merge(base, {"sources": [A, B, C]}, {"sources": [B | {"publisher": "Stadt"}]})
    assert not merged.conflicts
    assert merged.values["sources"] == [_source(B, publisher="Stadt"), _source(C)]


def test_two_fields_of_one_item_merge() -> None:
    merged = merge({"sources": [A]}, {"sources": [A | {"publisher": "X"}]}, {"sources": [A | {"published": "2020"}]})
    assert merged.values["sources"] == [_source(A, publisher="X", published="2020")]
    mapping = {"ozg_id": "10160", "basis": "named"}
    keys = [mapping | {"leika_keys": [key]} for key in ("99000000000001", "99000000000002")]
    both = merge({"ozg_services": [mapping]}, {"ozg_services": [keys[0]]}, {"ozg_services": [keys[1]]})
    assert both.values["ozg_services"][0]["leika_keys"] == ["99000000000001", "99000000000002"]


def test_one_item_changed_differently_is_a_conflict_of_that_item_alone() -> None:
    merged = merge({"sources": [A, B]}, {"sources": [A | {"title": "x"}, B, C]}, {"sources": [A | {"title": "y"}, B]})
    (conflict,) = merged.conflicts
    assert (conflict.field, conflict.mine["title"], conflict.theirs["title"]) == ("sources", "x", "y")
    chosen = resolved(merged, lambda one: one.theirs)["sources"]
    assert [row["title"] for row in chosen] == ["y", "b", "c"]


def test_a_change_against_a_removal_is_asked_about() -> None:
    merged = merge({"sources": [A, B]}, {"sources": [B]}, {"sources": [A | {"title": "y"}, B]})
    (conflict,) = merged.conflicts
    assert conflict.mine is None
    assert resolved(merged, lambda one: one.mine)["sources"] == [_source(B)]
    assert [row["title"] for row in resolved(merged, lambda one: one.theirs)["sources"]] == ["b", "y"]


def test_lists_of_words_merge_as_sets() -> None:
    base = {"audience": ["citizens", "businesses"]}
    merged = merge(base, {"audience": ["citizens"]}, {"audience": ["citizens", "businesses", "administration"]})
    assert not merged.conflicts
    assert merged.values["audience"] == ["citizens", "administration"]


def test_items_of_the_same_name_stay_apart() -> None:
    links = [{"kind": kind, "url": "https://www.example.org"} for kind in ("website", "demo")]
    merged = merge({"links": []}, {"links": links}, {"licence": "MIT"})
    assert [row["kind"] for row in merged.values["links"]] == ["website", "demo"]


_rows = st.lists(
    st.builds(
        lambda url, title, publisher: {"url": url, "title": title, "publisher": publisher},
        st.sampled_from("abcd"),
        st.sampled_from("xy"),
        st.sampled_from(["p", None]),
    ),
    max_size=4,
    unique_by=lambda row: row["url"],
)
_values = st.fixed_dictionaries(
    {
        "title": st.sampled_from("abc"),
        "costs.operation_fte_from": st.sampled_from([None, "1", "1,0", 2.0]),
        "audience": st.lists(st.sampled_from(["citizens", "businesses"]), unique=True),
        "sources": _rows,
    }
)


@given(_values, _values)
def test_with_one_side_unchanged_the_other_is_the_result(base: Values, side: Values) -> None:
    assert merge(base, side, base).values == clean(side)
    assert merge(base, base, side).values == clean(side)
    assert merge(base, side, side).values == clean(side)


@given(_values, _values, _values)
def test_each_change_is_in_the_result_or_in_a_conflict(base: Values, mine: Values, theirs: Values) -> None:
    merged = merge(base, mine, theirs)
    asked = {one.field for one in merged.conflicts}
    b, m, t = clean(base), clean(mine), clean(theirs)
    for name in EMPTY.keys() - {"sources", "audience"} - asked:
        assert merged.values[name] == (t[name] if m[name] == b[name] else m[name])
    for one in {"citizens", "businesses"}:
        was, own, other = (one in side["audience"] for side in (b, m, t))
        assert (one in merged.values["audience"]) == (other if own == was else own)
    items = {one.item[0] for one in merged.conflicts if one.field == "sources"}
    rows = {row["url"]: row for row in merged.values["sources"]}
    for url in set("abcd") - items:
        was, own, other = (next((row for row in side["sources"] if row["url"] == url), None) for side in (b, m, t))
        if own in (was, other) or other == was:
            assert rows.get(url) == (other if own == was else own)
        else:  # merged field by field
            assert own is not None
            assert other is not None
            assert all(value in (own[key], other[key]) for key, value in rows[url].items())


@given(_values, _values, _values)
def test_mine_and_theirs_may_be_exchanged(base: Values, mine: Values, theirs: Values) -> None:
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert {(c.field, c.item) for c in one.conflicts} == {(c.field, c.item) for c in other.conflicts}
    assert resolved(one, lambda c: c.mine)["title"] == resolved(other, lambda c: c.theirs)["title"]

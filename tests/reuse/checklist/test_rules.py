"""Transferability with evidence: what counts, what caps, and what can never raise the class."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.reuse.checklist.models import CheckGroup, Obligation, Verdict
from registry.reuse.checklist.rules import (
    DIMENSION_ITEMS,
    Assessment,
    CheckedItem,
    Judgement,
    TransferClass,
    assess,
)
from registry.reuse.models import DimensionFields

pytestmark = pytest.mark.sqlite_only

SOURCE, DAY = "https://www.example.org/pruefung", date(2025, 3, 1)
_BETTER = [Verdict.UNCHECKED, Verdict.NOT_FULFILLED, Verdict.PARTLY, Verdict.FULFILLED]


def _dimensions(scores: tuple[int | None, ...] = (3, 3, 3, 3), **changes: Any) -> DimensionFields:
    values: dict[str, Any] = {}
    for (name, _title), score in zip(DIMENSION_ITEMS, scores, strict=True):
        values |= {f"{name}_score": score, f"{name}_reason": "Grund", f"{name}_source_url": SOURCE}
        values |= {f"{name}_assessed_on": DAY}
    return DimensionFields(**(values | changes))


def _item(slug: str, obligation: Obligation, verdict: Verdict | None = Verdict.FULFILLED, **said: Any) -> CheckedItem:
    evidence = {"checked_on": DAY, "source_url": SOURCE} | said
    judgement = None if verdict is None else Judgement(0, verdict, **evidence)
    return CheckedItem(slug, CheckGroup.PAYMENT, obligation, f"Anforderung {slug}", judgement=judgement)


def _rank(found: Assessment) -> int:
    """Return how good a class is; no class is the worst."""
    one = found.transfer_class
    return 0 if one is None else len(TransferClass) - list(TransferClass).index(one)


def test_an_entry_without_any_evidence_has_no_class() -> None:
    found = assess(DimensionFields(), [_item("a", Obligation.MUST, None)])
    assert (found.transfer_class, found.points, found.total, found.percent) == (None, 0, 15, 0)
    assert found.sentence == "0 von 15 Punkten sind mit Quelle und Datum belegt (0 %)."
    assert [line.field for line in found.gaps[:2]] == ["dimensions.legal_score", "dimensions.organisational_score"]
    assert found.gaps[-1].field == "checks"


def test_an_entry_that_shows_everything_is_of_the_best_class() -> None:
    found = assess(_dimensions(), [_item("a", Obligation.MUST), _item("b", Obligation.MAY)])
    assert (found.transfer_class, found.points, found.total, found.gaps) == (TransferClass.A, 16, 16, ())
    assert (found.first_day, found.last_day) == (DAY, DAY)
    assert found.sentence.endswith("Alle MUSS-Anforderungen sind erfüllt.")


@pytest.mark.parametrize("part", ["reason", "source_url", "assessed_on"])
def test_a_dimension_without_one_part_of_its_evidence_is_unchecked(part: str) -> None:
    dimensions = _dimensions()
    setattr(dimensions, f"technical_{part}", None)
    line = next(line for line in assess(dimensions, []).lines if line.key == "technical")
    assert (line.verdict, line.claimed, line.points) == (Verdict.UNCHECKED, Verdict.FULFILLED, 0)
    assert line.field == f"dimensions.technical_{part}"
    assert len(line.missing) == 1


@pytest.mark.parametrize("said", [{"checked_on": None}, {"source_url": None}])
def test_a_verdict_without_source_or_day_counts_as_unchecked(said: dict[str, Any]) -> None:
    found = assess(_dimensions(), [_item("a", Obligation.MUST, **said)])
    assert found.lines[-1].verdict is Verdict.UNCHECKED
    assert found.lines[-1].field == f"checks.0.{next(iter(said))}"
    assert found.transfer_class is TransferClass.C


@pytest.mark.parametrize(
    ("scores", "items", "expected"),
    [
        ((3, 3, 3, 3), [Verdict.NOT_FULFILLED], TransferClass.C),
        ((3, 3, 3, 3), [None], TransferClass.C),
        ((3, 3, 3, 3), [Verdict.PARTLY], TransferClass.B),
        ((3, 3, 3, 1), [Verdict.FULFILLED], TransferClass.B),
        ((2, 2, 2, 2), [], TransferClass.C),
        ((3, 3, 3, 0), [], TransferClass.C),
        ((3, 0, 0, 0), [], TransferClass.D),
        ((0, 0, 0, 0), [], TransferClass.D),
        ((0, None, None, None), [], TransferClass.D),
    ],
)
def test_the_class_follows_from_points_and_is_capped_by_a_must(
    scores: tuple[int | None, ...], items: list[Verdict | None], expected: TransferClass
) -> None:
    checked = [_item(f"i-{number}", Obligation.MUST, verdict) for number, verdict in enumerate(items)]
    assert assess(_dimensions(scores), checked).transfer_class is expected


def test_a_retired_item_does_not_count_and_is_told_of() -> None:
    retired = replace(_item("a", Obligation.MUST, Verdict.NOT_FULFILLED), retired=True)
    found = assess(_dimensions(), [retired])
    assert (found.transfer_class, found.total, found.ignored) == (TransferClass.A, 12, 1)


def test_a_gap_says_what_it_costs_and_the_dearest_must_comes_first() -> None:
    items = [_item("a", Obligation.MAY, None), _item("b", Obligation.SHOULD, Verdict.PARTLY)]
    found = assess(_dimensions((3, 3, 1, 0)), items)
    assert [(line.key, line.lost) for line in found.gaps] == [
        ("financial", 3),
        ("technical", 1.5),
        ("a", 1),
        ("b", 1),
    ]
    assert sum(line.lost for line in found.gaps) == found.total - found.points


_days = st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2025, 1, 1)))
_sources = st.sampled_from([None, SOURCE])
_judgements = st.builds(Judgement, st.integers(0, 9), st.sampled_from(Verdict), _days, _sources)
_items = st.lists(
    st.builds(
        CheckedItem,
        st.uuids().map(str),
        st.sampled_from(CheckGroup),
        st.sampled_from(Obligation),
        st.just("Anforderung"),
        retired=st.booleans(),
        judgement=st.one_of(st.none(), _judgements),
    ),
    max_size=8,
)


@st.composite
def _entries(draw: st.DrawFn) -> DimensionFields:
    values: dict[str, Any] = {}
    for name, _title in DIMENSION_ITEMS:
        score = draw(st.sampled_from([None, 0, 1, 2, 3]))
        values[f"{name}_score"] = score
        values[f"{name}_reason"] = "Grund" if score is not None else draw(st.sampled_from([None, "Grund"]))
        values[f"{name}_source_url"] = draw(_sources)
        values[f"{name}_assessed_on"] = draw(_days)
    return DimensionFields(**values)


@given(_entries(), _items, st.data())
def test_removing_evidence_never_raises_points_or_class(
    dimensions: DimensionFields, items: list[CheckedItem], data: st.DataObject
) -> None:
    before = assess(dimensions, items)
    less = DimensionFields.model_construct(**dimensions.model_dump())
    for field in data.draw(st.sets(st.sampled_from(sorted(DimensionFields.model_fields)))):
        setattr(less, field, None)
    fewer = []
    for item in items:
        said = item.judgement
        gone = data.draw(st.sampled_from(["nothing", "all", "source_url", "checked_on"]))
        if said is not None and gone == "all":
            said = None
        elif said is not None and gone != "nothing":
            said = replace(said, **{gone: None})  # type: ignore[arg-type]
        fewer.append(replace(item, judgement=said))
    after = assess(less, fewer)
    assert after.points <= before.points
    assert after.percent <= before.percent
    assert _rank(after) <= _rank(before)


@given(_entries(), _items, st.data())
def test_improving_a_verdict_never_lowers_points_or_class(
    dimensions: DimensionFields, items: list[CheckedItem], data: st.DataObject
) -> None:
    before = assess(dimensions, items)
    better = []
    for item in items:
        said = item.judgement
        if said is not None:
            place = data.draw(st.integers(_BETTER.index(said.verdict), len(_BETTER) - 1))
            said = replace(said, verdict=_BETTER[place])
        better.append(replace(item, judgement=said))
    improved = DimensionFields.model_construct(**dimensions.model_dump())
    for name, _title in DIMENSION_ITEMS:
        score = getattr(improved, f"{name}_score")
        if score is not None:
            setattr(improved, f"{name}_score", data.draw(st.integers(score, 3)))
    after = assess(improved, better)
    assert after.points >= before.points
    assert _rank(after) >= _rank(before)


@given(_entries(), _items.flatmap(lambda items: st.tuples(st.just(items), st.permutations(items))))
def test_the_order_of_items_does_not_matter(
    dimensions: DimensionFields, orders: tuple[list[CheckedItem], list[CheckedItem]]
) -> None:
    one, other = (assess(dimensions, items) for items in orders)
    assert (one.points, one.total, one.transfer_class) == (other.points, other.total, other.transfer_class)
    assert sorted(line.key for line in one.gaps) == sorted(line.key for line in other.gaps)
    assert one.sentence == other.sentence


@given(_entries(), _items, st.sampled_from([None, Verdict.NOT_FULFILLED, Verdict.UNCHECKED]))
def test_an_open_must_caps_whatever_else_is_there(
    dimensions: DimensionFields, items: list[CheckedItem], verdict: Verdict | None
) -> None:
    found = assess(dimensions, [*items, _item("offen", Obligation.MUST, verdict)])
    assert found.transfer_class not in (TransferClass.A, TransferClass.B)


@given(_entries(), _items, st.sampled_from(Obligation))
def test_an_item_that_nobody_has_checked_never_raises_anything(
    dimensions: DimensionFields, items: list[CheckedItem], obligation: Obligation
) -> None:
    before = assess(dimensions, items)
    after = assess(dimensions, [*items, _item("neu", obligation, None)])
    assert after.points == before.points
    assert after.percent <= before.percent
    assert _rank(after) <= _rank(before)


@given(_entries(), _items)
def test_points_lie_between_nothing_and_the_whole_and_gaps_make_up_the_difference(
    dimensions: DimensionFields, items: list[CheckedItem]
) -> None:
    found = assess(dimensions, items)
    assert 0 <= found.points <= found.total
    assert 0 <= found.percent <= 100
    assert sum(line.lost for line in found.gaps) == found.total - found.points
    assert all(line.field.partition(".")[0] in ("dimensions", "checks") for line in found.gaps)
    assert (found.transfer_class is None) == (found.evidenced == 0)

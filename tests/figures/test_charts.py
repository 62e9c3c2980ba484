"""The geometry of charts: round ticks, everything inside the plot, gaps for what is unknown."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.web.charts import (
    MOST_LABELS,
    Chart,
    column_chart,
    line_chart,
    nice_ticks,
    shares,
    span_chart,
    spread_labels,
    step_chart,
)

pytestmark = pytest.mark.sqlite_only
counts = st.lists(st.one_of(st.none(), st.integers(0, 10**7)), min_size=1, max_size=150)


def _labels(values: list[int | None]) -> list[str]:
    return [str(number) for number in range(len(values))]


def _inside(chart: Chart, numbers: list[float]) -> bool:
    return all(-0.01 <= number <= max(chart.width, chart.height) + 0.01 for number in numbers)


@given(st.one_of(st.just(0.0), st.floats(1e-9, 1e12)), st.integers(2, 10), st.booleans())
def test_ticks_begin_at_0_are_even_and_reach_the_top(top: float, wanted: int, whole: bool) -> None:
    ticks = nice_ticks(top, wanted, whole=whole)
    steps = [after - before for before, after in pairwise(ticks)]
    assert ticks[0] == 0
    assert ticks[-1] >= top * (1 - 1e-6)
    assert 2 <= len(ticks) <= 2 * wanted
    assert max(steps) - min(steps) <= 1e-6 * max(steps)
    assert not whole or all(tick == int(tick) for tick in ticks)


@pytest.mark.parametrize("top", [0, -3, float("nan"), float("inf")])
def test_an_axis_without_anything_above_0_ends_at_1(top: float) -> None:
    assert nice_ticks(top) == (0.0, 1.0)


@given(st.integers(0, 3000))
def test_labels_below_a_plot_are_few_and_evenly_spaced(count: int) -> None:
    places = spread_labels(["x"] * count)
    assert len(places) <= MOST_LABELS
    assert places[:1] == ([0] if count else [])
    assert len({after - before for before, after in pairwise(places)}) <= 1


@given(counts)
def test_paths_stay_inside_the_drawing(values: list[int | None]) -> None:
    for chart in (
        step_chart(_labels(values), [("eins", values)], filled=True),
        line_chart(_labels(values), [("eins", values)]),
    ):
        for curve in chart.curves:
            numbers = [float(one) for one in re.findall(r"[0-9.e+-]+", curve.path + curve.area)]
            assert _inside(chart, [*numbers, *(one for dot in curve.dots for one in dot)])


@given(counts)
def test_a_gap_divides_a_line_and_is_never_drawn_as_0(values: list[int | None]) -> None:
    (curve,) = line_chart(_labels(values), [("eins", values)]).curves
    (steps,) = step_chart(_labels(values), [("eins", values)]).curves
    runs = len([run for run in "".join("." if one is None else "x" for one in values).split(".") if run])
    assert curve.path.count("M") + len(curve.dots) == runs
    assert steps.path.count("M") == runs


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999)), min_size=1, max_size=60))
def test_stacked_columns_lie_on_each_other(rows: list[tuple[int, int, int]]) -> None:
    series = [(str(place), [row[place] for row in rows]) for place in range(3)]
    chart = column_chart([str(one) for one in range(len(rows))], series)
    assert len(chart.columns) == sum(1 for row in rows for value in row if value)
    by_x: dict[float, list[tuple[float, float]]] = {}
    for one in chart.columns:
        assert chart.top - 0.01 <= one.y
        assert one.y + one.height <= chart.bottom + 0.01
        by_x.setdefault(one.x, []).append((one.y + one.height, one.y))
    for parts in by_x.values():
        assert parts[0][0] == pytest.approx(chart.bottom, abs=0.02)
        for below, above in pairwise(parts):
            assert above[0] == pytest.approx(below[1], abs=0.02)


def test_a_single_month_is_a_level_line_over_the_whole_width() -> None:
    chart = step_chart(["Nov. 2026"], [("Einträge", [7])])
    assert re.fullmatch(rf"M{chart.left} [0-9.]+H{chart.right:g}", chart.curves[0].path)
    assert [tick.label for tick in chart.x_ticks] == ["Nov. 2026"]


def test_nothing_at_all_is_an_empty_plot() -> None:
    for chart in (step_chart([], [("a", [])]), line_chart([], [("a", [])]), column_chart([], [("a", [])])):
        assert chart.columns == ()
        assert [curve.path for curve in chart.curves] in ([], [""])


def test_more_series_than_patterns_are_refused() -> None:
    with pytest.raises(ValueError, match="4 series"):
        line_chart(["x"], [(str(number), [1]) for number in range(5)])


@given(st.lists(st.integers(0, 10**6), max_size=20))
def test_the_longest_bar_fills_the_cell_and_nothing_is_longer(values: list[int]) -> None:
    found = shares(values)
    assert len(found) == len(values)
    assert all(0 <= one <= 100 for one in found)
    assert max(found, default=100) == (100 if any(values) else 0 if values else 100)


def test_a_span_holds_its_middle_and_needs_a_value() -> None:
    span = span_chart([10, 40, 400], 40)
    assert span.left <= span.low < span.middle < span.high <= span.right
    assert len(span.dots) == 3
    alone = span_chart([0], 0)
    assert alone.low == alone.middle == alone.high == alone.left
    with pytest.raises(ValueError, match="value"):
        span_chart([], 0)


def test_labels_of_axes_are_german() -> None:
    chart = step_chart(["x"], [("Einträge", [4000])])
    assert [tick.label for tick in chart.y_ticks] == ["0", "1.000", "2.000", "3.000", "4.000"]

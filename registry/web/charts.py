"""Geometry of the charts that the server draws as SVG: scales, ticks, paths, columns. Pure; no markup, no colours.

The macros in templates/components/charts.html draw what is computed here. Units are those of the drawing (`viewBox`),
y grows downwards. A value that is not known (None) leaves a gap; it is never drawn as 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

WIDTH = 640
HEIGHT = 290
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 16, 54
"""Room beside the plot, in which the labels of the axes stand."""
SPAN_WIDTH, SPAN_SIDE = 360, 24
"""A span fits into the narrowest screen as it is."""
MOST_LABELS = 8
"""Labels below a plot; more would run into each other."""
MOST_SERIES = 4
"""Series that differ by their pattern; more cannot be told apart without colours."""
_SPACING = (1, 2, 3, 6, 12, 24, 36, 60, 120)


@dataclass(frozen=True)
class Tick:
    """A place on an axis with its label."""

    at: float
    label: str
    is_minor: bool = False
    """Its label is left out on small screens, where labels are larger than the drawing."""


@dataclass(frozen=True)
class Curve:
    """A series as a path; `number` (1 …) decides about its pattern, `dots` are values that no line shows."""

    number: int
    path: str
    area: str = ""
    dots: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Column:
    """A part of a stacked column; `number` (1 …) is that of its series."""

    number: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Chart:
    """All that a plot is drawn of."""

    names: tuple[str, ...] = ()
    """Of the series, in the order of their numbers."""
    y_ticks: tuple[Tick, ...] = ()
    x_ticks: tuple[Tick, ...] = ()
    curves: tuple[Curve, ...] = ()
    columns: tuple[Column, ...] = ()
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Span:
    """Single values on one line between the lowest and the highest, with their middle marked."""

    ticks: tuple[Tick, ...]
    low: float
    high: float
    middle: float
    dots: tuple[float, ...] = field(default=())
    width: float = SPAN_WIDTH
    height: float = 96
    left: float = SPAN_SIDE
    right: float = SPAN_WIDTH - SPAN_SIDE


def nice_ticks(top: float, wanted: int = 5, *, whole: bool = True) -> tuple[float, ...]:
    """Return round numbers from 0 to `top` or just above it, about `wanted` of them, evenly spaced.

    `whole` allows no fractions: nobody counts half a municipality. Without anything above 0 the axis ends at 1.
    """
    if not math.isfinite(top) or top <= 0:
        return (0.0, 1.0)
    raw = top / max(1, wanted - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * (1 - 1e-9))
    if whole:
        step = max(1.0, float(math.ceil(step - 1e-9)))
    count = math.ceil(top / step - 1e-9)
    return tuple(float(f"{number * step:.12g}") for number in range(max(1, count) + 1))


def spread_labels(labels: Sequence[str], most: int = MOST_LABELS) -> list[int]:
    """Return the places whose labels are shown: evenly spaced by whole quarters or years where they are months."""
    spacing = next((one for one in _SPACING if -(-len(labels) // one) <= most), -(-len(labels) // most) or 1)
    return list(range(0, len(labels), spacing))


def step_chart(
    labels: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], *, filled: bool = False
) -> Chart:
    """Return counts that hold for a while as steps: each label owns a slot of the width, its value the whole slot.

    A single label is one level line, so that a first month already looks right. `filled` shades what lies below.
    """
    frame, slot, place = _plot(labels, [values for _, values in series])
    curves = []
    for number, (_, values) in enumerate(series, start=1):
        parts, areas = [], []
        for run in _runs(values):
            points = [(LEFT + at * slot, place(value)) for at, value in run]
            end = LEFT + (run[-1][0] + 1) * slot
            path = (
                f"M{_xy(*points[0])}" + "".join(f"H{_short(x)}V{_short(y)}" for x, y in points[1:]) + f"H{_short(end)}"
            )
            parts.append(path)
            areas.append(f"{path}V{_short(place(0))}H{_short(points[0][0])}Z")
        curves.append(Curve(number, "".join(parts), "".join(areas) if filled else ""))
    return _with(frame, series, curves=tuple(curves))


def line_chart(labels: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]]) -> Chart:
    """Return measured values as lines from the middle of a slot to the next; what stands alone is a dot."""
    frame, slot, place = _plot(labels, [values for _, values in series])
    curves = []
    for number, (_, values) in enumerate(series, start=1):
        parts, dots = [], []
        for run in _runs(values):
            points = [(LEFT + (at + 0.5) * slot, place(value)) for at, value in run]
            if len(points) == 1:
                dots.append(points[0])
            else:
                parts.append("M" + "L".join(_xy(x, y) for x, y in points))
        curves.append(Curve(number, "".join(parts), dots=tuple(dots)))
    return _with(frame, series, curves=tuple(curves))


def column_chart(labels: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]]) -> Chart:
    """Return counts as stacked columns, the first series at the bottom."""
    totals = [sum(values[at] or 0 for _, values in series) for at in range(len(labels))]
    frame, slot, place = _plot(labels, [totals])
    wide = min(slot * 0.7, 48.0)
    columns = []
    for at in range(len(labels)):
        below = 0.0
        for number, (_, values) in enumerate(series, start=1):
            value = values[at] or 0
            if value > 0:
                top = place(below + value)
                x = LEFT + (at + 0.5) * slot - wide / 2
                columns.append(Column(number, round(x, 2), round(top, 2), round(wide, 2), round(place(below) - top, 2)))
            below += value
    return _with(frame, series, columns=tuple(columns))


def shares(values: Sequence[float]) -> tuple[float, ...]:
    """Return how long the bars of a bar chart are, in percent of the longest; all 0 when there is nothing to show."""
    top = max(values, default=0)
    return tuple(round(100 * max(0, value) / top, 2) if top > 0 else 0.0 for value in values)


def span_chart(values: Sequence[float], middle: float) -> Span:
    """Return where single values lie on a line that begins at 0. Raises ValueError without a value."""
    if not values:
        raise ValueError("a span needs a value")
    ticks = nice_ticks(max(values), 4)
    room = SPAN_WIDTH - 2 * SPAN_SIDE

    def at(value: float) -> float:
        return round(SPAN_SIDE + room * value / ticks[-1], 2)

    return Span(
        tuple(Tick(at(tick), _german(tick)) for tick in ticks),
        at(min(values)),
        at(max(values)),
        at(middle),
        tuple(at(value) for value in sorted(values)),
    )


class _Scale:
    """From values to heights: 0 lies at the bottom of the plot, the highest tick at its top."""

    def __init__(self, top: float) -> None:
        self._top = top

    def __call__(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / self._top


def _plot(labels: Sequence[str], values: Sequence[Sequence[float | None]]) -> tuple[Chart, float, _Scale]:
    known = [one for row in values for one in row if one is not None]
    ticks = nice_ticks(max(known, default=0))
    place = _Scale(ticks[-1])
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    chart = Chart(
        y_ticks=tuple(Tick(round(place(tick), 2), _german(tick)) for tick in ticks),
        x_ticks=tuple(
            Tick(round(LEFT + (at + 0.5) * slot, 2), labels[at], is_minor=rank % 3 != 0)
            for rank, at in enumerate(spread_labels(labels))
        ),
    )
    return chart, slot, place


def _with(
    frame: Chart,
    series: Sequence[tuple[str, Sequence[float | None]]],
    curves: tuple[Curve, ...] = (),
    columns: tuple[Column, ...] = (),
) -> Chart:
    if len(series) > MOST_SERIES:
        raise ValueError(f"more than {MOST_SERIES} series cannot be told apart")
    return Chart(tuple(name for name, _ in series), frame.y_ticks, frame.x_ticks, curves, columns)


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Return the stretches of known values with their places."""
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    runs: list[list[tuple[int, float]]] = [[known[0]]] if known else []
    for (before, _), here in pairwise(known):
        if here[0] == before + 1:
            runs[-1].append(here)
        else:
            runs.append([here])
    return runs


def _short(value: float) -> str:
    return f"{round(value, 2):g}"


def _xy(x: float, y: float) -> str:
    return f"{_short(x)} {_short(y)}"


def _german(value: float) -> str:
    text = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0")
    return text.translate(str.maketrans(",.", ".,"))

"""One square for each OZG service of a topic field, in rows of equal length: areas that can be counted."""

from collections.abc import Sequence
from dataclasses import dataclass

COLUMNS = 20
"""Squares a row; twenty are counted easily and fit on the narrowest screen."""
STEP = 13
SIDE = 11
"""Units from square to square, and the length of a side."""


@dataclass(frozen=True)
class Squares:
    """The squares of one state as the `d` of an SVG path."""

    state: str
    count: int
    path: str


@dataclass(frozen=True)
class SquareChart:
    """The squares of all states in their order; states without a square are left out."""

    width: int
    height: int
    parts: tuple[Squares, ...]


def square_chart(counts: Sequence[tuple[str, int]]) -> SquareChart:
    """Return as many squares for each state as it counts, one state after the other. Negative counts: ValueError."""
    if any(count < 0 for _, count in counts):
        raise ValueError("a count below zero")
    parts, place = [], 0
    for state, count in counts:
        if count:
            parts.append(Squares(state, count, "".join(_square(number) for number in range(place, place + count))))
        place += count
    rows = max(1, -(-place // COLUMNS))
    return SquareChart(COLUMNS * STEP, rows * STEP, tuple(parts))


def _square(number: int) -> str:
    row, column = divmod(number, COLUMNS)
    return f"M{column * STEP + 1} {row * STEP + 1}h{SIDE}v{SIDE}h-{SIDE}z"

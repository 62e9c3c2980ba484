"""Points that lie too close are moved apart: always the same way, and no further than they need. Pure."""

import math
from collections.abc import Sequence

Point = tuple[float, float]

_REACH = 1.5
"""How far apart (in distances) two points may be and still be watched for coming too close."""
_LOOK_AGAIN = 10
"""Rounds after which it is looked anew which points are near each other."""
_PULLED = 20
_PULL = 0.15
"""Rounds in which points are pulled back to their own place, by this share at first; then they only give way."""
_MOST = 4000
"""Rounds after which it ends in any case; far more than the densest heap of a thousand points needs."""
_SLACK = 1.002
"""They are moved apart by a little more than needed, or they would come to the distance without ever reaching it."""
_GOLDEN = math.pi * (3 - math.sqrt(5))


def relaxed(points: Sequence[Point], distance: float) -> list[Point]:
    """Return the points in their order, no two of them nearer to each other than `distance`.

    Two that are too close give way by half each, away from each other; at first all are pulled back a little towards
    their own place, so that they stay near it. Nothing is random: points in the same place part by their order.
    """
    now = [(float(x), float(y)) for x, y in points]
    near: list[tuple[int, int]] = []
    for turn in range(_MOST):
        if turn % _LOOK_AGAIN == 0:
            near = _near(now, distance * _REACH)
        if (turn == 0 or turn >= _PULLED) and not _near(now, distance):
            break
        pull = _PULL * (1 - turn / _PULLED) if turn < _PULLED else 0.0
        moves = _moves(now, near, distance * _SLACK)
        for number in range(len(now)) if pull else moves:
            (x, y), (home_x, home_y) = now[number], points[number]
            dx, dy = moves.get(number, (0.0, 0.0))
            now[number] = (x + dx + pull * (home_x - x), y + dy + pull * (home_y - y))
    return now


def _near(points: Sequence[Point], reach: float) -> list[tuple[int, int]]:
    """Return the pairs of points whose distance is below `reach`, each once."""
    cells: dict[tuple[int, int], list[int]] = {}
    for number, (x, y) in enumerate(points):
        cells.setdefault((math.floor(x / reach), math.floor(y / reach)), []).append(number)
    found = []
    for (column, row), members in sorted(cells.items()):
        around = [one for dx in (-1, 0, 1) for dy in (-1, 0, 1) for one in cells.get((column + dx, row + dy), ())]
        for first in members:
            for second in around:
                if first < second and math.dist(points[first], points[second]) < reach:
                    found.append((first, second))
    return found


def _moves(points: Sequence[Point], pairs: Sequence[tuple[int, int]], distance: float) -> dict[int, Point]:
    """Return by how much each point that is too close to another has to give way; empty: none is."""
    moves: dict[int, Point] = {}
    for first, second in pairs:
        (ax, ay), (bx, by) = points[first], points[second]
        dx, dy = bx - ax, by - ay
        if dx * dx + dy * dy >= distance * distance:
            continue
        gap = math.hypot(dx, dy)
        if gap < 1e-9:
            angle = _GOLDEN * (first + second)
            dx, dy, gap = math.cos(angle), math.sin(angle), 1.0
            push = distance / 2
        else:
            push = (distance - gap) / 2
        px, py = dx / gap * push, dy / gap * push
        one, other = moves.get(first, (0.0, 0.0)), moves.get(second, (0.0, 0.0))
        moves[first] = (one[0] - px, one[1] - py)
        moves[second] = (other[0] + px, other[1] + py)
    return moves

"""The map of the municipalities: from degrees to places on a drawing, with the land behind them. Pure.

The register knows one point of each municipality and no boundaries. So the land is what lies within `COAST` of a
municipality, and the border between two Regierungsbezirke runs halfway between their nearest municipalities.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from registry.web.mapping.relaxation import Point, relaxed

WIDTH = 1000
"""Width of the drawing in units; its height follows from the land's shape."""
RADIUS = 13
"""Radius of a municipality's circle."""
SPACING = 28.5
"""Least distance of two circles' centres: two radii, a gap, and what rounding to whole units may take."""
COAST = 50
"""How far the land reaches beyond a municipality's point; half the usual distance of neighbours, and a little more."""
_MARGIN = COAST + 8
_CORNERS = 24
"""Corners of the polygon that stands for a circle of radius COAST where borders are cut."""


@dataclass(frozen=True)
class Place:
    """Where a municipality lies, in degrees (WGS 84), and in which Regierungsbezirk."""

    key: str
    latitude: float
    longitude: float
    region: str


@dataclass(frozen=True)
class Box:
    """A part of the drawing."""

    x: int
    y: int
    width: int
    height: int

    @property
    def view_box(self) -> str:
        """Return it as the `viewBox` of an SVG."""
        return f"{self.x} {self.y} {self.width} {self.height}"


@dataclass(frozen=True)
class Layout:
    """Places of the municipalities by key, in whole units, and the paths of land and borders."""

    box: Box
    points: Mapping[str, tuple[int, int]]
    regions: Mapping[str, tuple[str, ...]]
    """Keys of the municipalities of each Regierungsbezirk."""
    lands: Mapping[str, str]
    """A path of points for each Regierungsbezirk: drawn with round ends of the width 2 × COAST it is the land."""
    borders: str
    """A path of the borders between Regierungsbezirke."""

    def part(self, region: str | None) -> Box:
        """Return the part of the drawing that shows a Regierungsbezirk; the whole without one."""
        if region is None or region not in self.regions:
            return self.box
        xs, ys = zip(*(self.points[key] for key in self.regions[region]), strict=True)
        left, top = min(xs) - _MARGIN, min(ys) - _MARGIN
        return Box(left, top, max(xs) + _MARGIN - left, max(ys) + _MARGIN - top)


def layout(places: Sequence[Place]) -> Layout:
    """Return where the municipalities are drawn: in their true direction, moved apart only as far as they must.

    The projection is equirectangular with the mean latitude as its true one: within NRW its error is below one
    percent. Without a place the drawing is empty.
    """
    places = sorted(places, key=lambda one: one.key)
    spots = [(round(x), round(y)) for x, y in relaxed(_projected(places), SPACING)]
    regions: dict[str, list[str]] = {}
    for one in places:
        regions.setdefault(one.region, []).append(one.key)
    points = {one.key: spot for one, spot in zip(places, spots, strict=True)}
    return Layout(
        box=Box(0, 0, WIDTH, max((y for _, y in spots), default=0) + _MARGIN),
        points=points,
        regions={region: tuple(keys) for region, keys in sorted(regions.items())},
        lands={
            region: "".join(f"M{points[key][0]} {points[key][1]}h0" for key in keys)
            for region, keys in sorted(regions.items())
        },
        borders=_borders(spots, [one.region for one in places]),
    )


def _projected(places: Sequence[Place]) -> list[Point]:
    if not places:
        return []
    mean = sum(one.latitude for one in places) / len(places)
    across = [one.longitude * math.cos(math.radians(mean)) for one in places]
    left, right, top = min(across), max(across), max(one.latitude for one in places)
    scale = (WIDTH - 2 * _MARGIN) / (right - left) if right > left else 1.0
    return [
        (_MARGIN + (x - left) * scale, _MARGIN + (top - one.latitude) * scale)
        for x, one in zip(across, places, strict=True)
    ]


def _borders(points: Sequence[Point], regions: Sequence[str]) -> str:
    """Return the edges between points of different regions: of the Voronoi cells, cut off at the coast."""
    found = []
    for number, (x, y) in enumerate(points):
        near = sorted(
            (math.dist((x, y), other), rank)
            for rank, other in enumerate(points)
            if rank != number and abs(other[0] - x) < 2 * COAST and abs(other[1] - y) < 2 * COAST
        )
        if all(regions[rank] == regions[number] for _, rank in near):
            continue
        for start, end, rank in _cell((x, y), [(points[rank], rank) for _, rank in near]):
            if rank > number and regions[rank] != regions[number] and math.dist(start, end) > 1:
                found.append(f"M{start[0]:.0f} {start[1]:.0f}L{end[0]:.0f} {end[1]:.0f}")
    return "".join(found)


def _cell(centre: Point, others: Sequence[tuple[Point, int]]) -> list[tuple[Point, Point, int]]:
    """Return the edges of what lies nearer to `centre` than to any other; each with whose side it is, -1: the coast."""
    x, y = centre
    corners = [
        (x + COAST * math.cos(math.tau * turn / _CORNERS), y + COAST * math.sin(math.tau * turn / _CORNERS))
        for turn in range(_CORNERS)
    ]
    edges = [(corners[turn - 1], corners[turn], -1) for turn in range(_CORNERS)]
    for other, rank in others:
        dx, dy = other[0] - x, other[1] - y
        half = (dx * dx + dy * dy) / 2

        def beyond(point: Point, dx: float = dx, dy: float = dy, half: float = half) -> float:
            return (point[0] - x) * dx + (point[1] - y) * dy - half

        edges = _cut(edges, beyond, rank)
    return edges


def _cut(
    edges: Sequence[tuple[Point, Point, int]], beyond: Callable[[Point], float], rank: int
) -> list[tuple[Point, Point, int]]:
    """Return the edges of a convex polygon without what lies beyond a line; the new edge belongs to `rank`."""
    kept: list[tuple[Point, Point, int]] = []
    leaves: Point | None = None
    enters: Point | None = None
    for start, end, whose in edges:
        first, second = beyond(start), beyond(end)
        if first <= 0 and second <= 0:
            kept.append((start, end, whose))
            continue
        if first > 0 and second > 0:
            continue
        share = first / (first - second)
        middle = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
        if first <= 0:
            kept.append((start, middle, whose))
            leaves = middle
        else:
            kept.append((middle, end, whose))
            enters = middle
    if leaves is not None and enters is not None:
        kept.append((leaves, enters, rank))
    return kept

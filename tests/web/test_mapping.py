"""The geometry of map and squares: nothing overlaps, little moves, always the same."""

import csv
import math
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.adoption.enums import Standing, Step
from registry.web.mapping.classes import CLAIMED, CONFIRMED, STEPS, class_of, class_of_step, numbered
from registry.web.mapping.layout import RADIUS, SPACING, WIDTH, Layout, Place, layout
from registry.web.mapping.relaxation import relaxed
from registry.web.mapping.squares import COLUMNS, square_chart

pytestmark = pytest.mark.sqlite_only

REFERENCE = Path(__file__).parents[2] / "registry" / "data" / "reference" / "municipalities.csv"
coordinates = st.floats(0, 300, allow_nan=False)


@pytest.fixture(scope="module")
def places() -> tuple[Place, ...]:
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Place(row["ags"], float(row["latitude"]), float(row["longitude"]), row["admin_region"])
            for row in csv.DictReader(file)
        )


@pytest.fixture(scope="module")
def plan(places: tuple[Place, ...]) -> Layout:
    return layout(places)


def _least(points: list[tuple[float, float]]) -> float:
    return min(
        (math.dist(one, other) for number, one in enumerate(points) for other in points[:number]), default=math.inf
    )


@given(st.lists(st.tuples(coordinates, coordinates), max_size=40), st.floats(1, 20))
def test_no_two_points_are_too_close_and_the_result_is_always_the_same(
    points: list[tuple[float, float]], distance: float
) -> None:
    found = relaxed(points, distance)
    assert len(found) == len(points)
    assert _least(found) >= distance * (1 - 1e-9)
    assert relaxed(points, distance) == found


def test_points_in_the_same_place_part() -> None:
    assert _least(relaxed([(5, 5)] * 30, 10)) >= 10


def test_points_that_are_far_enough_apart_stay_where_they_are() -> None:
    points = [(0.0, 0.0), (10.0, 0.0), (0.0, 10.0)]
    assert relaxed(points, 10) == points
    assert relaxed([], 10) == []


def test_the_circles_of_all_municipalities_lie_apart_and_inside(plan: Layout) -> None:
    spots = [(float(x), float(y)) for x, y in plan.points.values()]
    assert len(spots) == 396
    assert _least(spots) >= 2 * RADIUS
    assert all(RADIUS < x < WIDTH - RADIUS and RADIUS < y < plan.box.height - RADIUS for x, y in spots)


def test_no_municipality_moves_far_from_its_place(places: tuple[Place, ...], plan: Layout) -> None:
    mean = sum(one.latitude for one in places) / len(places)
    west, east = plan.points["05370020"], plan.points["05762020"]  # Heinsberg … Höxter lie far apart, undisturbed
    by_key = {one.key: one for one in places}
    across = math.cos(math.radians(mean))
    scale = (east[0] - west[0]) / ((by_key["05762020"].longitude - by_key["05370020"].longitude) * across)
    moved = [
        math.dist(
            plan.points[one.key],
            (
                west[0] + (one.longitude - by_key["05370020"].longitude) * across * scale,
                west[1] - (one.latitude - by_key["05370020"].latitude) * scale,
            ),
        )
        for one in places
    ]
    assert sum(moved) / len(moved) < SPACING / 4
    assert max(moved) < SPACING


def test_north_is_up_and_east_is_right(plan: Layout) -> None:
    aachen, soest, wuppertal = (plan.points[key] for key in ("05334002", "05974040", "05124000"))
    assert aachen[0] < wuppertal[0] < soest[0]
    assert soest[1] < wuppertal[1] < aachen[1]


def test_the_map_is_computed_in_a_moment_and_always_the_same(places: tuple[Place, ...], plan: Layout) -> None:
    took = []
    for _ in range(3):
        start = perf_counter()
        assert layout(places[::-1]) == plan
        took.append(perf_counter() - start)
    assert min(took) < 0.5  # about 0.05 s on an idle core; computed once a process


def test_a_region_is_shown_with_all_its_municipalities(plan: Layout) -> None:
    assert sum(map(len, plan.regions.values())) == 396
    for region, keys in plan.regions.items():
        box = plan.part(region)
        for key in keys:
            x, y = plan.points[key]
            assert box.x < x < box.x + box.width
            assert box.y < y < box.y + box.height
    assert plan.part(None) == plan.part("Bayern") == plan.box
    assert plan.borders.startswith("M")


def test_without_coordinates_there_is_an_empty_map() -> None:
    assert layout([]).points == {}
    assert layout([Place("05974040", 51.5, 8.1, "Arnsberg")]).points.keys() == {"05974040"}


def test_classes_cover_every_number_once() -> None:
    bounds = (1, 2, 5, 10)
    classes = numbered(bounds)
    assert [one.label for one in classes] == ["0", "1", "2 bis 4", "5 bis 9", "10 und mehr"]
    found = [class_of(value, classes, bounds).label for value in (0, 1, 2, 4, 5, 9, 10, 396)]
    assert found == ["0", "1", "2 bis 4", "2 bis 4", "5 bis 9", "5 bis 9", "10 und mehr", "10 und mehr"]
    assert len({one.symbol for one in classes}) == len(classes)
    with pytest.raises(ValueError, match="four rising bounds"):
        numbered((1, 5, 2, 10))


def test_every_step_has_a_class_and_only_a_confirmed_use_is_one() -> None:
    for step in Step:
        for standing in Standing:
            found = class_of_step(step, standing)
            assert found in STEPS
            assert (found is CONFIRMED) == (step is Step.PRODUCTIVE and standing is Standing.CONFIRMED)
            assert (found is CLAIMED) == (step is Step.PRODUCTIVE and standing is not Standing.CONFIRMED)
    assert len({one.symbol for one in STEPS}) == len(STEPS)


@given(st.lists(st.integers(0, 90), min_size=1, max_size=5))
def test_there_is_a_square_for_each_service(numbers: list[int]) -> None:
    chart = square_chart([(str(place), count) for place, count in enumerate(numbers)])
    drawn = [one for part in chart.parts for one in part.path.split("M") if one]
    assert len(drawn) == len(set(drawn)) == sum(numbers)
    assert [part.count for part in chart.parts] == [count for count in numbers if count]
    assert chart.height == chart.width // COLUMNS * max(1, -(-sum(numbers) // COLUMNS))


def test_a_count_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        square_chart([("a", -1)])

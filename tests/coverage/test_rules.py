"""Coverage: every service in exactly one class, sums that agree, and nothing gets better by losing a bundle."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.enums import Phase
from registry.coverage.gains import quick_gains
from registry.coverage.rules import (
    OPEN,
    Body,
    BundleFacts,
    CoverageFacts,
    OwnState,
    ServiceFacts,
    ServiceState,
    Use,
    by_topic_field,
    counts,
    covered,
    own_coverage,
    own_state,
    productive_by_body,
    productive_by_region,
    state_of,
    transferable_now,
)

pytestmark = pytest.mark.sqlite_only

REGIONS = ("Arnsberg", "Köln", "Münster")
BODIES = tuple(
    Body("municipality", f"0597404{number}", f"Stadt {number}", REGIONS[number % 3], f"0597{number % 2}")
    for number in range(6)
)
SERVICES = tuple(
    ServiceFacts(
        f"1000{number}", f"Leistung {number}", f"feld-{number % 3}", f"Feld {number % 3}", "Lage", frozenset({"2/3"})
    )
    for number in range(9)
)
uses = st.lists(st.builds(Use, st.sampled_from(BODIES), st.booleans()), max_size=3).map(tuple)
bundles = st.builds(
    BundleFacts,
    slug=st.text("abc", min_size=1, max_size=4),
    title=st.text("xyz", min_size=1, max_size=4),
    ozg_ids=st.lists(st.sampled_from([one.ozg_id for one in SERVICES]), max_size=3).map(tuple),
    transferable=st.booleans(),
    operates=st.booleans(),
    uses=uses,
    underway=uses,
)
worlds = st.lists(bundles, max_size=6, unique_by=lambda one: one.slug).map(
    lambda found: CoverageFacts(SERVICES, tuple(found), {one.key: one for one in BODIES})
)
maybe_region = st.none() | st.sampled_from(REGIONS)


@given(worlds, maybe_region)
def test_every_service_is_in_exactly_one_class_and_the_sums_agree(facts: CoverageFacts, region: str | None) -> None:
    services = covered(facts, region=region)
    assert sorted(one.service.ozg_id for one in services) == sorted(one.ozg_id for one in SERVICES)
    numbers = counts(one.state for one in services)
    rows = by_topic_field([(one.service, one.state) for one in services])
    assert sum(numbers.values()) == len(SERVICES) == sum(row.total for row in rows)
    for state in ServiceState:
        assert numbers[state] == sum(row.counts[state] for row in rows)


@given(worlds, maybe_region, st.data())
def test_removing_a_bundle_never_makes_a_service_better(
    facts: CoverageFacts, region: str | None, data: st.DataObject
) -> None:
    if not facts.bundles:
        return
    gone = data.draw(st.sampled_from(facts.bundles))
    fewer = CoverageFacts(SERVICES, tuple(one for one in facts.bundles if one is not gone), facts.bodies)
    order = list(ServiceState)
    for before, after in zip(covered(facts, region=region), covered(fewer, region=region), strict=True):
        assert order.index(after.state) >= order.index(before.state)
        assert before.transferable or not after.transferable
    own = list(OwnState)
    key = data.draw(st.sampled_from(BODIES)).key
    for (_, first, _), (_, second, _) in zip(own_coverage(facts, key), own_coverage(fewer, key), strict=True):
        assert own.index(second) >= own.index(first)


@given(worlds, st.sampled_from(REGIONS))
def test_a_region_never_shows_more_use_than_the_whole(facts: CoverageFacts, region: str) -> None:
    whole = {one.service.ozg_id: one.state for one in covered(facts)}
    part = [one for one in covered(facts, region=region) if one.state is ServiceState.PRODUCTIVE]
    assert all(whole[one.service.ozg_id] is ServiceState.PRODUCTIVE and one.uses for one in part)
    table = productive_by_region(covered(facts), REGIONS)
    assert sum(count for (_, where), count in table.items() if where == region) == len(part)


@given(worlds)
def test_the_order_of_bundles_does_not_matter(facts: CoverageFacts) -> None:
    turned = CoverageFacts(SERVICES, facts.bundles[::-1], facts.bodies)
    assert [(one.state, one.uses) for one in covered(facts)] == [(one.state, one.uses) for one in covered(turned)]


@given(worlds)
def test_numbers_by_body_are_those_of_its_own_page(facts: CoverageFacts) -> None:
    numbers = productive_by_body(facts)
    for body in BODIES:
        own = [state for _, state, _ in own_coverage(facts, body.key)]
        assert own.count(OwnState.PRODUCTIVE) == numbers.get(body.key, 0)


@pytest.mark.parametrize(
    ("since", "phase", "expected"),
    [
        (None, Phase.OPERATION, False),
        ("2026-03", Phase.OPERATION, True),
        ("2026-03-31", None, True),
        ("2026-04-01", None, False),
        ("2027", None, False),
        ("2020", Phase.DISCONTINUED, False),
    ],
)
def test_transferable_now_needs_a_stated_day_that_has_come(
    since: str | None, phase: Phase | None, expected: bool
) -> None:
    assert transferable_now(since, phase, date(2026, 3, 31)) is expected


def test_the_best_that_any_bundle_gives_decides() -> None:
    plain = BundleFacts("a", "A", ("10000",))
    ready = BundleFacts("b", "B", ("10000",), transferable=True)
    running = BundleFacts("c", "C", ("10000",), operates=True)
    steps = [(), (plain,), (plain, ready), (plain, ready, running)]
    states = [state_of(one) for one in steps]
    assert states == [ServiceState.WHITE, ServiceState.BUNDLE, ServiceState.TRANSFERABLE, ServiceState.PRODUCTIVE]
    # that it operates somewhere unknown says nothing of a Regierungsbezirk
    assert state_of((running,), "Köln") is ServiceState.BUNDLE


def test_who_is_on_the_way_is_not_productive() -> None:
    body = BODIES[0]
    bundle = BundleFacts("a", "A", ("10000",), transferable=True, underway=(Use(body, leads=False),))
    assert own_state((bundle,), body.key) is OwnState.UNDERWAY
    assert own_state((bundle,), BODIES[1].key) is OwnState.TRANSFERABLE
    assert state_of((bundle,)) is ServiceState.TRANSFERABLE


def _gain_slugs(facts: CoverageFacts, body: Body) -> list[str]:
    lacking = {service.ozg_id for service, state, _ in own_coverage(facts, body.key) if state in OPEN}
    return [one.slug for one in quick_gains(facts, body, lacking, lambda slug: (len(slug), 63))]


def test_gains_are_ordered_by_who_is_near_and_then_by_completeness() -> None:
    body, same_district, same_region = (
        Body("municipality", key, key, "Köln", district) for key, district in (("1", "k1"), ("2", "k1"), ("3", "k2"))
    )
    far = Body("municipality", "4", "4", "Münster", "m1")

    def bundle(slug: str, *users: Body, **more: bool) -> BundleFacts:
        settings = {"transferable": True, **more}
        return BundleFacts(
            slug, slug, ("10000", "10001"), uses=tuple(Use(one, leads=False) for one in users), **settings
        )

    facts = CoverageFacts(
        SERVICES,
        (
            bundle("far-away-but-complete", far),
            bundle("far", far),
            bundle("region", same_region),
            bundle("district", same_district),
            bundle("not-ready", same_district, transferable=False),
            BundleFacts("elsewhere", "elsewhere", ("99999",), transferable=True),
        ),
        {one.key: one for one in (body, same_district, same_region, far)},
    )
    assert _gain_slugs(facts, body) == ["district", "region", "far-away-but-complete", "far"]
    assert _gain_slugs(facts, same_district) == []  # it has both services already


@given(worlds, st.sampled_from(BODIES))
def test_a_gain_is_transferable_and_covers_something_that_is_lacking(facts: CoverageFacts, body: Body) -> None:
    lacking = {service.ozg_id for service, state, _ in own_coverage(facts, body.key) if state in OPEN}
    by_slug = {one.slug: one for one in facts.bundles}
    gains = quick_gains(facts, body, lacking, lambda _slug: (1, 63))
    for gain in gains:
        assert by_slug[gain.slug].transferable
        assert gain.services
        assert {one.ozg_id for one in gain.services} <= lacking
        assert not by_slug[gain.slug].of(body.key)
    near = [(len(one.in_district), len(one.in_region)) for one in gains]
    assert all(first >= second for first, second in pairwise(near))

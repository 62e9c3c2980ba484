"""Which municipalities are alike: symmetric, explained, whatever the order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.enums import FitsKind
from registry.comparison.peers import LEAST, Place, likeness, peers

pytestmark = pytest.mark.sqlite_only  # pure

PROVIDERS = (None, "suedwestfalen-it", "krzn")


def places(kind: str = "municipality") -> st.SearchStrategy[Place]:
    return st.builds(
        Place,
        kind=st.just(kind),
        key=st.text("0123456789", min_size=8, max_size=8),
        name=st.sampled_from(("Stadt A", "Stadt B", "Gemeinde C")),
        fits_kind=st.sampled_from((None, *FitsKind)),
        population=st.none() | st.integers(0, 1_100_000),
        district_key=st.sampled_from((None, "05974", "05162")),
        district_name=st.just("Kreis"),
        admin_region=st.sampled_from((None, "Arnsberg", "Münster")),
        provider=st.sampled_from(PROVIDERS),
        provider_name=st.just("Dienstleister"),
    )


def place(key: str, population: int | None, **more: Any) -> Place:
    values = {
        "kind": "municipality",
        "fits_kind": FitsKind.DISTRICT_MUNICIPALITY,
        "district_key": "05974",
        "district_name": "Kreis Soest",
        "admin_region": "Arnsberg",
        **more,
    }
    return Place(key=key, name=f"Stadt {key}", population=population, **values)


@given(places(), places())
def test_likeness_is_the_same_both_ways(one: Place, other: Place) -> None:
    there, back = likeness(one, other), likeness(other, one)
    assert (there.points, there.reasons, there.ratio) == (back.points, back.reasons, back.ratio)
    assert (there.points == 0) == (not there.reasons)


@given(places(), st.lists(places(), max_size=12), st.randoms())
def test_the_order_of_the_bodies_does_not_matter_and_none_is_its_own_peer(
    own: Place, others: list[Place], random: Any
) -> None:
    others = list({one.key: one for one in others}.values())
    shuffled = list(others)
    random.shuffle(shuffled)
    found = peers(own, others)
    assert found == peers(own, shuffled)
    assert own.key not in [peer.place.key for peer in found]
    assert all(peer.reasons and peer.points >= LEAST for peer in found)


def test_each_peer_says_why() -> None:
    found = peers(
        place("1", 47_000),
        [place("2", 50_000), place("3", 90_000, fits_kind=FitsKind.INDEPENDENT_CITY, district_key=None)],
    )
    assert [peer.reasons for peer in found] == [
        (
            "ähnliche Größe (höchstens 20 % Unterschied)",
            "kreisangehörig",
            "Kreis Soest",
            "Regierungsbezirk Arnsberg",
        )
    ]


def test_an_unknown_population_is_no_likeness() -> None:
    found = likeness(place("1", None), place("2", None))
    assert found.ratio is None
    assert not any("Größe" in reason for reason in found.reasons)


def test_the_same_provider_counts_and_an_unknown_one_does_not() -> None:
    known = {"provider": "krzn", "provider_name": "KRZN"}
    assert "IT-Dienstleister KRZN" in likeness(place("1", 10, **known), place("2", 1000, **known)).reasons
    assert not any("Dienstleister" in one for one in likeness(place("1", 10), place("2", 1000)).reasons)


def test_a_kreis_is_compared_with_kreise() -> None:
    kreis = place("05974", 300_000, kind="district", fits_kind=FitsKind.DISTRICT)
    assert peers(kreis, [place("1", 300_000)]) == []

"""What statements mean together: products, contradictions, inheritance."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.enums import FitsKind
from registry.profiles.picked import OTHER, Picked
from registry.profiles.profile import Origin, Statement
from registry.profiles.rules import (
    contradictions,
    generics_of,
    inherited,
    merged,
    product_refusal,
    without_contradictions,
)

pytestmark = pytest.mark.sqlite_only

PRODUCTS = {"epaybl": "e-payment", "pmpayment": "e-payment", "e-payment": "payment", "citko": "portal"}
SLUGS = ("epaybl", "pmpayment", "e-payment", "payment", "citko", "portal", "bundid")
STATED = st.dictionaries(st.sampled_from(SLUGS), st.booleans()).filter(lambda has: not contradictions(has, PRODUCTS))


def _own(has: Mapping[str, bool]) -> dict[str, Statement]:
    return {slug: Statement(one, Origin.OWN, "Stadt") for slug, one in has.items()}


def _provider(has: Mapping[str, bool]) -> dict[str, Statement]:
    return {slug: Statement(one, Origin.PROVIDER, "Dienstleister") for slug, one in has.items()}


@given(STATED, STATED)
def test_own_statements_always_win_and_nothing_comes_from_nowhere(own: dict[str, bool], above: dict[str, bool]) -> None:
    found = merged(_own(own), _provider(above), PRODUCTS)
    assert {slug: found[slug] for slug in own} == _own(own)
    assert {slug: one for slug, one in found.items() if slug not in own}.items() <= _provider(above).items()


@given(STATED, STATED)
def test_two_profiles_without_contradiction_give_one_without(own: dict[str, bool], above: dict[str, bool]) -> None:
    found = merged(_own(own), _provider(above), PRODUCTS)
    assert not contradictions({slug: one.has for slug, one in found.items()}, PRODUCTS)


@given(STATED)
def test_who_states_nothing_inherits_everything_and_who_has_no_provider_keeps_the_own(has: dict[str, bool]) -> None:
    assert merged({}, _provider(has), PRODUCTS) == _provider(has)
    assert merged(_own(has), {}, PRODUCTS) == _own(has)


@given(STATED, STATED, st.sampled_from(SLUGS))
def test_another_own_statement_never_adds_to_what_is_inherited(
    own: dict[str, bool], above: dict[str, bool], slug: str
) -> None:
    less = {key: has for key, has in own.items() if key != slug}
    assert (
        inherited(_own(own), _provider(above), PRODUCTS).keys()
        <= inherited(_own(less), _provider(above), PRODUCTS).keys()
    )


@given(st.permutations(SLUGS), STATED, STATED)
def test_the_order_of_statements_does_not_matter(
    order: list[str], own: dict[str, bool], above: dict[str, bool]
) -> None:
    turned = {slug: own[slug] for slug in order if slug in own}
    assert merged(_own(turned), _provider(above), PRODUCTS) == merged(_own(own), _provider(above), PRODUCTS)


def test_who_has_no_payment_at_all_does_not_inherit_a_payment_product() -> None:
    assert not inherited(_own({"payment": False}), _provider({"epaybl": True, "e-payment": True}), PRODUCTS)


def test_who_has_a_product_does_not_inherit_that_there_is_none() -> None:
    assert not inherited(_own({"epaybl": True}), _provider({"e-payment": False, "payment": False}), PRODUCTS)


@given(st.dictionaries(st.sampled_from(SLUGS), st.booleans()))
def test_of_a_contradiction_the_product_stays(has: dict[str, bool]) -> None:
    kept = without_contradictions(has, PRODUCTS)
    assert not contradictions(kept, PRODUCTS)
    assert {slug for slug, one in has.items() if one} <= kept.keys()


def test_a_product_of_a_product_stands_for_both_and_a_circle_ends() -> None:
    assert generics_of("epaybl", PRODUCTS) == ["e-payment", "payment"]
    assert generics_of("a", {"a": "b", "b": "a"}) == ["b", "a"]
    assert contradictions({"epaybl": True, "payment": False}, PRODUCTS) == [("epaybl", "payment")]
    assert not contradictions({"epaybl": False, "payment": True}, PRODUCTS)


@pytest.mark.parametrize(
    ("above", "reason"),
    [
        (None, None),
        ("b", None),
        ("a", "nicht sein eigenes"),
        ("z", "nicht bekannt"),
        ("portal", "anderer Art"),
        ("c", "im Kreis"),
    ],
)
def test_a_product_belongs_to_another_known_capability_of_its_kind_without_a_circle(
    above: str | None, reason: str | None
) -> None:
    kinds = {"a": "payment", "b": "payment", "c": "payment", "portal": "portal"}
    found = product_refusal("a", above, kinds, {"c": "a"})
    assert (found is None) if reason is None else (reason in (found or ""))


@given(
    st.builds(
        Picked,
        kind=st.just(OTHER),
        has=st.lists(st.sampled_from(SLUGS[:3]), unique=True).map(tuple),
        lacks=st.lists(st.sampled_from(SLUGS[3:]), unique=True).map(tuple),
        provider=st.sampled_from([None, "citeq"]),
        fits_kind=st.sampled_from([None, *FitsKind]),
        population=st.none() | st.integers(0, 10_000_000),
        made_on=st.none() | st.dates(),
    )
)
def test_what_a_visitor_picks_comes_back_from_the_cookie(picked: Picked) -> None:
    assert Picked.unpacked(picked.packed()) == picked


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("kbhndaet"), inner, max_size=8),
    max_leaves=12,
)


@given(JSON)
def test_a_damaged_cookie_is_never_an_error(raw: object) -> None:
    picked = Picked.unpacked(raw)
    assert picked is None or (picked.kind == OTHER) is not bool(picked.key)


def test_a_cookie_with_a_thousand_capabilities_counts_for_nothing() -> None:
    assert Picked.unpacked({"k": OTHER, "h": " ".join(f"x{number}" for number in range(1000))}) is None

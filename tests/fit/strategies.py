"""Arbitrary vocabularies, profiles and bundles for the properties of fit."""

from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from registry.catalogue.enums import CapabilityKind, FitsKind, RequirementLevel
from registry.fit.outcome import BundleNeeds, Need, ProductMap
from registry.profiles.profile import BodyProfile, Origin, Statement

SLUGS = tuple(f"baustein-{number}" for number in range(12))


@dataclass(frozen=True)
class Vocabulary:
    products: ProductMap
    kinds: dict[str, CapabilityKind]


@st.composite
def vocabularies(draw: st.DrawFn) -> Vocabulary:
    """Return products in up to three layers; circles are possible, as in data that somebody has entered."""
    parents = draw(st.dictionaries(st.sampled_from(SLUGS), st.sampled_from(SLUGS), max_size=9))
    kinds = {slug: draw(st.sampled_from(CapabilityKind)) for slug in SLUGS}
    return Vocabulary(ProductMap(parents, {slug: slug.title() for slug in SLUGS}), kinds)


statements = st.builds(
    Statement,
    has=st.booleans(),
    origin=st.sampled_from(Origin),
    by=st.just("Stadt Prüfstadt"),
    as_of=st.just(date(2026, 3, 1)),
)


@st.composite
def profiles(draw: st.DrawFn) -> BodyProfile:
    return BodyProfile(
        kind="municipality",
        key="05974040",
        name="Stadt Prüfstadt",
        fits_kind=draw(st.none() | st.sampled_from(FitsKind)),
        population=draw(st.none() | st.integers(0, 20)),
        population_as_of="2024-12-31",
        district_key=None,
        admin_region=None,
        statements=draw(st.dictionaries(st.sampled_from(SLUGS), statements, max_size=8)),
    )


def need(slug: str, vocabulary: Vocabulary, level: RequirementLevel) -> Need:
    return Need(slug, vocabulary.products.names[slug], vocabulary.kinds[slug], level)


@st.composite
def bundles(draw: st.DrawFn, vocabulary: Vocabulary, slug: str = "buendel") -> BundleNeeds:
    needed = draw(st.lists(st.sampled_from(SLUGS), unique=True, max_size=8))
    low, high = draw(st.none() | st.integers(0, 20)), draw(st.none() | st.integers(0, 20))
    return BundleNeeds(
        slug=slug,
        title=slug.title(),
        needs=tuple(need(one, vocabulary, draw(st.sampled_from(RequirementLevel))) for one in needed),
        fits_population_from=low,
        fits_population_to=None if high is None else high + (low or 0),
        fits_kinds=tuple(draw(st.lists(st.sampled_from(FitsKind), unique=True))),
    )

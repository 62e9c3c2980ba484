"""Many bodies and all bundles at once: the same results as one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.enums import RequirementLevel
from registry.fit.bulk import BundleRow, Matrix
from registry.fit.outcome import BundleNeeds, Status
from registry.fit.rules import fit
from registry.profiles.profile import Origin, Statement
from tests.fit.strategies import SLUGS, Vocabulary, bundles, profiles, vocabularies

pytestmark = pytest.mark.sqlite_only


def row(needs: BundleNeeds) -> BundleRow:
    return BundleRow(
        needs.slug,
        needs.title,
        needs.fits_population_from,
        needs.fits_population_to,
        tuple(needs.fits_kinds),
        tuple((one.capability, one.mandatory) for one in needs.needs),
    )


def matrix(entries: list[BundleNeeds], vocabulary: Vocabulary) -> Matrix:
    return Matrix([row(one) for one in entries], vocabulary.products, vocabulary.kinds)


@st.composite
def catalogues(draw: st.DrawFn, vocabulary: Vocabulary) -> list[BundleNeeds]:
    return [draw(bundles(vocabulary, f"buendel-{number}")) for number in range(draw(st.integers(0, 6)))]


@given(st.data())
def test_the_bulk_computation_equals_the_single_one(data: st.DataObject) -> None:
    vocabulary = data.draw(vocabularies())
    entries = data.draw(catalogues(vocabulary))
    who = data.draw(profiles())
    ratings = matrix(entries, vocabulary).rate(who)
    found = {one.slug: fit(who, one, vocabulary.products) for one in entries}
    assert sorted(found) == list(ratings.slugs)
    for place, slug in enumerate(ratings.slugs):
        one = found[slug]
        assert ratings.worth[place] == np.float32(one.worth)
        assert bool(ratings.assessable[place]) == one.assessable
        for level in RequirementLevel:
            for status in Status:
                assert ratings.count(level, status)[place] == len(one.of_level(level, status))


@given(st.data())
def test_a_capability_opens_just_the_bundles_that_lack_nothing_once_it_is_there(data: st.DataObject) -> None:
    vocabulary = data.draw(vocabularies())
    entries = data.draw(catalogues(vocabulary))
    who = data.draw(profiles())

    def lacking(profile: object, one: BundleNeeds) -> bool:
        found = fit(profile, one, vocabulary.products)  # type: ignore[arg-type]
        return found.mandatory_met < found.mandatory_total

    openings = {one.capability: one for one in matrix(entries, vocabulary).openings(who)}
    for slug in SLUGS:
        with_it = replace(who, statements={**who.statements, slug: Statement(True, Origin.OWN, "Stadt Prüfstadt")})
        opened = {one.slug for one in entries if lacking(who, one) and not lacking(with_it, one)}
        needing = [one for one in entries if slug in {need.capability for need in one.needs if need.mandatory}]
        if slug in openings:
            assert set(openings[slug].opened) == opened
            assert openings[slug].needed == len(needing)
        elif needing:
            assert not opened

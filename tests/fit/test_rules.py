"""Fit, requirement by requirement, and what always holds of it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.enums import CapabilityKind, FitsKind, RequirementLevel
from registry.fit.outcome import NOT_ASSESSABLE, BundleNeeds, Need, ProductMap, Status, Suits
from registry.fit.rules import fit, judge
from registry.profiles.profile import BodyProfile, Origin, Statement
from tests.fit.strategies import SLUGS, bundles, need, profiles, vocabularies

pytestmark = pytest.mark.sqlite_only

PRODUCTS = ProductMap(
    {"epaybl": "e-payment", "pmpayment": "e-payment", "akdn-sozial": "fachverfahren", "anderes": "fachverfahren"},
    {
        "epaybl": "ePayBL",
        "pmpayment": "pmPayment",
        "e-payment": "E-Payment (Produkt offen)",
        "bundid": "BundID",
        "akdn-sozial": "AKDN-sozial",
        "anderes": "Anderes",
        "fachverfahren": "Fachverfahren (Produkt offen)",
    },
)
KINDS = {
    "epaybl": CapabilityKind.PAYMENT,
    "pmpayment": CapabilityKind.PAYMENT,
    "e-payment": CapabilityKind.PAYMENT,
    "bundid": CapabilityKind.USER_ACCOUNT,
    "akdn-sozial": CapabilityKind.SPECIALIST_APPLICATION,
    "fachverfahren": CapabilityKind.SPECIALIST_APPLICATION,
}


def has(by: str = "Stadt Prüfstadt", *, not_: bool = False) -> Statement:
    return Statement(not not_, Origin.OWN, by, date(2026, 3, 1))


def profile(**statements: Statement) -> BodyProfile:
    return BodyProfile(
        *("municipality", "05974040", "Stadt Prüfstadt", FitsKind.DISTRICT_MUNICIPALITY, 8000, "2024-12-31"),
        *("05974", "Arnsberg"),
        statements={slug.replace("_", "-"): statement for slug, statement in statements.items()},
    )


def bundle(*mandatory: str, recommended: tuple[str, ...] = (), **facts: object) -> BundleNeeds:
    needs = [
        Need(slug, PRODUCTS.names[slug], KINDS[slug], level)
        for level, slugs in ((RequirementLevel.MANDATORY, mandatory), (RequirementLevel.RECOMMENDED, recommended))
        for slug in slugs
    ]
    return replace(BundleNeeds("hund", "Hund anmelden", tuple(needs)), **facts)  # type: ignore[arg-type]


def one(mandatory: str, **statements: Statement) -> tuple[str, str]:
    found = fit(profile(**statements), bundle(mandatory), PRODUCTS).requirements[0]
    return found.status.value, found.reason


def test_what_is_stated_is_met_and_the_statement_is_named() -> None:
    statement = has()
    found = fit(profile(epaybl=statement), bundle("epaybl"), PRODUCTS).requirements[0]
    assert (found.status, found.reason, found.statement) == (Status.MET, "vorhanden", statement)


def test_a_product_meets_what_it_is_a_product_of() -> None:
    assert one("e-payment", pmpayment=has()) == ("met", "vorhanden als pmPayment")


def test_the_open_kind_does_not_meet_a_product() -> None:
    assert one("epaybl", e_payment=has()) == (
        "unknown",
        "vorhanden ist E-Payment (Produkt offen); ob es ePayBL ist, ist nicht angegeben",
    )


def test_what_is_denied_is_missing() -> None:
    assert one("epaybl", epaybl=has(not_=True)) == ("missing", "nicht vorhanden")
    assert one("epaybl", e_payment=has(not_=True)) == ("missing", "nicht vorhanden: E-Payment (Produkt offen)")


def test_another_product_of_a_kind_of_which_one_suffices_makes_it_missing() -> None:
    assert one("epaybl", pmpayment=has()) == ("missing", "vorhanden ist pmPayment")


def test_another_product_of_a_kind_that_lives_beside_others_says_nothing() -> None:
    assert one("akdn-sozial", anderes=has()) == ("unknown", "keine Angabe")


def test_what_nobody_states_is_unknown() -> None:
    assert one("bundid") == ("unknown", "keine Angabe")


def test_what_is_there_outweighs_what_is_denied() -> None:
    assert one("e-payment", e_payment=has(not_=True), epaybl=has())[0] == "met"
    assert one("epaybl", e_payment=has(not_=True), pmpayment=has()) == ("missing", "vorhanden ist pmPayment")


def test_the_figure_comes_with_its_explanation() -> None:
    found = fit(profile(epaybl=has()), bundle("epaybl", "bundid", recommended=("fachverfahren",)), PRODUCTS)
    assert found.sentence == "1 von 2 zwingenden Voraussetzungen erfüllt; unbekannt: BundID"
    assert found.recommended_sentence == (
        "0 von 1 empfohlenem Baustein vorhanden; unbekannt: Fachverfahren (Produkt offen)"
    )
    found = fit(profile(pmpayment=has()), bundle("epaybl"), PRODUCTS)
    assert found.sentence == "0 von 1 zwingenden Voraussetzung erfüllt; es fehlt: ePayBL"
    assert found.short_sentence == "0 von 1 zwingenden erfüllt; fehlt: ePayBL"


def test_an_entry_without_requirements_has_no_figure() -> None:
    found = fit(profile(epaybl=has()), bundle(), PRODUCTS)
    assert not found.assessable
    assert found.worth == NOT_ASSESSABLE
    assert found.sentence == "nicht bewertbar: keine Voraussetzungen angegeben"


def test_an_entry_that_only_recommends_says_so() -> None:
    found = fit(profile(epaybl=has()), bundle(recommended=("epaybl",)), PRODUCTS)
    assert not found.assessable
    assert found.sentence == "nicht bewertbar: keine zwingenden Voraussetzungen angegeben"
    assert found.recommended_sentence == "1 von 1 empfohlenem Baustein vorhanden"


def test_population_and_kind_are_met_outside_or_unknown_with_a_reason() -> None:
    inside = fit(profile(), bundle("bundid", fits_population_from=5000), PRODUCTS)
    assert (inside.population.suits, inside.population.reason) == (
        Suits.MET,
        "geeignet ab 5.000 Einwohnern; Stadt Prüfstadt hat 8.000 Einwohner.",
    )
    outside = fit(profile(), bundle("bundid", fits_population_from=20_000, fits_kinds=(FitsKind.DISTRICT,)), PRODUCTS)
    assert outside.population.suits is outside.kind.suits is Suits.OUTSIDE
    assert outside.kind.reason == "geeignet für Kreise; Stadt Prüfstadt: kreisangehörig."
    nothing = fit(profile(), bundle("bundid"), PRODUCTS)
    assert nothing.population.suits is nothing.kind.suits is Suits.UNKNOWN
    assert outside.worth < inside.worth == nothing.worth
    nobody = fit(replace(profile(), population=None, fits_kind=None), bundle("bundid", fits_population_to=9), PRODUCTS)
    assert nobody.population.suits is Suits.UNKNOWN


@given(st.data())
def test_unknown_never_counts_as_met(data: st.DataObject) -> None:
    vocabulary = data.draw(vocabularies())
    found = fit(data.draw(profiles()), data.draw(bundles(vocabulary)), vocabulary.products)
    for one in found.requirements:
        if one.status is Status.MET:
            assert one.statement is not None
            assert one.statement.has
    silent = replace(data.draw(profiles()), statements={})
    assert fit(silent, data.draw(bundles(vocabulary)), vocabulary.products).mandatory_met == 0


@given(st.data())
def test_adding_a_capability_never_lowers_the_fit(data: st.DataObject) -> None:
    vocabulary, before = data.draw(vocabularies()), data.draw(profiles())
    needs = data.draw(bundles(vocabulary))
    added = {**before.statements, data.draw(st.sampled_from(SLUGS)): has()}
    old, new = (fit(one, needs, vocabulary.products) for one in (before, replace(before, statements=added)))
    assert new.worth >= old.worth
    assert new.mandatory_met >= old.mandatory_met
    assert new.recommended_met >= old.recommended_met


@given(st.data())
def test_adding_a_requirement_never_raises_the_fit(data: st.DataObject) -> None:
    vocabulary, who = data.draw(vocabularies()), data.draw(profiles())
    needs = data.draw(bundles(vocabulary).filter(lambda one: any(need.mandatory for need in one.needs)))
    free = [slug for slug in SLUGS if slug not in {one.capability for one in needs.needs}]
    more = need(data.draw(st.sampled_from(free)), vocabulary, data.draw(st.sampled_from(RequirementLevel)))
    old = fit(who, needs, vocabulary.products)
    new = fit(who, replace(needs, needs=(*needs.needs, more)), vocabulary.products)
    assert new.worth <= old.worth


@given(st.data())
def test_the_order_of_requirements_and_statements_does_not_matter(data: st.DataObject) -> None:
    vocabulary, who = data.draw(vocabularies()), data.draw(profiles())
    needs = data.draw(bundles(vocabulary))
    shuffled = replace(
        who, statements=dict(data.draw(st.permutations(list(who.statements.items()))) if who.statements else ())
    )
    other = replace(needs, needs=tuple(data.draw(st.permutations(needs.needs))))
    products = ProductMap(
        dict(data.draw(st.permutations(list(vocabulary.products.items())))), vocabulary.products.names
    )
    assert fit(who, needs, vocabulary.products) == fit(shuffled, other, products)


@given(st.data())
def test_a_judgement_rests_on_a_statement_or_is_unknown(data: st.DataObject) -> None:
    vocabulary, who = data.draw(vocabularies()), data.draw(profiles())
    for slug in SLUGS:
        found = judge(slug, vocabulary.kinds[slug], who.statements, vocabulary.products)
        if found.status is not Status.UNKNOWN:
            assert found.basis is not None
            assert who.statements[found.basis].has is not found.refused

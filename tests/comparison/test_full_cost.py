"""Full cost over five years: unknown is named, never zero."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.comparison.rules import BLOCKS, Block, FullCost, Range, Terms, full_cost
from registry.reuse.costs import CostBasis, CostBlockFields, CostKind, CostRhythm, DistributionKey, Payer
from registry.reuse.models import CostFields

pytestmark = pytest.mark.sqlite_only  # pure

SOEST = Terms(population=49_211)
NOTHING = CostFields()


def block(kind: CostKind, low: str | None, high: str | None = None, **more: Any) -> CostBlockFields:
    return CostBlockFields(
        kind=kind,
        rhythm=more.pop("rhythm", CostRhythm.ONCE),
        amount_from_eur=None if low is None else Decimal(low),
        amount_to_eur=None if high is None else Decimal(high),
        **more,
    )


def cost(*blocks: CostBlockFields, costs: CostFields = NOTHING, terms: Terms = SOEST) -> FullCost:
    return full_cost(blocks, costs, terms)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


amounts = st.decimals(0, 1_000_000, places=2)


@st.composite
def blocks(draw: st.DrawFn) -> CostBlockFields:
    low, high = sorted((draw(amounts), draw(amounts)))
    ends = draw(st.sampled_from(((low, high), (low, None), (None, high))))
    # without validation: stored blocks are read as they are, even if newer rules would refuse them
    return CostBlockFields.model_construct(
        None,
        kind=draw(st.sampled_from(CostKind)),
        rhythm=draw(st.sampled_from(CostRhythm)),
        basis=draw(st.sampled_from(CostBasis)),
        amount_from_eur=ends[0],
        amount_to_eur=ends[1],
        payer=draw(st.sampled_from((None, *Payer))),
        distribution=draw(st.sampled_from((None, *DistributionKey))),
        price_date=draw(st.sampled_from((None, "2024", "2025-03"))),
        source_url=None,
        note=None,
    )


terms = st.builds(Terms, population=st.none() | st.integers(0, 1_100_000), cases=st.none() | st.integers(0, 100_000))


def test_the_sum_of_nothing_is_unknown() -> None:
    found = cost()
    assert found.total is None
    assert found.contained == ()
    assert found.missing == (
        "Einführung",
        "Anschluss",
        "Betrieb",
        "Fachverfahrensschnittstelle",
        "eigenes Personal",
        "Weiterentwicklung",
    )


def test_each_block_says_how_it_was_computed() -> None:
    found = cost(
        block(CostKind.CONNECTION, "5000", "8000", payer=Payer.MUNICIPALITY, price_date="2025-03"),
        block(CostKind.OPERATION_FIXED, "1200", "1200", rhythm=CostRhythm.YEARLY),
        block(CostKind.OPERATION_VARIABLE, "0.12", "0.12", rhythm=CostRhythm.YEARLY, basis=CostBasis.PER_INHABITANT),
    )
    assert [plain(line.formula) for line in found.lines] == [
        "einmalig 5.000 € bis 8.000 €",
        "5 Jahre × 1.200 € je Jahr",
        "49.211 Einwohner × 0,12 € × 5 Jahre",
    ]
    assert found.total == Range(Decimal("40526.60"), Decimal("43526.60"))
    assert found.contained == ("Anschluss", "Betrieb, fester Anteil", "Betrieb, nutzungsabhängiger Anteil")
    assert "Einführung" in found.missing
    assert "Betrieb" not in found.missing
    assert found.price_dates == ("2025-03",)
    assert found.undated


def test_what_the_land_pays_is_shown_and_not_counted() -> None:
    found = cost(block(CostKind.OPERATION_FIXED, "9000", rhythm=CostRhythm.YEARLY, payer=Payer.LAND))
    assert found.total is None
    assert found.by_land == ("Betrieb, fester Anteil",)
    assert "trägt das Land" in found.lines[0].remarks[0]
    assert "Betrieb, fester Anteil" not in found.missing
    assert "Betrieb, nutzungsabhängiger Anteil" in found.missing


def test_a_block_by_case_waits_for_the_number_of_cases() -> None:
    by_case = block(CostKind.OPERATION_VARIABLE, "2", "3", basis=CostBasis.PER_CASE, rhythm=CostRhythm.YEARLY)
    unknown = cost(by_case)
    assert unknown.total is None
    assert unknown.uncomputable == ("Betrieb, nutzungsabhängiger Anteil (dafür fehlt die Zahl der Vorgänge im Jahr)",)
    known = cost(by_case, terms=Terms(cases=300))
    assert known.total == Range(Decimal(3000), Decimal(4500))
    assert plain(known.lines[0].formula) == "300 Vorgänge je Jahr × 2 € bis 3 € × 5 Jahre"


def test_without_a_population_a_block_by_inhabitant_is_not_computable() -> None:
    found = cost(block(CostKind.CONNECTION, "1", basis=CostBasis.PER_INHABITANT), terms=Terms())
    assert found.total is None
    assert found.lines[0].amount is None
    assert found.uncomputable == ("Anschluss (dafür fehlt die Einwohnerzahl)",)


def test_an_open_end_stays_open() -> None:
    found = cost(block(CostKind.CONNECTION, "1000"), block(CostKind.SPECIALIST_INTERFACE, "500", "700"))
    assert found.total == Range(Decimal(1500), None)
    assert plain(found.total.text) == "ab 1.500 €"
    assert plain(Range(None, Decimal(5)).text) == "bis 5 €"


def test_the_ranges_of_the_entry_stand_in_where_no_block_says_the_same() -> None:
    costs = CostFields(
        introduction_cost_from_eur=Decimal(1000),
        introduction_cost_to_eur=Decimal(2000),
        operation_cost_from_eur=Decimal(300),
    )
    found = cost(costs=costs)
    assert [line.block for line in found.lines] == [Block.INTRODUCTION, Block.OPERATION]
    assert found.total == Range(Decimal(2500), None)
    replaced = cost(block(CostKind.OPERATION_FIXED, "100", "100", rhythm=CostRhythm.YEARLY), costs=costs)
    assert [line.block for line in replaced.lines] == [Block.INTRODUCTION, Block.OPERATION_FIXED]
    assert replaced.total == Range(Decimal(1500), Decimal(2500))


def test_own_staff_is_never_turned_into_euros() -> None:
    costs = CostFields(
        introduction_effort_days_from=5, introduction_effort_days_to=10, operation_fte_from=0.1, operation_fte_to=0.2
    )
    found = cost(costs=costs)
    assert found.total is None
    assert found.staff == "5 bis 10 Personentage einmalig; 5 Jahre × 0,1 bis 0,2 VZÄ = 0,5 bis 1 VZÄ-Jahre"
    assert "eigenes Personal (nur als Aufwand genannt)" in found.missing
    with_euros = cost(block(CostKind.OWN_STAFF, "4000"), costs=costs)
    assert with_euros.total == Range(Decimal(4000), None)
    assert not any("Personal" in one for one in with_euros.missing)


def test_first_development_counts_only_where_the_municipality_pays_it() -> None:
    assert cost(block(CostKind.DEVELOPMENT, "90000")).total is None
    assert cost(block(CostKind.DEVELOPMENT, "90000", payer=Payer.LAND)).total is None
    assert cost(block(CostKind.DEVELOPMENT, "90000", payer=Payer.MUNICIPALITY)).total == Range(Decimal(90000), None)
    assert "Erstentwicklung" not in cost().missing


def test_a_stated_zero_is_an_amount() -> None:
    found = cost(block(CostKind.CONNECTION, "0", "0"))
    assert found.total == Range(Decimal(0), Decimal(0))
    assert found.contained == ("Anschluss",)


@given(st.lists(blocks(), max_size=6), terms, st.randoms())
def test_the_order_of_the_blocks_does_not_matter(many: list[CostBlockFields], asked: Terms, random: Any) -> None:
    shuffled = list(many)
    random.shuffle(shuffled)
    assert full_cost(many, NOTHING, asked) == full_cost(shuffled, NOTHING, asked)


@given(st.lists(blocks(), max_size=6), blocks(), terms)
def test_another_block_never_lowers_the_lower_bound(
    many: list[CostBlockFields], more: CostBlockFields, asked: Terms
) -> None:
    before, after = full_cost(many, NOTHING, asked).total, full_cost([*many, more], NOTHING, asked).total
    if before is not None:
        assert after is not None
        assert (after.low or Decimal(0)) >= (before.low or Decimal(0))
        assert before.high is not None or after.high is None


@given(blocks(), st.integers(1, 100_000), st.integers(2, 50))
def test_blocks_by_inhabitant_grow_with_the_population(one: CostBlockFields, population: int, factor: int) -> None:
    one = one.model_copy(update={"basis": CostBasis.PER_INHABITANT, "payer": Payer.MUNICIPALITY})
    small = full_cost([one], NOTHING, Terms(population)).total
    large = full_cost([one], NOTHING, Terms(population * factor)).total
    assert small is not None
    assert large == small.times(factor)


@given(st.lists(blocks(), max_size=6), terms)
def test_what_is_not_stated_is_named_and_never_counts(many: list[CostBlockFields], asked: Terms) -> None:
    found = full_cost(many, NOTHING, asked)
    stated = {BLOCKS[one.kind].label for one in many}
    assert not stated & set(found.missing)
    assert not set(found.contained) & set(found.missing)
    assert (found.total is None) == (not found.contained)
    assert all(line.amount is not None for line in found.lines if line.counted)

"""What experience reports say together."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from registry.adoption.enums import Again, Step
from registry.adoption.experience_rules import MEASURES, REPORTED_STEPS, may_report, spread, summary
from registry.adoption.models import ExperienceFields
from registry.catalogue.messages import refusals

pytestmark = pytest.mark.sqlite_only
values = st.lists(st.one_of(st.none(), st.decimals(0, 10**6, places=2), st.floats(0, 10**5)), max_size=20)
reports = st.lists(
    st.builds(
        ExperienceFields,
        effort_days=st.one_of(st.none(), st.floats(0, 1000)),
        introduction_cost_eur=st.one_of(st.none(), st.decimals(0, 10**6, places=2)),
        advice=st.just("Früh anfangen."),
        again=st.one_of(st.none(), st.sampled_from(list(Again))),
    ),
    max_size=10,
)


@given(values)
def test_a_spread_counts_only_what_is_stated_and_lies_in_order(found: list[Decimal | float | None]) -> None:
    result = spread(found)
    known = [one for one in found if one is not None]
    if result is None:
        assert known == []
    else:
        assert result.n == len(known) >= 1
        assert result.low <= result.median <= result.high


@given(values, st.randoms())
def test_a_spread_does_not_depend_on_the_order(found: list[Decimal | float | None], random: object) -> None:
    assert spread(found) == spread(sorted(found, key=lambda one: (one is None, one or 0)))


@given(reports)
def test_a_summary_counts_each_report_once(found: list[ExperienceFields]) -> None:
    together = summary(found)
    assert together.n == len(found)
    assert together.answered == sum(1 for one in found if one.again is not None)
    assert set(together.measures) == set(MEASURES)
    assert together.measures["operation_cost_eur"] is None


@given(reports)
def test_a_report_without_a_figure_changes_no_figure(found: list[ExperienceFields]) -> None:
    more = [*found, ExperienceFields(advice="Ohne Zahlen.")]
    assert summary(more).measures == summary(found).measures


def test_one_value_is_its_own_median_and_range() -> None:
    result = spread([None, 12.5])
    assert result is not None
    assert (result.n, result.low, result.median, result.high) == (1, *[Decimal("12.5")] * 3)


def test_an_even_number_of_values_has_the_mean_of_the_two_in_the_middle() -> None:
    result = spread([Decimal("8500"), Decimal("15000.50")])
    assert result is not None
    assert result.median == Decimal("11750.25")


@given(st.lists(st.sampled_from(list(Step)), max_size=6))
def test_who_has_come_no_further_than_connecting_has_nothing_to_report(steps: list[Step]) -> None:
    assert may_report(steps) == bool(set(steps) & set(REPORTED_STEPS))


@pytest.mark.parametrize(
    ("given_values", "reason"),
    [
        ({}, "Der Bericht enthält noch keine Angabe."),
        ({"introduction_cost_eur": "-1"}, "mindestens 0"),
        ({"operation_cost_eur": "99999999999999"}, "Höchstens"),
        ({"operation_cost_eur": "1.005"}, "Nachkommastellen"),
        ({"introduction_cost_eur": "NaN"}, "Zahl"),
        ({"effort_days": -0.5}, "mindestens 0"),
        ({"effort_days": 100_001}, "höchstens 100000"),
        ({"effort_days": float("nan")}, ""),
        ({"duration_months": 241}, "höchstens 240"),
        ({"duration_months": "bald"}, "Zahl"),
        ({"advice": "x" * 10_001}, "Höchstens 10000 Zeichen"),
        ({"again": "vielleicht"}, "Erlaubt ist nur"),
        ({"kosten": 3}, "Dieses Feld gibt es nicht."),
    ],
)
def test_absurd_values_are_refused_with_a_german_sentence(given_values: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ExperienceFields.model_validate(given_values)
    assert reason in refusals(caught.value)[0].reason

"""Cost blocks: what is plausible, what contradicts itself, and which two are the same."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from registry.catalogue.messages import refusals
from registry.reuse.costs import IDENTITY, CostBlockFields
from registry.reuse.models import DimensionFields

from .conftest import Build

pytestmark = pytest.mark.sqlite_only

BLOCK: dict[str, Any] = {"kind": "connection", "rhythm": "once", "amount_from_eur": "100"}


def _reasons(values: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        CostBlockFields.model_validate(values)
    return {one.field: one.reason for one in refusals(caught.value)}


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({"amount_from_eur": None}, "", "mindestens einen Betrag"),
        ({"amount_from_eur": "-1"}, "amount_from_eur", "mindestens 0"),
        ({"amount_from_eur": "1000000000.01"}, "amount_from_eur", "nicht plausibel"),
        ({"amount_from_eur": "1e30"}, "amount_from_eur", ""),
        ({"amount_from_eur": "nan"}, "amount_from_eur", ""),
        ({"amount_to_eur": "99"}, "amount_to_eur", "größer als der Betrag „bis“"),
        ({"basis": "per_inhabitant", "amount_from_eur": "10001"}, "amount_from_eur", "10.000 Euro je Einwohner"),
        ({"basis": "per_case"}, "basis", "nicht einmalig"),
        ({"kind": "operation_fixed", "rhythm": "yearly", "basis": "per_case"}, "basis", "hängt nicht"),
        ({"kind": "operation_variable"}, "rhythm", "jährlich"),
        ({"kind": "umsonst"}, "kind", "Erlaubt ist nur"),
        ({"price_date": str(date.today() + timedelta(days=400))}, "price_date", "in der Zukunft"),
        ({"price_date": "gestern"}, "price_date", "JJJJ"),
        ({"source_url": "preisliste"}, "source_url", "https://"),
        ({"preis": "3"}, "preis", "gibt es nicht"),
    ],
)
def test_contradictory_and_absurd_blocks_are_refused_at_their_field(
    values: dict[str, Any], field: str, reason: str
) -> None:
    found = _reasons(BLOCK | values)
    assert field in found
    assert reason in found[field]


def test_one_end_of_a_range_and_zero_are_statements() -> None:
    assert CostBlockFields.model_validate(BLOCK | {"amount_from_eur": "0"}).amount_to_eur is None
    assert CostBlockFields.model_validate(BLOCK | {"amount_from_eur": None, "amount_to_eur": 5}).amount_from_eur is None
    assert CostBlockFields.model_validate(BLOCK | {"price_date": str(date.today().year)})


def test_two_blocks_are_the_same_when_kind_rhythm_basis_and_payer_agree(build: Build) -> None:
    with pytest.raises(ValidationError, match="doppelt angegeben"):
        build(cost_blocks=[BLOCK, BLOCK | {"amount_from_eur": "7", "distribution": "inhabitants", "note": "Zweiter"}])
    others = [{"kind": "own_staff"}, {"rhythm": "yearly"}, {"basis": "per_inhabitant"}, {"payer": "land"}]
    assert len(others) == len(IDENTITY)
    assert build(cost_blocks=[BLOCK, *(BLOCK | other for other in others)])


def test_a_day_of_assessment_is_not_in_the_future() -> None:
    with pytest.raises(ValidationError, match="liegt in der Zukunft"):
        DimensionFields.model_validate({"legal_assessed_on": date.today() + timedelta(days=3)})
    assert DimensionFields.model_validate({"legal_assessed_on": date.today()})

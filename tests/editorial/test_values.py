"""Values as typed: what is read from them, what is refused, and where a form shows it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from registry.catalogue.enums import State
from registry.editorial.values import (
    _OF_WHOLE,
    EMPTY,
    changed_fields,
    clean,
    content_of,
    label_of,
    labels,
    record_from,
    refusals_of,
    slug_from,
)
from registry.reuse.record import BundleRecord
from registry.reuse.records import flattened
from tests.reuse.conftest import MINIMAL
from tests.reuse.test_completeness import FULL

from .conftest import NEW

pytestmark = pytest.mark.sqlite_only


def test_the_empty_values_name_all_fields_that_a_version_may_change() -> None:
    flat = flattened(BundleRecord.model_validate(MINIMAL))
    assert EMPTY.keys() == flat.keys() - {"state", "state_note"}
    assert not any(EMPTY.values())


def test_a_record_comes_back_from_its_values() -> None:
    record = BundleRecord.model_validate(FULL)
    assert record_from(content_of(record), state=State.PUBLISHED) == record


def test_state_and_state_note_are_never_taken_from_values() -> None:
    record = record_from(NEW | {"state": "published", "state_note": "frei"}, state=State.DRAFT)
    assert (record.state, record.state_note) == (State.DRAFT, None)
    assert record_from(NEW, state=State.DRAFT, note="Beleg fehlt").state_note == "Beleg fehlt"


@pytest.mark.parametrize(
    ("path", "typed", "read"),
    [
        ("funding_amount_eur", "1.250,5 €", "1250.50"),
        ("funding_amount_eur", "12.50", "12.50"),
        ("funding_amount_eur", "1250", "1250.00"),
        ("funding_amount_eur", "1,234", "1.234"),
        ("funding_amount_eur", "viel", "viel"),
        ("fits_population_from", "50.000", 50_000),
        ("fits_population_from", "2,5", "2,5"),
        ("costs.operation_fte_from", "0,25", 0.25),
        ("costs.operation_fte_from", "1e5", "1e5"),
        ("costs.operation_fte_from", "nan", "nan"),
        ("dimensions.legal_score", "3", 3),
        ("title", "  Zwei\r\nZeilen ", "Zwei\nZeilen"),
        ("description", "   ", None),
        ("licence", "1.000", "1.000"),
    ],
)
def test_texts_and_german_numbers_are_read(path: str, typed: str, read: Any) -> None:
    assert clean({path: typed})[path] == read


@given(st.dictionaries(st.sampled_from(sorted(EMPTY)), st.one_of(st.none(), st.text(max_size=12), st.integers())))
def test_cleaning_twice_is_cleaning_once(values: dict[str, Any]) -> None:
    once = clean(values)
    assert clean(once) == once
    assert changed_fields(values, once) == []


def test_rows_in_which_nothing_is_stated_do_not_count_and_errors_keep_their_place() -> None:
    rows = [{"url": "", "title": " "}, {"url": "ohne", "title": "Bericht"}]
    values = NEW | {"sources": rows}
    assert [one["title"] for one in clean(values)["sources"]] == ["Bericht"]
    assert [one.field for one in refusals_of(values, state=State.DRAFT)] == ["sources.1.url"]


def test_what_is_missing_is_named_at_its_field() -> None:
    found = {one.field: one.reason for one in refusals_of({}, state=State.DRAFT)}
    assert found == dict.fromkeys(("slug", "title", "summary"), "Die Angabe fehlt.")
    draft = {name: value for name, value in NEW.items() if name not in ("sources", "ozg_services")}
    assert refusals_of(draft, state=State.DRAFT) == []
    assert [one.field for one in refusals_of(draft, state=State.PUBLISHED)] == ["ozg_services"]
    assert [one.field for one in refusals_of(NEW | {"sources": []}, state=State.PUBLISHED)] == ["sources"]


def test_a_slug_is_made_from_the_title_unless_one_is_typed() -> None:
    assert record_from(NEW | {"title": "Wohngeld für Große"}, state=State.DRAFT).slug == "wohngeld-fuer-grosse"
    assert record_from(NEW | {"slug": "eigener-name"}, state=State.DRAFT).slug == "eigener-name"
    assert slug_from("§ – !") == ""


def test_unknown_fields_are_refused() -> None:
    for extra in ({"bundle_id": 3}, {"costs.secret": 1}, {"sources": [*NEW["sources"], {"id": 1}]}):
        with pytest.raises(ValidationError):
            record_from(NEW | extra, state=State.DRAFT)


@pytest.mark.parametrize("wrong", [5, "text", [5], [["a"]], {"a": 1}, [None]])
def test_lists_of_a_wrong_shape_are_refused_not_crashed_on(wrong: Any) -> None:
    assert refusals_of(NEW | {"sources": wrong}, state=State.DRAFT)


WHOLE: list[dict[str, Any]] = [
    {"ozg_services": []},
    {"sources": []},
    {"ozg_services": 2 * NEW["ozg_services"]},
    {"requirements": 2 * [{"capability": "bundid", "level": "mandatory"}]},
    {"sources": 2 * NEW["sources"]},
    {"checks": 2 * [{"item": "antrag", "verdict": "partly"}]},
    {"cost_blocks": 2 * [{"kind": "connection", "rhythm": "once", "amount_from_eur": 1}]},
    {"participants": 2 * [{"role": "lead", "name": "Stadt"}]},
    {"project_start": "2020", "project_end": "2019"},
    {"fits_population_from": 2, "fits_population_to": 1},
    {"funding_amount_eur": 2, "total_cost_eur": 1},
]


def test_each_reason_that_concerns_the_whole_has_its_field() -> None:
    found = [one for values in WHOLE for one in refusals_of(NEW | values, state=State.PUBLISHED)]
    assert {one.reason: one.field for one in found} == _OF_WHOLE
    assert refusals_of(NEW | {"audience": ["citizens", "citizens"]}, state=State.DRAFT)[0].field == ""


def test_every_field_has_a_german_label() -> None:
    found = labels()
    assert EMPTY.keys() <= found.keys()
    assert all(text[0].isupper() and "_" not in text for text in found.values())
    assert label_of("sources.0.url") == "Quelle 1: Adresse"
    assert label_of("sources.1") == "Quelle 2"
    assert label_of("costs.operation_fte_from") == "Personalaufwand Betrieb ab (VZÄ im Jahr)"
    assert label_of("was.ist.das") == "was.ist.das"

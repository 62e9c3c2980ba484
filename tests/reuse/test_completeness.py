"""Completeness counts stated fields; filling one never lowers it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.models import BundleFields
from registry.reuse.completeness import completeness
from registry.reuse.models import AnswerFields, CostFields, DimensionFields
from registry.reuse.record import BundleRecord

from .conftest import MINIMAL, Build

pytestmark = pytest.mark.sqlite_only

_TEXT = "Steht in der Quelle."
FULL: dict[str, Any] = MINIMAL | {
    "description": _TEXT,
    "audience": ["citizens"],
    "programme": "Programm",
    "phase": "operation",
    "phase_as_of": "2021",
    "project_start": "2019",
    "live_since": "2020-05",
    "funding_amount_eur": "0",
    "total_cost_eur": "10.50",
    "reuse_model": "blueprint",
    "procurement_paths": ["open_source"],
    "licence": "EUPL-1.2",
    "transferable_since": "2021",
    "fits_population_from": 0,
    "fits_population_to": 5000,
    "fits_kinds": ["district"],
    "contact_email": "rathaus@example.org",
    "contact_url": "https://www.example.org",
    "verified_on": "2022-01-01",
    "ozg_services": [{"ozg_id": "10160", "basis": "named", "coverage": "full"}],
    "participants": [{"role": "lead", "name": "Stadt Probe"}, {"role": "provider", "name": "IT"}],
    "sources": [{"url": "https://www.example.org/a", "title": "A", "published": "2021", "supports": _TEXT}],
    "links": [{"kind": "website", "url": "https://www.example.org"}],
    "requirements": [{"capability": "bundid", "level": "mandatory"}],
    "maturity": [{"model": "1.1", "level": 3, "assessed_on": "2021-01-01", "ground": "Antrag online"}],
    "cost_blocks": [
        {
            "kind": "operation_variable",
            "rhythm": "yearly",
            "basis": "per_case",
            "amount_from_eur": "1.20",
            "amount_to_eur": "3",
            "payer": "municipality",
            "distribution": "actual_use",
            "price_date": "2025-07",
            "source_url": "https://www.example.org/preise",
            "note": "Je Antrag",
        },
        {"kind": "development", "rhythm": "once", "amount_to_eur": "90000", "payer": "land"},
    ],
    "transferability": dict.fromkeys(AnswerFields.model_fields, _TEXT),
    "costs": {name: "0" if name.endswith("from") or "_from_" in name else "1" for name in CostFields.model_fields},
    "dimensions": {
        f"{name}_{part}": value
        for name in ("legal", "organisational", "technical", "financial")
        for part, value in (
            ("score", 0),
            ("reason", _TEXT),
            ("source_url", "https://www.example.org/bewertung"),
            ("assessed_on", "2025-03-01"),
        )
    },
}
CHECKS: list[dict[str, Any]] = [
    {
        "item": "antrag-online",
        "verdict": "partly",
        "checked_on": "2025-02-28",
        "source_url": "https://www.example.org/pruefung",
        "note": "Ohne Nachweise",
    },
    {"item": "nutzerkonto", "verdict": "unchecked"},
]
"""Verdicts on items that `tests.reuse.conftest.add_items` adds; no part of FULL, because no list ships with any."""
_OPTIONAL = sorted(FULL.keys() - MINIMAL.keys())
_GROUPS = ("transferability", "costs", "dimensions")


def _record(names: set[str]) -> BundleRecord:
    """Build a record with only these fields filled; dotted names stand for fields of groups."""
    values: dict[str, Any] = dict(MINIMAL)
    for name in names:
        group, _, field = name.partition(".")
        if field:
            values.setdefault(group, {})[field] = FULL[group][field]
        else:
            values[name] = FULL[name]
    if "dimensions" in values:  # a score needs its reason
        for field in [one for one in values["dimensions"] if one.endswith("score")]:
            reason = field.replace("score", "reason")
            values["dimensions"][reason] = FULL["dimensions"][reason]
    return BundleRecord.model_validate(values)


_NAMES = [name for name in _OPTIONAL if name not in _GROUPS]
_NAMES += [f"{group}.{field}" for group in _GROUPS for field in FULL[group]]


@given(st.sets(st.sampled_from(_NAMES)), st.sampled_from(_NAMES))
def test_filling_a_field_never_lowers_the_score_of_any_group(filled: set[str], more: str) -> None:
    before, after = completeness(_record(filled)), completeness(_record(filled | {more}))
    assert after.percent >= before.percent
    for one, two in zip(before.groups, after.groups, strict=True):
        assert two.filled >= one.filled
        assert two.total == one.total


@given(st.sets(st.sampled_from(_NAMES)))
def test_every_lost_point_is_named_with_a_german_label(filled: set[str]) -> None:
    found = completeness(_record(filled))
    for group in found.groups:
        assert len(group.missing) == group.total - group.filled
        assert all(gap.label and gap.label[0].isupper() for gap in group.missing)
        assert 0 <= group.percent <= 100
    assert found.filled + len(found.missing) == found.total


def test_an_entry_with_everything_is_complete() -> None:
    found = completeness(BundleRecord.model_validate(FULL))
    assert found.missing == ()
    assert (found.percent, found.filled) == (100, found.total)


def test_the_groups_come_in_the_order_of_the_page(build: Build) -> None:
    labels = [group.label for group in completeness(build()).groups]
    expected = "Grunddaten, OZG-Zuordnung, Projekt, Übertragbarkeit, Voraussetzungen, Kosten, Nachweise"
    assert ", ".join(labels) == expected


def test_a_minimal_entry_has_only_what_it_states(build: Build) -> None:
    found = {group.key: group.filled for group in completeness(build()).groups}
    assert found == {
        "basics": 2,
        "ozg_mapping": 1,
        "project": 0,
        "transferability": 0,
        "requirements": 0,
        "costs": 0,
        "evidence": 1,
    }


def test_zero_is_a_statement_and_an_empty_list_is_none(build: Build) -> None:
    fields = {gap.field for gap in completeness(build(fits_population_from=0, audience=[])).missing}
    assert "fits_population_from" not in fields
    assert "audience" in fields


def test_one_source_without_a_date_leaves_the_gap_open(build: Build) -> None:
    sources = [
        {"url": "https://a.example", "title": "A", "published": "2020"},
        {"url": "https://b.example", "title": "B"},
    ]
    assert "sources.published" in {gap.field for gap in completeness(build(sources=sources)).missing}
    sources[1]["published"] = "2021"
    assert "sources.published" not in {gap.field for gap in completeness(build(sources=sources)).missing}


def test_cost_blocks_count_once_and_evidence_has_a_score_of_its_own(build: Build) -> None:
    before = completeness(build())
    one = completeness(build(cost_blocks=FULL["cost_blocks"][:1]))
    assert one.filled == before.filled + 1
    assert completeness(build(cost_blocks=FULL["cost_blocks"])).filled == one.filled
    assert completeness(build(checks=CHECKS)).filled == before.filled
    evidence = {"legal_source_url": "https://www.example.org/a", "legal_assessed_on": "2025-01-01"}
    assert completeness(build(dimensions=evidence)).filled == before.filled


def test_every_field_of_an_entry_counts_or_is_left_out_on_purpose() -> None:
    left_out = {"slug", "project_end", "funding_note", "verified_by"}  # the key; only for some entries; notes
    second_of_a_pair = {"contact_url", "total_cost_eur", "fits_population_to"}
    counted = {gap.field for gap in completeness(BundleRecord.model_construct(**_nothing())).missing}
    assert set(BundleFields.model_fields) - left_out - second_of_a_pair <= counted
    assert {f"transferability.{name}" for name in AnswerFields.model_fields} <= counted
    assert {f"costs.{name}" for name in CostFields.model_fields if "from" in name} <= counted
    assert {f"dimensions.{name}" for name in DimensionFields.model_fields if name.endswith("score")} <= counted


def _nothing() -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(BundleRecord.model_fields)
    for name in ("audience", "procurement_paths", "fits_kinds", "ozg_services", "participants", "sources", "links"):
        values[name] = []
    values |= {"cost_blocks": [], "checks": []}
    values |= {"requirements": [], "maturity": [], "transferability": AnswerFields(), "costs": CostFields()}
    return values | {"dimensions": DimensionFields()}

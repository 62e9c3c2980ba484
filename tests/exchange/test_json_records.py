"""Exported entries come back as they were."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.exchange.json_records import export_records, import_records
from registry.exchange.tables import FileRefusedError
from registry.history import Revision
from registry.reuse.operations import save_bundle
from registry.reuse.record import BundleRecord
from tests.reuse.conftest import add_items
from tests.reuse.test_completeness import CHECKS, FULL

Write = Callable[[Any], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a value as JSON into a file."""

    def to_file(value: Any) -> Path:
        path = tmp_path / "export.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return path

    return to_file


def test_an_export_imported_into_an_empty_registry_gives_the_same_export(
    catalogue_database: Database, reference_database: Database, write: Write
) -> None:
    exported = export_records(catalogue_database)
    report = import_records(reference_database, write(exported), actor="amt")
    assert report.ok, report.errors
    assert len(report.created) == len(exported["bundles"]) > 20
    again = export_records(reference_database)
    assert again["bundles"] == exported["bundles"]


def test_importing_what_is_there_already_changes_nothing(catalogue_database: Database, write: Write) -> None:
    exported = export_records(catalogue_database)
    report = import_records(catalogue_database, write(exported), actor="amt")
    assert (report.created, report.changed, len(report.unchanged)) == ([], [], len(exported["bundles"]))


def test_only_published_entries_are_exported(catalogue_database: Database) -> None:
    with catalogue_database.reading() as session:
        states = dict(session.execute(select(ServiceBundle.slug, ServiceBundle.state)).all())
    assert {one["slug"] for one in export_records(catalogue_database)["bundles"]} == {
        slug for slug, state in states.items() if state == "published"
    }


def test_a_dry_run_tells_what_would_happen_and_leaves_no_trace(catalogue_database: Database, write: Write) -> None:
    exported = export_records(catalogue_database)
    exported["bundles"][0]["title"] = "Neuer Titel"
    exported["bundles"][1]["slug"] = "ganz-neu"
    exported["bundles"][2]["ozg_services"] = [{"ozg_id": "99999", "basis": "named"}]
    before = catalogue_database.tick()
    report = import_records(catalogue_database, write(exported), actor="amt", dry_run=True)
    assert (report.created, report.changed) == (["ganz-neu"], [exported["bundles"][0]["slug"]])
    assert report.errors == [
        f"{exported['bundles'][2]['slug']}: ozg_services.0.ozg_id: OZG-Leistung 99999 ist nicht bekannt."
    ]
    assert catalogue_database.tick() == before
    with catalogue_database.reading() as session:
        assert session.execute(select(Revision).where(Revision.actor == "amt")).all() == []
        assert session.execute(select(ServiceBundle).where(ServiceBundle.slug == "ganz-neu")).all() == []


def test_bad_entries_are_reported_with_place_and_field(reference_database: Database, write: Write) -> None:
    good = {"slug": "gut", "title": "Guter Eintrag", "summary": "Ein kurzer Satz dazu."}
    bundles = [good, good, {**good, "slug": "B"}, "Text", {**good, "slug": "c", "phase": 3}]
    report = import_records(
        reference_database, write({"format": "ozg-registry", "version": 1, "bundles": bundles}), actor="amt"
    )
    assert report.created == ["gut"]
    assert report.errors[0] == "export.json, Eintrag 2: slug: gut kommt in der Datei schon vor."
    assert report.errors[1].startswith("export.json, Eintrag 3: slug: Erlaubt sind Kleinbuchstaben")
    assert report.errors[2] == "export.json, Eintrag 4: Erwartet wird ein Objekt."
    assert report.errors[3].startswith("export.json, Eintrag 5: phase: ")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": "andere", "bundles": []}',
        '{"format": "ozg-registry", "version": 2, "bundles": []}',
        '{"format": "ozg-registry", "version": NaN, "bundles": []}',
        "[" * 100_000,
        '{"format": "ozg-registry", "version": ' + "9" * 5000 + ', "bundles": []}',
    ],
)
def test_a_file_that_is_no_export_is_refused_in_one_line(
    reference_database: Database, write: Write, content: str
) -> None:
    with pytest.raises(FileRefusedError) as caught:
        import_records(reference_database, write(content), actor="amt")
    assert caught.value.reason.endswith(".")


def test_cost_blocks_verdicts_and_evidence_come_back_and_an_unknown_item_is_named(
    reference_database: Database, write: Write
) -> None:
    add_items(reference_database, *(one["item"] for one in CHECKS))
    record = BundleRecord.model_validate(FULL | {"checks": CHECKS})
    with reference_database.writing() as work:
        save_bundle(work, record, actor="amt")
    exported = export_records(reference_database)
    assert "transfer_class" not in json.dumps(exported)  # files hold facts, not what is computed from them
    assert BundleRecord.model_validate(exported["bundles"][0]) == record
    assert len(import_records(reference_database, write(exported), actor="amt").unchanged) == 1
    exported["bundles"][0]["checks"][0]["item"] = "anderswo"
    report = import_records(reference_database, write(exported), actor="amt")
    assert not report.ok
    assert "Prüfpunkt anderswo ist nicht bekannt." in report.errors[0]


def test_a_file_of_an_earlier_release_without_the_newer_fields_is_read(
    reference_database: Database, write: Write
) -> None:
    old = {name: value for name, value in FULL.items() if name not in ("cost_blocks", "checks", "dimensions")}
    old["dimensions"] = {"legal_score": 3, "legal_reason": "Ohne Satzung übertragbar."}
    content = {"format": "ozg-registry", "version": 1, "tick": 1, "bundles": [old]}
    assert import_records(reference_database, write(content), actor="amt").ok

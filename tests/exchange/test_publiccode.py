"""publiccode.yml says what is known of entries with public source code, and nothing else."""

from datetime import date, timedelta

import yaml

from registry.adoption.enums import Step
from registry.database import Database
from registry.exchange.publiccode import export_publiccode
from registry.reuse.operations import save_bundle
from registry.reuse.record import BundleRecord
from tests.adoption.making import make_adoption

RECORD = {
    "slug": "probe",
    "title": "Hund anmelden",
    "summary": "Hunde lassen sich online anmelden.",
    "state": "published",
    "phase": "operation",
    "licence": "EUPL-1.2",
    "ozg_services": [{"ozg_id": "10160", "basis": "named", "leika_keys": ["99102013000000"]}],
    "participants": [{"role": "lead", "municipality": "05974040"}],
    "sources": [{"url": "https://example.org/", "title": "Quelle"}],
    "links": [{"kind": "repository", "url": "https://example.org/code.git"}],
}


def _save(database: Database, **values: object) -> None:
    with database.writing() as write:
        save_bundle(write, BundleRecord.model_validate({**RECORD, **values}), actor="test")


def test_an_entry_with_public_source_code_becomes_a_document(reference_database: Database) -> None:
    _save(reference_database)
    _save(reference_database, slug="ohne-code", links=[])
    text, count = export_publiccode(reference_database)
    (document,) = yaml.safe_load_all(text)
    assert count == 1
    assert document == {
        "publiccodeYmlVersion": "0.4",
        "name": "Hund anmelden",
        "url": "https://example.org/code.git",
        "developmentStatus": "stable",
        "intendedAudience": {"countries": ["de"], "scope": ["local-authorities"]},
        "description": {"de": {"shortDescription": "Hunde lassen sich online anmelden."}},
        "legal": {"license": "EUPL-1.2"},
        "organisation": {"name": "Stadt Soest"},
        "de": {
            "leika": [
                {
                    "themenfeld": "Engagement & Hobby",
                    "lebenslage": "Tierhaltung",
                    "ozg-id": "10160",
                    "leika-id": "99102013000000",
                }
            ]
        },
    }


def test_without_public_source_code_there_is_no_document(reference_database: Database) -> None:
    _save(reference_database, links=[])
    text, count = export_publiccode(reference_database)
    assert count == 0
    assert list(yaml.safe_load_all(text)) in ([], [None])


def test_only_confirmed_productive_public_use_is_named(reference_database: Database) -> None:
    _save(reference_database)
    today = date.today()
    productive = [(Step.PRODUCTIVE, today, True)]
    make_adoption(reference_database, "probe", "05162004", productive, confirmed_on=today)
    make_adoption(reference_database, "probe", "05124000", productive, confirmed_on=today - timedelta(days=400))
    make_adoption(reference_database, "probe", "05314000", productive)
    make_adoption(reference_database, "probe", "05911000", [(Step.PILOT, today, True)], confirmed_on=today)
    make_adoption(reference_database, "probe", "05315000", [(Step.PRODUCTIVE, today, False)], confirmed_on=today)
    (document,) = yaml.safe_load_all(export_publiccode(reference_database)[0])
    assert document["usedBy"] == ["Stadt Dormagen"]
    (document,) = yaml.safe_load_all(export_publiccode(reference_database, months=24)[0])
    assert document["usedBy"] == ["Stadt Dormagen", "Stadt Wuppertal"]

"""The starter catalogue loads, loads again without effect, and never overwrites a person's work."""

from pathlib import Path

from sqlalchemy import select

from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.database import Database
from registry.exchange.starter import StarterReport, bundle_files, load_starter
from registry.history import SYSTEM, Revision
from registry.reuse.operations import publish_bundle, save_bundle, withdraw_bundle
from registry.reuse.records import record_of

ENTRY = """\
slug: {slug}
title: {title}
summary: Hunde lassen sich online zur Steuer anmelden.
state: {state}
ozg_services: [{{ozg_id: "{ozg_id}", basis: named}}]
sources: [{{url: "https://www.example.org/a", title: Bericht}}]
"""


def _entry(
    folder: Path, slug: str = "probe", title: str = "Hund", state: str = "published", ozg_id: str = "10160"
) -> Path:
    path = folder / f"{slug}.yaml"
    path.write_text(ENTRY.format(slug=slug, title=title + " anmelden", state=state, ozg_id=ozg_id), encoding="utf-8")
    return path


def _bundle(database: Database, slug: str = "probe") -> ServiceBundle:
    with database.reading() as session:
        return session.execute(select(ServiceBundle).where(ServiceBundle.slug == slug)).scalar_one()


def _figures(report: StarterReport) -> tuple[int, int, int, int, int]:
    lists = (report.created, report.changed, report.unchanged, report.kept, report.errors)
    return tuple(map(len, lists))  # type: ignore[return-value]


def test_the_shipped_catalogue_loads_without_an_error(reference_database: Database) -> None:
    report = load_starter(reference_database)
    assert report.errors == []
    assert len(report.created) == len(bundle_files())


def test_loading_again_changes_nothing_and_does_not_advance_the_clock(catalogue_database: Database) -> None:
    before = catalogue_database.tick()
    assert _figures(load_starter(catalogue_database)) == (0, 0, len(bundle_files()), 0, 0)
    assert catalogue_database.tick() == before


def test_a_changed_file_changes_its_entry_alone(reference_database: Database, tmp_path: Path) -> None:
    files = [_entry(tmp_path), _entry(tmp_path, "andere")]
    load_starter(reference_database, files)
    other = _bundle(reference_database, "andere").tick
    _entry(tmp_path, title="Katze")
    assert _figures(load_starter(reference_database, files)) == (0, 1, 1, 0, 0)
    assert _bundle(reference_database).title == "Katze anmelden"
    assert _bundle(reference_database, "andere").tick == other


def test_an_entry_that_a_person_has_changed_is_kept(reference_database: Database, tmp_path: Path) -> None:
    files = [_entry(tmp_path)]
    load_starter(reference_database, files)
    with reference_database.writing() as write:
        bundle = write.session.execute(select(ServiceBundle)).scalar_one()
        record = record_of(write.session, bundle).model_copy(update={"title": "Von Hand"})
        save_bundle(write, record, actor="amt@example.org")
    _entry(tmp_path, title="Katze")
    report = load_starter(reference_database, files)
    assert report.kept == ["probe"]
    assert report.ok
    assert _bundle(reference_database).title == "Von Hand"


def test_an_entry_that_a_person_has_withdrawn_stays_withdrawn(reference_database: Database, tmp_path: Path) -> None:
    files = [_entry(tmp_path)]
    load_starter(reference_database, files)
    with reference_database.writing() as write:
        withdraw_bundle(write, "probe", actor="amt@example.org", reason="Abgeschaltet")
    assert load_starter(reference_database, files).kept == ["probe"]
    assert _bundle(reference_database).state is State.WITHDRAWN


def test_an_entry_that_ships_as_a_draft_now_is_withdrawn_and_can_come_back(
    reference_database: Database, tmp_path: Path
) -> None:
    files = [_entry(tmp_path)]
    load_starter(reference_database, files)
    _entry(tmp_path, state="draft")
    assert load_starter(reference_database, files).changed == ["probe"]
    assert _bundle(reference_database).state is State.WITHDRAWN
    assert load_starter(reference_database, files).unchanged == ["probe"]
    _entry(tmp_path)
    load_starter(reference_database, files)
    assert _bundle(reference_database).state is State.PUBLISHED


def test_a_bad_file_is_reported_and_the_good_ones_load(reference_database: Database, tmp_path: Path) -> None:
    files = [
        _entry(tmp_path, "gut"),
        _entry(tmp_path, "unbekannt", ozg_id="99999"),
        _entry(tmp_path, "kaputt", ozg_id="1"),
        tmp_path / "fehlt.yaml",
    ]
    report = load_starter(reference_database, files)
    assert report.created == ["gut"]
    assert report.errors == [
        "kaputt.yaml: ozg_services.0.ozg_id: Eine OZG-Nummer hat genau fünf Ziffern.",
        f"{tmp_path / 'fehlt.yaml'}: Die Datei gibt es nicht.",
        "unbekannt.yaml: ozg_services.0.ozg_id: OZG-Leistung 99999 ist nicht bekannt.",
    ]


def test_each_entry_has_a_revision_of_the_loader(reference_database: Database, tmp_path: Path) -> None:
    load_starter(reference_database, [_entry(tmp_path)])
    with reference_database.reading() as session:
        revision = session.execute(select(Revision)).scalar_one()
    assert (revision.actor, revision.reason, revision.entity_key) == (SYSTEM, "Startkatalog", "probe")
    assert revision.changes["title"] == [None, "Hund anmelden"]


def test_a_draft_that_a_person_has_published_is_kept(reference_database: Database, tmp_path: Path) -> None:
    files = [_entry(tmp_path, state="draft")]
    load_starter(reference_database, files)
    with reference_database.writing() as write:
        publish_bundle(write, "probe", actor="amt@example.org")
    assert load_starter(reference_database, files).kept == ["probe"]
    assert _bundle(reference_database).state is State.PUBLISHED

"""Reference facts load row by row, idempotently, and are never deleted."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlmodel import Session, col

from registry.catalogue.reference import District, LeikaService, Municipality, OzgService, Provider, TopicField
from registry.database import Database
from registry.exchange.kinds import KINDS
from registry.exchange.reference import KindReport, LoadReport, load_reference, shipped_files
from registry.exchange.stored import stored_rows


def _csv(path: Path, columns: str, *rows: str) -> Path:
    path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    return path


def _fields(path: Path, *rows: str) -> Path:
    return _csv(path, "slug,name", *rows)


def _only(report: LoadReport) -> KindReport:
    assert len(report.kinds) == 1
    return report.kinds[0]


def _figures(report: LoadReport) -> tuple[int, int, int, int, int]:
    kind = _only(report)
    return kind.added, kind.changed, kind.unchanged, kind.retired, len(kind.refused)


def _count(session: Session, table: type) -> int:
    return session.execute(select(func.count()).select_from(table)).scalar_one()


def test_what_ships_loads_without_a_refusal(database: Database) -> None:
    report = load_reference(database)
    assert report.ok
    assert not any(kind.warnings for kind in report.kinds)
    added = {kind.code: kind.added for kind in report.kinds}
    expected = {
        "topic_fields": 14,
        "situations": 55,
        "ozg_services": 557,
        "leika_services": 5222,
        "municipalities": 396,
    }
    assert added.items() >= expected.items()
    assert added["districts"] == 31
    with database.reading() as session:
        assert session.get(District, "05974").name == "Kreis Soest"
        assert session.get(District, "05334").name == "Städteregion Aachen"
        assert session.get(District, "05162").name == "Rhein-Kreis Neuss"
        assert session.get(District, "05958").name == "Hochsauerlandkreis"
        assert session.get(OzgService, "10160").name.startswith("Hundehaltung")
        soest = session.get(Municipality, "05974040")
    assert (soest.name, soest.district_key, soest.population_as_of) == ("Soest", "05974", "2018-12-31")


def test_loading_twice_changes_nothing_and_does_not_advance_the_clock(reference_database: Database) -> None:
    before = reference_database.tick()
    report = load_reference(reference_database)
    assert reference_database.tick() == before
    assert {(kind.added, kind.changed, kind.retired) for kind in report.kinds} == {(0, 0, 0)}
    assert sum(kind.unchanged for kind in report.kinds) > 6000


def test_every_shipped_list_has_a_provenance_note() -> None:
    for path in shipped_files():
        note = path.with_name(f"{path.stem}.provenance.md").read_text(encoding="utf-8")
        for word in ("**Origin:**", "**State:**", "**Changed:**", "**Known quality:**"):
            assert word in note, path.name


def test_only_changed_rows_are_stamped(database: Database, tmp_path: Path) -> None:
    file = _fields(tmp_path / "felder.csv", "umwelt,Umwelt", "bildung,Bildung")
    load_reference(database, [file])
    first = database.tick()
    _fields(file, "umwelt,Umwelt und Natur", "bildung,Bildung", "gesundheit,Gesundheit")
    assert _figures(load_reference(database, [file])) == (1, 1, 1, 0, 0)
    with database.reading() as session:
        ticks = {row.slug: row.tick for row in session.execute(select(TopicField)).scalars()}
        assert session.get(TopicField, "umwelt").name == "Umwelt und Natur"
    assert ticks == {"umwelt": first + 1, "bildung": first, "gesundheit": first + 1}


def test_a_bad_row_is_refused_with_line_and_reason_and_the_good_rows_load(
    reference_database: Database, tmp_path: Path
) -> None:
    file = _csv(
        tmp_path / "leika.csv",
        "ozg_id,key,name,typing,law_short,legal_basis",
        "10160,99999999999999,Neue Leistung,2/3,,",
        "10160,9999,Zu kurz,,,",
        "99999,99999999999998,Ohne OZG-Leistung,,,",
        "10160,99999999999999,Noch einmal,,,",
        "10160,99999999999997,,,,",
        "10160,99999999999996,Falsche Typisierung,77,,",
        "10160,77123456789012,Landeseigen,,,",
    )
    kind = _only(load_reference(reference_database, [file], complete=False))
    assert [str(one) for one in kind.refused] == [
        "leika.csv, Zeile 3: key: Ein LeiKa-Schlüssel hat genau 14 Ziffern.",
        "leika.csv, Zeile 4: ozg_id: OZG-Leistung 99999 ist nicht bekannt.",
        "leika.csv, Zeile 5: Der Schlüssel steht schon in leika.csv, Zeile 2.",
        "leika.csv, Zeile 6: name: Die Angabe fehlt.",
        "leika.csv, Zeile 7: typing: Die Typisierung ist 1 bis 12, auch 2/3, mit a oder b; mehrere mit Komma.",
    ]
    assert kind.warnings == [
        "leika.csv, Zeile 8: 77123456789012 ist kein Schlüssel des Bundes (99…), sondern landeseigen."
    ]
    assert kind.added == 2
    with reference_database.reading() as session:
        query = select(LeikaService.key).where(col(LeikaService.key).in_(["99999999999999", "77123456789012"]))
        assert len(session.execute(query).all()) == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("05974041,059740041042,X,Stadt,district_municipality,05974,Arnsberg", "bezeichnen nicht dieselbe"),
        ("05974041,059740041041,X,Stadt,independent_town,05974,Arnsberg", "kind: Erlaubt ist nur"),
        ("05974041,059740041041,X,Stadt,district_municipality,05999,Arnsberg", "AGS beginnt nicht mit dem Schlüssel"),
        ("99974041,999740041041,X,Stadt,district_municipality,,Arnsberg", "deutschen Landes"),
        ("05974041,059740041041,X,Stadt,district_municipality,05974,", "admin_region: Die Angabe fehlt."),
    ],
)
def test_a_municipality_with_bad_keys_is_refused(
    reference_database: Database, tmp_path: Path, row: str, reason: str
) -> None:
    columns = "ags,ars,name,designation,kind,district_key,admin_region,population,population_as_of"
    file = _csv(
        tmp_path / "k.csv", f"{columns},area_km2,postcode,latitude,longitude,nuts3", f"{row},1,2018,1,12345,1,1,X"
    )
    report = load_reference(reference_database, [file])
    assert reason in _only(report).refused[0].reason
    assert not report.ok


def test_rows_that_a_complete_list_lacks_are_retired_and_come_back(database: Database, tmp_path: Path) -> None:
    file = _fields(tmp_path / "f.csv", "a,A", "b,B", "c,C")
    load_reference(database, [file])
    _fields(file, "a,A", "b,B")
    assert _figures(load_reference(database, [file])) == (0, 0, 2, 1, 0)
    with database.reading() as session:
        gone = session.get(TopicField, "c")
        assert (gone.retired, gone.tick, gone.name) == (True, database.tick(), "C")
    assert _figures(load_reference(database, [file])) == (0, 0, 2, 0, 0)
    _fields(file, "a,A", "b,B", "c,C")
    assert _figures(load_reference(database, [file])) == (0, 1, 2, 0, 0)
    with database.reading() as session:
        assert not session.get(TopicField, "c").retired


def test_a_short_list_is_taken_for_a_part_unless_told_otherwise(database: Database, tmp_path: Path) -> None:
    file = _fields(tmp_path / "f.csv", *(f"f{number},F" for number in range(9)))
    load_reference(database, [file])
    _fields(file, "f0,F")
    report = load_reference(database, [file])
    assert _figures(report) == (0, 0, 1, 0, 0)
    assert "gilt als Teilliste" in _only(report).warnings[0]
    assert _figures(load_reference(database, [file], complete=False)) == (0, 0, 1, 0, 0)
    assert _figures(load_reference(database, [file], complete=True)) == (0, 0, 1, 8, 0)


def test_a_refused_row_never_retires_what_it_stands_for(database: Database, tmp_path: Path) -> None:
    file = _csv(tmp_path / "p.csv", "slug,name,town,website", "a,A,,", "b,B,,", "c,C,,")
    load_reference(database, [file])
    _csv(file, "slug,name,town,website", "a,A,,", "b,B,,ftp://falsch")
    assert _figures(load_reference(database, [file])) == (0, 0, 1, 1, 1)
    with database.reading() as session:
        assert not session.get(Provider, "b").retired
        assert session.get(Provider, "c").retired


def test_when_a_refused_row_does_not_tell_its_key_nothing_is_retired(database: Database, tmp_path: Path) -> None:
    file = _fields(tmp_path / "f.csv", "a,A", "b,B", "c,C")
    load_reference(database, [file])
    for broken in ("B B,B", ",B", "b"):
        _fields(file, "a,A", "c,C", broken)
        report = load_reference(database, [file])
        assert _figures(report) == (0, 0, 2, 0, 1)
        assert "gelten sie weiter" in _only(report).warnings[0]


def test_several_files_of_one_list_count_as_one_list(database: Database, tmp_path: Path) -> None:
    one = _fields(tmp_path / "1.csv", "a,A", "b,B")
    two = _fields(tmp_path / "2.csv", "c,C", "a,Noch einmal")
    report = load_reference(database, [one, two])
    assert _figures(report) == (3, 0, 0, 0, 1)
    assert str(_only(report).refused[0]) == "2.csv, Zeile 3: Der Schlüssel steht schon in 1.csv, Zeile 2."
    assert _figures(load_reference(database, [one, two])) == (0, 0, 3, 0, 1)


def test_an_unusable_file_does_not_keep_the_others_from_loading(database: Database, tmp_path: Path) -> None:
    rubbish = tmp_path / "bild.csv"
    rubbish.write_bytes(bytes(range(256)))
    report = load_reference(database, [rubbish, _fields(tmp_path / "f.csv", "a,A")])
    assert [str(one) for one in report.files] == ["bild.csv: Das ist keine Textdatei."]
    assert _figures(report) == (1, 0, 0, 0, 0)
    assert not report.ok


def test_a_list_of_many_rows_is_written_in_batches(
    reference_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.exchange.reference.BATCH", 100)
    before = reference_database.tick()
    rows = (f"9{number:04d},Leistung {number},geburt" for number in range(350))
    file = _csv(tmp_path / "ozg.csv", "ozg_id,name,situation_slug", *rows)
    assert _figures(load_reference(reference_database, [file], complete=False)) == (350, 0, 0, 0, 0)
    assert reference_database.tick() == before + 4


def test_a_service_without_key_is_known_by_its_name(reference_database: Database, tmp_path: Path) -> None:
    with reference_database.reading() as session:
        name = session.execute(
            select(LeikaService.name).where(LeikaService.ozg_id == "10160", col(LeikaService.key).is_(None)).limit(1)
        ).scalar()
    header = "ozg_id,key,name,typing,law_short,legal_basis"
    file = _csv(tmp_path / "l.csv", header, "10160,,Ganz neue Leistung,,,", *([f'10160,,"{name}",5,,'] if name else []))
    report = load_reference(reference_database, [file], complete=False)
    assert _figures(report) == (1, 1 if name else 0, 0, 0, 0)


_name = st.text("abcÄß ,\"'\n;&", min_size=1, max_size=20).map(lambda text: " ".join(text.split())).filter(bool)
_lists = st.dictionaries(st.from_regex(r"[a-z]{1,3}(-[a-z0-9]{1,3})?", fullmatch=True), _name, min_size=1, max_size=8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists=st.lists(_lists, min_size=1, max_size=3))
def test_after_any_sequence_of_complete_lists_the_database_says_what_the_last_one_said(
    database: Database, tmp_path: Path, lists: list[dict[str, str]]
) -> None:
    file = tmp_path / "felder.csv"
    known: set[str] = set()
    with database.reading() as session:
        known |= set(session.execute(select(TopicField.slug)).scalars())
    for names in lists:
        stream = io.StringIO()
        csv.writer(stream).writerows([("slug", "name"), *names.items()])
        file.write_text(stream.getvalue(), encoding="utf-8", newline="")
        assert load_reference(database, [file], complete=True).ok
        known |= names.keys()
    tick = database.tick()
    again = _only(load_reference(database, [file], complete=True))
    assert (again.added, again.changed, again.retired, database.tick()) == (0, 0, 0, tick)
    with database.reading() as session:
        rows = session.execute(select(TopicField)).scalars().all()
    assert {row.slug: row.name for row in rows if not row.retired} == lists[-1]
    assert {row.slug for row in rows} == known


def test_exporting_the_stored_rows_and_loading_them_again_changes_nothing(
    reference_database: Database, tmp_path: Path
) -> None:
    files = []
    with reference_database.reading() as session:
        for kind in KINDS:
            names = list(kind.fields.model_fields)
            path = tmp_path / f"{kind.code}.csv"
            with path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(names)
                writer.writerows(row.values() for row in stored_rows(session, kind.table, names))
            files.append(path)
    report = load_reference(reference_database, files, complete=True)
    assert report.ok
    assert {(kind.added, kind.changed, kind.retired) for kind in report.kinds} == {(0, 0, 0)}


def test_two_loads_at_the_same_time_add_each_row_once(database: Database) -> None:
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: load_reference(database), range(2)))
    assert all(report.ok for report in reports)
    assert sum(kind.added for report in reports for kind in report.kinds) > 6000
    with database.reading() as session:
        for kind in KINDS:
            added = sum(one.added for report in reports for one in report.kinds if one.code == kind.code)
            assert added == _count(session, kind.table)

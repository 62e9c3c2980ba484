"""CSV and XLSX: what goes out comes back as it was, formulas stay text, bad files are refused with a reason."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from registry.database import Database
from registry.exchange.csv_records import export_csv, import_csv
from registry.exchange.json_records import export_records
from registry.exchange.record_rows import FORMULA_SIGNS, columns, guarded, row_of, unguarded, values_of
from registry.exchange.saving import ImportReport
from registry.exchange.tables import FileRefusedError
from registry.exchange.xlsx_records import export_xlsx, import_xlsx
from registry.reuse.operations import save_bundle
from registry.reuse.record import BundleRecord
from tests.reuse.conftest import add_items
from tests.reuse.test_completeness import CHECKS, FULL

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=3, max_size=30).map(str.strip)
Import = Callable[..., ImportReport]
FORMATS = [("csv", export_csv, import_csv), ("xlsx", export_xlsx, import_xlsx)]


def _write(folder: Path, content: str | bytes, name: str) -> Path:
    file = folder / name
    file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize(("name", "export", "take"), FORMATS)
def test_all_entries_come_back_as_they_were(
    name: str,
    export: Callable[[Database], tuple[str | bytes, int]],
    take: Import,
    catalogue_database: Database,
    reference_database: Database,
    tmp_path: Path,
) -> None:
    content, count = export(catalogue_database)
    file = _write(tmp_path, content, f"alle.{name}")
    again = take(catalogue_database, file, actor="amt")
    assert (again.errors, again.created, again.changed, len(again.unchanged)) == ([], [], [], count)
    fresh = take(reference_database, file, actor="amt", dry_run=True)
    assert (fresh.errors, len(fresh.created)) == ([], count)
    assert export_records(reference_database)["bundles"] == []
    assert take(reference_database, file, actor="amt").ok
    assert export_records(reference_database)["bundles"] == export_records(catalogue_database)["bundles"]


@pytest.mark.parametrize(("name", "export", "take"), FORMATS)
def test_cost_blocks_verdicts_and_evidence_come_back(
    name: str,
    export: Callable[[Database], tuple[str | bytes, int]],
    take: Import,
    reference_database: Database,
    tmp_path: Path,
) -> None:
    add_items(reference_database, *(one["item"] for one in CHECKS))
    record = BundleRecord.model_validate(FULL | {"checks": CHECKS})
    assert BundleRecord.model_validate(values_of(row_of(record))) == record
    with reference_database.writing() as write:
        save_bundle(write, record, actor="amt")
    content, count = export(reference_database)
    again = take(reference_database, _write(tmp_path, content, f"alle.{name}"), actor="amt")
    assert (again.errors, len(again.unchanged), count) == ([], 1, 1)


@given(st.text(max_size=20))
def test_a_guarded_text_is_no_formula_and_comes_back(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(guarded(text)) == text


@given(title=TEXTS.filter(lambda text: len(text) >= 3), note=TEXTS, sign=st.sampled_from(FORMULA_SIGNS))
def test_a_record_comes_back_from_its_cells(title: str, note: str, sign: str) -> None:
    record = BundleRecord.model_validate(
        {
            "slug": "probe",
            "title": title,
            "summary": f"{sign.strip() or '-'} zehn Zeichen {note}",
            "audience": ["citizens", "businesses"],
            "total_cost_eur": "12.50",
            "ozg_services": [{"ozg_id": "10160", "basis": "named", "note": note or None}],
            "transferability": {"experiences": f"*{note}* = 1+1"},
        }
    )
    cells = row_of(record)
    assert list(cells) == list(columns())
    assert BundleRecord.model_validate(values_of(cells)) == record


def test_a_text_that_looks_like_a_formula_is_text_in_both_formats(reference_database: Database, tmp_path: Path) -> None:
    row = {
        "slug": "probe",
        "title": '\'=HYPERLINK("http://x")',
        "summary": "Ein kurzer Satz dazu.",
        "state": "published",
    }
    row |= {
        "ozg_services": '[{"ozg_id": "10160", "basis": "named"}]',
        "sources": '[{"url": "https://example.org/", "title": "Quelle"}]',
    }
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(row))
    writer.writeheader()
    writer.writerow(row)
    assert import_csv(reference_database, _write(tmp_path, stream.getvalue(), "eins.csv"), actor="amt").ok
    assert export_records(reference_database)["bundles"][0]["title"] == '=HYPERLINK("http://x")'
    exported = next(csv.DictReader(io.StringIO(export_csv(reference_database)[0].lstrip("\ufeff"))))
    assert exported["title"].startswith("'=")
    sheet = load_workbook(io.BytesIO(export_xlsx(reference_database)[0])).worksheets[0]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line if cell.value is not None} == {"s"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("B,Titel lang,Ein kurzer Satz dazu.,", "Zeile 3: slug: Erlaubt sind Kleinbuchstaben"),
        ("gut,Titel lang,Ein kurzer Satz dazu.,", "Zeile 3: slug: gut kommt in der Datei schon vor."),
        ("c,Titel lang,Ein kurzer Satz dazu.,{", "Zeile 3: sources: Erwartet wird eine Liste in JSON."),
        ("d,Titel lang,Ein kurzer Satz dazu.,,mehr", "Zeile 3: Die Zeile hat mehr Felder als die Kopfzeile."),
    ],
)
def test_a_bad_line_is_reported_with_line_and_field_and_the_good_one_is_taken(
    reference_database: Database, tmp_path: Path, line: str, reason: str
) -> None:
    text = f"slug,title,summary,sources\ngut,Guter Titel,Ein kurzer Satz dazu.,\n{line}\n"
    report = import_csv(reference_database, _write(tmp_path, text, "x.csv"), actor="amt")
    assert report.created == ["gut"]
    assert len(report.errors) == 1
    assert reason in report.errors[0]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "a,b\n1,2\n",
        "slug;title\nx;y\n",
        "slug,title,title\nx,y,z\n",
        "slug,title,unbekannt\nx,y,z\n",
        'slug,title\n"offen,y\n',
        b"slug,title\n\xff\xfe,y\n",
        "slug,title\n" + "x" * 300_000 + ",y\n",
    ],
)
def test_a_file_that_is_no_such_table_is_refused(
    reference_database: Database, tmp_path: Path, content: str | bytes
) -> None:
    with pytest.raises(FileRefusedError) as caught:
        import_csv(reference_database, _write(tmp_path, content, "x.csv"), actor="amt")
    assert caught.value.reason.endswith(".")


def _zip(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _with_entity(database: Database) -> bytes:
    """Return a workbook whose sheet declares an entity."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(export_xlsx(database)[0])) as old, zipfile.ZipFile(stream, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "xl/workbook.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "b">]>' + data
            new.writestr(part, data)
    return stream.getvalue()


def test_what_lies_about_its_type_or_bursts_when_unpacked_is_refused(
    reference_database: Database, tmp_path: Path
) -> None:
    bomb = _zip(**{"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b"0" * 50_000_000})
    files = [b"", b"slug,title\n", b"PK\x03\x04", _zip(other=b"x"), bomb, _zip(**{"xl/workbook.xml": b"<"})]
    for content in [*files, _with_entity(reference_database)]:
        with pytest.raises(FileRefusedError) as caught:
            import_xlsx(reference_database, _write(tmp_path, content, "x.xlsx"), actor="amt")
        assert caught.value.reason.endswith(".")


def test_a_workbook_that_a_person_made_is_read_without_its_formulas(
    reference_database: Database, tmp_path: Path
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["slug", "title", "summary", "fits_population_from", None])
    sheet.append(["probe", "Ein Titel", "Ein kurzer Satz dazu.", 8000, None])
    sheet.append([None, None, None, None, None])
    sheet.append(["formel", "=1+1", "Ein kurzer Satz dazu.", None, None])
    book.save(tmp_path / "x.xlsx")
    report = import_xlsx(reference_database, tmp_path / "x.xlsx", actor="amt")
    assert report.created == ["probe"]
    assert "Zeile 4: title" in report.errors[0]

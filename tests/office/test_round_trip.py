"""The spreadsheet round trip: unchanged means unchanged, each change is shown first, bad files are refused."""

import csv
import io
import re
import zipfile
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlmodel import select

from registry.accounts.models import AuditEntry
from registry.accounts.sessions import actor_of
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.editorial.models import PendingImport, Proposal
from registry.editorial.retention import purge
from registry.editorial.stewardship import stewards_of
from registry.exchange.round_trip import table_columns
from registry.exchange.uploads import cell_text
from registry.history import Revision
from registry.moments import now
from tests.office.test_bulk import fields, four_eyes, give, record, save
from tests.office.world import FOREIGN, OWN, Office, person, post
from tests.web.client import Page, check

PATH = "/verwaltung/sammelbearbeitung/tabelle"
MORE = ("hunde-anmeldung-paderborn", "wohngeld-remscheid")
Row = dict[str, str]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _export(office: Office, kind: str = "csv", role: str = "coordinator") -> bytes:
    answer = post(office.client(role), f"{PATH}/ausgabe", {"format": kind})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename=eintraege.{kind}"
    data: bytes = answer.data
    return data


def _rows(office: Office) -> list[Row]:
    return list(csv.DictReader(io.StringIO(_export(office).decode("utf-8-sig"), newline="")))


def _csv(rows: list[Row], delimiter: str = ",") -> bytes:
    stream = io.StringIO(newline="")
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(stream, names, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def _xlsx(rows: list[dict[str, Any]]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    names = list(dict.fromkeys(name for row in rows for name in row))
    sheet.append(names)
    for row in rows:
        sheet.append([row.get(name) for name in names])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _upload(
    office: Office,
    data: bytes,
    name: str = "eintraege.csv",
    content_type: str = "text/csv",
    role: str = "coordinator",
    **more: str,
) -> Any:
    file = (io.BytesIO(data), name, content_type)
    return post(office.client(role), f"{PATH}/hochladen", {"datei": file, **more}, content_type="multipart/form-data")


def _checked(office: Office, data: bytes, **more: Any) -> Page:
    """Upload a table and return the page of its dry run."""
    answer = _upload(office, data, **more)
    assert answer.status_code == 303, re.findall(r"error-summary__list.*?</ul>", answer.text, re.S)
    return office.pages(more.get("role", "coordinator")).get(answer.headers["Location"])


def _take_over(office: Office, page: Page, role: str = "coordinator") -> Any:
    (form,) = [one for one in page.all(".//form") if one.get("action", "").endswith("/uebernehmen")]
    action = form.get("action", "")
    return post(office.client(role), action, fields(page, action))


def _said(page: Page) -> str:
    return page.main.replace("\xa0", " ")


def _revisions(office: Office) -> int:
    with office.database.reading() as session:
        return len(session.exec(select(Revision)).all())


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_unchanged_table_changes_nothing(office: Office, kind: str) -> None:
    give(office, MORE)
    post(office.client("coordinator"), f"{PATH}/ausgabe", {"format": kind})
    before, tick = _revisions(office), office.database.tick()
    content_type = "text/csv" if kind == "csv" else XLSX
    page = _checked(office, _export(office, kind), name=f"eintraege.{kind}", content_type=content_type)
    assert "Kein Eintrag ändert sich, 3 Zeilen sind unverändert." in _said(page)
    assert not [one for one in page.all(".//form") if one.get("action", "").endswith("/uebernehmen")]
    assert (_revisions(office), office.database.tick()) == (before, tick)


def test_every_entry_of_the_catalogue_comes_back_as_it_went(office: Office) -> None:
    data = _export(office, "csv", "administrator")
    page = _checked(office, data, role="administrator")
    assert "Kein Eintrag ändert sich" in page.main
    assert "nicht übernommen" not in page.main


def test_the_table_holds_the_own_entries_with_drafts_and_the_audit_log_says_so(office: Office) -> None:
    rows = _rows(office)
    assert [row["slug"] for row in rows] == [OWN]
    assert list(rows[0]) == list(table_columns())
    assert int(rows[0]["stand"]) > 0
    with office.database.reading() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "entries.exported")).one()
    assert (entry.subject, entry.details) == ("csv", {"entries": 1})


def test_what_the_dry_run_shows_is_what_happens_and_can_be_undone(office: Office) -> None:
    give(office, MORE)
    before = {slug: record(office, slug) for slug in (OWN, *MORE)}
    rows = _rows(office)
    for row in rows:
        row["programme"] = "Probeprogramm"
    rows[0]["audience"] = "businesses, administration"
    rows[1]["funding_note"] = ""
    tick = office.database.tick()
    page = _checked(office, _csv(rows))
    assert "3 Einträge ändern sich oder entstehen" in _said(page)
    assert "Zielgruppe" in page.main
    assert office.database.tick() == tick
    answer = _take_over(office, page)
    assert answer.status_code == 303
    assert office.database.tick() == tick + 1
    assert {record(office, slug).programme for slug in (OWN, *MORE)} == {"Probeprogramm"}
    first = record(office, rows[0]["slug"])
    assert [one.value for one in first.audience] == ["businesses", "administration"]
    address = answer.headers["Location"]
    assert office.pages("coordinator").get(address).h1 == "Tabelle eintraege.csv"
    assert post(office.client("coordinator"), f"{address}/zuruecknehmen").status_code == 303
    assert {slug: record(office, slug) for slug in (OWN, *MORE)} == before
    with office.database.reading() as session:
        assert session.exec(select(PendingImport)).all() == []


def test_missing_columns_change_nothing_and_semicolons_are_understood(office: Office) -> None:
    before = record(office)
    row = _rows(office)[0]
    page = _checked(
        office, b"\xef\xbb\xbf" + _csv([{name: row[name] for name in ("slug", "stand")} | {"programme": "P"}], ";")
    )
    _take_over(office, page)
    assert record(office) == before.model_copy(update={"programme": "P"})


def test_a_line_that_is_stale_merges_with_what_others_changed(office: Office) -> None:
    row = _rows(office)[0]
    save(office, funding_note="inzwischen ergänzt")
    page = _checked(office, _csv([row | {"programme": "Probeprogramm"}]))
    assert "Anmerkung zur Förderung" not in page.main
    _take_over(office, page)
    assert (record(office).programme, record(office).funding_note) == ("Probeprogramm", "inzwischen ergänzt")


def test_a_line_that_is_stale_in_the_same_field_is_refused_with_its_name(office: Office) -> None:
    row = _rows(office)[0]
    save(office, programme="Von anderer Seite")
    page = _checked(office, _csv([row | {"programme": "Probeprogramm"}]))
    assert "Zeile 2" in page.main
    assert "in denselben Feldern geändert: Förderprogramm" in page.main
    assert "Kein Eintrag ändert sich" in page.main


def test_a_change_between_dry_run_and_confirmation_is_shown_again(office: Office) -> None:
    page = _checked(office, _csv([_rows(office)[0] | {"programme": "Probeprogramm"}]))
    save(office, funding_note="inzwischen ergänzt")
    tick = office.database.tick()
    answer = _take_over(office, page)
    assert answer.status_code == 409
    assert office.database.tick() == tick
    again = check(answer)
    assert "Es wurde noch nichts geändert" in again.main
    assert _take_over(office, again).status_code == 303
    assert (record(office).programme, record(office).funding_note) == ("Probeprogramm", "inzwischen ergänzt")


def test_a_new_line_makes_a_draft_of_the_own_organisation(office: Office) -> None:
    new = {
        "slug": "neue-probe",
        "stand": "",
        "title": "Neue Probe",
        "summary": "Eine Probe mit zehn Zeichen.",
        "ozg_services": '[{"ozg_id": "10160", "basis": "named"}]',
        "total_cost_eur": "1.250,50",
    }
    page = _checked(office, _csv([new]))
    assert "neu" in page.main
    answer = _take_over(office, page)
    made = record(office, "neue-probe")
    assert made.state is State.DRAFT
    assert made.total_cost_eur == Decimal("1250.50")
    with office.database.reading() as session:
        bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == "neue-probe")).one()
        assert stewards_of(session, bundle.id).decided_by(_actor(office))
    page = office.pages("coordinator").get(answer.headers["Location"])
    assert "neu angelegt" in page.main
    office.pages("anonymous").get("/buendel/neue-probe", status=404)


def _actor(office: Office) -> Any:
    with office.database.reading() as session:
        return actor_of(session, person(session, "coordinator"))


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"slug": FOREIGN}, "slug", "koordiniert eine andere Stelle"),
        ({"slug": "neu", "stand": "4"}, "slug", "Diesen Eintrag gibt es nicht"),
        ({"slug": "Neu!", "stand": "", "state": ""}, "slug", "Kleinbuchstaben"),
        ({"slug": ""}, "slug", "Die Angabe fehlt"),
        ({"stand": ""}, "stand", "Der Stand fehlt"),
        ({"stand": "gestern"}, "stand", "Der Stand fehlt"),
        ({"stand": "99999999"}, "stand", "nie gehabt"),
        ({"state": "withdrawn"}, "state", "Den Zustand ändert die Tabelle nicht"),
        ({"title": "ab"}, "title", "Mindestens 3 Zeichen"),
        ({"phase": "fertig"}, "phase", "Erlaubt ist nur"),
        ({"sources": "keine Liste"}, "sources", "Liste in JSON"),
        ({"sources": '[{"url": "javascript:x", "title": "t"}]'}, "sources", "http://"),
        ({"sources": ""}, "sources", "mindestens eine Quelle"),
        ({"requirements": '[{"capability": "warp", "level": "mandatory"}]'}, "requirements", "warp"),
        ({"costs.operation_fte_from": "viel"}, "costs.operation_fte_from", "keine Zahl"),
        ({"funding_amount_eur": "-1"}, "funding_amount_eur", "mindestens 0"),
    ],
)
def test_a_bad_line_is_told_by_line_and_column(
    office: Office, changes: dict[str, str], column: str, reason: str
) -> None:
    page = _checked(office, _csv([_rows(office)[0] | changes]))
    (row,) = [one for one in page.all(".//main//tbody/tr") if "Zeile 2" in "".join(one.itertext())]
    said = " ".join("".join(row.itertext()).split())
    assert f"Spalte {column}:" in said
    assert reason in said
    assert not [one for one in page.all(".//form") if one.get("action", "").endswith("/uebernehmen")]


def test_good_lines_are_taken_over_beside_bad_ones(office: Office) -> None:
    give(office, MORE)
    rows = _rows(office)
    rows[0]["title"], rows[1]["programme"], rows[2]["programme"] = "", "P", "P"
    page = _checked(office, _csv([*rows, rows[1]]))
    assert "2 Einträge ändern sich oder entstehen, 0 Zeilen sind unverändert, 2 Zeilen werden nicht" in _said(page)
    assert "steht in der Tabelle schon weiter oben" in page.main
    assert _take_over(office, page).status_code == 303


def test_formulas_are_neutral_on_the_way_out_and_text_on_the_way_back(office: Office) -> None:
    save(office, funding_note="=HYPERLINK(1)", programme="@SUM(A1)")
    data = _export(office)
    assert b'"=HYPERLINK' not in data
    assert _rows(office)[0]["funding_note"] == "'=HYPERLINK(1)"
    sheet = load_workbook(io.BytesIO(_export(office, "xlsx"))).worksheets[0]
    assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    page = _checked(office, data)
    assert "Kein Eintrag ändert sich" in page.main
    page = _checked(office, _csv([_rows(office)[0] | {"funding_note": "=1+1"}]))
    assert _take_over(office, page).status_code == 303
    assert record(office).funding_note == "=1+1"
    assert _rows(office)[0]["funding_note"] == "'=1+1"


def test_numbers_and_days_of_a_workbook_are_read_as_they_look(office: Office) -> None:
    row: dict[str, Any] = {name: _rows(office)[0][name] for name in ("slug", "stand")}
    row |= {
        "stand": int(row["stand"]),
        "costs.operation_fte_from": 1.125,
        "total_cost_eur": 5000,
        "funding_amount_eur": None,
    }
    row |= {"phase": "operation", "phase_as_of": datetime(2026, 3, 1), "title": 2026}
    page = _checked(office, _xlsx([row]), name="t.xlsx", content_type=XLSX)
    assert _take_over(office, page).status_code == 303
    now_ = record(office)
    assert (now_.costs.operation_fte_from, now_.total_cost_eur) == (1.125, Decimal(5000))
    assert (now_.phase_as_of, now_.title) == ("2026-03-01", "2026")
    page = _checked(office, _csv([_rows(office)[0] | {"costs.operation_fte_from": "2.125"}]))
    _take_over(office, page)
    assert record(office).costs.operation_fte_from == 2.125
    assert [cell_text(one) for one in (True, 2.0, 0.5, None)] == ["ja", "2", "0,5", ""]


# -- files ---------------------------------------------------------------------------------------------------------


def _bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 45_000_000)
    return stream.getvalue()


def _entity_bomb() -> bytes:
    source = io.BytesIO(_xlsx([{"slug": "a", "stand": ""}]))
    stream = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
                data = data.replace(b"<worksheet", entities.encode() + b"<worksheet", 1).replace(b">slug<", b">&b;<")
            new.writestr(name, data)
    return stream.getvalue()


def _with_macro() -> bytes:
    stream = io.BytesIO(_xlsx([{"slug": "a", "stand": ""}]))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    return stream.getvalue()


def _formula() -> bytes:
    return _xlsx([{"slug": OWN, "stand": "=1+1"}])


CSV_HEADER = b"slug,stand\n"


@pytest.mark.parametrize(
    ("data", "name", "content_type", "reason"),
    [
        (b"", "leer.csv", "text/csv", "Die Datei ist leer."),
        (CSV_HEADER, "kopf.csv", "text/csv", "nur die erste Zeile"),
        (_xlsx([{"slug": "a", "stand": ""}]), "luege.csv", "text/csv", "nicht das, was ihr Name sagt"),
        (CSV_HEADER + b"a,1\n", "luege.xlsx", XLSX, "nicht das, was ihr Name sagt"),
        (CSV_HEADER + b"a,1\n", "bild.csv", "image/png", "nicht das, was ihr Name sagt"),
        (b"%PDF-1.7 slug,stand\n", "t.csv", "text/csv", "nicht das, was ihr Name sagt"),
        (b"<html>slug,stand</html>", "t.html", "text/html", "auf .csv oder .xlsx endet"),
        (CSV_HEADER + b"a,1\n", "t.xlsm", XLSX, "auf .csv oder .xlsx endet"),
        (CSV_HEADER + b"a,1\n", "ohne-endung", "text/csv", "auf .csv oder .xlsx endet"),
        (b"slug,stand\n\xe4,1\n", "latin.csv", "text/csv", "nicht in UTF-8"),
        (b"slug,stand\n\x00,1\n", "null.csv", "text/csv", "keine Textdatei"),
        (b"titel,stand\nx,1\n", "t.csv", "text/csv", "fehlt die Spalte slug"),
        (b"slug,title\nx,1\n", "t.csv", "text/csv", "fehlt die Spalte stand"),
        (b"slug,stand,tick\nx,1,1\n", "t.csv", "text/csv", "Unbekannte Spalte: tick"),
        (b"slug,stand,slug\nx,1,1\n", "t.csv", "text/csv", "steht doppelt"),
        (b"slug,stand\nx,1,2\n", "t.csv", "text/csv", "Zeile 2 hat mehr Felder"),
        (b'slug,stand\n"x,1\n', "t.csv", "text/csv", "Anführungszeichen"),
        (CSV_HEADER + b"a\x07,1\n", "t.csv", "text/csv", "Zeile 2, Spalte slug: Der Text enthält unzulässige"),
        (CSV_HEADER + b"a,1\n" * 2001, "t.csv", "text/csv", "mehr als 2000 Zeilen"),
        (b"slug,stand" + b",x" * 300 + b"\na,1\n", "t.csv", "text/csv", "mehr als 200 Spalten"),
        (b"PK\x03\x04" + b"x" * 100, "t.xlsx", XLSX, "keine XLSX-Datei"),
        (_bomb(), "bombe.xlsx", XLSX, "ungewöhnlich stark gepackt"),
        (_entity_bomb(), "bombe.xlsx", XLSX, "keine lesbare XLSX-Datei"),
        (_with_macro(), "t.xlsx", XLSX, "enthält Makros"),
        (_formula(), "t.xlsx", XLSX, "Die Zelle B2 enthält eine Formel"),
        (CSV_HEADER + b"a,1\n", "../../etc/passwd", "text/csv", "passwd: Angenommen werden nur"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_with_a_reason(
    shared_office: Office, data: bytes, name: str, content_type: str, reason: str
) -> None:
    tick = shared_office.database.tick()
    answer = _upload(shared_office, data, name, content_type)
    assert answer.status_code == 422
    assert reason in check(answer).main
    assert shared_office.database.tick() == tick
    with shared_office.database.reading() as session:
        assert session.exec(select(PendingImport)).all() == []


def test_a_file_that_is_too_large_is_refused(shared_office: Office) -> None:
    body = b"x" * 2_200_000
    client = shared_office.client("coordinator")
    answer = client.post(f"{PATH}/hochladen", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "zu umfangreich" in answer.text


def test_no_file_at_all_is_told(shared_office: Office) -> None:
    answer = post(shared_office.client("coordinator"), f"{PATH}/hochladen", {})
    assert answer.status_code == 422
    assert "Bitte wählen Sie eine Datei." in check(answer).main
    answer = post(shared_office.client("coordinator"), f"{PATH}/ausgabe", {"format": "exe"})
    assert answer.status_code == 422


# -- who, and how long ---------------------------------------------------------------------------------------------


def test_an_uploaded_table_is_its_owners_alone_and_gone_after_a_day(office: Office) -> None:
    answer = _upload(office, _csv([_rows(office)[0] | {"programme": "P"}]))
    address = answer.headers["Location"]
    office.pages("administrator").get(address, status=404)
    office.pages("other coordinator").get(address, status=404)
    assert post(office.client("administrator"), f"{address}/verwerfen").status_code == 303
    page = office.pages("coordinator").get(address)
    with office.database.noting() as session:
        session.exec(select(PendingImport)).one().created_at = now() - timedelta(days=1, minutes=1)
    office.pages("coordinator").get(address, status=404)
    assert _take_over(office, page).status_code == 404
    assert purge(office.database)["pending_import"] == 1
    assert record(office).programme != "P"


def test_a_discarded_table_changes_nothing(office: Office) -> None:
    answer = _upload(office, _csv([_rows(office)[0] | {"programme": "P"}]))
    address = answer.headers["Location"]
    assert post(office.client("coordinator"), f"{address}/verwerfen").status_code == 303
    office.pages("coordinator").get(address, status=404)
    assert record(office).programme != "P"


def test_under_four_eyes_a_table_becomes_versions_for_review(office: Office) -> None:
    rows = _rows(office)
    four_eyes(office)
    page = _checked(office, _csv([rows[0] | {"programme": "Probeprogramm"}]))
    assert "Vier-Augen-Prinzip" in page.main
    assert _take_over(office, page).status_code == 303
    assert record(office).programme != "Probeprogramm"
    with office.database.reading() as session:
        proposal = session.exec(select(Proposal)).one()
    assert (proposal.state, proposal.values["programme"]) == ("submitted", "Probeprogramm")


def test_nobody_makes_entries_for_others(office: Office) -> None:
    new = {"slug": "neue-probe", "stand": "", "title": "Neue Probe", "summary": "Eine Probe mit zehn Zeichen."}
    answer = _upload(office, _csv([new]), stelle="stadt-wuppertal")
    assert answer.status_code == 422
    assert "Für diese Stelle" in check(answer).main

"""Spreadsheets that people upload: the right type, of a bearable size, without formulas; read as rows of text.

What a file is called, what the browser says it is and what is in it must agree. Rows are counted as a spreadsheet
shows them: the header is row 1.
"""

import io
import logging
import re
import warnings
import zipfile
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook

from registry.exchange.csv_records import Cells, csv_lines
from registry.exchange.tables import FileRefusedError, read_text
from registry.exchange.xlsx_records import check_archive

log = logging.getLogger(__name__)

MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 40 * 1024 * 1024
MAX_ROWS = 2000
MAX_COLUMNS = 200
LAST_ROW = 5 * MAX_ROWS
"""How far down a sheet is read: a file may state a single cell in row 1,048,576, or in one far below."""
MAX_CELLS, MAX_TAGS = 250_000, 2_000_000
"""Cells, and elements of all parts together, that a workbook may have: reading each takes its time."""
_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_PLAIN = frozenset({"", "application/octet-stream"})
_CSV_TYPES = _PLAIN | {"text/csv", "text/plain", "application/csv", "text/x-csv", "application/vnd.ms-excel"}
_XLSX_TYPES = _PLAIN | {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip"}
_MACROS = ("xl/vbaproject.bin", "xl/macrosheets/")
Line = tuple[int, Cells]


def read_upload(name: str, content_type: str, data: bytes) -> list[Line]:
    """Return the rows of an uploaded CSV or XLSX file with their numbers, empty ones left out.

    `name` is the file's name alone. Raises FileRefusedError with a German sentence.
    """
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if not data:
        raise FileRefusedError(name, "Die Datei ist leer.")
    if len(data) > MAX_BYTES:
        raise FileRefusedError(name, f"Die Datei ist größer als {MAX_BYTES // 1024 // 1024} MB.")
    declared = content_type.partition(";")[0].strip().lower()
    if ending == "csv":
        _must_agree(name, declared in _CSV_TYPES and not data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")))
        lines = _csv(name, data)
    elif ending == "xlsx":
        _must_agree(name, declared in _XLSX_TYPES and data.startswith(b"PK\x03\x04"))
        lines = _xlsx(name, data)
    else:
        raise FileRefusedError(name, "Angenommen werden nur Dateien, deren Name auf .csv oder .xlsx endet.")
    if len(lines) > MAX_ROWS + 1:
        raise FileRefusedError(name, f"Die Tabelle hat mehr als {MAX_ROWS} Zeilen.")
    if any(len(cells) > MAX_COLUMNS for _, cells in lines):
        raise FileRefusedError(name, f"Die Tabelle hat mehr als {MAX_COLUMNS} Spalten.")
    return lines


def _must_agree(name: str, agrees: bool) -> None:
    if not agrees:
        raise FileRefusedError(name, "Die Datei ist nicht das, was ihr Name sagt.")


def _csv(name: str, data: bytes) -> list[Line]:
    text = read_text(name, data)
    header = text.partition("\n")[0]
    # A German Excel writes semicolons, other programs commas; the header tells which.
    delimiter = max(",;\t", key=header.count)
    lines = enumerate((cells for _, cells in csv_lines(name, text, delimiter)), 1)
    return [(number, cells) for number, cells in lines if any(cell.strip() for cell in cells)]


def _xlsx(name: str, data: bytes) -> list[Line]:
    try:
        _check_parts(name, data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles and extensions that it leaves out
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            try:
                return _sheet_lines(name, book)
            finally:
                book.close()
    except FileRefusedError:
        raise
    except Exception:  # what damaged, encrypted and made-up files raise in the libraries has no common name
        log.info("an uploaded workbook cannot be read", exc_info=True)
        raise FileRefusedError(name, "Das ist keine lesbare XLSX-Datei.") from None


def _check_parts(name: str, data: bytes) -> None:
    """Refuse a workbook with macros, and one whose parts hold more than could be read in a bearable time."""
    check_archive(name, data, MAX_UNPACKED)
    cells = tags = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if any(one.filename.lower().startswith(_MACROS) for one in archive.infolist()):
            raise FileRefusedError(name, "Die Datei enthält Makros und wird nicht angenommen.")
        for one in archive.infolist():
            part = archive.read(one)
            if one.filename.lower().endswith(".xml") and b"\x00" in part:  # UTF-16 would hide what is counted
                raise FileRefusedError(name, "Das ist keine lesbare XLSX-Datei.")
            tags += part.count(b"<")
            cells += sum(1 for _ in _CELL.finditer(part))
            if tags > MAX_TAGS or cells > MAX_CELLS:
                raise FileRefusedError(name, "Die Tabelle hat zu viele Zellen.")


def _sheet_lines(name: str, book: Any) -> list[Line]:
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # a file may lie about them
    lines: list[Line] = []
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS + 1, max_row=LAST_ROW), 1):
        if number == LAST_ROW:
            reason = f"Die Tabelle reicht bis hinter Zeile {LAST_ROW - 1}. Bitte löschen Sie die Zeilen dazwischen."
            raise FileRefusedError(name, reason)
        for cell in row:
            if cell.data_type in ("f", "e"):
                what = "eine Formel" if cell.data_type == "f" else "einen Fehlerwert"
                reason = f"Die Zelle {cell.coordinate} enthält {what}. Bitte setzen Sie dort den Wert ein."
                raise FileRefusedError(name, reason)
        cells = [cell_text(cell.value) for cell in row]
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            lines.append((number, cells))
            if len(lines) > MAX_ROWS + 1:
                break
    return lines


def cell_text(value: object) -> str:
    """Return a spreadsheet's value as text: whole numbers without decimals, others with a comma, days in ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value).replace(".", ",")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)

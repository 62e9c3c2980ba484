"""All entries as one XLSX workbook: a sheet „Bündel“ with a line an entry, all cells as text (ECMA-376).

Read with openpyxl, which uses defusedxml where it is installed; before that the archive is looked at: what is no
workbook, or unpacks to far more than a catalogue is, is refused unopened.
"""

import io
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from registry.database import Database
from registry.exchange.csv_records import Cells, records_from
from registry.exchange.published import published_records
from registry.exchange.record_rows import columns, row_of
from registry.exchange.saving import ImportReport, save_records
from registry.exchange.tables import FileRefusedError, read_file

SHEET = "Bündel"
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
MAX_PARTS = 200
LONGEST_CELL = 32_767  # of the format


def export_xlsx(database: Database) -> tuple[bytes, int]:
    """Return the workbook and the number of entries. Raises ValueError for a text that no cell can hold."""
    _, records = published_records(database)
    return workbook(columns(), [(record.slug, row_of(record)) for record in records]), len(records)


def workbook(names: Sequence[str], rows: Iterable[tuple[str, Mapping[str, str]]]) -> bytes:
    """Return a table as a workbook; each row comes with the slug of its entry.

    Raises ValueError for a text that no cell can hold.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "B2"
    header = []
    for name in names:
        cell = WriteOnlyCell(sheet, value=name)
        cell.font = Font(bold=True)
        header.append(cell)
    sheet.append(header)
    for slug, row in rows:
        cells = []
        for name in names:
            text = row[name]
            if len(text) > LONGEST_CELL:
                raise ValueError(f"{slug}: {name} ist länger als {LONGEST_CELL} Zeichen. Nehmen Sie JSON.")
            cell = WriteOnlyCell(sheet, value=text or None)
            cell.data_type = "s" if text else "n"
            cells.append(cell)
        sheet.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def import_xlsx(database: Database, path: Path, *, actor: str, dry_run: bool = False) -> ImportReport:
    """Create or update entries from a workbook's first sheet; a bad line is reported, the good ones are taken over.

    Raises FileRefusedError when the file is no such workbook.
    """
    data = read_file(path)
    check_archive(path.name, data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles and extensions that it leaves out
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            lines = _lines(book)
            book.close()
    except (DefusedXmlException, InvalidFileException, ParseError, zipfile.BadZipFile, KeyError, ValueError, TypeError):
        raise FileRefusedError(path.name, "Das ist keine lesbare XLSX-Datei.") from None
    report = ImportReport(dry_run)
    return save_records(database, records_from(path.name, lines, report), report, file=path.name, actor=actor)


def _lines(book: Workbook) -> list[tuple[int, Cells]]:
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # a file may lie about them
    width = len(columns()) + 20
    return [
        (number, ["" if value is None else str(value) for value in row])
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=width), start=1)
    ]


def check_archive(name: str, data: bytes, most: int = MAX_UNPACKED) -> None:
    """Refuse what is no workbook and what unpacks to a multiple of its size (a zip bomb), without unpacking it.

    Raises FileRefusedError. A size that an entry of the archive states is also the most that is read of it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        raise FileRefusedError(name, "Das ist keine XLSX-Datei.") from None
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise FileRefusedError(name, "Das ist keine XLSX-Datei.")
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > most or unpacked > MAX_RATIO * max(len(data), 10_000):
        raise FileRefusedError(name, "Die Datei ist ungewöhnlich stark gepackt und wird nicht geöffnet.")

"""All entries as one CSV file: UTF-8 with byte order mark, comma, a line an entry (docs/exchange-formats.md)."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from registry.database import Database
from registry.exchange.bundle_files import BundleRefusedError, validated
from registry.exchange.published import published_records
from registry.exchange.record_rows import CellError, columns, row_of, values_of
from registry.exchange.saving import ImportReport, save_records
from registry.exchange.tables import FileRefusedError, read_file, read_text
from registry.reuse.record import BundleRecord

MAX_CELL = 200_000
MAX_ROWS = 50_000
Cells = list[str]


def export_csv(database: Database) -> tuple[str, int]:
    """Return the file's text and the number of entries."""
    _, records = published_records(database)
    return csv_text(columns(), map(row_of, records)), len(records)


def csv_text(names: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return a table as a CSV file's text, with byte order mark."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, names, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return "\ufeff" + stream.getvalue()


def import_csv(database: Database, path: Path, *, actor: str, dry_run: bool = False) -> ImportReport:
    """Create or update entries from a CSV file; a bad line is reported, the good ones are taken over.

    Columns that are missing are taken as empty. Raises FileRefusedError when the file is no such table.
    """
    lines = csv_lines(path.name, read_text(path.name, read_file(path)))
    report = ImportReport(dry_run)
    return save_records(database, records_from(path.name, lines, report), report, file=path.name, actor=actor)


def csv_lines(name: str, text: str, delimiter: str = ",") -> list[tuple[int, Cells]]:
    """Return the lines of a CSV file with their numbers. Raises FileRefusedError for one that is not well formed."""
    previous = csv.field_size_limit(MAX_CELL)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
        lines: list[tuple[int, Cells]] = []
        for cells in reader:
            lines.append((reader.line_num, cells))
    except csv.Error:
        reason = f"Ein Anführungszeichen ist nicht geschlossen, oder ein Feld ist zu lang (Zeile {reader.line_num})."
        raise FileRefusedError(name, reason) from None
    finally:
        csv.field_size_limit(previous)
    return lines


def records_from(file: str, lines: Iterable[tuple[int, Cells]], report: ImportReport) -> list[BundleRecord]:
    """Return the valid records of a table; the first line is the header. Refusals go into the report.

    Raises FileRefusedError when the header is none of this form.
    """
    rows = [(number, cells) for number, cells in lines if any(cell.strip() for cell in cells)]
    header = [cell.strip() for cell in rows[0][1]] if rows else []
    while header and not header[-1]:
        header.pop()
    _check_header(file, header)
    if len(rows) - 1 > MAX_ROWS:
        raise FileRefusedError(file, f"Die Tabelle hat mehr als {MAX_ROWS} Zeilen.")
    records: dict[str, BundleRecord] = {}
    for number, cells in rows[1:]:
        place = f"{file}, Zeile {number}"
        if any(cell.strip() for cell in cells[len(header) :]):
            report.errors.append(f"{place}: Die Zeile hat mehr Felder als die Kopfzeile.")
            continue
        try:
            record = validated(place, values_of(dict(zip(header, cells, strict=False))))
        except CellError as error:
            report.errors.append(f"{place}: {error}")
        except BundleRefusedError as error:
            report.errors.extend(f"{place}: {one}" for one in error.refusals)
        else:
            if record.slug in records:
                report.errors.append(f"{place}: slug: {record.slug} kommt in der Datei schon vor.")
            else:
                records[record.slug] = record
    return list(records.values())


def _check_header(file: str, header: list[str]) -> None:
    known = set(columns())
    if "slug" not in header or "title" not in header:
        raise FileRefusedError(file, "Die Kopfzeile nennt die Spalten slug und title nicht; erwartet wird das Komma.")
    unknown = [name for name in header if name not in known]
    if unknown:
        raise FileRefusedError(file, f"Unbekannte Spalte: {unknown[0][:60]}.")
    if len(set(header)) != len(header):
        raise FileRefusedError(file, "Eine Spalte steht doppelt in der Kopfzeile.")

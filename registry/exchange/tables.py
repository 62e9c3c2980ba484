"""Reading CSV files that people made: one clear refusal for a file, line numbers for its rows."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

MAX_BYTES = 50 * 1024 * 1024
MAX_CELL = 20_000
_DELIMITERS = {";": "Semikolon", "\t": "Tabulator", "|": "senkrechten Strich"}


class FileRefusedError(Exception):
    """A file cannot be used at all; `reason` is one German sentence."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


@dataclass(frozen=True)
class Row:
    """One record of a table: `line` is the line of the file on which it begins."""

    file: str
    line: int
    values: dict[str, str]


@dataclass(frozen=True)
class RefusedRow:
    """A record that was not taken over, with the German reason."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, Zeile {self.line}: {self.reason}"


@dataclass
class Table:
    """A CSV file, read: its columns, its records, and the records that have no right shape."""

    file: str
    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)


def read_file(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return the file's bytes. Raises FileRefusedError when it is missing, unreadable or larger than `limit`."""
    try:
        if path.is_dir():
            raise FileRefusedError(str(path), "Das ist ein Ordner, keine Datei.")
        if path.stat().st_size > limit:
            raise FileRefusedError(str(path), f"Die Datei ist größer als {limit // 1024 // 1024 or 1} MB.")
        return path.read_bytes()
    except FileNotFoundError:
        raise FileRefusedError(str(path), "Die Datei gibt es nicht.") from None
    except OSError as error:
        raise FileRefusedError(str(path), f"Die Datei ist nicht lesbar ({error.strerror}).") from None


def read_text(name: str, data: bytes) -> str:
    """Decode UTF-8, with or without byte order mark. Raises FileRefusedError for anything else."""
    if b"\x00" in data:
        raise FileRefusedError(name, "Das ist keine Textdatei.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileRefusedError(name, f"Die Datei ist nicht in UTF-8 gespeichert (Zeile {line}).") from None


def read_table(name: str, data: bytes, known_columns: Sequence[frozenset[str]]) -> Table:
    """Read a CSV file: UTF-8, comma, header line, any line ends, quotes as in RFC 4180.

    `known_columns` are the headers that some reader understands; a header that is none of
    them is refused with what is missing or not known compared to the nearest.
    Raises FileRefusedError when nothing of the file can be used.
    """
    text = read_text(name, data)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next((record for record in reader if record), None)
        if header is None:
            raise FileRefusedError(name, "Die Datei ist leer.")
        table = Table(name, _checked_header(name, header, known_columns))
        before = reader.line_num
        for record in reader:
            _take(table, before + 1, record)
            before = reader.line_num
    except csv.Error as error:
        reason = "Ein Anführungszeichen ist nicht geschlossen oder steht falsch"
        if "limit" in str(error):
            reason = "Ein Feld ist zu lang"
        raise FileRefusedError(name, f"{reason} (Zeile {reader.line_num}).") from None
    if not table.rows and not table.refused:
        raise FileRefusedError(name, "Die Datei enthält nur die Kopfzeile.")
    return table


def _checked_header(name: str, header: list[str], known: Sequence[frozenset[str]]) -> tuple[str, ...]:
    columns = tuple(column.strip() for column in header)
    found = frozenset(columns)
    if len(found) == len(columns) and found in known:
        return columns
    if len(columns) == 1:
        for sign, word in _DELIMITERS.items():
            if sign in columns[0]:
                raise FileRefusedError(name, f"Die Spalten sind mit {word} getrennt; erwartet wird das Komma.")
    nearest = max(known, key=lambda one: (len(one & found), -len(one - found)))
    if not nearest & found:
        raise FileRefusedError(name, "Die Kopfzeile gehört zu keiner bekannten Liste.")
    if len(found) != len(columns):
        raise FileRefusedError(name, "Eine Spalte steht doppelt in der Kopfzeile.")
    missing, extra = sorted(nearest - found), sorted(found - nearest)
    reason = [
        f"Spalten fehlen: {', '.join(missing)}" if missing else "",
        f"unbekannt: {', '.join(extra)}" if extra else "",
    ]
    raise FileRefusedError(name, f"Die Kopfzeile passt nicht. {'; '.join(filter(None, reason))[:300]}.")


def _take(table: Table, line: int, record: list[str]) -> None:
    if not any(cell.strip() for cell in record):
        return
    if len(record) != len(table.columns):
        reason = f"{len(record)} Felder statt {len(table.columns)}."
        table.refused.append(RefusedRow(table.file, line, reason))
    elif any(len(cell) > MAX_CELL for cell in record):
        table.refused.append(RefusedRow(table.file, line, f"Ein Feld hat mehr als {MAX_CELL} Zeichen."))
    else:
        # An empty cell is an absent value: optional fields fall back to None, others say that they are missing.
        values = {name: cell.strip() for name, cell in zip(table.columns, record, strict=True) if cell.strip()}
        table.rows.append(Row(table.file, line, values))

"""All entries as one JSON file: `{"format", "version", "tick", "bundles": [record, …]}`.

The records have the fields of `BundleRecord`; what is unknown is left out. Exporting and
importing into an empty registry with the same reference data gives the same entries.
"""

import json
from pathlib import Path
from typing import Any, NoReturn

from registry.database import Database
from registry.exchange.bundle_files import BundleRefusedError, validated
from registry.exchange.published import published_records
from registry.exchange.saving import ImportReport, save_records
from registry.exchange.tables import FileRefusedError, read_file, read_text
from registry.reuse.record import BundleRecord
from registry.reuse.records import nested

FORMAT = "ozg-registry"
VERSION = 1


def export_records(database: Database) -> dict[str, Any]:
    """Return all published entries by slug, JSON-ready. The same data gives the same file."""
    tick, records = published_records(database)
    return {"format": FORMAT, "version": VERSION, "tick": tick, "bundles": [nested(record) for record in records]}


def import_records(database: Database, path: Path, *, actor: str, dry_run: bool = False) -> ImportReport:
    """Create or update entries from an exported file; a bad entry is reported, the good ones are taken over.

    Raises FileRefusedError when the file is no such export.
    """
    report = ImportReport(dry_run)
    return save_records(database, _read(path, report), report, file=path.name, actor=actor)


def _read(path: Path, report: ImportReport) -> list[BundleRecord]:
    content = _parse(path.name, read_text(path.name, read_file(path)))
    if not isinstance(content, dict) or content.get("format") != FORMAT or not isinstance(content.get("bundles"), list):
        raise FileRefusedError(path.name, "Das ist kein Export dieses Registers.")
    if content.get("version") != VERSION:
        raise FileRefusedError(path.name, f"Diese Version liest nur Exporte der Form {VERSION}.")
    records: dict[str, BundleRecord] = {}
    for number, values in enumerate(content["bundles"], start=1):
        name = f"{path.name}, Eintrag {number}"
        if not isinstance(values, dict):
            report.errors.append(f"{name}: Erwartet wird ein Objekt.")
            continue
        try:
            record = validated(name, values)
        except BundleRefusedError as error:
            report.errors.extend(f"{name}: {one}" for one in error.refusals)
            continue
        if record.slug in records:
            report.errors.append(f"{name}: slug: {record.slug} kommt in der Datei schon vor.")
            continue
        records[record.slug] = record
    return list(records.values())


def _parse(name: str, text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise FileRefusedError(name, "Das ist kein gültiges JSON.") from None
    except json.JSONDecodeError as error:
        raise FileRefusedError(name, f"Das ist kein gültiges JSON (Zeile {error.lineno}).") from None
    except ValueError:  # NaN, or a number with thousands of digits
        raise FileRefusedError(name, "Das ist kein gültiges JSON.") from None


def _no_number(_text: str) -> NoReturn:
    raise ValueError

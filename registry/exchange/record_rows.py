"""Entries as rows of a spreadsheet: one line an entry, one column a field, for CSV and XLSX alike.

Groups have dotted names (`costs.operation_fte_from`). Short lists (audience) are separated by commas; lists of objects
(`sources`) are JSON. A cell that a spreadsheet would take for a formula is preceded by an apostrophe, which reading
takes away again.
"""

import json
from collections.abc import Mapping
from typing import Any

from registry.reuse.record import BundleRecord
from registry.reuse.records import GROUPS, LISTS, flattened

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "'")
_FLAT_LISTS = ("audience", "procurement_paths", "fits_kinds")


class CellError(Exception):
    """A cell cannot be read; the message names its column in a German sentence."""


def columns() -> tuple[str, ...]:
    """Return the names of the columns, in the order of the record's fields."""
    names: list[str] = []
    for name in BundleRecord.model_fields:
        names += [f"{name}.{key}" for key in GROUPS[name].model_fields] if name in GROUPS else [name]
    return tuple(names)


def row_of(record: BundleRecord) -> dict[str, str]:
    """Return the cells of an entry by column; what is unknown is an empty cell."""
    flat = flattened(record)
    return {name: cell_of(name, flat[name]) for name in columns()}


def cell_of(name: str, value: Any) -> str:
    """Return the cell for a value as `flattened` has it, in the column of its field."""
    return guarded(_cell(name, value))


def _cell(name: str, value: Any) -> str:
    if value is None or value == []:
        return ""
    if name in LISTS:
        known = [{key: part for key, part in one.items() if part not in (None, [])} for one in value]
        return json.dumps(known, ensure_ascii=False)
    if name in _FLAT_LISTS:
        return ", ".join(value)
    return str(value)


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def unguarded(text: str) -> str:
    """Return the text that `guarded` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_SIGNS) else text


def values_of(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return what a record is validated from; empty cells are absent. Raises CellError for a cell that is no JSON."""
    values: dict[str, Any] = {}
    for name, raw in cells.items():
        value = value_of(name, raw)
        group, _, key = name.partition(".")
        if value is None:
            continue
        if key:
            values.setdefault(group, {})[key] = value
        else:
            values[name] = value
    return values


def value_of(name: str, cell: str) -> Any:
    """Return the value of a cell in the column of a field, None for an empty one. Raises CellError."""
    text = unguarded(cell)
    if not text.strip():
        return None
    if name in LISTS:
        return _objects(name, text)
    if name in _FLAT_LISTS:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _objects(name: str, text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise CellError(f"{name}: Erwartet wird eine Liste in JSON.")
    return found

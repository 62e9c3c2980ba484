"""How a value of a record reads, for lists of changes: labels instead of keys, German dates and amounts. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from registry.reuse.records import LISTS
from registry.web.editing.fields import FormField, Widget
from registry.web.editing.parties import KINDS, Directory
from registry.web.editing.steps import field_at
from registry.web.editing.texts import text_of
from registry.web.formatting import leika_key, partial_date

UNKNOWN = "keine Angabe"


Names = Mapping[str, str]
"""Names of OZG services and building blocks by their keys, of checklist items by `item_name`."""
_NAMED = ("ozg_services.ozg_id", "requirements.capability", "checks.item")


def item_name(slug: str) -> str:
    """Return the key of a checklist item among names, where a building block may have the same slug."""
    return f"checks.item={slug}"


def lines_of(path: str, value: Any, directory: Directory, names: Names | None = None) -> list[str]:
    """Return a value in words: one line, or one for each item."""
    if value in (None, [], ""):
        return [UNKNOWN]
    if path in LISTS:
        return [_row(path, row, directory, names or {}) for row in value]
    one = field_at(path)
    if one.is_list:
        return [", ".join(_word(one, tick) for tick in value)]
    return [_word(one, value)]


def _row(name: str, row: Any, directory: Directory, names: Names) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    parts = []
    if name == "participants":
        parts.append(directory.name_of(row))
    for key, value in row.items():
        if value in (None, []) or (name == "participants" and key in (*KINDS, "name", "stelle")):
            continue
        one = field_at(f"{name}.{key}")
        named = names.get(item_name(value) if name == "checks" else value) if f"{name}.{key}" in _NAMED else None
        if named is not None:
            parts.append(f"{named} ({value})" if name == "ozg_services" else named)
            continue
        words = ", ".join(_word(one, tick) for tick in value) if isinstance(value, list) else _word(one, value)
        parts.append(f"{one.label}: {words}")
    return "; ".join(parts)


def _word(one: FormField, value: Any) -> str:
    text = text_of(one, value)
    if one.widget is Widget.LEIKA and text.isdigit() and len(text) == 14:
        return leika_key(text)
    if one.widget in (Widget.SELECT, Widget.TICKS):
        return dict(one.choices).get(str(value), text)
    if one.widget in (Widget.DATE, Widget.PARTIAL_DATE):
        try:
            return partial_date(text)
        except (ValueError, IndexError):
            return text
    if one.widget is Widget.EURO and isinstance(value, str | Decimal) and text != str(value):
        return f"{text} Euro"
    return text

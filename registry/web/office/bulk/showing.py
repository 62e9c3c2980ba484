"""Values of entries in words, short enough for a table of changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from registry.catalogue.models import BundleFields
from registry.editorial.merging import by_identity
from registry.editorial.naming import STEWARD_FIELDS, ReferenceNames, names_in
from registry.editorial.sets import Planned
from registry.editorial.undoing import STEWARD_FIELDS as STEWARD_LABELS
from registry.editorial.values import label_of
from registry.reuse.records import GROUPS, LISTS
from registry.web.editing.fields import FormField, Widget, fields_of
from registry.web.editing.texts import text_of
from registry.web.formatting import partial_date

LONGEST, AROUND = 300, 60
"""Signs of a text that a cell shows, and those before its first difference."""


@dataclass(frozen=True)
class Change:
    """A field that changes, in words; None: not stated. `kept` is why it would not go back."""

    label: str
    before: str | None
    after: str | None
    kept: str = ""
    item: str = ""
    """„hinzugefügt“ or „entfernt“ for an item of a list; only one of the two sides is there then."""


def field_at(path: str) -> FormField | None:
    """Return the form field of a path of the record, None for a list and for what no record has."""
    group, _, name = path.partition(".")
    if group in GROUPS:
        return fields_of(GROUPS[group], f"{group}.").get(name)
    if group in LISTS:
        return fields_of(LISTS[group][0], f"{group}.").get(name) if name else None
    return fields_of(BundleFields).get(path)


def changes_of(plan: Planned, names: ReferenceNames) -> list[Change]:
    """Return what a plan changes, in words."""
    return [one for name in plan.after for one in change(name, plan.before.get(name), plan.after[name], names)]


def change(path: str, before: Any, after: Any, names: ReferenceNames, kept: str = "") -> list[Change]:
    """Return how a field changes, in words: of a list the items that do, of a long text the place where it does."""
    if path not in LISTS:
        sides = _where_they_differ(shown(path, before, names), shown(path, after, names))
        return [Change(label(path), *sides, kept)]
    old, new = by_identity(path, before or []), by_identity(path, after or [])
    found: list[Change] = []
    for key in dict.fromkeys([*old, *new]):
        one, other = (_item(path, rows[key], names) if key in rows else None for rows in (old, new))
        if one != other:
            item = "hinzugefügt" if one is None else "entfernt" if other is None else ""
            found.append(Change(label(path), *_where_they_differ(one, other), kept, item))
    return found or [Change(label(path), "andere Reihenfolge", "andere Reihenfolge", kept)]


def names_for(session: Session, plans: list[Planned]) -> ReferenceNames:
    """Return the names that plans mention."""
    return names_in(session, [one.before for one in plans] + [one.after for one in plans])


def label(path: str) -> str:
    """Return the German label of a field."""
    return STEWARD_LABELS.get(path) or label_of(path)


def shown(path: str, value: Any, names: ReferenceNames) -> str | None:
    """Return a value in words, None when nothing is stated."""
    if value is None or value in ("", []):
        return None
    if path in STEWARD_FIELDS:
        return names.of(path, value) or f"Stelle {value}"
    field = field_at(path)
    return _one(field, value) if field else str(value)


def _one(field: FormField, value: Any) -> str:
    if isinstance(value, list):
        labels = dict(field.choices)
        return ", ".join(labels.get(str(one), str(one)) for one in value)
    if field.choices:
        return dict(field.choices).get(str(value), str(value))
    if field.widget in (Widget.DATE, Widget.PARTIAL_DATE):
        try:
            return partial_date(str(value))
        except (ValueError, IndexError):
            return str(value)
    text = text_of(field, value)
    return f"{text} €" if field.widget is Widget.EURO else text


def _item(path: str, row: Any, names: ReferenceNames) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    parts = []
    for name, value in row.items():
        field = field_at(f"{path}.{name}")
        if value in (None, []) or field is None:
            continue
        known = names.of(name, value) if isinstance(value, str) else None
        parts.append(f"{known} ({value})" if known and name != "capability" else known or _one(field, value))
    return ", ".join(parts)


def _where_they_differ(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Return two texts, long ones cut down to the surroundings of their first difference."""
    old, new = before or "", after or ""
    if max(len(old), len(new)) <= LONGEST:
        return before, after
    same = next(
        (place for place, (one, other) in enumerate(zip(old, new, strict=False)) if one != other),
        min(len(old), len(new)),
    )
    start = max(0, same - AROUND)
    return tuple(None if text is None else _cut(text, start) for text in (before, after))  # type: ignore[return-value]


def _cut(text: str, start: int) -> str:
    end = start + LONGEST
    return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"

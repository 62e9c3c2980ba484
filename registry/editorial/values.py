"""The values of a proposed version: flat, as typed, perhaps incomplete; and how they become a record. Pure.

Flat as `registry.reuse.records.flattened` has it: groups by dotted names (`costs.operation_fte_from`), lists as lists
of mappings. State and state note are no part of them: who proposes a version does not decide on its state.
"""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args

from pydantic import ValidationError

from registry.catalogue.enums import State
from registry.catalogue.messages import Refusal, refusals
from registry.catalogue.models import BundleFields
from registry.catalogue.values import Facts
from registry.reuse.record import BundleRecord
from registry.reuse.records import GROUPS, LISTS, OWN_FIELDS, flattened

Values = dict[str, Any]

TEXT_LISTS = ("audience", "procurement_paths", "fits_kinds")
"""Own fields that are lists of keys."""
LIST_LABELS = {
    "ozg_services": ("OZG-Leistungen", "OZG-Leistung"),
    "participants": ("Beteiligte Stellen", "Beteiligte Stelle"),
    "sources": ("Quellen", "Quelle"),
    "links": ("Links und Dokumente", "Link"),
    "requirements": ("Benötigte Bausteine", "Baustein"),
    "maturity": ("Reifegrade", "Reifegrad"),
    "cost_blocks": ("Kostenblöcke", "Kostenblock"),
    "checks": ("Prüfpunkte", "Prüfpunkt"),
}
"""Labels of the lists: all, and one of them."""
_GROUP_LABELS = {
    "transferability": "Übertragbarkeit",
    "costs": "Kosten und Aufwand",
    "dimensions": "Bewertung der Übertragbarkeit",
}
_OF_WHOLE = {
    "Ein veröffentlichter Eintrag braucht mindestens eine OZG-Leistung.": "ozg_services",
    "Ein veröffentlichter Eintrag braucht mindestens eine Quelle.": "sources",
    "Eine OZG-Leistung ist doppelt zugeordnet.": "ozg_services",
    "Eine Voraussetzung ist doppelt angegeben.": "requirements",
    "Ein Prüfpunkt ist doppelt bewertet.": "checks",
    "Ein Kostenblock ist doppelt angegeben: Fassen Sie die Beträge zu einer Spanne zusammen.": "cost_blocks",
    "Eine Quelle ist doppelt angegeben.": "sources",
    "Eine beteiligte Stelle ist doppelt angegeben.": "participants",
    "Das Projektende liegt vor dem Projektbeginn.": "project_end",
    "„Einwohner ab“ ist größer als „Einwohner bis“.": "fits_population_to",
    "Die Fördersumme ist höher als die Gesamtkosten.": "funding_amount_eur",
}
"""Reasons that concern the whole record → the field where a form shows them."""


def _number_kind(annotation: Any) -> type | None:
    """Return which kind of number a field holds, None when it holds none."""
    if annotation in (Decimal, float, int):
        kind: type = annotation
        return kind
    found = (_number_kind(one) for one in get_args(annotation))
    return next((one for one in found if one is not None), None)


def _empty() -> Values:
    values: Values = {name: [] if name in TEXT_LISTS else None for name in OWN_FIELDS}
    values |= {name: [] for name in LISTS}
    return values | {f"{group}.{name}": None for group, fields in GROUPS.items() for name in fields.model_fields}


EMPTY: Values = _empty()
"""All fields of a new entry, in the order of the record, with nothing in them."""

_PARTS: dict[str, type[Facts]] = {"": BundleFields} | GROUPS | {name: fields for name, (fields, _) in LISTS.items()}
_NUMBERS: dict[str, type] = {
    f"{part}.{name}".lstrip("."): kind
    for part, fields in _PARTS.items()
    for name, info in fields.model_fields.items()
    if (kind := _number_kind(info.annotation))
}


def content_of(record: BundleRecord) -> Values:
    """Return the values of a record: all that a proposed version may change."""
    flat = flattened(record)
    return {name: flat[name] for name in EMPTY}


def clean(values: Mapping[str, Any]) -> Values:
    """Return the values in the one form in which they compare: all fields, texts stripped, numbers read, no empty rows.

    German numbers are understood („1.250,50“). What cannot be read stays as it was typed, for validation to refuse.
    """
    known = {name: value for name, value in values.items() if name not in ("state", "state_note")}
    cleaned = {name: _cleaned(name, value) for name, value in known.items()}
    # A list that a version of older days does not know is an empty one.
    cleaned = {name: [] if value is None and EMPTY.get(name) == [] else value for name, value in cleaned.items()}
    return {name: cleaned.get(name, [] if isinstance(empty, list) else empty) for name, empty in EMPTY.items()} | {
        name: value for name, value in cleaned.items() if name not in EMPTY
    }


def record_from(values: Mapping[str, Any], *, state: State, note: str | None = None) -> BundleRecord:
    """Return the record that the values describe, with a state note; a missing slug is made from the title.

    Raises pydantic.ValidationError.
    """
    raw: Values = {}
    for name, value in clean(values).items():
        group, _, key = name.partition(".")
        if group in GROUPS and key:
            raw.setdefault(group, {})
            if value is not None:
                raw[group][key] = value
        elif value is not None:
            raw[name] = [_stated(row) for row in value] if name in LISTS and isinstance(value, list) else value
    if "slug" not in raw and isinstance(raw.get("title"), str) and (slug := slug_from(raw["title"])):
        raw["slug"] = slug
    return BundleRecord.model_validate(raw | {"state": state, "state_note": note})


def refusals_of(values: Mapping[str, Any], *, state: State) -> list[Refusal]:
    """Return what keeps the values from being a record in this state; paths are those of `values`."""
    try:
        record_from(values, state=state)
    except ValidationError as error:
        return placed(refusals(error), values)
    return []


def placed(found: list[Refusal], values: Mapping[str, Any]) -> list[Refusal]:
    """Return refusals of the record at the fields and rows of `values`, whose empty rows the record does not have."""
    return [Refusal(_place(one, values), one.reason) for one in found]


def changed_fields(base: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Return the fields in which the values differ from the base, in the order of the record."""
    before, after = clean(base), clean(values)
    return [name for name in after if after[name] != before.get(name)]


def is_stated(value: Any) -> bool:
    """Tell whether a value says something; zero does."""
    return value not in (None, [], "")


def labels() -> dict[str, str]:
    """Return the German label of each field, from the models' descriptions; `sources.url` is the field of an item."""
    found = {name: str(BundleRecord.model_fields[name].description) for name in OWN_FIELDS}
    for name, (fields, _table) in LISTS.items():
        found[name] = LIST_LABELS[name][0]
        found |= {f"{name}.{key}": _label(info.description, key) for key, info in fields.model_fields.items()}
    for group, fields in GROUPS.items():
        found[group] = _GROUP_LABELS[group]
        found |= {f"{group}.{key}": _label(info.description, key) for key, info in fields.model_fields.items()}
    return found


def label_of(path: str) -> str:
    """Return the German label of a path, also of one with a row: `sources.0.url` → „Quelle 1: Adresse“."""
    name, _, rest = path.partition(".")
    row, _, key = rest.partition(".")
    if name in LIST_LABELS and row.isdecimal():
        one = f"{LIST_LABELS[name][1]} {int(row) + 1}"
        field = key.partition(".")[0]
        return f"{one}: {_LABELS.get(f'{name}.{field}', field)}" if key else one
    return _LABELS.get(path, path)


def slug_from(title: str) -> str:
    """Return an address name made from a title, empty when no letter and no digit is in it."""
    text = title.lower()
    for sign, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(sign, letters)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")


def _label(description: str | None, name: str) -> str:
    text = description or name
    return text[:1].upper() + text[1:]


def _cleaned(name: str, value: Any) -> Any:
    if name in LISTS and isinstance(value, list):
        rows = [_item(name, row) if isinstance(row, Mapping) else row for row in value]
        return [row for row in rows if not isinstance(row, dict) or _stated(row)]
    return _scalar(name, value)


def _item(name: str, row: Mapping[str, Any]) -> Values:
    fields: type[Facts] = LISTS[name][0]
    cleaned = {key: _scalar(f"{name}.{key}", value) for key, value in row.items()}
    empty: Values = {key: [] if key == "leika_keys" else None for key in fields.model_fields}
    return {key: cleaned.get(key, value) for key, value in empty.items()} | {
        key: value for key, value in cleaned.items() if key not in empty
    }


def _scalar(path: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [text for one in value if (text := _scalar("", one)) is not None]
    if isinstance(value, str):
        value = value.replace("\r\n", "\n").strip() or None
    if value is None or path not in _NUMBERS:
        return value
    return _read_number(_NUMBERS[path], value)


def _read_number(kind: type, value: Any) -> Any:
    """Return a number as the record has it (amounts as text with cents); what is none stays as it is."""
    text = re.sub(r"[\s€]", "", str(value)) if not isinstance(value, bool) else ""
    # Only in a typed text is a point before three digits a German thousands sign; a stored 1.125 is no 1125.
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?", text):
        text = text.replace(".", "")
    text = text.replace(",", ".") if text.count(",") == 1 else text
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text):
        return value
    if kind is Decimal:
        amount = Decimal(text)
        return f"{amount:.2f}" if amount == round(amount, 2) else text
    if kind is int:
        return int(text) if "." not in text else value
    return float(text)


def _stated(row: Any) -> Any:
    """Return a row without what is not stated in it."""
    return {key: value for key, value in row.items() if is_stated(value)} if isinstance(row, dict) else row


def _place(one: Refusal, values: Mapping[str, Any]) -> str:
    if not one.field:
        return _OF_WHOLE.get(one.reason, "")
    name, _, rest = one.field.partition(".")
    number, dot, key = rest.partition(".")
    if name not in LISTS or not number.isdecimal():
        return one.field
    filled = [
        place
        for place, row in enumerate(values.get(name) or [])
        if not isinstance(row, Mapping) or _stated(_item(name, row))
    ]
    return f"{name}.{filled[int(number)]}{dot}{key}" if int(number) < len(filled) else one.field


_LABELS = labels()

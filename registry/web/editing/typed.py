"""From the form of a step to values, and how the values stand in the form. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotated_types import MaxLen

from registry.reuse.record import BundleRecord
from registry.reuse.records import LISTS
from registry.web.editing.fields import FormField, Widget, fields_of
from registry.web.editing.parties import Directory, TypedParty, resolve, token_of
from registry.web.editing.steps import PARTY, SLUG, Step, field_at, item_fields
from registry.web.editing.texts import keys_from, plain, text_of, value_of

FormData = Mapping[str, Sequence[str]]
"""Name of a form field → all its values."""
Row = tuple[str, int]
"""Name of a list and number of a row in the form."""

MORE_KEYS = "leika_weitere"
LEVEL = "level"
LEVEL_SIGN = "|"
MAX_KEPT = 40_000
"""A longer text is not even kept as a draft: twice what the longest field may hold."""
_TOO_LONG = "Der Text ist länger als {} Zeichen und wurde nicht gespeichert. Bitte kürzen Sie ihn."


@dataclass
class Typed:
    """The values that a form holds, and what of it is too long even for a draft (path → German sentence)."""

    values: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def keepable(self) -> dict[str, Any]:
        """Return the values that may be kept."""
        return {name: value for name, value in self.values.items() if name not in self._refused_names()}

    @property
    def unkept(self) -> dict[str, Any]:
        """Return the values that are not kept, to be shown again."""
        return {name: value for name, value in self.values.items() if name in self._refused_names()}

    def _refused_names(self) -> set[str]:
        return {name if (name := path.partition(".")[0]) in LISTS else path for path in self.refused}


def typed(
    step: Step, form: FormData, old: Mapping[str, Any], directory: Directory, *, new: bool, without: Row | None = None
) -> Typed:
    """Return what the form of a step says; names that the step does not have are ignored.

    `old` are the values before, `without` is a row that shall go. A field that the form does not have stays as it is.
    """
    found = Typed()
    for path in step.paths:
        if path not in form or (path == SLUG and not new):
            continue
        if path in LISTS:
            found.values[path] = _rows(path, form, old.get(path) or [], directory, found, without)
        else:
            found.values[path] = _value(field_at(path), path, form[path], old.get(path), found)
    return found


def form_of(step: Step, values: Mapping[str, Any], directory: Directory) -> dict[str, list[str]]:
    """Return the fields of a step's form as a browser would send them back."""
    form: dict[str, list[str]] = {}
    for path in step.paths:
        value = values.get(path)
        if path not in LISTS:
            one = field_at(path)
            form[path] = ["", *map(str, value or [])] if one.is_list else [text_of(one, value)]
            continue
        form[path] = [""]
        for number, row in enumerate(value or []):
            form |= {f"{path}.{number}.{name}": texts for name, texts in row_form(path, row, directory).items()}
    return form


def row_form(name: str, row: Mapping[str, Any], directory: Directory) -> dict[str, list[str]]:
    """Return the fields of one row as a browser would send them back."""
    form: dict[str, list[str]] = {}
    for one in item_fields(name):
        value = row.get(one.name)
        form[one.name] = list(map(str, value or [])) if one.is_list else [text_of(one, value)]
    if name == "participants":
        form[PARTY] = [directory.name_of(row)]
        form["bekannt"] = [token_of(row)]
    if name == "maturity":
        form[LEVEL] = [level_token(row)]
    return form


def level_token(row: Mapping[str, Any]) -> str:
    """Return model and level of an assessment as one choice."""
    if row.get("model") is None and row.get("level") is None:
        return ""
    return f"{row.get('model') or ''}{LEVEL_SIGN}{'' if row.get('level') is None else row['level']}"


def rows_of(name: str, form: FormData) -> dict[int, dict[str, Sequence[str]]]:
    """Return the fields of each row of a list in the form, by the row's number."""
    rows: dict[int, dict[str, Sequence[str]]] = {}
    for path, texts in form.items():
        if texts and (match := re.fullmatch(rf"{name}\.(\d{{1,4}})\.(\w+)", path)):
            rows.setdefault(int(match[1]), {})[match[2]] = texts
    return rows


def limit_of(name: str) -> int:
    """Return how many rows a list may have."""
    limits = [one.max_length for one in BundleRecord.model_fields[name].metadata if isinstance(one, MaxLen)]
    return limits[0]


def _value(one: FormField, path: str, texts: Sequence[str], old: Any, found: Typed) -> Any:
    if one.is_list:
        ticked = list(dict.fromkeys(tick for text in texts if (tick := plain(text)[:100])))
        return _in_old_order(ticked, old)
    text = texts[0]
    if len(text) > MAX_KEPT:
        found.refused[path] = _TOO_LONG.format(f"{MAX_KEPT:,}".replace(",", "."))
    return value_of(one, text)


def _rows(
    name: str, form: FormData, old: Sequence[Any], directory: Directory, found: Typed, without: Row | None
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    by_row = rows_of(name, form)
    defaults = {key: one.default for key, one in fields_of(LISTS[name][0]).items() if one.default}
    for number in sorted(by_row)[: limit_of(name) + 1]:
        if without == (name, number):
            continue
        before = old[number] if number < len(old) and isinstance(old[number], Mapping) else {}
        row = _row(name, f"{name}.{len(rows)}", by_row[number], before, directory, found)
        if any(value not in (None, [], defaults.get(key)) for key, value in row.items()):
            rows.append(row)
    return rows


def _row(
    name: str, path: str, texts: FormData, old: Mapping[str, Any], directory: Directory, found: Typed
) -> dict[str, Any]:
    row: dict[str, Any] = {key: [] if one.is_list else None for key, one in fields_of(LISTS[name][0]).items()}
    for one in item_fields(name):
        if one.widget is Widget.LEIKA:
            keys = [*texts.get(one.name, ()), *keys_from(_first(texts, MORE_KEYS))]
            keys = list(dict.fromkeys(key for text in keys if (key := plain(text).replace(" ", "")[:50])))
            row[one.name] = _in_old_order(keys, old.get(one.name))
        elif one.name in texts:
            row[one.name] = _value(one, f"{path}.{one.name}", texts[one.name], None, found)
    if name == "participants":
        row |= resolve(
            TypedParty(
                text=" ".join(plain(_first(texts, PARTY))[:300].split()),
                before=_first(texts, "bekannt"),
                chosen=_first(texts, "auswahl"),
                as_name=bool(_first(texts, "frei")),
            ),
            directory,
        )
    if name == "maturity" and LEVEL in texts:
        row |= _level(plain(_first(texts, LEVEL)))
    return row


def _level(token: str) -> dict[str, Any]:
    model, _, level = token[:50].rpartition(LEVEL_SIGN)
    return {"model": model or None, "level": int(level) if re.fullmatch(r"\d{1,4}", level) else level or None}


def _first(form: FormData, name: str) -> str:
    return form[name][0] if form.get(name) else ""


def _in_old_order(chosen: list[str], old: Any) -> list[str]:
    """Return the old list when the same is chosen: a form knows no order of ticks."""
    return list(old) if isinstance(old, list) and sorted(map(str, old)) == sorted(chosen) else chosen

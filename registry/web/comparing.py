"""Versions as pages show them: names instead of keys, German words, the fields in the sections of the entry's page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.catalogue.enums import State
from registry.editorial.differences import FieldDifference, Show
from registry.editorial.naming import STEWARD_FIELDS, ReferenceNames
from registry.editorial.values import LIST_LABELS, is_stated, label_of
from registry.reuse.records import LISTS
from registry.web.editing.parties import Directory
from registry.web.editing.steps import STEPS, step_of
from registry.web.editing.words import lines_of
from registry.web.formatting import label_of as member_label

_NOBODY = Directory(())
_BODIES = {"municipality": "Kommune", "district": "Kreis", "provider": "IT-Dienstleister", "name": "Stelle"}
_LABELS = {
    "state": "Zustand",
    "state_note": "Vermerk zum Zustand",
    "successor_slug": "Nachfolger",
    "owner_id": "Zuständige Stelle",
    "deputy_id": "Vertretung",
    "slug": "Kurzname in der Adresse",
}
_EVIDENCE = ("verified_on", "verified_by")
OFFICE_SECTION = "Verwaltung des Eintrags"


@dataclass(frozen=True)
class ComparedField:
    """A field of a comparison with its German label."""

    path: str
    label: str
    difference: FieldDifference


@dataclass(frozen=True)
class ShownField:
    """A field of a version: `lines` is a text, or one for each item of a list; `is_text` marks Markdown."""

    path: str
    label: str
    lines: tuple[str, ...]
    is_markdown: bool


def shower(names: ReferenceNames) -> Show:
    """Return how a value of a field, or an item of a list, reads."""

    def show(path: str, value: Any) -> str:
        if path in STEWARD_FIELDS:
            return names.of(path, value) or f"Stelle {value}"
        if path == "state":
            return member_label("State", value) if value in set(State) else str(value)
        if path in LISTS:
            return "\n".join(_row(path, value, names)) if isinstance(value, Mapping) else str(value)
        if path in _LABELS:
            return str(value)
        try:
            return lines_of(path, value, _NOBODY)[0]
        except (KeyError, TypeError, ValueError):  # a field or a value of older days
            return str(value)

    return show


def field_label(path: str) -> str:
    """Return the German label of a field of the record or of its state and ownership."""
    return _LABELS.get(path) or label_of(path).removesuffix(" (Markdown)")


def section_of(path: str) -> str:
    """Return the section of the entry's page to which a field belongs."""
    if path in _EVIDENCE:
        return STEPS[-1].title
    step = step_of(path) if path not in _LABELS or path == "slug" else None
    return step.title if step else OFFICE_SECTION


def in_sections(found: Iterable[FieldDifference]) -> list[tuple[str, list[ComparedField]]]:
    """Return the compared fields by section, in the order of the entry's page."""
    sections: dict[str, list[ComparedField]] = {
        title: [] for title in (*(step.title for step in STEPS), OFFICE_SECTION)
    }
    for one in found:
        sections[section_of(one.path)].append(ComparedField(one.path, field_label(one.path), one))
    return [(title, fields) for title, fields in sections.items() if fields]


def shown(values: Mapping[str, Any], show: Show) -> list[tuple[str, list[ShownField]]]:
    """Return all that a version says, by section."""
    sections: dict[str, list[ShownField]] = {step.title: [] for step in STEPS}
    for path, value in values.items():
        if not is_stated(value) or section_of(path) not in sections:
            continue
        lines = [show(path, row) for row in value] if path in LISTS else [show(path, value)]
        is_markdown = path == "description" or path.startswith("transferability.")
        sections[section_of(path)].append(ShownField(path, field_label(path), tuple(lines), is_markdown))
    return [(title, fields) for title, fields in sections.items() if fields]


def _row(name: str, row: Mapping[str, Any], names: ReferenceNames) -> list[str]:
    lines = []
    for key, value in row.items():
        if not is_stated(value):
            continue
        label = _BODIES.get(key) if name == "participants" else None
        label = label or label_of(f"{name}.{key}").partition(";")[0]  # without what a form adds
        label = LIST_LABELS[name][1] if key in ("ozg_id", "capability") else label
        known = names.of(key, value) if isinstance(value, str) else None
        lines.append(f"{label}: {f'{known} ({value})' if known else _word(f'{name}.{key}', value)}")
    return lines


def _word(path: str, value: Any) -> str:
    try:
        return lines_of(path, value, _NOBODY)[0]
    except (KeyError, TypeError, ValueError):
        return str(value)

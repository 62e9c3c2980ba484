"""What the templates of the editing pages show: the fields of a step with their values, help and errors."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from registry.catalogue.queries import OzgServicePage
from registry.editorial.values import LIST_LABELS
from registry.reuse.choices import Choices
from registry.reuse.records import LISTS
from registry.web.editing.fields import FormField, Widget
from registry.web.editing.parties import Directory, Party, doubt
from registry.web.editing.steps import PARTY, SLUG, Step, field_at, item_fields
from registry.web.editing.texts import text_of
from registry.web.editing.typed import LEVEL, LEVEL_SIGN, MORE_KEYS, limit_of, row_form
from registry.web.markdown import markdown

NEW = "NEU"
"""Stands for the number of a row in the pattern from which a script makes new rows."""
WANTED = ("participants", "sources")
"""Lists that show a row to fill in when they are empty: every good entry has one."""
_GROUPED = (Widget.CAPABILITY, Widget.CHECKLIST_ITEM)
_FORMS = {
    Widget.PARTIAL_DATE: "JJJJ, JJJJ-MM oder JJJJ-MM-TT, auch 08.10.2019.",
    Widget.DATE: "JJJJ-MM-TT oder TT.MM.JJJJ.",
}
_ROWS = {Widget.LINES: 3, Widget.MARKDOWN: 4}


@dataclass(frozen=True)
class FieldView:
    """A field as a form shows it. `value` is a text, for ticks and LeiKa keys the list of those that are on."""

    path: str
    label: str
    widget: str
    value: Any
    hint: str = ""
    error: str | None = None
    required: bool = False
    max_length: int | None = None
    choices: Sequence[tuple[str, str]] = ()
    default: str = ""
    groups: Choices = ()
    rows: int = 4
    preview: Markup | None = None
    previewed: bool = False


@dataclass(frozen=True)
class LeikaView:
    """The LeiKa services of a mapped OZG service: those to tick, and keys that are typed."""

    path: str
    label: str
    hint: str
    services: Sequence[tuple[str, str]]
    chosen: Collection[str]
    typed: str
    error: str | None


@dataclass(frozen=True)
class PartyView:
    """The body of a participant: its text, and when that is not certain what to choose from."""

    path: str
    row: str
    text: str
    before: str
    hint: str
    error: str | None
    choices: Sequence[Party] = ()
    unknown: bool = False


@dataclass(frozen=True)
class RowView:
    """A row of a list."""

    number: str
    title: str
    fields: Sequence[FieldView]
    party: PartyView | None = None
    leika: LeikaView | None = None
    ozg_id: str | None = None
    error: str | None = None
    focus: bool = False


@dataclass(frozen=True)
class ListView:
    """A list of rows, and the pattern of a new one."""

    name: str
    title: str
    one: str
    rows: Sequence[RowView]
    pattern: RowView | None
    limit: int
    error: str | None


@dataclass(frozen=True)
class SectionView:
    """A section of a step: fields, or one list."""

    number: int
    title: str
    fields: Sequence[FieldView]
    list: ListView | None = None


@dataclass
class Drawing:
    """All that drawing a step needs beside the values."""

    directory: Directory
    capabilities: Choices = ()
    levels: Choices = ()
    checklist: Choices = ()
    """The items of the checklist that are in force, by group."""
    retired_items: Mapping[str, str] = field(default_factory=dict)
    """Titles of those that are not, by slug."""
    services: Mapping[str, OzgServicePage] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    previews: Collection[str] = ()
    new: bool = False
    fresh_row: str = ""
    """Name of the list that gets an empty row to fill in."""
    slug_hint: str = ""

    def sections(self, step: Step, values: Mapping[str, Any]) -> list[SectionView]:
        """Return the sections of a step."""
        drawn = []
        for number, section in enumerate(step.sections, 1):
            paths = [path for path in section.paths if path != SLUG or self.new]
            if section.paths[0] in LISTS:
                drawn.append(SectionView(number, section.title, (), self._list(section.paths[0], values)))
            else:
                fields = [self._field(field_at(path), path, text_or_ticks(path, values)) for path in paths]
                drawn.append(SectionView(number, section.title, fields))
        return drawn

    def row(self, name: str, number: str, row: Mapping[str, Any], *, focus: bool = False) -> RowView:
        """Return one row of a list."""
        form = row_form(name, row, self.directory)
        path = f"{name}.{number}"
        one = LIST_LABELS[name][1]
        title = one if number == NEW else f"{one} {int(number) + 1}"
        fields = [
            self._field(item, f"{path}.{item.name}", form[item.name] if item.is_list else form[item.name][0])
            for item in item_fields(name)
            if item.name not in ("ozg_id", "leika_keys")
        ]
        ozg_id = str(row.get("ozg_id") or "") if name == "ozg_services" else None
        if name == "maturity":
            fields.insert(0, self._level(f"{path}.{LEVEL}", form[LEVEL][0]))
        if ozg_id is not None:
            page = self.services.get(ozg_id)
            title = f"{page.service.name} (OZG {ozg_id})" if page else f"OZG-Leistung {ozg_id}"
        return RowView(
            number=number,
            title=title,
            fields=fields,
            party=self._party(path, row, form) if name == "participants" else None,
            leika=self._leika(path, row) if ozg_id is not None else None,
            ozg_id=ozg_id,
            error=self.errors.get(path) or (self.errors.get(f"{path}.ozg_id") if ozg_id is not None else None),
            focus=focus,
        )

    def _list(self, name: str, values: Mapping[str, Any]) -> ListView:
        rows = [row for row in values.get(name) or [] if isinstance(row, Mapping)]
        drawn = [self.row(name, str(number), row) for number, row in enumerate(rows)]
        # OZG services come from the picker; without items of the checklist there is nothing to judge.
        by_hand = name != "ozg_services" and (name != "checks" or bool(self.checklist))
        if (self.fresh_row == name and by_hand) or (name in WANTED and not rows):
            drawn.append(self.row(name, str(len(rows)), {}, focus=self.fresh_row == name))
        title, one = LIST_LABELS[name]
        pattern = self.row(name, NEW, {}) if by_hand else None
        return ListView(name, title, one, drawn, pattern, limit_of(name), self.errors.get(name))

    def _field(self, one: FormField, path: str, value: Any) -> FieldView:
        groups = self._groups(one.widget)
        if one.widget in _GROUPED and value and not any(value == key for _, choices in groups for key, _ in choices):
            groups = [*groups, ("Nicht mehr in der Liste", [(value, self.retired_items.get(value, value))])]
        choices = one.choices
        if one.widget is Widget.SELECT and value and value not in dict(choices):
            choices = (*choices, (value, value))
        hint = " ".join(part for part in (one.help, _FORMS.get(one.widget)) if part)
        if path == SLUG and self.slug_hint:
            hint = f"{hint} Vorschlag: {self.slug_hint}"
        return FieldView(
            path=path,
            label=one.label,
            widget=one.widget.value,
            value=value or one.default,
            hint=hint,
            error=self.errors.get(path),
            required=one.required and path != SLUG,
            max_length=one.max_length,
            choices=choices,
            default=one.default,
            groups=groups,
            rows=_ROWS.get(one.widget, 4),
            preview=markdown(value, 3) if path in self.previews and one.widget is Widget.MARKDOWN else None,
            previewed=path in self.previews,
        )

    def _groups(self, widget: Widget) -> Choices:
        return {Widget.CAPABILITY: self.capabilities, Widget.CHECKLIST_ITEM: self.checklist}.get(widget, ())

    def _level(self, path: str, value: str) -> FieldView:
        groups = self.levels
        if value and not any(value == key for _, choices in groups for key, _ in choices):
            model, _, level = value.rpartition(LEVEL_SIGN)
            groups = [*groups, ("Unbekannt", [(value, f"Modell {model}, Stufe {level}")])]
        return FieldView(
            path, "Modell und Stufe", "groups", value, error=self.errors.get(path), required=True, groups=groups
        )

    def _party(self, path: str, row: Mapping[str, Any], form: Mapping[str, Sequence[str]]) -> PartyView:
        text, before = form[PARTY][0], form["bekannt"][0]
        known = self.directory.known(before)
        hint = "Name der Kommune, des Kreises oder des IT-Dienstleisters; auch AGS oder Kreisschlüssel."
        if known is not None:
            hint = f"Erkannt: {known.name}, {known.hint}."
        choices = doubt(text, self.directory)[1] if row.get(PARTY) else ()
        return PartyView(
            path=f"{path}.{PARTY}",
            row=path,
            text=text,
            before=before,
            hint=hint,
            error=self.errors.get(f"{path}.{PARTY}"),
            choices=choices,
            unknown=bool(row.get(PARTY)) and not self.directory.named(text),
        )

    def _leika(self, path: str, row: Mapping[str, Any]) -> LeikaView:
        item = field_at("ozg_services.leika_keys")
        page = self.services.get(str(row.get("ozg_id")))
        services = [(one.key, one.name) for one in page.leika_services if one.key] if page else []
        keys = [str(key) for key in row.get(item.name) or []]
        offered = {key for key, _ in services}
        return LeikaView(
            path=f"{path}.{item.name}",
            label="LeiKa-Leistungen",
            hint=item.help or "",
            services=services,
            chosen=[key for key in keys if key in offered],
            typed=", ".join(key for key in keys if key not in offered),
            error=self.errors.get(f"{path}.{item.name}"),
        )


def text_or_ticks(path: str, values: Mapping[str, Any]) -> Any:
    """Return what a form shows in the field at a path: a text, or the values that are ticked."""
    one = field_at(path)
    value = values.get(path)
    return [str(tick) for tick in value or []] if one.is_list else text_of(one, value)


__all__ = ["MORE_KEYS", "NEW", "Drawing", "FieldView", "ListView", "RowView", "SectionView", "text_or_ticks"]

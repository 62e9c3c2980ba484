"""Form fields derived from the models: one declaration of a field serves validation and form alike.

The label is the field's description, the help its `help` in the JSON schema extras, the widget follows from its type.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from annotated_types import MaxLen
from pydantic.fields import FieldInfo

from registry.catalogue.values import Euro, Facts, LeikaKey, Mailbox, Markdown, PartialDate, PastDay, Score, WebAddress
from registry.labels import Labelled

LONG = 300
"""A text that may be longer gets a field of several lines."""


class Widget(Enum):
    """What a field looks like in a form."""

    TEXT = "text"
    LINES = "lines"
    MARKDOWN = "markdown"
    SELECT = "select"
    TICKS = "ticks"
    DATE = "date"
    PARTIAL_DATE = "partial_date"
    WHOLE = "whole"
    NUMBER = "number"
    EURO = "euro"
    MAIL = "mail"
    ADDRESS = "address"
    LEIKA = "leika"
    CAPABILITY = "capability"
    CHECKLIST_ITEM = "checklist_item"


@dataclass(frozen=True)
class FormField:
    """A field of a form. `name` is its name in its model, `path` its name in the record (of an item: in the item)."""

    name: str
    path: str
    label: str
    widget: Widget
    help: str | None
    required: bool
    max_length: int | None
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    """The choice that holds unless another one is made, empty: none does."""

    @property
    def is_list(self) -> bool:
        """Tell whether the field holds several values."""
        return self.widget in (Widget.TICKS, Widget.LEIKA)


_BY_TYPE: tuple[tuple[Any, Widget], ...] = (
    (Markdown, Widget.MARKDOWN),
    (PartialDate, Widget.PARTIAL_DATE),
    (Euro, Widget.EURO),
    (Mailbox, Widget.MAIL),
    (WebAddress, Widget.ADDRESS),
    (list[LeikaKey], Widget.LEIKA),
    (date, Widget.DATE),
    (PastDay, Widget.DATE),
    (int, Widget.WHOLE),
    (float, Widget.NUMBER),
)
_NAMED = {"capability": Widget.CAPABILITY, "item": Widget.CHECKLIST_ITEM}
"""Fields that hold the key of something to choose from."""
SCORES = (
    ("0", "0 – nicht übertragbar"),
    ("1", "1"),
    ("2", "2"),
    ("3", "3 – ohne Anpassung übertragbar"),
)


@cache
def fields_of(model: type[Facts], prefix: str = "") -> Mapping[str, FormField]:
    """Return the form fields of a model by name; `prefix` is the group in the record („costs.“)."""
    hints = get_type_hints(model, include_extras=True)
    return {name: _field(model, name, hints[name], prefix) for name in model.model_fields}


def _field(model: type[Facts], name: str, hint: Any, prefix: str) -> FormField:
    info = model.model_fields[name]
    bare = _without_none(hint)
    max_length = _max_length(info, bare)
    widget, choices = _widget(bare, name, max_length)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    label = info.description or name
    return FormField(
        name=name,
        path=prefix + name,
        label=label[:1].upper() + label[1:],
        widget=widget,
        help=str(extra["help"]) if "help" in extra else None,
        required=info.is_required(),
        max_length=max_length,
        choices=choices,
        default=str(info.default.value) if isinstance(info.default, Labelled) else "",
    )


def _widget(bare: Any, name: str, max_length: int | None) -> tuple[Widget, tuple[tuple[str, str], ...]]:
    if isinstance(bare, type) and issubclass(bare, Labelled):
        return Widget.SELECT, _choices(bare)
    if bare == Score:
        return Widget.SELECT, SCORES
    if name in _NAMED:
        return _NAMED[name], ()
    for known, widget in _BY_TYPE:
        if bare == known:
            return widget, ()
    if get_origin(bare) is list and issubclass(get_args(bare)[0], Labelled):
        return Widget.TICKS, _choices(get_args(bare)[0])
    return (Widget.LINES if (max_length or 0) > LONG else Widget.TEXT), ()


def _choices(members: type[Labelled]) -> tuple[tuple[str, str], ...]:
    return tuple((one.value, one.label) for one in members)


def _without_none(hint: Any) -> Any:
    """Return the type without „or None“."""
    if get_origin(hint) in (None, list, Annotated):
        return hint
    kept = [one for one in get_args(hint) if one is not NoneType]
    return kept[0] if len(kept) == 1 else hint


def _max_length(info: FieldInfo, bare: Any) -> int | None:
    """Return the greatest length of a text: the field's own limit, else that of its type."""
    nested = [one.metadata for one in getattr(bare, "__metadata__", ()) if isinstance(one, FieldInfo)]
    for metadata in (info.metadata, *nested):
        for one in metadata:
            if isinstance(one, MaxLen):
                return one.max_length
    return None

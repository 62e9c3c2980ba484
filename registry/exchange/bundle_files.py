"""Files that hold one service bundle each: YAML in the form of `BundleRecord` (docs/data.md)."""

import unicodedata
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from registry.catalogue.messages import Refusal, refusals
from registry.exchange.tables import FileRefusedError, read_file, read_text
from registry.reuse.record import BundleRecord

MAX_BYTES = 256 * 1024
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is ten times as fast, and as safe
_ALIASES = {"draft_note": "state_note"}


class BundleRefusedError(Exception):
    """A file is no valid entry; `refusals` name its fields."""

    def __init__(self, file: str, reasons: list[Refusal]) -> None:
        super().__init__(f"{file}: {'; '.join(str(one) for one in reasons)}")
        self.file = file
        self.refusals = reasons


def read_bundle(path: Path) -> BundleRecord:
    """Read and validate one entry.

    Raises FileRefusedError when the file cannot be read as YAML, BundleRefusedError when a field is
    missing, unknown or has a bad value, or when the slug is not the file's name.
    """
    values = _parse(path.name, read_text(path.name, read_file(path, MAX_BYTES)))
    if not isinstance(values, dict):
        raise FileRefusedError(path.name, "Erwartet werden Felder der Form „name: wert“.")
    record = validated(path.name, values)
    if record.slug != path.stem:
        reason = Refusal("slug", f"Der Kurzname muss dem Dateinamen gleichen: {path.stem}.")
        raise BundleRefusedError(path.name, [reason])
    return record


def validated(name: str, values: dict[Any, Any]) -> BundleRecord:
    """Return the record of these values, where None is the same as an absent key.

    `name` is the file (and the place in it) for the message. Raises BundleRefusedError.
    """
    values = dict(values)
    reasons = _strange_text(values, "")
    for alias, field in _ALIASES.items():
        if alias in values and field in values:
            reasons.append(Refusal(alias, f"Dieses Feld ist dasselbe wie {field}; nur eines von beiden ist erlaubt."))
        elif alias in values:
            values[field] = values.pop(alias)
    try:
        record = BundleRecord.model_validate({str(key): value for key, value in values.items() if value is not None})
    except ValidationError as error:
        raise BundleRefusedError(name, reasons + refusals(error)) from None
    if reasons:
        raise BundleRefusedError(name, reasons)
    return record


class _UniqueKeys(_Loader):  # type: ignore[misc]
    """The safe loader, refusing a key that is there twice: YAML forbids it, the library lets it pass."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping. Raises yaml.constructor.ConstructorError for a repeated key."""
        seen: set[str] = set()
        for key, _value in node.value:
            if str(key.value) in seen:
                message = f"Das Feld {key.value} steht doppelt"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)  # type: ignore[no-any-return]


def _parse(name: str, text: str) -> Any:
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):  # a few of them can stand for gigabytes
                raise FileRefusedError(name, f"Verweise (*{event.anchor}) sind nicht erlaubt.")
        return yaml.load(text, Loader=_UniqueKeys)  # noqa: S506 - derived from the safe loader
    except yaml.MarkedYAMLError as error:
        where = f" (Zeile {error.problem_mark.line + 1})" if error.problem_mark else ""
        german = (error.problem or "").startswith("Das Feld")
        raise FileRefusedError(name, f"{error.problem if german else 'Das ist kein gültiges YAML'}{where}.") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise FileRefusedError(name, "Das ist kein gültiges YAML.") from None


def _strange_text(value: Any, path: str) -> list[Refusal]:
    """Return refusals for control characters and half surrogates, which no database takes as text."""
    if isinstance(value, str):
        if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t\r" for sign in value):
            return [Refusal(path, "Der Text enthält unzulässige Steuerzeichen.")]
        return []
    found: list[Refusal] = []
    if isinstance(value, dict):
        for name, one in value.items():
            found += _strange_text(one, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            found += _strange_text(one, f"{path}.{number}")
    return found

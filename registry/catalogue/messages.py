"""German sentences for what validation refuses: one table for files, forms and API.

Errors of the own types (`registry.catalogue.values`) are German already; those of pydantic
are told by their type.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails


@dataclass(frozen=True)
class Refusal:
    """One refused value: `field` is its path (`sources.0.url`, empty: the whole), `reason` a German sentence."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


def refusals(error: ValidationError) -> list[Refusal]:
    """Return each refused value of a validation with its German reason."""
    return [
        Refusal(".".join(str(part) for part in detail["loc"]), _sentence(detail))
        for detail in error.errors(include_url=False)
    ]


def first_line(error: ValidationError) -> str:
    """Return all reasons as one line."""
    return "; ".join(str(refusal) for refusal in refusals(error))


def _sentence(detail: ErrorDetails) -> str:
    context = detail.get("ctx") or {}
    if detail["type"] == "value_error":
        return str(context.get("error") or detail["msg"])
    if detail["type"] == "enum":
        return f"Erlaubt ist nur {_choices(str(context.get('expected', '')))}."
    write = _SENTENCES.get(detail["type"])
    if write is None:  # the family decides: int_parsing, int_type, int_from_float …
        family = detail["type"].split("_")[0]
        write = _FAMILIES.get(family, lambda _: "Der Wert ist ungültig.")
    return write(context)


def _choices(expected: str) -> str:
    """Turn pydantic's „'a', 'b' or 'c'“ into German."""
    return expected.replace(" or ", " oder ").replace("'", "")


_Writer = Callable[[Mapping[str, Any]], str]


def _fixed(sentence: str) -> _Writer:
    return lambda _: sentence


_SENTENCES: dict[str, _Writer] = {
    "missing": _fixed("Die Angabe fehlt."),
    "extra_forbidden": _fixed("Dieses Feld gibt es nicht."),
    "string_too_short": lambda c: (
        "Die Angabe fehlt." if c.get("min_length") == 1 else f"Mindestens {c.get('min_length')} Zeichen sind nötig."
    ),
    "string_too_long": lambda c: f"Höchstens {c.get('max_length')} Zeichen sind erlaubt.",
    "string_pattern_mismatch": _fixed("Der Wert hat nicht die verlangte Form."),
    # A limit on „a text or nothing“ is told as one of any value that has a length.
    "too_long": lambda c: (
        f"Höchstens {c.get('max_length')} {'Zeichen' if c.get('field_type') == 'Value' else 'Werte'} sind erlaubt."
    ),
    "greater_than_equal": lambda c: f"Der Wert muss mindestens {c.get('ge')} sein.",
    "greater_than": lambda c: f"Der Wert muss größer als {c.get('gt')} sein.",
    "less_than_equal": lambda c: f"Der Wert darf höchstens {c.get('le')} sein.",
    "less_than": lambda c: f"Der Wert muss kleiner als {c.get('lt')} sein.",
    "decimal_max_places": lambda c: f"Höchstens {c.get('decimal_places')} Nachkommastellen sind erlaubt.",
    "decimal_max_digits": lambda c: f"Höchstens {c.get('max_digits')} Ziffern sind erlaubt.",
    "decimal_whole_digits": lambda c: f"Höchstens {c.get('whole_digits')} Stellen vor dem Komma sind erlaubt.",
    "finite_number": _fixed("Das ist keine Zahl."),
    "none_required": _fixed("Hier darf nichts stehen."),
}
_FAMILIES: dict[str, _Writer] = {
    "int": _fixed("Das ist keine ganze Zahl."),
    "float": _fixed("Das ist keine Zahl."),
    "decimal": _fixed("Das ist keine Zahl."),
    "bool": _fixed("Erlaubt ist nur ja oder nein."),
    "date": _fixed("Das ist kein Datum der Form JJJJ-MM-TT."),
    "string": _fixed("Das ist kein Text; Zahlen und Daten gehören in Anführungszeichen."),
    "list": _fixed("Das ist keine Liste."),
    "dict": _fixed("Das ist keine Gruppe von Feldern."),
    "model": _fixed("Das ist keine Gruppe von Feldern."),
}

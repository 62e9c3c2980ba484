"""Between what is typed into one field and the JSON-ready value of a record. Pure.

What cannot be understood stays as it was typed: validation refuses it, and the form shows it again.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from registry.web.editing.fields import SCORES, FormField, Widget

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_GERMAN_THOUSANDS = re.compile(r"-?\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_DOTTED_DATE = re.compile(r"(?:(\d{1,2})\.\s*)?(\d{1,2})\.\s*(\d{4})")


def plain(text: str) -> str:
    """Return a typed text with one kind of line break, without control characters and without edges of white space."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def value_of(field: FormField, text: str) -> Any:
    """Return the value for what was typed into a field of one value; None when nothing was."""
    text = plain(text)
    if not text:
        return None
    if field.choices is SCORES or field.widget is Widget.WHOLE:
        number = number_from(text)
        return int(number) if number is not None and number == int(number) else text
    if field.widget is Widget.NUMBER:
        number = number_from(text)
        return float(number) if number is not None else text
    if field.widget is Widget.EURO:
        number = number_from(text.replace("€", "").replace("Euro", "").replace("EUR", ""))
        return text if number is None else _amount(number)
    if field.widget in (Widget.PARTIAL_DATE, Widget.DATE):
        return date_from(text)
    if field.widget in (Widget.MARKDOWN, Widget.LINES):
        return text
    return " ".join(text.split("\n"))


def text_of(field: FormField, value: Any) -> str:
    """Return how a form shows a value of a field; what was typed and not understood as it was typed."""
    if value is None:
        return ""
    if field.widget is Widget.EURO:
        number = _exact(value)
        return _german(number).removesuffix(",00") if number is not None else str(value)
    if field.widget in (Widget.NUMBER, Widget.WHOLE) and isinstance(value, int | float) and not isinstance(value, bool):
        number = Decimal(repr(value))
        return _german(number if number != number.to_integral_value() else number.quantize(Decimal(1)))
    return str(value)


def number_from(text: str) -> Decimal | None:
    """Return a number in German („12.500,50“) or plain („12500.50“) notation, None when it is none."""
    text = re.sub(r"[\s\u00a0\u202f]", "", text)
    if _GERMAN_THOUSANDS.fullmatch(text):
        text = text.replace(".", "")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return Decimal(text) if re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]{1,340})?", text) else None


def date_from(text: str) -> str:
    """Return a date in ISO 8601: „08.10.2019“ → `2019-10-08`, „10.2019“ → `2019-10`; others as they are."""
    match = _DOTTED_DATE.fullmatch(text)
    if match is None:
        return text
    day, month, year = match.groups()
    found = f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")
    try:
        date(int(year), int(month), int(day or 1))
    except ValueError:
        return text
    return found


def keys_from(text: str) -> list[str]:
    """Return typed LeiKa keys, separated by comma, semicolon, line or white space, each of them perhaps in groups."""
    found: list[str] = []
    for part in re.split(r"[,;\n]+", plain(text)):
        words = part.split()
        whole = bool(words) and all(len(word) == 14 for word in words)
        found += words if whole else ["".join(words)] if words else []
    return list(dict.fromkeys(found))


def _exact(value: Any) -> Decimal | None:
    text = str(value)
    return Decimal(text) if re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?", text) else None


def _amount(number: Decimal) -> str:
    return f"{number:.2f}" if number == round(number, 2) else f"{number:f}"


def _german(number: Decimal) -> str:
    return f"{number:,f}".translate(str.maketrans(",.", ".,"))

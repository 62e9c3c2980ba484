"""Checked value types of the domain: keys, dates, addresses, amounts. The one place of validation.

Each type is an `Annotated` for pydantic and SQLModel; a bad value raises `ValueError`
with a German sentence that pages show as it is.
"""

import re
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from sqlalchemy import BigInteger, Dialect, Enum
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel


class Facts(SQLModel):
    """Base of all classes that validate facts: unknown keys are refused, so that a misspelt field is not lost."""

    model_config = ConfigDict(extra="forbid")  # type: ignore[assignment]


_GERMAN_LANDS = {f"{number:02d}" for number in range(1, 17)}


def _matches(pattern: str, message: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(message)
        return value

    return AfterValidator(check)


def _without_spaces(value: Any) -> Any:
    return re.sub(r"\s+", "", value) if isinstance(value, str) else value


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _land(value: str) -> str:
    if value[:2] not in _GERMAN_LANDS:
        raise ValueError("Der Schlüssel beginnt nicht mit der Nummer eines deutschen Landes (01 bis 16).")
    return value


def _leika(value: str) -> str:
    if not re.fullmatch(r"\d{14}", value):
        raise ValueError("Ein LeiKa-Schlüssel hat genau 14 Ziffern.")
    return value


def _partial_date(value: str) -> str:
    match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", value)
    if not match:
        raise ValueError("Das Datum hat nicht die Form JJJJ, JJJJ-MM oder JJJJ-MM-TT.")
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        date(year or 0, month or 1, day or 1)
    except ValueError:
        raise ValueError("Dieses Datum gibt es nicht.") from None
    if not 1949 <= (year or 0) <= 2100:
        raise ValueError("Das Jahr liegt nicht zwischen 1949 und 2100.")
    return value


def _past(value: date) -> date:
    # A day of grace: in Germany the day begins before it does in UTC.
    if value > date.today() + timedelta(days=1):
        raise ValueError("Das Datum liegt in der Zukunft.")
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\s<>\"\\^`{|}\x00-\x1f]", value):
        raise ValueError("Die Adresse muss mit http:// oder https:// beginnen und gültig sein.")
    if parts.username or parts.password:
        raise ValueError("Die Adresse darf keine Zugangsdaten enthalten.")
    return value


Slug = Annotated[
    str,
    BeforeValidator(_stripped),
    Field(min_length=1, max_length=100),
    _matches(r"[a-z0-9]+(?:-[a-z0-9]+)*", "Erlaubt sind Kleinbuchstaben, Ziffern und einzelne Bindestriche."),
]
Licence = Annotated[
    str,
    BeforeValidator(_stripped),
    _matches(
        r"[A-Za-z0-9.+\-]{2,80}", "Erlaubt ist eine SPDX-Kennung wie EUPL-1.2 (ohne Leerzeichen) oder „proprietary“."
    ),
]
"""An SPDX licence id, or „proprietary“."""
Postcode = Annotated[str, _matches(r"\d{5}", "Eine Postleitzahl hat genau fünf Ziffern.")]
OzgId = Annotated[str, BeforeValidator(_without_spaces), _matches(r"\d{5}", "Eine OZG-Nummer hat genau fünf Ziffern.")]
LeikaKey = Annotated[str, BeforeValidator(_without_spaces), AfterValidator(_leika)]
"""14 digits; `99…` is federal, other prefixes are state-specific (GK LeiKa / FIM)."""
Ags = Annotated[
    str, BeforeValidator(_without_spaces), _matches(r"\d{8}", "Ein AGS hat genau acht Ziffern."), AfterValidator(_land)
]
"""Amtlicher Gemeindeschlüssel: Land 2, Regierungsbezirk 1, Kreis 2, Gemeinde 3 digits (Destatis)."""
Ars = Annotated[
    str,
    BeforeValidator(_without_spaces),
    _matches(r"\d{12}", "Ein ARS hat genau zwölf Ziffern."),
    AfterValidator(_land),
]
"""Amtlicher Regionalschlüssel: Land 2, RB 1, Kreis 2, Verband 4, Gemeinde 3 digits (Destatis)."""
DistrictKey = Annotated[
    str,
    BeforeValidator(_without_spaces),
    _matches(r"\d{5}", "Ein Kreisschlüssel hat genau fünf Ziffern."),
    AfterValidator(_land),
]
PartialDate = Annotated[str, BeforeValidator(_stripped), AfterValidator(_partial_date)]
"""A date as exact as its source: `2019`, `2019-10` or `2019-10-08` (ISO 8601 reduced accuracy)."""
PastDay = Annotated[date, AfterValidator(_past)]
"""The day of something that has happened: not in the future."""
WebAddress = Annotated[str, BeforeValidator(_stripped), Field(max_length=1000), AfterValidator(_web_address)]
Mailbox = Annotated[
    str,
    BeforeValidator(_stripped),
    Field(max_length=254),
    _matches(r"[^@\s<>\"]{1,64}@[^@\s<>\"]+\.[^@\s<>\".]{2,}", "Das ist keine gültige E-Mail-Adresse."),
]
Euro = Annotated[Decimal, Field(ge=0, max_digits=13, decimal_places=2)]
Score = Annotated[int, Field(ge=0, le=3)]
Markdown = Annotated[str, BeforeValidator(_stripped), Field(min_length=1, max_length=20_000)]
Typing = Annotated[
    str,
    BeforeValidator(_without_spaces),
    _matches(
        r"(?:(?:1[0-2]|[1-9])(?:/3)?[ab]?)(?:,(?:1[0-2]|[1-9])(?:/3)?[ab]?)*",
        "Die Typisierung ist 1 bis 12, auch 2/3, mit a oder b; mehrere mit Komma.",
    ),
]
"""LeiKa typing: who regulates and who executes; several are separated by a comma."""


def helped(text: str) -> dict[str, Any]:
    """Return the extras of a field that carry its help: what to enter, in one German sentence or two."""
    return {"json_schema_extra": {"help": text}}


def ags_matches_ars(ags: str, ars: str) -> bool:
    """Tell whether an AGS and an ARS name the same municipality (ARS = AGS with the Verband inside)."""
    return ars[:5] == ags[:5] and ars[9:] == ags[5:]


def earliest_day(value: str) -> date:
    """Return the first day that a partial date can mean."""
    parts = [int(part) for part in value.split("-")]
    return date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)


def latest_day(value: str) -> date:
    """Return the last day that a partial date can mean."""
    parts = [int(part) for part in value.split("-")]
    year, month = parts[0], parts[1] if len(parts) > 1 else 12
    return date(year, month, parts[2] if len(parts) > 2 else monthrange(year, month)[1])


def in_order(start: str | None, end: str | None) -> bool:
    """Tell whether `start` can lie at or before `end`; unknown dates are always in order."""
    return start is None or end is None or earliest_day(start) <= latest_day(end)


def enum_type(enumeration: type[StrEnum]) -> Any:
    """Return the column type for an enumeration: its values as text, checked, on each database."""
    return Enum(
        enumeration,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        validate_strings=True,
        create_constraint=False,
        length=40,
    )


class Cents(TypeDecorator[Decimal]):
    """Euro amounts as whole cents: exact on SQLite, which knows no decimal type."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Turn euros into cents."""
        return None if value is None else int((Decimal(value) * 100).to_integral_value())

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Turn cents into euros."""
        return None if value is None else Decimal(value) / 100

"""How facts look on German pages: numbers, euros, dates, ranges, keys. Pure functions, used as template filters."""

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup, escape

from registry.catalogue import enums
from registry.comparison.wording import NBSP as NBSP
from registry.comparison.wording import euro as euro
from registry.comparison.wording import number as number
from registry.comparison.wording import value_range as value_range

_MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)


def partial_date(value: str | date) -> str:
    """Return a date as exact as it is known: „2019“, „Oktober 2019“, „8. Oktober 2019“."""
    parts = [int(part) for part in str(value)[:10].split("-")]
    if len(parts) == 1:
        return str(parts[0])
    month = f"{_MONTHS[parts[1] - 1]} {parts[0]}"
    return month if len(parts) == 2 else f"{parts[2]}.{NBSP}{month}"


def time_element(value: str | date) -> Markup:
    """Return a date as a `<time>` element. Its parts are digits and month names, the attribute is escaped."""
    return Markup('<time datetime="{}">{}</time>').format(str(value)[:10], partial_date(value))


def _german_zone() -> tzinfo:
    try:
        return ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:  # a system without time zones
        return UTC


GERMAN_ZONE = _german_zone()


def german_today() -> date:
    """Return the day by German clocks: what people who fill in a form call today."""
    return datetime.now(GERMAN_ZONE).date()


def point_in_time(value: datetime) -> Markup:
    """Return a point in time as a `<time>` element in German local time: „8. Oktober 2026, 14:05 Uhr“."""
    local = value.astimezone(GERMAN_ZONE)
    text = f"{partial_date(local.date())}, {local:%H:%M}{NBSP}Uhr"
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), text)


def percent(part: int, whole: int) -> str:
    """Return a share in whole percent, rounded down so that 100 % means all: „34 %“."""
    return f"{100 * part // whole if whole else 0}{NBSP}%"


def plural(count: int, one: str, many: str) -> str:
    """Return a count with its noun: „1 Kommune“, „2 Kommunen“."""
    return f"{number(count)}{NBSP}{one if count == 1 else many}"


def leika_key(key: str) -> str:
    """Return a LeiKa key in its written form: `99041006013000` → „99 041 006 013 000“."""
    return NBSP.join((key[:2], key[2:5], key[5:8], key[8:11], key[11:14]))


def host(url: str) -> str:
    """Return the host name of a web address, without „www.“."""
    return url.split("/")[2].removeprefix("www.") if url.count("/") >= 2 else url


def marked(fragments: Any, fallback: str) -> Markup:
    """Return the fragments of a search hit with `<mark>` around what answers the query; every text is escaped."""
    if not fragments:
        return escape(fallback)
    parts = [f"<mark>{escape(one.text)}</mark>" if one.match else str(escape(one.text)) for one in fragments]
    return Markup("".join(parts))  # noqa: S704  (each text is escaped in the line above)


def unbroken(name: str) -> str:
    """Return a name whose „ -entwicklung“ does not break after the hyphen: a word joiner follows it."""
    return name.replace(" -", " -\u2060")


def label_of(enumeration: str, value: Any) -> str:
    """Return the German label of an enumeration's value, read back from the database as text."""
    return str(getattr(enums, enumeration)(value).label)


def labels_of(enumeration: str, values: Any) -> list[str]:
    """Return the German labels of several values."""
    return [label_of(enumeration, value) for value in values]


TYPING_MEANINGS = {
    "1": "Regelung: Bund, Vollzug: Bund",
    "2": "Regelung: Bund, Vollzug: Land",
    "3": "Regelung: Bund, Vollzug: Kommune",
    "2/3": "Regelung: Bund, Vollzug: Land oder Kommune",
    "4": "Regelung: Land",
    "5": "Regelung: Kommune",
}


def typing_meaning(typing: str) -> str | None:
    """Return what a LeiKa typing says about who regulates and who executes, None where that is not known here.

    Source: GK LeiKa / FIM, types 1 to 5; the suffixes a and b and the types 6 to 12 are not explained.
    """
    return TYPING_MEANINGS.get(typing.rstrip("ab"))


FILTERS: dict[str, Callable[..., Any]] = {
    "number": number,
    "euro": euro,
    "partial_date": partial_date,
    "time_element": time_element,
    "point_in_time": point_in_time,
    "leika_key": leika_key,
    "host": host,
    "marked": marked,
    "typing_meaning": typing_meaning,
    "unbroken": unbroken,
}
GLOBALS: dict[str, Callable[..., Any]] = {
    "value_range": value_range,
    "percent": percent,
    "plural": plural,
    "label_of": label_of,
    "labels_of": labels_of,
    "euro": euro,
    "number": number,
}

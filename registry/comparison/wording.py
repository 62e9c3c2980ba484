"""German words for amounts and ranges, as texts: the page and the spreadsheet say the same."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

NBSP = "\u00a0"
_SIGNS = str.maketrans(",.", ".,")


def number(value: int | float | Decimal) -> str:
    """Return a number with German signs, at most two decimals: `1234.5` → „1.234,5“."""
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")
    return text.translate(_SIGNS)


def euro(value: Decimal) -> str:
    """Return an amount; cents only where there are some: „1.200 €“, „0,12 €“."""
    return f"{value:,.2f}".removesuffix(".00").translate(_SIGNS) + NBSP + "€"


def day(value: str | date) -> str:
    """Return a date as exact as it is known: „2019“, „10.2019“, „08.10.2019“."""
    return ".".join(reversed(str(value)[:10].split("-")))


def value_range(low: Any, high: Any, unit: Callable[[Any], str] = number) -> str | None:
    """Return „10 bis 20“, „ab 10“, „bis 20“ or „10“; None when neither end is known."""
    if low is None and high is None:
        return None
    if high is None:
        return f"ab {unit(low)}"
    if low is None:
        return f"bis {unit(high)}"
    return unit(low) if low == high else f"{unit(low)} bis {unit(high)}"


def listed(names: list[str]) -> str:
    """Return names in a German list: „A, B und C“."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} und {names[-1]}" if names else ""

"""The profile that a visitor builds without an account: small enough for the browser's session cookie. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from registry.catalogue.enums import FitsKind
from registry.profiles.rules import MAX_STATEMENTS

BODIES = ("municipality", "district")
"""Kinds of bodies of the register; `OTHER` is one that the register does not know."""
OTHER = "other"
MAX_POPULATION = 100_000_000


@dataclass(frozen=True)
class Picked:
    """What a visitor has picked and ticked."""

    kind: str
    """`municipality`, `district` or `other`."""
    key: str = ""
    """AGS or Kreis key; empty for `other`."""
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    provider: str | None = None
    fits_kind: FitsKind | None = None
    """Typed in; only for `other`, as is the population."""
    population: int | None = None
    made_on: date | None = None

    @property
    def stated(self) -> dict[str, bool]:
        """Return what is ticked, by slug."""
        return dict.fromkeys(self.lacks, False) | dict.fromkeys(self.has, True)

    def packed(self) -> dict[str, Any]:
        """Return the short form for the cookie; what is not known is left out."""
        short: dict[str, Any] = {
            "k": self.kind,
            "b": self.key,
            "h": " ".join(self.has),
            "n": " ".join(self.lacks),
            "d": self.provider,
            "a": self.fits_kind.value if self.fits_kind else None,
            "e": self.population,
            "t": self.made_on.isoformat() if self.made_on else None,
        }
        return {name: value for name, value in short.items() if value not in (None, "")}

    @classmethod
    def unpacked(cls, raw: object) -> Self | None:
        """Return what a cookie holds, None when it is not of this shape: an old or damaged one counts for nothing."""
        if not isinstance(raw, dict):
            return None
        kind, key = raw.get("k"), raw.get("b", "")
        if kind not in (*BODIES, OTHER) or not isinstance(key, str) or (kind == OTHER) == bool(key):
            return None
        has, lacks = _slugs(raw.get("h")), _slugs(raw.get("n"))
        if len(has) + len(lacks) > MAX_STATEMENTS:
            return None
        provider, population = raw.get("d"), raw.get("e")
        is_number = type(population) is int and 0 <= population <= MAX_POPULATION
        return cls(
            kind=kind,
            key=key,
            has=has,
            lacks=tuple(slug for slug in lacks if slug not in has),
            provider=provider if isinstance(provider, str) else None,
            fits_kind=_fits_kind(raw.get("a")) if kind == OTHER else None,
            population=population if is_number and kind == OTHER else None,
            made_on=_day(raw.get("t")),
        )


def _slugs(raw: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(raw.split())) if isinstance(raw, str) else ()


def _fits_kind(raw: object) -> FitsKind | None:
    return next((one for one in FitsKind if one.value == raw), None)


def _day(raw: object) -> date | None:
    try:
        return date.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def in_order(slugs: Iterable[str]) -> tuple[str, ...]:
    """Return slugs without repeats, sorted: the same ticks give the same cookie."""
    return tuple(sorted(set(slugs)))

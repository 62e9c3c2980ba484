"""Merging two changes of one entry, field by field, with what both began from. Pure.

A field that one side changed is taken over; both to the same is fine; both differently is a conflict. Lists merge
item by item: an item is known by what names it (a source by its address), so that two people may add two sources.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.editorial.values import TEXT_LISTS, Values, clean
from registry.reuse.costs import IDENTITY
from registry.reuse.records import LISTS

Key = tuple[Any, ...]

_IDENTITIES: dict[str, tuple[str, ...]] = {
    "ozg_services": ("ozg_id",),
    "participants": ("role", "municipality", "district", "provider", "name"),
    "sources": ("url",),
    "links": ("url",),
    "requirements": ("capability",),
    "maturity": ("model", "leika_key"),
    "cost_blocks": IDENTITY,
    "checks": ("item",),
}
"""The fields by which an item of a list is known."""


@dataclass(frozen=True)
class Conflict:
    """A field that both sides changed differently. `item`: what names the item of a list, empty for a whole field.

    For an item the three values are the item on each side, None where it is not there.
    """

    field: str
    base: Any
    mine: Any
    theirs: Any
    item: Key = ()


@dataclass(frozen=True)
class Merged:
    """The merged values; where there is a conflict they hold mine, so that nothing typed is lost."""

    values: Values
    conflicts: tuple[Conflict, ...] = ()


class MergeNeededError(Exception):
    """The entry was changed meanwhile in the same fields; somebody must choose."""

    def __init__(self, key: str, conflicts: Sequence[Conflict]) -> None:
        super().__init__("Der Eintrag wurde inzwischen in denselben Feldern geändert.")
        self.key = key
        self.conflicts = tuple(conflicts)


def merge(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merged:
    """Merge what I made of `base` with what it has become meanwhile; values come back clean."""
    before, own, other = clean(base), clean(mine), clean(theirs)
    values: Values = {}
    conflicts: list[Conflict] = []
    for name in own | other:
        sides = before.get(name), own.get(name), other.get(name)
        settled, value = _settled(*sides)
        if settled:
            values[name] = value
        elif name in TEXT_LISTS:
            values[name] = _merged_set(*sides)
        elif name in LISTS and all(isinstance(side, list) for side in sides):
            values[name], found = _merged_list(name, *sides)
            conflicts += found
        else:
            values[name] = own.get(name)
            conflicts.append(Conflict(name, *sides))
    return Merged(values, tuple(conflicts))


def resolved(merged: Merged, choose: Callable[[Conflict], Any]) -> Values:
    """Return the merged values with each conflict settled by `choose` (for an item: the item, or None for none)."""
    values = dict(merged.values)
    for conflict in merged.conflicts:
        chosen = choose(conflict)
        if not conflict.item:
            values[conflict.field] = chosen
            continue
        rows = by_identity(conflict.field, values[conflict.field])
        if chosen is None:
            rows.pop(conflict.item, None)
        else:
            rows[conflict.item] = chosen
        values[conflict.field] = list(rows.values())
    return values


def _settled(base: Any, mine: Any, theirs: Any) -> tuple[bool, Any]:
    if mine == theirs or theirs == base:
        return True, mine
    if mine == base:
        return True, theirs
    return False, None


def _merged_set(base: Any, mine: Any, theirs: Any) -> list[Any]:
    """Keep what both have, what one added, and nothing that one removed."""
    before, own, other = (list(side or []) for side in (base, mine, theirs))
    kept = [one for one in own if one in other or one not in before]
    return kept + [one for one in other if one not in own and one not in before]


def _merged_list(name: str, base: Any, mine: Any, theirs: Any) -> tuple[list[Any], list[Conflict]]:
    before, own, other = (by_identity(name, side) for side in (base, mine, theirs))
    rows: dict[Key, Any] = {}
    conflicts: list[Conflict] = []
    for key in _order(list(before), list(own), list(other)):
        sides = before.get(key), own.get(key), other.get(key)
        settled, row = _settled(*sides)
        if not settled:
            row, settled = _merged_row(*sides)
        if not settled:
            row = own.get(key)
            conflicts.append(Conflict(name, *sides, item=key))
        if row is not None:
            rows[key] = row
    return list(rows.values()), conflicts


def _merged_row(base: Any, mine: Any, theirs: Any) -> tuple[Any, bool]:
    """Merge one item field by field; tells whether that was possible."""
    if not isinstance(mine, dict) or not isinstance(theirs, dict):
        return None, False
    before = base if isinstance(base, dict) else {}
    row: Values = {}
    for name in mine | theirs:
        sides = before.get(name), mine.get(name), theirs.get(name)
        settled, value = _settled(*sides)
        if not settled and name == "leika_keys":
            settled, value = True, _merged_set(*sides)
        if not settled:
            return None, False
        row[name] = value
    return row, True


def by_identity(name: str, rows: Iterable[Any]) -> dict[Key, Any]:
    """Return the rows by what names them; a second one of the same name gets a number."""
    found: dict[Key, Any] = {}
    for row in rows:
        named = tuple(row.get(field) for field in _IDENTITIES[name]) if isinstance(row, dict) else (str(row),)
        named = tuple(one if isinstance(one, str | int | float | None) else str(one) for one in named)
        found[next(key for n in itertools.count() if (key := (*named, n)) not in found)] = row
    return found


def _order(before: list[Key], own: list[Key], other: list[Key]) -> list[Key]:
    """Return all items in order: that of the side that moved them, mine when both did; new ones stay behind theirs."""
    lead, follow = (other, own) if [key for key in own if key in before] == before else (own, other)
    order = list(lead)
    for place, key in enumerate(follow):
        if key not in order:
            ahead = [one for one in follow[:place] if one in order]
            order.insert(order.index(ahead[-1]) + 1 if ahead else 0, key)
    return order + [key for key in before if key not in order]

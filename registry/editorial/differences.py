"""What differs between two versions, word by word and item by item. Pure."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from registry.editorial.merging import by_identity
from registry.editorial.values import EMPTY, is_stated
from registry.reuse.records import LISTS

Show = Callable[[str, Any], str]
"""Path (of an item: the list's name) and value → the text that a reader sees."""

MAX_WORDS = 4000
"""Longest passage that is compared word by word; a longer one is shown as replaced as a whole."""


class Mark(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Fate(StrEnum):
    """What became of an item of a list."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"


@dataclass(frozen=True)
class Piece:
    """A piece of text and what became of it."""

    text: str
    mark: Mark = Mark.SAME


@dataclass(frozen=True)
class Sides:
    """A text before and after, in pieces; empty where there was or is none."""

    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


@dataclass(frozen=True)
class ItemDifference:
    """An item of a list on both sides."""

    fate: Fate
    sides: Sides


@dataclass(frozen=True)
class FieldDifference:
    """A field on both sides; a list has `items`, any other field `sides`."""

    path: str
    changed: bool
    sides: Sides | None = None
    items: tuple[ItemDifference, ...] = ()


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], show: Show, *, everything: bool = False
) -> list[FieldDifference]:
    """Return the fields that differ, in the order of the record; with `everything` all that say something."""
    names = [*EMPTY, *sorted((before.keys() | after.keys()) - EMPTY.keys())]
    found = []
    for name in names:
        old, new = before.get(name), after.get(name)
        changed = old != new and (is_stated(old) or is_stated(new))
        if not changed and not (everything and is_stated(old)):
            continue
        if name in LISTS:
            found.append(FieldDifference(name, changed, items=tuple(_items(name, old or [], new or [], show))))
        else:
            found.append(FieldDifference(name, changed, compare(_text(name, old, show), _text(name, new, show))))
    return found


def compare(before: str, after: str) -> Sides:
    """Compare two texts line by line, and lines that differ word by word."""
    if before == after:
        same = (Piece(before),) if before else ()
        return Sides(same, same)
    left: list[Piece] = []
    right: list[Piece] = []
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new).get_opcodes():
        removed, added = "".join(old[i1:i2]), "".join(new[j1:j2])
        if tag == "equal":
            left.append(Piece(removed))
            right.append(Piece(added))
        else:
            _compare_words(removed, added, left, right)
    return Sides(_joined(left), _joined(right))


def _compare_words(removed: str, added: str, left: list[Piece], right: list[Piece]) -> None:
    old, new = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (removed, added))
    if len(old) > MAX_WORDS or len(new) > MAX_WORDS or not old or not new:
        left.append(Piece(removed, Mark.REMOVED))
        right.append(Piece(added, Mark.ADDED))
        return
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new).get_opcodes():
        same = tag == "equal"
        left.append(Piece("".join(old[i1:i2]), Mark.SAME if same else Mark.REMOVED))
        right.append(Piece("".join(new[j1:j2]), Mark.SAME if same else Mark.ADDED))


def _joined(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Join neighbours of one mark; white space alone between two marked pieces joins them, so that they read well."""
    joined: list[Piece] = []
    filled = [piece for piece in pieces if piece.text]
    for place, piece in enumerate(filled):
        following = filled[place + 1] if place + 1 < len(filled) else None
        last = joined[-1] if joined else None
        gap = piece.mark is Mark.SAME and piece.text.isspace() and "\n" not in piece.text
        if gap and last and following and last.mark is following.mark is not Mark.SAME:
            piece = Piece(piece.text, last.mark)
        if last and last.mark is piece.mark:
            joined[-1] = Piece(last.text + piece.text, piece.mark)
        else:
            joined.append(piece)
    return tuple(joined)


def _items(name: str, before: list[Any], after: list[Any], show: Show) -> Iterator[ItemDifference]:
    old, new = by_identity(name, before), by_identity(name, after)
    keys = list(new)
    for place, key in enumerate(old):  # a removed item stays at its place
        if key not in new:
            ahead = [one for one in list(old)[:place] if one in keys]
            keys.insert(keys.index(ahead[-1]) + 1 if ahead else 0, key)
    for key in keys:
        sides = compare(_text(name, old.get(key), show), _text(name, new.get(key), show))
        if key not in new:
            yield ItemDifference(Fate.REMOVED, sides)
        elif key not in old:
            yield ItemDifference(Fate.ADDED, sides)
        else:
            yield ItemDifference(Fate.SAME if old[key] == new[key] else Fate.CHANGED, sides)


def _text(name: str, value: Any, show: Show) -> str:
    return show(name, value) if is_stated(value) else ""

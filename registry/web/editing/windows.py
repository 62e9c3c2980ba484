"""Two windows on one working copy: what each has changed, told by fingerprints that the form carries. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.editorial.values import clean


@dataclass(frozen=True)
class Clash:
    """A field that this window and another one changed differently."""

    path: str
    mine: Any
    theirs: Any


def seen(values: Mapping[str, Any], paths: Iterable[str]) -> str:
    """Return the fingerprints of the values that a form shows, in one text."""
    known = clean(values)
    return " ".join(f"{path}={_print(known.get(path))}" for path in paths)


def settle(
    changes: Mapping[str, Any], stored: Mapping[str, Any], fingerprints: str, choices: Mapping[str, str]
) -> tuple[dict[str, Any], list[Clash]]:
    """Return which changes of a stale form hold, and where somebody must choose.

    A field that only one window changed is no clash. `choices` answer earlier clashes with `mine` or `theirs`; they
    hold only while the other window has not gone on.
    """
    before = dict(part.split("=", 1) for part in fingerprints.split() if "=" in part)
    mine, theirs = clean(changes), clean(stored)
    held: dict[str, Any] = {}
    clashes: list[Clash] = []
    for path, value in changes.items():
        if mine[path] == theirs[path] or before.get(path) == _print(mine[path]):
            continue
        if before.get(path) != _print(theirs[path]):
            clashes.append(Clash(path, value, stored.get(path)))
        elif choices.get(path) != "theirs":
            held[path] = value
    return held, clashes


def _print(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]

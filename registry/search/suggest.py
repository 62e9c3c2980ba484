"""Completions while typing: OZG services, bundles, municipalities, query words."""

from collections.abc import Iterable
from dataclasses import dataclass

from registry.search.contract import Suggestion
from registry.search.german import words

_QUOTAS = {"ozg_service": 4, "bundle": 3, "municipality": 2, "query": 3}


@dataclass(frozen=True)
class Entry:
    """Something that can be suggested, with its folded words."""

    text: str
    kind: str
    key: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str, kind: str, key: str) -> "Entry":
        """Build an entry from its text as shown."""
        return cls(text, kind, key, tuple(words(text)))


def complete(text: str, entries: Iterable[Entry], limit: int) -> tuple[Suggestion, ...]:
    """Return entries in which each typed word begins a word; those that begin with the text come first."""
    typed = words(text[:100])
    if not typed:
        return ()
    found: dict[str, list[tuple[bool, int, str, Entry]]] = {}
    for entry in entries:
        if all(any(word.startswith(part) for word in entry.words) for part in typed):
            starts = not entry.words[0].startswith(typed[0])
            found.setdefault(entry.kind, []).append((starts, len(entry.text), entry.text, entry))
    chosen: list[Entry] = []
    rest: list[Entry] = []
    for kind, quota in _QUOTAS.items():
        ranked = [one[3] for one in sorted(found.get(kind, []), key=lambda one: one[:3])]
        chosen += ranked[:quota]
        rest += ranked[quota:]
    kinds = list(_QUOTAS)
    picked = sorted([*chosen, *rest[: max(0, limit - len(chosen))]][:limit], key=lambda one: kinds.index(one.kind))
    return tuple(Suggestion(one.text, one.kind, one.key) for one in picked)

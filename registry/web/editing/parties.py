"""Participants in a form: one text that names a municipality, a Kreis, an IT provider, or any other body. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("municipality", "district", "provider")
MAX_CHOICES = 12
"""Bodies that are offered when a text does not name exactly one."""


@dataclass(frozen=True)
class Party:
    """A body that the registry knows: `kind` is the participant's field, `key` its value there."""

    kind: str
    key: str
    name: str
    plain_name: str
    """The name without designation: „Soest“ for the „Stadt Soest“."""
    hint: str

    @property
    def token(self) -> str:
        """Return kind and key as a form carries them."""
        return f"{self.kind}:{self.key}"


class Directory:
    """All bodies by key and by name."""

    def __init__(self, parties: Iterable[Party]) -> None:
        self.parties = tuple(parties)
        self._by_token = {party.token: party for party in self.parties}
        self._by_name: dict[str, list[Party]] = {}
        for party in self.parties:
            for name in {_folded(party.name), _folded(party.plain_name)}:
                self._by_name.setdefault(name, []).append(party)

    def known(self, token: str) -> Party | None:
        """Return the body that a form's token names."""
        return self._by_token.get(token)

    def name_of(self, row: Mapping[str, Any]) -> str:
        """Return the text that stands for a participant in the form; a key that is not known stands for itself."""
        if row.get("stelle"):
            return str(row["stelle"])
        for kind in KINDS:
            if row.get(kind):
                party = self.known(f"{kind}:{row[kind]}")
                return party.name if party else str(row[kind])
        return str(row.get("name") or "")

    def named(self, text: str) -> list[Party]:
        """Return the bodies whose name or key the text is: one, several of the same name, or none."""
        key = re.sub(r"\s+", "", text)
        if key.isdigit():
            kind = {8: "municipality", 5: "district"}.get(len(key))
            party = self.known(f"{kind}:{key}")
            return [party] if party else []
        in_brackets = re.fullmatch(r"(.*)\((\d{5}|\d{8})\)", text.strip())
        if in_brackets:
            return self.named(in_brackets.group(2))
        return list(self._by_name.get(_folded(text), ()))

    def near(self, text: str) -> list[Party]:
        """Return bodies whose name has a part of the text, to choose from."""
        needle = _folded(text)
        if len(needle) < 3:
            return []
        words = [word for word in needle.split() if len(word) > 2 and word not in ("stadt", "kreis", "gemeinde")]
        found = [one for one in self.parties if needle in _folded(one.name)]
        found += [one for one in self.parties if one not in found and any(word in _folded(one.name) for word in words)]
        return found[:MAX_CHOICES]


@dataclass(frozen=True)
class TypedParty:
    """What a form says about the body of one participant."""

    text: str
    before: str = ""
    """Token of the body that the text stood for when the form was made."""
    chosen: str = ""
    """Token chosen among several."""
    as_name: bool = False
    """The text is a name of its own, on purpose."""


def resolve(typed: TypedParty, directory: Directory) -> dict[str, str | None]:
    """Return the participant's fields for what was typed; `stelle` keeps a text that names no body for certain."""
    row: dict[str, str | None] = dict.fromkeys((*KINDS, "name"))
    if not typed.text:
        return row
    if party := directory.known(typed.chosen):
        return row | {party.kind: party.key}
    kind, _, key = typed.before.partition(":")
    if kind in row and key and directory.name_of({kind: key}) == typed.text:
        return row | {kind: key}
    found = directory.named(typed.text)
    if len(found) == 1:
        return row | {found[0].kind: found[0].key}
    if typed.as_name and not found:
        return row | {"name": typed.text}
    return row | {"stelle": typed.text}


def doubt(text: str, directory: Directory) -> tuple[str, list[Party]]:
    """Return why a text names no body for certain, and which ones to choose from."""
    found = directory.named(text)
    if found:
        return "Mehrere Stellen heißen so. Bitte wählen Sie eine aus.", found
    reason = "Diese Stelle ist nicht bekannt. Bitte wählen Sie eine aus, oder bestätigen Sie den Namen."
    return reason, directory.near(text)


def token_of(row: Mapping[str, Any]) -> str:
    """Return the token of the body of a participant, empty when there is none for certain."""
    return next((f"{kind}:{row[kind]}" for kind in (*KINDS, "name") if row.get(kind)), "")


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())

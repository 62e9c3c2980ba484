"""The search vocabulary: reviewed relations between everyday words and administrative terms.

Files `words/*.txt`, one relation a line; their format is described in docs/search.md. Relations
expand a query, never the index, so a changed vocabulary needs no rebuild.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from registry.search.german import STOP_WORDS, stem, words

FOLDER = Path(__file__).resolve().parent / "words"
MAX_PHRASE = 5
_WEIGHTS = {"=": 0.9, ":=": 1.0, "~": 0.8, "->": 0.8, "^": 0.4}
_OPERATOR = re.compile(r"\s(:=|->|=|~|\^)\s")
_WEIGHT = re.compile(r"\[\s*(0?\.\d+|1(?:\.0+)?|0\.\d+)\s*\]\s*$")

Phrase = tuple[str, ...]
"""Stems of the words of a term, without stop words."""


class VocabularyError(Exception):
    """A line does not follow the format; the message names file and line."""


@dataclass(frozen=True)
class Expansion:
    """What else a term finds: documents with all stems of `target`, at `weight` (0 to 1)."""

    target: Phrase
    weight: float
    text: str


def phrase(text: str) -> Phrase:
    """Return the stems of a term's words without stop words."""
    return tuple(stem(word) for word in words(text) if word not in STOP_WORDS)


class Vocabulary:
    """All relations, ready to be looked up by the stems of a query."""

    def __init__(self) -> None:
        self._expansions: dict[Phrase, dict[Phrase, Expansion]] = defaultdict(dict)
        self.words: set[str] = set()
        """Folded words of all terms, for compound splitting and typo correction."""
        self.terms: list[str] = []
        """Terms as written that people search for, for suggestions."""

    @classmethod
    @cache
    def shipped(cls) -> "Vocabulary":
        """Return what the shipped files say, read once a process; `extended` makes another one of it.

        Raises VocabularyError for a bad line.
        """
        vocabulary = cls()
        for file in sorted(FOLDER.glob("*.txt")):
            if file.stem not in ("weak", "parts", "stop"):
                vocabulary.read(file.read_text(encoding="utf-8").splitlines(), file.name)
        return vocabulary

    @classmethod
    def of(cls, lines: Iterable[str], name: str) -> "Vocabulary":
        """Build from some lines. Raises VocabularyError for a bad one."""
        vocabulary = cls()
        vocabulary.read(lines, name)
        return vocabulary

    def extended(self, lines: Iterable[str], name: str) -> "Vocabulary":
        """Return a vocabulary with these relations and some more; a bad line raises VocabularyError."""
        vocabulary = Vocabulary()
        for key, found in self._expansions.items():
            vocabulary._expansions[key] = dict(found)
        vocabulary.words = set(self.words)
        vocabulary.terms = list(self.terms)
        vocabulary.read(lines, name)
        return vocabulary

    def read(self, lines: Iterable[str], name: str) -> None:
        """Add the relations of some lines. Raises VocabularyError with `name` and line number."""
        for number, raw in enumerate(lines, 1):
            line = raw.split("#", 1)[0].strip()
            if line:
                try:
                    self._add_line(line)
                except ValueError as error:
                    raise VocabularyError(f"{name}, Zeile {number}: {error}") from None

    def _add_line(self, line: str) -> None:
        match = _WEIGHT.search(line)
        weight = float(match.group(1)) if match else None
        body = line[: match.start()].strip() if match else line
        operators = set(_OPERATOR.findall(f" {body} "))
        if len(operators) != 1:
            raise ValueError("genau eines der Zeichen =, :=, ~, -> oder ^ muss zwischen den Wörtern stehen")
        operator = operators.pop()
        sides = [
            [term.strip() for term in side.split(",") if term.strip()] for side in _OPERATOR.sub("\n", body).split("\n")
        ]
        if len(sides) < 2 or not all(sides):
            raise ValueError("auf jeder Seite muss ein Wort stehen")
        strength = _WEIGHTS[operator] if weight is None else weight
        if operator in ("->", "^"):
            if len(sides) != 2:
                raise ValueError("nur ein Pfeil je Zeile")
            self._relate(sides[0], sides[1], strength)
        else:
            terms = [term for side in sides for term in side]
            self._relate(terms, terms, strength)

    def _relate(self, sources: list[str], targets: list[str], weight: float) -> None:
        for term in {*sources, *targets}:
            self.words.update(words(term))
        for source in sources:
            key = tuple(sorted(phrase(source)))
            if not key or len(key) > MAX_PHRASE:
                continue
            self.terms.append(source)
            for target in targets:
                goal = phrase(target)
                if not goal or tuple(sorted(goal)) == key:
                    continue
                held = self._expansions[key].get(goal)
                if held is None or held.weight < weight:
                    self._expansions[key][goal] = Expansion(goal, weight, target)

    def expansions(self, stems: Iterable[str]) -> tuple[Expansion, ...]:
        """Return what a term (its stems, in any order) also finds."""
        found = self._expansions.get(tuple(sorted(stems)))
        return tuple(found.values()) if found else ()

    def __len__(self) -> int:
        return sum(len(found) for found in self._expansions.values())


def word_list(name: str) -> frozenset[str]:
    """Return the folded words of a plain list under words/ (`weak`, `parts`)."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    lines = (line.split("#", 1)[0] for line in text.splitlines())
    return frozenset(word for line in lines for word in words(line))

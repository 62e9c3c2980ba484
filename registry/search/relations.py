"""Relations of words as a form has them: which there are, how a line is made of them, what a line speaks of."""

import re

from registry.labels import Labelled
from registry.search.operations import checked_line
from registry.search.vocabulary import MAX_PHRASE, VocabularyError, phrase

_SIGNS = re.compile(r"[#\[\]=~^<>]|->|:=")
_OPERATORS = re.compile(r"\s(?::=|->|=|~|\^)\s")


class Relation(Labelled):
    """How two words belong together; the value is the sign of docs/search.md."""

    FINDS = "->", "findet auch (nur in dieser Richtung)"
    SAME = "=", "bedeutet dasselbe wie (in beiden Richtungen)"
    SHORT = ":=", "ist die Abkürzung von (in beiden Richtungen)"
    FORMER = "~", "heißt heute oder hieß früher (in beiden Richtungen)"
    BROADER = "^", "gehört zum Oberbegriff (schwächer gewichtet)"


def line_of(words: str, relation: str, target: str) -> str:
    """Return the line of a relation between words (several with commas) and what they lead to.

    Raises VocabularyError with a German sentence.
    """
    signs = [one.value for one in Relation]
    if relation not in signs:
        raise VocabularyError("Bitte wählen Sie, wie die Wörter zusammengehören.")
    sides = [_terms(words, "Das Wort, nach dem gesucht wird, fehlt."), _terms(target, "Das Wort dahinter fehlt.")]
    return checked_line(f" {relation} ".join(", ".join(terms) for terms in sides))


def spoken_of(line: str) -> tuple[str, ...]:
    """Return the terms of a line that somebody would type to feel its effect: those on the left, or on both sides."""
    body = re.sub(r"\[[^\]]*\]\s*$", "", line.split("#", 1)[0])
    sides = [[term.strip() for term in side.split(",") if term.strip()] for side in _OPERATORS.split(f" {body} ")]
    if f" {Relation.FINDS.value} " in body or f" {Relation.BROADER.value} " in body:
        sides = sides[:1]
    return tuple(dict.fromkeys(term for side in sides for term in side))


def shares_a_word(text: str, terms: tuple[str, ...]) -> bool:
    """Tell whether a text has a word, in whatever form, that one of the terms has."""
    return bool({*phrase(text)} & {stem for term in terms for stem in phrase(term)})


def _terms(text: str, missing: str) -> list[str]:
    terms = [" ".join(term.split()) for term in text.split(",") if term.strip()]
    if not terms:
        raise VocabularyError(missing)
    for term in terms:
        if _SIGNS.search(term):
            raise VocabularyError(f"„{term[:60]}“ enthält ein Zeichen, das in einem Wort nicht vorkommen kann.")
        if not phrase(term):
            raise VocabularyError(f"„{term[:60]}“ ist kein Wort, nach dem gesucht werden kann.")
        if len(phrase(term)) > MAX_PHRASE:
            raise VocabularyError(f"„{term[:60]}“ hat mehr als {MAX_PHRASE} Wörter.")
    return terms

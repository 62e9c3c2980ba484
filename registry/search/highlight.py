"""Which words of a shown text answer the query."""

import re

from registry.search.contract import Fragment
from registry.search.german import stem, words
from registry.search.lexicon import Lexicon

EXCERPT = 220
_SPLIT = re.compile(r"([^\W_]+)")


def highlight(text: str, terms: frozenset[str], lexicon: Lexicon) -> tuple[Fragment, ...]:
    """Return the text in fragments; words that share a term with the query match."""
    fragments: list[Fragment] = []
    for piece in _SPLIT.split(text):
        if not piece:
            continue
        match = any(_answers(word, terms, lexicon) for word in words(piece))
        if fragments and fragments[-1].match == match:
            fragments[-1] = Fragment(fragments[-1].text + piece, match)
        else:
            fragments.append(Fragment(piece, match))
    return tuple(fragments)


def _answers(word: str, terms: frozenset[str], lexicon: Lexicon) -> bool:
    if stem(word) in terms:
        return True
    return any(stem(part) in terms for part in lexicon.parts(word) if not lexicon.is_weak(stem(part)))


def excerpt(text: str, terms: frozenset[str], lexicon: Lexicon) -> tuple[Fragment, ...]:
    """Return the passage of about 220 characters around the first matching word, highlighted."""
    if len(text) > EXCERPT:
        place = 0
        for match in _SPLIT.finditer(text[:5000]):
            if any(_answers(word, terms, lexicon) for word in words(match.group())):
                place = match.start()
                break
        start = 0 if place < EXCERPT - 40 else text.rfind(" ", 0, place - 60) + 1
        end = text.find(" ", start + EXCERPT)
        passage = text[start:] if end < 0 else text[start:end]
        text = ("… " if start else "") + passage + (" …" if end >= 0 else "")
    return highlight(text, terms, lexicon)

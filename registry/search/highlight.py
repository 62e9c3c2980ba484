"""Which words of a shown text answer the query."""

import re
from dataclasses import dataclass

from registry.search.contract import Fragment
from registry.search.lexicon import Lexicon

EXCERPT = 220
LOOKED_THROUGH = 5000
"""Characters in which the passage to show is looked for."""
_SPLIT = re.compile(r"([^\W_]+)")


def highlight(text: str, terms: frozenset[str], lexicon: Lexicon) -> tuple[Fragment, ...]:
    """Return the text in fragments; words that share a term with the query match."""
    fragments: list[Fragment] = []
    held, state = "", False
    for place, piece in enumerate(_SPLIT.split(text)):
        # Words stand at odd places, what is between them at even ones.
        match = place % 2 == 1 and not terms.isdisjoint(lexicon.marked_by(piece))
        if match == state:
            held += piece
        elif piece:
            if held:
                fragments.append(Fragment(held, state))
            held, state = piece, match
    if held:
        fragments.append(Fragment(held, state))
    return tuple(fragments)


def excerpt(text: str, terms: frozenset[str], lexicon: Lexicon) -> tuple[Fragment, ...]:
    """Return the passage of about 220 characters around the first matching word, highlighted."""
    if len(text) > EXCERPT:
        place = 0
        for match in _SPLIT.finditer(text[:LOOKED_THROUGH]):
            if not terms.isdisjoint(lexicon.marked_by(match.group())):
                place = match.start()
                break
        start = 0 if place < EXCERPT - 40 else text.rfind(" ", 0, place - 60) + 1
        end = text.find(" ", start + EXCERPT)
        passage = text[start:] if end < 0 else text[start:end]
        text = ("… " if start else "") + passage + (" …" if end >= 0 else "")
    return highlight(text, terms, lexicon)


@dataclass(frozen=True)
class TermMarker:
    """Marks the words that share a term with a query."""

    terms: frozenset[str]
    lexicon: Lexicon

    def title(self, text: str) -> tuple[Fragment, ...]:
        """Return a whole text in fragments."""
        return highlight(text, self.terms, self.lexicon)

    def excerpt(self, text: str) -> tuple[Fragment, ...]:
        """Return the passage of a text that answers best, in fragments."""
        return excerpt(text, self.terms, self.lexicon)

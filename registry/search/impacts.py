"""How much a word of a document says about it: BM25F up to the rarity of the word (Robertson, Zaragoza 2009).

A document's impacts depend on that document alone, because field lengths are held against fixed typical lengths
instead of the averages of the whole index. So an edit changes the postings of one entry and of no other, and
every node scores alike, whatever the order in which it has followed the clock. The rarity of a word (idf)
is applied when a query is evaluated.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from registry.search.contract import Kind
from registry.search.german import STOP_WORDS, words
from registry.search.lexicon import Lexicon

K1 = 1.2
"""Saturation: how soon more of the same word stops to count."""


@dataclass(frozen=True)
class FieldWeight:
    """Weight of a field, its length normalisation b (0: none, 1: full), its typical length in terms by kind.

    The typical lengths are the averages over the 70 bundles of the starter catalogue and the 557 OZG services.
    """

    weight: float
    b: float
    bundle: float
    ozg_service: float = 1.0

    def typical(self, kind: Kind) -> float:
        """Return the typical length in documents of a kind."""
        return self.bundle if kind is Kind.BUNDLE else self.ozg_service


FIELDS: dict[str, FieldWeight] = {
    "keys": FieldWeight(8.0, 0.0, 1.0),
    "title": FieldWeight(6.0, 0.6, 6.3, 3.2),
    "services": FieldWeight(4.0, 0.4, 3.2),
    "leika": FieldWeight(2.0, 0.25, 11.5, 18.2),
    "summary": FieldWeight(1.5, 0.5, 14.7),
    "people": FieldWeight(1.2, 0.3, 4.3),
    "context": FieldWeight(0.8, 0.2, 5.7, 4.1),
    "text": FieldWeight(0.6, 0.5, 65.6),
    "law": FieldWeight(0.3, 0.3, 1.0, 21.9),
}
"""Title and OZG name over LeiKa names over text. LeiKa names are many because a service is broad, not wordy: low b."""


def impacts(kind: Kind, texts: Mapping[str, str], lexicon: Lexicon) -> dict[str, float]:
    """Return the impact of each term of a document with these texts by field: above 0, below K1 + 1."""
    total: dict[str, float] = {}
    for name, text in texts.items():
        weights: dict[str, float] = {}
        for word in words(text):
            if word not in STOP_WORDS:
                for term, weight in lexicon.terms(word):
                    weights[term] = weights.get(term, 0.0) + weight
        if not weights:
            continue
        field = FIELDS[name]
        factor = field.weight / (1.0 - field.b + field.b * sum(weights.values()) / field.typical(kind))
        for term, weight in weights.items():
            total[term] = total.get(term, 0.0) + factor * weight
    return {term: value * (K1 + 1) / (K1 + value) for term, value in total.items()}

"""A plain evaluator: BM25F (Robertson, Zaragoza 2009) with dictionaries and loops, to hold the fast one against."""

import math
from collections import defaultdict

from registry.search.documents import FIELDS, Document
from registry.search.german import STOP_WORDS, words
from registry.search.lexicon import Lexicon
from registry.search.snapshot import K1, B


def term_weights(document: Document, lexicon: Lexicon) -> dict[str, dict[str, float]]:
    """Return for each field the weighted frequency of each term."""
    found: dict[str, dict[str, float]] = {}
    for name, text in document.texts.items():
        counts: dict[str, float] = defaultdict(float)
        for word in words(text):
            if word not in STOP_WORDS:
                for term, weight in lexicon.terms(word):
                    counts[term] += weight
        found[name] = dict(counts)
    return found


def scores(documents: list[Document], lexicon: Lexicon, term: str) -> list[float]:
    """Return the score of each document for one term."""
    weights = [term_weights(one, lexicon) for one in documents]
    lengths = {name: [sum(one.get(name, {}).values()) for one in weights] for name in FIELDS}
    average = {name: _mean([length for length in values if length > 0]) for name, values in lengths.items()}
    holding = sum(1 for one in weights if any(term in field for field in one.values()))
    idf = math.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
    result = []
    for number, one in enumerate(weights):
        total = 0.0
        for name, field in one.items():
            if term in field:
                norm = 1 - B[name] + B[name] * lengths[name][number] / average[name]
                total += FIELDS[name] * field[term] / norm
        result.append(idf * total * (K1 + 1) / (K1 + total) if total else 0.0)
    return result


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 1.0

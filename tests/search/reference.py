"""A plain evaluator with dictionaries and loops, to hold the fast one against.

It counts words, applies BM25F (Robertson, Zaragoza 2009) and carries out plans document by document; it shares
nothing with the fast one but the plan and the constants.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from registry.search.documents import Document
from registry.search.evaluate import LEAST_SHARE, PARTS_WEIGHT, PHRASE_REST, TITLE_FACTOR, WITH_BUNDLES
from registry.search.german import STOP_WORDS, words
from registry.search.impacts import FIELDS, K1
from registry.search.lexicon import Lexicon
from registry.search.plan import Parts, Plan, Way


class PlainIndex:
    """Documents of one kind, each with the impact of its terms; knows what planning must know."""

    def __init__(self, documents: Sequence[Document], lexicon: Lexicon) -> None:
        self.documents = sorted(documents, key=lambda one: one.key)
        self.impacts = {one.key: _impacts(one, lexicon) for one in self.documents}

    def frequency(self, term: str) -> int:
        return sum(term in found for found in self.impacts.values())

    def terms_from(self, prefix: str, limit: int) -> list[str]:
        terms = {term for found in self.impacts.values() for term in found if term.startswith(prefix)}
        return sorted(terms)[:limit]

    def score(self, key: str, term: str) -> float:
        holding = self.frequency(term)
        idf = math.log(1 + (len(self.documents) - holding + 0.5) / (holding + 0.5))
        return self.impacts[key].get(term, 0.0) * idf

    def evaluate(self, plan: Plan) -> dict[str, float]:
        """Return the score of each found document by its key."""
        found = {}
        for one in self.documents:
            score = self._document(one, plan)
            if score is not None:
                found[one.key] = score
        return found

    def _document(self, one: Document, plan: Plan) -> float | None:
        texts = [f" {' '.join(words(text))} " for text in one.texts.values()]
        if any(not any(f" {' '.join(phrase)} " in text for text in texts) for phrase in plan.phrases):
            return None
        if any(term in self.impacts[one.key] for term in plan.excluded):
            return None
        score = self._sum(one, plan) if plan.concepts else 1.0
        if score is None:
            return None
        if set(words(one.title)) == set(plan.typed):
            score *= TITLE_FACTOR
        return score * WITH_BUNDLES if one.sorts.get("bundles", 0) > 0 else score

    def _sum(self, one: Document, plan: Plan) -> float | None:
        total = answered = 0.0
        for span in plan.spans:
            own = [(each.strength, self._best(one.key, each.ways)) for each in plan.concepts[span.start : span.end]]
            value = sum(strength * best for strength, best in own)
            covered = sum(strength for strength, best in own if best > 0)
            together = self._best(one.key, span.ways)
            if together > 0:
                value = max(value, together + min(value, together) * PHRASE_REST)
                covered = sum(strength for strength, _ in own)
            total += value
            answered += covered
        if answered == 0:
            return None
        share = answered / sum(each.strength for each in plan.concepts)
        return total * (LEAST_SHARE + (1 - LEAST_SHARE) * share**2)

    def _best(self, key: str, ways: Iterable[Way | Parts]) -> float:
        return max((self._way(key, way) for way in ways), default=0.0)

    def _way(self, key: str, way: Way | Parts) -> float:
        if isinstance(way, Way):
            values = [self.score(key, term) for term in way.terms]
            return way.weight * sum(values) / math.sqrt(len(values)) if all(values) else 0.0
        best = [(part.strength, self._best(key, part.ways)) for part in way.parts]
        share = sum(strength for strength, value in best if value > 0) / sum(strength for strength, _ in best)
        if share <= way.needed:
            return 0.0
        return PARTS_WEIGHT * sum(strength * value for strength, value in best) * share**2


def _impacts(document: Document, lexicon: Lexicon) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for name, text in document.texts.items():
        counts: dict[str, float] = defaultdict(float)
        for word in words(text):
            if word not in STOP_WORDS:
                for term, weight in lexicon.terms(word):
                    counts[term] += weight
        length = sum(counts.values())
        field = FIELDS[name]
        for term, count in counts.items():
            norm = 1 - field.b + field.b * length / field.typical(document.kind)
            total[term] += field.weight * count / norm
    return {term: value * (K1 + 1) / (K1 + value) for term, value in total.items()}

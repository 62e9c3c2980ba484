"""Why a hit ranks where it does, in German sentences for coordinators and the command line."""

from collections.abc import Iterable

from registry.search.evaluate import Evaluation, Run
from registry.search.plan import Parts, Way
from registry.search.snapshot import KindIndex

_WAYS = {
    "word": "als Wort",
    "parts": "als Teile eines zusammengesetzten Wortes",
    "prefix": "als Wortanfang",
    "vocabulary": "über den Wortschatz",
    "typo": "als ähnliche Schreibweise",
    "piece": "mit einem bekannten Teil eines unbekannten Wortes",
}


def explanation(index: KindIndex, found: Evaluation, doc: int) -> tuple[str, ...]:
    """Return a line for each word of the query, one for each phrase that answered several, and the total."""
    plan = found.plan
    run = Run(index)
    lines = [_line(run, one.text, one.strength, one.ways, doc) for one in plan.concepts]
    for span in plan.spans:
        text = " ".join(plan.typed[span.start : span.end])
        if span.ways and (best := _best(run, span.ways, doc)):
            lines.append(f"„{text}“ zusammen {_WAYS[best[1].kind]} gefunden („{best[1].label}“): {best[0]:.2f}")
    return (*lines, f"Gesamtwert {found.score(doc):.2f}")


def _line(run: Run, text: str, strength: float, ways: Iterable[Way | Parts], doc: int) -> str:
    best = _best(run, ways, doc)
    if best is None:
        return f"„{text}“ kommt nicht vor."
    value, way = best
    return f"„{text}“ {_WAYS[way.kind]} gefunden („{way.label}“): {value * strength:.2f}"


def _best(run: Run, ways: Iterable[Way | Parts], doc: int) -> tuple[float, Way | Parts] | None:
    values = []
    for way in ways:
        docs, scores = run.way(way)
        place = int(docs.searchsorted(doc))
        if place < len(docs) and docs[place] == doc:
            values.append((float(scores[place]), way))
    return max(values, key=lambda one: one[0]) if values else None

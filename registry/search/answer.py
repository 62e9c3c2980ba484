"""Answers a search request from one generation of the index: hits, facets, corrections. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from registry.search.contract import FacetValues, Hit, Kind, SearchRequest, SearchResult, Sort
from registry.search.evaluate import Evaluation, evaluate, ranked
from registry.search.explain import explanation
from registry.search.german import fold
from registry.search.highlight import TermMarker
from registry.search.lexicon import Lexicon
from registry.search.postings import Floats, Ints
from registry.search.query import Query, parse
from registry.search.snapshot import KindIndex, Snapshot

Bools = NDArray[np.bool_]
_TRANSFERABLE = {"yes": "jetzt übertragbar", "no": "nicht belegt"}


def answer(snapshot: Snapshot, request: SearchRequest) -> SearchResult:
    """Answer a request. Never fails for what a visitor may type."""
    index = snapshot.kinds[request.kind]
    query = parse(request.text)
    found = found_by(snapshot, request.kind, query)
    selection = _Selection(found.docs if found else index.live, _filter_masks(index, request.filters))
    docs = selection.under()
    page = ranked(
        docs,
        _worth(index, found, docs, request),
        index.title_rank,
        (request.page - 1) * request.per_page,
        request.per_page,
    )
    return SearchResult(
        hits=_hits(index, page, found, snapshot.lexicon, request.explain),
        total=len(docs),
        page=request.page,
        per_page=request.per_page,
        facets=_facets(index, selection, docs, request.filters),
        tick=snapshot.tick,
        did_you_mean=_did_you_mean(index, query, found),
        exact=found is None or not len(docs) or found.plan.exact,
    )


def found_by(snapshot: Snapshot, kind: Kind, query: Query) -> Evaluation | None:
    """Return what a query finds; None for an empty query, which finds everything."""
    if query.empty:
        return None
    index = snapshot.kinds[kind]
    return evaluate(index, snapshot.planners[kind].plan(index, query))


def count(snapshot: Snapshot, kind: Kind, text: str, filters: Mapping[str, tuple[str, ...]]) -> int:
    """Return how many entries a text finds under filters, without facets and hits."""
    index = snapshot.kinds[kind]
    found = found_by(snapshot, kind, parse(text))
    return len(_Selection(found.docs if found else index.live, _filter_masks(index, filters)).under())


@dataclass(frozen=True)
class _Selection:
    """What a query has found, and the masks of the filters by facet."""

    docs: Ints
    masks: Mapping[str, Bools]

    def under(self, without: str | None = None) -> Ints:
        """Return the found documents under all filters, but for those of one facet."""
        docs = self.docs
        for name, mask in self.masks.items():
            if name != without:
                docs = docs[mask[docs]]
        return docs


def _hits(index: KindIndex, docs: Ints, found: Evaluation | None, lexicon: Lexicon, explain: bool) -> tuple[Hit, ...]:
    marker = TermMarker(found.plan.terms() if found else frozenset(), lexicon)
    scores = found.scores[found.docs.searchsorted(docs)].tolist() if found else [0.0] * len(docs)
    hits = []
    for doc, score in zip(docs.tolist(), scores, strict=True):
        shown = index.shown(doc)
        hits.append(
            Hit(
                key=shown.key,
                score=score,
                plain_title=shown.title,
                plain_excerpt=shown.excerpt,
                marker=marker,
                explanation=explanation(index, found, doc) if explain and found else (),
            )
        )
    return tuple(hits)


def _worth(index: KindIndex, found: Evaluation | None, docs: Ints, request: SearchRequest) -> Floats | None:
    """Return by what the documents are put in order, the greatest first; None: by title."""
    if request.worth is not None:
        places = index.places(request.worth.keys)
        # One place more than there are documents: keys of which the index knows no document write there.
        worth = np.full(index.size + 1, -np.inf, dtype=np.float32)
        worth[places] = request.worth.values
        return worth[docs]
    if request.sort is Sort.RELEVANCE:
        if found is None:
            return None
        return found.scores if docs is found.docs else found.scores[np.searchsorted(found.docs, docs)]
    return index.sorts[request.sort][docs] if request.sort.value in index.sorts else None


def _filter_masks(index: KindIndex, filters: Mapping[str, tuple[str, ...]]) -> dict[str, Bools]:
    masks = {}
    for name, chosen in filters.items():
        if not chosen:
            continue
        if name in index.facets:
            masks[name] = index.facets[name].mask(chosen)
        elif name == "transferable" and index.kind is Kind.BUNDLE:
            now = _transferable_now(index)
            masks[name] = (now if "yes" in chosen else np.zeros_like(now)) | (~now if "no" in chosen else False)
    return masks


def _transferable_now(index: KindIndex) -> Bools:
    return index.transferable(date.today().toordinal())


def _facets(
    index: KindIndex, selection: _Selection, docs: Ints, filters: Mapping[str, Sequence[str]]
) -> dict[str, FacetValues]:
    """Count each facet over what the filters of the other facets leave."""

    def others(name: str) -> Ints:
        return selection.under(name) if name in selection.masks else docs

    found = {name: facet.shown(others(name), filters.get(name, ())) for name, facet in index.facets.items()}
    if index.kind is Kind.BUNDLE:
        left = others("transferable")
        chosen = filters.get("transferable", ())
        now = int(np.count_nonzero(_transferable_now(index)[left]))
        found["transferable"] = FacetValues(("yes", "no"), _TRANSFERABLE, (now, len(left) - now), chosen)
    return found


def _did_you_mean(index: KindIndex, query: Query, found: Evaluation | None) -> str | None:
    """Return the query with corrected words, when a correction is what found the hits."""
    if found is None or not found.plan.corrections or not len(found.docs):
        return None
    corrections = found.plan.corrections
    text = " ".join(
        index.surface(corrections[word.text]) if word.text in corrections else word.text for word in query.words
    )
    return text if fold(text) != " ".join(word.text for word in query.words) else None

"""The search as others use it: follows the clock, heals itself, answers from a snapshot."""

import gc
import logging
import threading
import warnings
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from sqlmodel import col, select
from whoosh.index import LockError

from registry.catalogue.reference import District, LeikaService, Municipality, OzgService
from registry.database import Database
from registry.search.contract import (
    DirectHit,
    FacetValue,
    Hit,
    Kind,
    SearchRequest,
    SearchResult,
    Sort,
    Suggestion,
)
from registry.search.documents import changed_since
from registry.search.evaluate import Evaluation, Evaluator, order
from registry.search.german import fold
from registry.search.highlight import excerpt, highlight
from registry.search.lexicon import Lexicon
from registry.search.query import Query, parse
from registry.search.snapshot import Bools, KindIndex, Snapshot, read_snapshot
from registry.search.store import Store
from registry.search.suggest import Entry, complete
from registry.search.vocabulary import Vocabulary

log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]


class SearchService:
    """One node's search. Safe for threads: readers use an immutable snapshot, one thread at a time renews it."""

    def __init__(self, database: Database, index_dir: Path) -> None:
        self._database = database
        self._lexicon = Lexicon(Vocabulary.shipped())
        self._store = Store(Path(index_dir), self._lexicon)
        self._evaluator = Evaluator(self._lexicon)
        self._lock = threading.RLock()
        self._snapshot: Snapshot | None = None
        self._entries: tuple[int, tuple[Entry, ...]] = (-1, ())

    @property
    def tick(self) -> int:
        """Return the tick that the served snapshot has reached; 0 before the first search."""
        return self._snapshot.tick if self._snapshot else 0

    def close(self) -> None:
        """Release the snapshot; the service may be used again and then reads anew."""
        with self._lock:
            self._snapshot = None
            self._store.close()

    def catch_up(self) -> int:
        """Bring the index and the snapshot up to the clock; return the tick reached.

        A missing or damaged index is rebuilt. When that fails, the last good generation goes on serving.
        """
        tick = self._database.tick()
        held = self._snapshot
        if held is not None and held.tick >= tick:
            return held.tick
        with self._lock:
            held = self._snapshot
            if held is None or held.tick < tick:
                try:
                    self._snapshot = self._renewed(tick)
                except Exception:
                    if held is None:
                        raise
                    log.exception("the search index could not follow; serving the generation of tick %d", held.tick)
        return self.tick

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build the index anew beside the old one and swap; return the number of documents."""
        with self._lock:
            count = self._rebuild(progress)
            self._snapshot = self._read()
            return count

    def _rebuild(self, progress: Progress | None = None) -> int:
        with self._database.reading() as session:
            tick = self._database.tick()
            documents = changed_since(session, 0, {}).documents
        self._store.replace(documents, tick, progress)
        log.info("search index rebuilt: %d documents at tick %d", len(documents), tick)
        return len(documents)

    def _renewed(self, tick: int) -> Snapshot:
        current = self._snapshot
        if current is None or not self._store.exists():
            current = self._opened()
        if current.tick < tick:
            try:
                self._follow(current, tick)
            except LockError:
                log.warning("another process is writing the index; serving tick %d for now", current.tick)
                return current
            except Exception as error:  # whatever a damaged file happens to cause
                log.warning("the search index could not be updated (%s); rebuilding it", str(error))
                self._rebuild()
            current = self._read()
        return current

    def _opened(self) -> Snapshot:
        if not self._store.exists():
            log.info("no search index yet; building it")
        else:
            # Whoosh leaves files open when reading them fails; they close when the error is let go of.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                try:
                    return self._read()
                except Exception as error:  # cut short, or damaged in whatever way
                    log.warning("the search index is damaged (%s); rebuilding it", str(error))
                gc.collect()
        self._rebuild()
        return self._read()

    def _read(self) -> Snapshot:
        with self._store.reader() as reader:
            return read_snapshot(reader)

    def _follow(self, current: Snapshot, tick: int) -> None:
        with self._database.reading() as session:
            changes = changed_since(session, current.tick, current.bundle_counts)
        self._store.write(changes.documents, changes.dropped, tick)

    # -- searching -------------------------------------------------------------------------------------------

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a request from the newest generation. Never fails for what a visitor may type."""
        index = self._current().kinds[request.kind]
        query = parse(request.text)
        evaluation = None if query.empty else self._evaluator.evaluate(index, query)
        matched = np.ones(index.size, dtype=bool) if evaluation is None else evaluation.scores > 0
        masks = _filter_masks(index, request.filters)
        selected = matched.copy()
        for mask in masks.values():
            selected &= mask
        by_score = evaluation is not None and request.sort is Sort.RELEVANCE
        ranked = order(index, selected, evaluation.scores if evaluation and by_score else None, request.sort)
        first = (request.page - 1) * request.per_page
        return SearchResult(
            hits=tuple(
                self._hit(index, int(doc), evaluation, request) for doc in ranked[first : first + request.per_page]
            ),
            total=len(ranked),
            page=request.page,
            per_page=request.per_page,
            facets=_facets(index, matched, masks, request.filters),
            tick=self.tick,
            did_you_mean=self._did_you_mean(index, query, evaluation),
            exact=evaluation is None or evaluation.exact or not len(ranked),
            direct=self._direct(query.key) if query.key else None,
        )

    def _current(self) -> Snapshot:
        self.catch_up()
        snapshot = self._snapshot
        if snapshot is None:
            raise RuntimeError("the search has no index")
        return snapshot

    def _hit(self, index: KindIndex, doc: int, evaluation: Evaluation | None, request: SearchRequest) -> Hit:
        document = index.documents[doc]
        terms = evaluation.terms if evaluation else frozenset()
        return Hit(
            key=document.key,
            score=float(evaluation.scores[doc]) if evaluation else 0.0,
            title=highlight(document.title, terms, self._lexicon),
            excerpt=excerpt(document.excerpt, terms, self._lexicon),
            explanation=_explanation(doc, evaluation) if request.explain and evaluation else (),
        )

    def _did_you_mean(self, index: KindIndex, query: Query, evaluation: Evaluation | None) -> str | None:
        """Return the query with corrected words, when a correction is what found the hits."""
        if evaluation is None or not evaluation.corrections or not (evaluation.scores > 0).any():
            return None
        corrected = []
        for word in query.words:
            term = evaluation.corrections.get(word.text)
            corrected.append(index.surfaces.get(term, term) if term else word.text)
        text = " ".join(corrected)
        return text if fold(text) != " ".join(word.text for word in query.words) else None

    def _direct(self, key: str) -> DirectHit | None:
        """Return what a number names: OZG service, LeiKa service, municipality or Kreis."""
        with self._database.reading() as session:
            if len(key) == 5:
                if session.get(OzgService, key):
                    return DirectHit("ozg_service", key)
                return DirectHit("district", key) if session.get(District, key) else None
            if len(key) == 8:
                return DirectHit("municipality", key) if session.get(Municipality, key) else None
            if len(key) == 12:
                ags = session.exec(select(Municipality.ags).where(Municipality.ars == key)).first()
                return DirectHit("municipality", ags) if ags else None
            found = session.exec(select(LeikaService.id).where(LeikaService.key == key)).first()
            return DirectHit("leika_service", key) if found else None

    # -- suggestions and similar entries -----------------------------------------------------------------------

    def suggest(self, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
        """Return at most `limit` completions; when nothing begins so, what the search finds for a misspelling."""
        snapshot = self._current()
        found = complete(text, self._suggestable(snapshot), limit)
        if found or not fold(text).strip():
            return found
        hits = self.search(SearchRequest(Kind.OZG_SERVICE, text, per_page=min(5, limit))).hits
        index = snapshot.kinds[Kind.OZG_SERVICE]
        return tuple(Suggestion(index.documents[index.places[hit.key]].title, "ozg_service", hit.key) for hit in hits)

    def _suggestable(self, snapshot: Snapshot) -> tuple[Entry, ...]:
        tick, entries = self._entries
        if tick != snapshot.tick:
            with self._database.reading() as session:
                towns = session.exec(select(Municipality).where(col(Municipality.retired).is_(False))).all()
            documents = [
                Entry.of(one.title, kind.value, one.key) for kind in Kind for one in snapshot.kinds[kind].documents
            ]
            places = [Entry.of(one.name, "municipality", one.ags) for one in towns]
            terms = [Entry.of(term, "query", term) for term in dict.fromkeys(self._lexicon.vocabulary.terms)]
            entries = tuple(one for one in (*documents, *places, *terms) if one.words)
            self._entries = (snapshot.tick, entries)
        return entries

    def similar(self, slug: str, limit: int = 5) -> tuple[str, ...]:
        """Return slugs of the published bundles most like this one, nearest first; empty when it is not published."""
        index = self._current().kinds[Kind.BUNDLE]
        place = index.places.get(slug)
        if place is None:
            return ()
        own = index.documents[place]
        text = f"{own.texts.get('services', '')} {own.title}"
        scores = self._evaluator.evaluate(index, parse(text)).scores
        scores[place] = 0
        shared = set(own.facets["situation"])
        for number, one in enumerate(index.documents):
            if not shared & set(one.facets["situation"]):
                scores[number] *= 0.3
        ranked = order(index, scores > 0, scores, "")
        return tuple(index.documents[doc].key for doc in ranked[:limit])

    @cached_property
    def lexicon(self) -> Lexicon:
        """Return dictionary and vocabulary, for the command line's explanations."""
        return self._lexicon


def _filter_masks(index: KindIndex, filters: Mapping[str, tuple[str, ...]]) -> dict[str, Bools]:
    masks = {}
    for name, chosen in filters.items():
        if not chosen:
            continue
        if name in index.facets:
            masks[name] = index.facets[name].mask(chosen, index.size)
        elif name == "transferable" and index.kind is Kind.BUNDLE:
            now = _transferable_now(index)
            masks[name] = (now if "yes" in chosen else np.zeros_like(now)) | (~now if "no" in chosen else False)
    return masks


def _transferable_now(index: KindIndex) -> Bools:
    return (index.transferable_from > 0) & (index.transferable_from <= date.today().toordinal())


def _facets(
    index: KindIndex, matched: Bools, masks: Mapping[str, Bools], filters: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[FacetValue, ...]]:
    found: dict[str, tuple[FacetValue, ...]] = {}
    for name, facet in index.facets.items():
        counts = facet.counts(_others(matched, masks, name))
        chosen = filters.get(name, ())
        values = [
            FacetValue(value, facet.labels[number], int(counts[number]), value in chosen)
            for number, value in enumerate(facet.names)
            if counts[number] or value in chosen
        ]
        found[name] = tuple(sorted(values, key=lambda one: (one.value == "unknown", -one.count, fold(one.label))))
    if index.kind is Kind.BUNDLE:
        now, mask = _transferable_now(index), _others(matched, masks, "transferable")
        chosen = filters.get("transferable", ())
        both = (("yes", "jetzt übertragbar", now), ("no", "nicht belegt", ~now))
        found["transferable"] = tuple(
            FacetValue(value, label, int((mask & which).sum()), value in chosen) for value, label, which in both
        )
    return found


def _others(matched: Bools, masks: Mapping[str, Bools], own: str) -> Bools:
    mask = matched.copy()
    for name, other in masks.items():
        if name != own:
            mask &= other
    return mask


_WAYS = {
    "word": "als Wort",
    "parts": "als Teile eines zusammengesetzten Wortes",
    "prefix": "als Wortanfang",
    "vocabulary": "über den Wortschatz",
    "typo": "als ähnliche Schreibweise",
}


def _explanation(doc: int, evaluation: Evaluation) -> tuple[str, ...]:
    lines = []
    for concept in evaluation.concepts:
        ways = []
        for one in concept.alternatives:
            place = np.searchsorted(one.docs, doc)
            if place < len(one.docs) and one.docs[place] == doc:
                ways.append((float(one.values[place]), one))
        if not ways:
            lines.append(f"„{concept.text}“ kommt nicht vor.")
            continue
        value, best = max(ways, key=lambda way: way[0])
        lines.append(f"„{concept.text}“ {_WAYS[best.kind]} gefunden („{best.label}“): {value * concept.strength:.2f}")
    return (*lines, f"Gesamtwert {float(evaluation.scores[doc]):.2f}")

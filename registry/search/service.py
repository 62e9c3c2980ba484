"""The search as others use it: answers requests from the newest generation of the index."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlmodel import select

from registry.catalogue.reference import District, LeikaService, Municipality, OzgService
from registry.database import Database
from registry.search.answer import answer, count, found_by
from registry.search.contract import (
    DirectHit,
    Kind,
    SearchRequest,
    SearchResult,
    Suggestion,
)
from registry.search.effects import Effect, effects
from registry.search.evaluate import ranked
from registry.search.follower import Follower, Progress
from registry.search.german import fold
from registry.search.query import parse
from registry.search.snapshot import KindIndex, Snapshot
from registry.search.suggest import Suggester
from registry.search.vocabulary import Vocabulary

Bools = NDArray[np.bool_]
_OTHER_SITUATION = np.float32(0.3)
"""Similar bundles of another situation count this much."""


class SearchService:
    """One node's search. Safe for threads: each request is answered from one immutable generation."""

    def __init__(self, database: Database, index_dir: Path) -> None:
        """Prepare; the index is opened with the first search."""
        self._database = database
        self._follower = Follower(database, Path(index_dir), Vocabulary.shipped())
        self._suggester = Suggester(database)

    @property
    def tick(self) -> int:
        """Return the tick that the served snapshot has reached; 0 before the first search."""
        return self._follower.tick

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the relations of words that hold now: shipped ones and this installation's own."""
        return self._follower.current().lexicon.vocabulary

    def catch_up(self, tick: int | None = None) -> int:
        """Bring the index up to the clock; return the tick reached.

        Here and below: a caller who has just read the clock hands over its `tick`, which saves reading it again.
        """
        return self._follower.catch_up(tick)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build the index anew beside the old one and swap; return the number of documents."""
        return self._follower.rebuild(progress)

    def settle(self) -> None:
        """Wait until the index on disk has what the index in memory has."""
        self._follower.settle()

    def close(self) -> None:
        """Write what is pending and release the snapshot; the service may be used again and then reads anew."""
        self._follower.close()

    # -- searching -------------------------------------------------------------------------------------------

    def search(self, request: SearchRequest, tick: int | None = None) -> SearchResult:
        """Answer a request from the newest generation. Never fails for what a visitor may type."""
        result = answer(self._follower.current(tick), request)
        key = parse(request.text).key
        return replace(result, direct=self._direct(key)) if key else result

    def count(self, kind: Kind, text: str, filters: Mapping[str, tuple[str, ...]], tick: int | None = None) -> int:
        """Return how many entries a text finds under filters, without facets and hits."""
        return count(self._follower.current(tick), kind, text, filters)

    def preview(
        self, texts: Iterable[str], *, added: Iterable[str] = (), withdrawn: Iterable[str] = ()
    ) -> tuple[Effect, ...]:
        """Return what each text finds now and what it would find with some relations more or fewer; nothing is kept.

        Raises VocabularyError for a line that does not follow the format of docs/search.md.
        """
        after = self._follower.with_words(added, withdrawn)
        return effects(self._follower.current(after.tick), after, texts)

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
        snapshot = self._follower.current()
        found = self._suggester.complete(text, snapshot, limit)
        if found or not fold(text).strip():
            return found
        return tuple(
            Suggestion(index.shown(doc).title, kind.value, index.shown(doc).key)
            for kind, count in ((Kind.OZG_SERVICE, 5), (Kind.BUNDLE, 3))
            for index, doc in self._best(snapshot, kind, text, min(count, limit))
        )[:limit]

    def _best(self, snapshot: Snapshot, kind: Kind, text: str, count: int) -> list[tuple[KindIndex, int]]:
        index, found = snapshot.kinds[kind], found_by(snapshot, kind, parse(text))
        if found is None:
            return []
        return [(index, doc) for doc in ranked(found.docs, found.scores, index.title_rank, 0, count).tolist()]

    def similar(self, slug: str, limit: int = 5) -> tuple[str, ...]:
        """Return slugs of the published bundles most like this one, nearest first; empty when it is not published."""
        snapshot = self._follower.current()
        index = snapshot.kinds[Kind.BUNDLE]
        place = index.place(slug)
        if place is None:
            return ()
        own = index.shown(place)
        found = found_by(snapshot, Kind.BUNDLE, parse(f"{own.subject} {own.title}"))
        if found is None:
            return ()
        situation = index.facets["situation"]
        same = situation.mask(situation.names[value] for value in situation.values[situation.docs == place])
        others = found.docs != place
        docs, scores = found.docs[others], found.scores[others]
        scores = np.where(same[docs], scores, scores * _OTHER_SITUATION)
        return tuple(index.shown(doc).key for doc in ranked(docs, scores, index.title_rank, 0, limit).tolist())

"""Takes down searches that found nothing, so that coordinators learn which words are missing.

The search comes first: when the database cannot be written at once, counts wait in memory for a later search, and a
failure here never becomes one of the search. Searches of signed-in people do not count: they try things out.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date

from flask import current_app, g
from sqlalchemy.exc import SQLAlchemyError

from registry.database import Database
from registry.editorial.failed_queries import Failure, add_quickly, kept_text
from registry.moments import now
from registry.search.contract import Kind, SearchRequest, SearchResult
from registry.search.service import SearchService
from registry.web.identity import current_actor
from registry.web.names import names
from registry.web.services import catalogue_tick, services

log = logging.getLogger(__name__)

_EXTENSION = "registry-unanswered"
PATIENCE_MS = 50
"""How long a search waits for another writer."""
PAUSE = 10.0
"""Seconds after a failed attempt in which none is made."""
MAX_WAITING = 1000
"""Distinct texts that wait in memory; more are dropped."""


class Notebook:
    """Counts of failed searches on their way into the database. Safe for threads."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin empty."""
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: Counter[tuple[str, Failure, date]] = Counter()
        self._not_before = 0.0

    def note(self, words: str, failure: Failure, day: date) -> None:
        """Count a failed search, and write down what waits when that is possible at once."""
        key = (words, failure, day)
        with self._lock:
            if key in self._waiting or len(self._waiting) < MAX_WAITING:
                self._waiting[key] += 1
            if self._clock() < self._not_before:
                return
            batch, self._waiting = self._waiting, Counter()
        try:
            add_quickly(self._database, batch, PATIENCE_MS)
        except SQLAlchemyError as error:
            log.warning("failed searches could not be counted now: %s", str(error).splitlines()[0])
            with self._lock:
                self._waiting.update(batch)
                self._not_before = self._clock() + PAUSE


def note_unanswered(request: SearchRequest, result: SearchResult) -> None:
    """Count the search when neither bundles nor OZG services answer it; never raises.

    Counted are first pages of searches without filters, by people who are not signed in. Their answers are not kept
    for others (`web.caching`), so that each one counts.
    """
    try:
        if not request.text or request.page > 1 or any(request.filters.values()) or current_actor().signed_in:
            return
        failure = failure_of(services().search, request, result, catalogue_tick())
        if failure is None or _is_name(request.text):
            return
        g.keep_answer = False
        book: Notebook = current_app.extensions.setdefault(_EXTENSION, Notebook(services().database))
        book.note(kept_text(request.text) or "", failure, now().date())
    except Exception:
        log.exception("a failed search could not be counted")


def failure_of(
    search: SearchService, request: SearchRequest, result: SearchResult, tick: int | None = None
) -> Failure | None:
    """Return how a search failed: nothing found, or only similar words, among bundles and OZG services alike."""
    if result.direct is not None or (result.total and result.exact):
        return None
    kind = Kind.OZG_SERVICE if request.kind is Kind.BUNDLE else Kind.BUNDLE
    other = search.search(SearchRequest(kind, request.text, per_page=1), tick)
    if other.total and other.exact:
        return None
    return Failure.SIMILAR if result.total or other.total else Failure.NOTHING


def hits_now(search: SearchService, words: str, tick: int | None = None) -> tuple[int, int, Failure | None]:
    """Return how many bundles and OZG services a text finds now, and how the search would fail."""
    request = SearchRequest(Kind.BUNDLE, words, per_page=1)
    bundles = search.search(request, tick)
    other = search.search(SearchRequest(Kind.OZG_SERVICE, words, per_page=1), tick)
    if bundles.direct is not None or (bundles.total and bundles.exact) or (other.total and other.exact):
        return bundles.total, other.total, None
    return bundles.total, other.total, Failure.SIMILAR if bundles.total or other.total else Failure.NOTHING


def _is_name(words: str) -> bool:
    """Tell whether the text is the name of a municipality, to whose page the search leads."""
    wanted = words.casefold()
    return any(name.casefold() == wanted for name in names().by_facet["municipality"].values())

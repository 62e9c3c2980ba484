"""Keeps one node's index at the clock: in memory at once, on disk a moment later; heals what is damaged.

The database is the truth. A change is read from it and put into the picture in memory, which is swapped as a whole, so
that readers never wait for each other; a background thread then writes the same change to the Whoosh index, from which
the next start and other processes on the same folder take up. When many changes have gathered, the
background thread reads the index anew.
"""

import gc
import logging
import threading
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlmodel import Session
from whoosh.index import LockError

from registry.database import Database
from registry.search.documents import Document
from registry.search.feed import Changes, Feed
from registry.search.lexicon import Lexicon
from registry.search.snapshot import Snapshot, read_snapshot
from registry.search.store import Store
from registry.search.vocabulary import Vocabulary, VocabularyError

log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]
AT_ONCE = 200
"""Up to so many changed entries are taken over while the reader who noticed them waits (some tens of milliseconds)."""
REBASE = 400
"""When so many entries differ from the base in memory, the index is written and read anew in the background."""
PATIENCE = 2.0
"""Seconds that a reader waits for another thread which is taking a change over, before it takes the old generation."""


class Follower:
    """Holds the snapshot. Safe for threads: readers take the newest one, one thread at a time renews it."""

    def __init__(self, database: Database, index_dir: Path, vocabulary: Vocabulary) -> None:
        """Prepare; the index is opened with the first search."""
        self._database = database
        self._shipped = vocabulary
        self._lexicon = Lexicon(vocabulary)
        self._words_tick = 0
        self._store = Store(index_dir, self._lexicon)
        self._feed = Feed()
        self._lock = threading.RLock()
        self._snapshot: Snapshot | None = None
        self._pending = _Pending()
        self._worker: ThreadPoolExecutor | None = None
        self._busy = False

    @property
    def tick(self) -> int:
        """Return the tick that the snapshot has reached; 0 before the first search."""
        held = self._snapshot
        return held.tick if held else 0

    def current(self, tick: int | None = None) -> Snapshot:
        """Return a generation that has reached the clock, or `tick`."""
        self.catch_up(tick)
        held = self._snapshot
        if held is None:
            raise RuntimeError("the search has no index")
        return held

    def with_words(self, added: Iterable[str], withdrawn: Iterable[str] = ()) -> Snapshot:
        """Return the present generation as it would be with some relations more and others less; nothing is kept.

        Raises VocabularyError for a line that does not follow the format.
        """
        held, gone = self.current(), frozenset(withdrawn)
        with self._database.reading() as session:
            lines = [line for line in self._feed.words(session) if line not in gone]
        lines += [line for line in added if line not in lines]
        return held.speaking(Lexicon(self._shipped.extended(lines, "Eingabe")))

    def catch_up(self, tick: int | None = None) -> int:
        """Bring the snapshot up to the clock, or to a `tick` that the caller has read; return the tick reached.

        A missing or damaged index is rebuilt. When that fails, the last good generation goes on serving. So it does
        while very many changes are being taken over in the background.
        """
        tick = self._database.tick() if tick is None else tick
        held = self._snapshot
        if held is not None and held.tick >= tick:
            return held.tick
        if not self._lock.acquire(timeout=-1 if held is None else PATIENCE):
            return self.tick
        try:
            held = self._snapshot
            if held is None or held.tick < tick:
                self._renew(held)
        except Exception:
            if self._snapshot is None:
                raise
            log.exception("the search index could not follow; serving the generation of tick %d", self.tick)
        finally:
            self._lock.release()
        return self.tick

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build the index anew beside the old one and swap; return the number of documents."""
        with self._lock:
            count = self._rebuild(progress)
            self._snapshot = self._read()
            return count

    def settle(self) -> None:
        """Wait until the background thread has written what is pending."""
        worker = self._worker
        if worker is not None:
            worker.submit(lambda: None).result()

    def close(self) -> None:
        """Write what is pending and let go of the snapshot; the follower may be used again and then reads anew."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.shutdown(wait=True)
        with self._lock:
            self._snapshot = None
            self._pending = _Pending()

    # -- taking changes over -----------------------------------------------------------------------------------

    def _renew(self, held: Snapshot | None) -> None:
        if held is None:
            held = self._opened()
            self._snapshot = held
        with self._database.reading() as session:
            self._learn(session)
            held = held if held.lexicon is self._lexicon else held.speaking(self._lexicon)
            affected = self._feed.affected(session, held.tick, held.services_of)
            if len(affected) > AT_ONCE:
                self._in_background()
                return
            changes = self._feed.changes(session, affected)
        self._take_over(held, changes)
        self._in_background()

    def _learn(self, session: Session) -> None:
        """Take over this installation's own words, when these have changed."""
        tick = self._feed.words_tick(session)
        if tick != self._words_tick:
            self._lexicon = self._lexicon_with(self._feed.words(session))
            self._words_tick = tick

    def _lexicon_with(self, lines: list[str]) -> Lexicon:
        try:
            return Lexicon(self._shipped.extended(lines, "eigene Wörter")) if lines else Lexicon(self._shipped)
        except VocabularyError as error:  # written by another release
            log.warning("the words of this installation are left out: %s", error)
            return Lexicon(self._shipped)

    def _take_over(self, held: Snapshot, changes: Changes) -> None:
        self._pending = self._pending.followed_by(held.tick, changes)
        self._snapshot = held.changed_to(changes.tick, changes.documents, changes.dropped)

    def _in_background(self) -> None:
        if self._busy:
            return
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="search-index")
        self._busy = True
        self._worker.submit(self._write)

    def _write(self) -> None:
        """Write what is pending; read the index anew when it has become very different from the base in memory."""
        try:
            with self._lock:
                self._busy = False
                pending, held = self._pending, self._snapshot
            if held is None:
                return
            with self._database.reading() as session:
                affected = self._feed.affected(session, held.tick, held.services_of)
                many = self._feed.changes(session, affected) if len(affected) > AT_ONCE else None
            if many is not None:
                pending = pending.followed_by(held.tick, many)
            self._put(pending)
            fresh = self._read() if many is not None or held.changes > REBASE else None
            with self._lock:
                self._pending = self._pending.without(pending)
                if fresh is not None and fresh.tick >= pending.tick:
                    self._swap(fresh)
        except LockError:
            log.info("another process is writing the search index; it is written with the next change")
        except Exception as error:  # whatever a damaged file happens to cause
            log.warning("the search index could not be written (%s); rebuilding it", str(error))
            self._heal()

    def _put(self, pending: "_Pending") -> None:
        if pending.tick and not self._store.write(*pending.parts()):
            # The index on disk is older than the changes that were kept: catch it up from the database.
            with self._database.reading() as session:
                everything = self._feed.everything(session)
            self._store.replace(everything.documents, everything.tick)

    def _swap(self, fresh: Snapshot) -> None:
        """Take a new base, and what has changed since it was written on top of it."""
        with self._database.reading() as session:
            affected = self._feed.affected(session, fresh.tick, fresh.services_of)
            changes = self._feed.changes(session, affected)
        fresh = fresh if fresh.lexicon is self._lexicon else fresh.speaking(self._lexicon)
        self._snapshot = fresh.changed_to(changes.tick, changes.documents, changes.dropped)

    def _heal(self) -> None:
        """Build the index anew; searches go on following the database in memory meanwhile."""
        try:
            self._rebuild()
            fresh = self._read()
            with self._lock:
                if self._pending.tick <= fresh.tick:
                    self._pending = _Pending()
                self._swap(fresh)
        except Exception:
            log.exception("the search index could not be rebuilt; serving the generation of tick %d", self.tick)

    # -- the index on disk -------------------------------------------------------------------------------------

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
        with self._database.reading() as session:
            self._learn(session)
        with self._store.reader() as reader:
            return read_snapshot(reader, self._lexicon)

    def _rebuild(self, progress: Progress | None = None) -> int:
        with self._database.reading() as session:
            everything = self._feed.everything(session)
        self._store.replace(everything.documents, everything.tick, progress)
        log.info("search index rebuilt: %d documents at tick %d", len(everything.documents), everything.tick)
        return len(everything.documents)


class _Pending:
    """Changes that are in memory and not yet on disk: after tick `since` up to `tick`."""

    def __init__(self, since: int = 0, tick: int = 0, entries: Iterable[tuple[str, Document | None]] = ()) -> None:
        self.since = since
        self.tick = tick
        self._entries = dict(entries)

    def followed_by(self, since: int, changes: Changes) -> "_Pending":
        """Return these changes with newer ones."""
        entries: dict[str, Document | None] = {**self._entries}
        entries |= dict.fromkeys(changes.dropped)
        entries |= {one.identity: one for one in changes.documents}
        return _Pending(self.since if self.tick else since, changes.tick, entries.items())

    def without(self, written: "_Pending") -> "_Pending":
        """Return what is left when some have been written; a newer change of the same entry stays."""
        left = {key: one for key, one in self._entries.items() if written._entries.get(key, self) is not one}
        return _Pending(written.tick, self.tick, left.items()) if self.tick > written.tick else _Pending()

    def parts(self) -> tuple[list[Document], list[str], int, int]:
        """Return documents, dropped identities, and the ticks that the changes lie between."""
        documents = [one for one in self._entries.values() if one is not None]
        return documents, [key for key, one in self._entries.items() if one is None], self.since, self.tick

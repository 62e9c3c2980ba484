"""The requirements of all published bundles, kept in memory and brought up to the clock when somebody asks."""

import threading

from registry.database import Database
from registry.fit.bulk import BundleRow, Matrix
from registry.fit.outcome import ProductMap
from registry.fit.queries import bundle_rows, kinds_of_capabilities, product_map


class FitCatalogue:
    """One node's matrix of requirements. Safe for threads: each asker gets one immutable matrix.

    Only bundles that have changed since are read anew; some hundred bytes an entry are kept.
    """

    def __init__(self, database: Database) -> None:
        """Prepare; the bundles are read when somebody asks first."""
        self._database = database
        self._lock = threading.Lock()
        self._rows: dict[str, BundleRow] = {}
        self._tick = -1
        self._matrix = Matrix((), ProductMap(), {})

    def matrix(self, tick: int) -> Matrix:
        """Return the matrix as of `tick`, which the caller has just read from the clock, or a later one."""
        if tick > self._tick:
            with self._lock:
                if tick > self._tick:
                    self._read(tick)
        return self._matrix

    def _read(self, tick: int) -> None:
        # What another transaction commits meanwhile has a later tick: it is read again the next time.
        with self._database.reading() as session:
            changed, gone = bundle_rows(session, self._tick)
            products, kinds = product_map(session), kinds_of_capabilities(session)
        known = (self._matrix.products, self._matrix.kinds)
        if changed or gone or products.names != self._matrix.products.names or (products, kinds) != known:
            self._rows = {slug: row for slug, row in self._rows.items() if slug not in gone} | changed
            self._matrix = Matrix(self._rows.values(), products, kinds)
        self._tick = tick

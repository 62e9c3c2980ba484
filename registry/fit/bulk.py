"""Fit of many bodies and all published bundles at once.

A requirement is a place in one long array, the bundles lie one after the other. A profile is turned into a status for
each needed capability by the same rule that judges a single requirement; the rest is one lookup and one sum a profile.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from registry.catalogue.enums import CapabilityKind, FitsKind, RequirementLevel
from registry.fit.outcome import NOT_ASSESSABLE, BundleNeeds, Fit, Need, ProductMap, Status
from registry.fit.rules import OUTSIDE_KIND, OUTSIDE_POPULATION, PENALTY, REFUSED_PENALTY, ancestors, fit, judge
from registry.profiles.profile import BodyProfile

Ints = NDArray[np.int64]
Counts = NDArray[np.int32]
Bools = NDArray[np.bool_]

_MET, _MISSING, _UNKNOWN, _REFUSED = range(4)
_CODES = {Status.MET: _MET, Status.MISSING: _MISSING, Status.UNKNOWN: _UNKNOWN}
_LEVELS = (RequirementLevel.MANDATORY, RequirementLevel.RECOMMENDED)
_BITS = 9
"""Six counts share one integer, so that one sum counts all; an entry has at most 200 requirements (`BundleRecord`)."""
_PLACE = {
    (level, status): _BITS * (3 * number + place)
    for number, level in enumerate(_LEVELS)
    for place, status in enumerate(Status)
}
_ONE = np.array(
    [[1 << _PLACE[level, status] for status in (*Status, Status.MISSING)] for level in _LEVELS], dtype=np.int64
)
_COST = np.array(
    [[0, PENALTY[level], PENALTY[level], PENALTY[level] + REFUSED_PENALTY[level]] for level in _LEVELS],
    dtype=np.int64,
)
_NO_LIMIT = np.iinfo(np.int64).max


class BundleRow(NamedTuple):
    """What the bulk computation reads of a bundle; `needs` are pairs of a capability and whether it is mandatory."""

    slug: str
    title: str
    population_from: int | None
    population_to: int | None
    kinds: tuple[str, ...]
    needs: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, eq=False)
class Ratings:
    """Fit of one body and all bundles, in the order of the matrix."""

    slugs: tuple[str, ...]
    worth: NDArray[np.float32]
    """As in `Fit.worth`."""
    _packed: Ints

    def count(self, level: RequirementLevel, status: Status) -> Counts:
        """Return for each bundle how many of its requirements of a level have a status."""
        return ((self._packed >> _PLACE[level, status]) & ((1 << _BITS) - 1)).astype(np.int32)

    @cached_property
    def assessable(self) -> Bools:
        """Tell which bundles state any mandatory requirement."""
        return np.isfinite(self.worth)


@dataclass(frozen=True)
class Opening:
    """A capability that a body does not have for sure, and what it would change to have it."""

    capability: str
    status: Status
    opened: tuple[str, ...]
    """Slugs of the bundles of which it is all that is unmet of the mandatory requirements, by title."""
    needed: int
    """How many bundles need it."""


class Matrix:
    """The requirements of all published bundles. Immutable, safe for threads."""

    def __init__(self, rows: Iterable[BundleRow], products: ProductMap, kinds: Mapping[str, CapabilityKind]) -> None:
        """Lay out the bundles by slug. `products` and `kinds` are by slug of the capability."""
        ordered = sorted(rows)
        self.slugs = tuple(row.slug for row in ordered)
        self.products, self.kinds = products, kinds
        self._rows = {row.slug: row for row in ordered}
        self._columns = {
            slug: place for place, slug in enumerate(sorted({slug for row in ordered for slug, _ in row.needs}))
        }
        self._needs = np.array(
            [2 * self._columns[slug] + (not mandatory) for row in ordered for slug, mandatory in row.needs],
            dtype=np.int32,
        )
        counts = np.array([len(row.needs) for row in ordered], dtype=np.int64)
        self._owners = np.repeat(np.arange(len(ordered)), counts)
        """For each requirement the place of its bundle."""
        self._stating = counts.nonzero()[0]
        """Places of the bundles that state any requirement."""
        self._assessable = np.array([any(must for _, must in row.needs) for row in ordered], dtype=bool)
        self._starts = (np.cumsum(counts) - counts)[self._stating]
        self._low = np.array([row.population_from or 0 for row in ordered], dtype=np.int64)
        self._high = np.array(
            [_NO_LIMIT if row.population_to is None else row.population_to for row in ordered], dtype=np.int64
        )
        self._meant = {
            kind: np.array([not row.kinds or kind in row.kinds for row in ordered], dtype=bool) for kind in FitsKind
        }
        self._related = self._relations()

    def _relations(self) -> dict[str, list[str]]:
        """Return by what may be stated the needed capabilities whose status that can change: all of its families."""
        products_of: dict[str, set[str]] = {}
        for slug in {*self.products, *self.products.values(), *self._columns}:
            for member in (slug, *ancestors(slug, self.products)):
                products_of.setdefault(member, {member}).add(slug)
        related = {}
        for slug in products_of:
            family = set().union(*(products_of[one] for one in (slug, *ancestors(slug, self.products))))
            related[slug] = [one for one in family if one in self._columns]
        return related

    def title(self, slug: str) -> str:
        """Return the title of a bundle of the matrix."""
        return self._rows[slug].title

    def fit(self, profile: BodyProfile, slug: str) -> Fit | None:
        """Return the fit of one body and one bundle, without notes and dimensions; None for a bundle that is not here.

        It reads nothing from the database: lists show one for each of their entries.
        """
        row = self._rows.get(slug)
        if row is None:
            return None
        names = self.products.names
        needs = BundleNeeds(
            slug=row.slug,
            title=row.title,
            needs=tuple(
                Need(one, names.get(one, one), self.kinds[one], _LEVELS[not mandatory]) for one, mandatory in row.needs
            ),
            fits_population_from=row.population_from,
            fits_population_to=row.population_to,
            fits_kinds=tuple(kind for kind in FitsKind if kind in row.kinds),
        )
        return fit(profile, needs, self.products)

    def rate(self, profile: BodyProfile) -> Ratings:
        """Return the fit of one body with all bundles."""
        codes = self._codes(profile)
        packed = np.zeros(len(self.slugs), dtype=np.int64)
        penalty = np.zeros(len(self.slugs), dtype=np.int64)
        if len(self._stating):
            packed[self._stating] = np.add.reduceat(_ONE[:, codes].T.ravel()[self._needs], self._starts)
            penalty[self._stating] = np.add.reduceat(_COST[:, codes].T.ravel()[self._needs], self._starts)
        if profile.population is not None:
            outside = (self._low > profile.population) | (self._high < profile.population)
            penalty += OUTSIDE_POPULATION * outside
        if profile.fits_kind is not None:
            penalty += OUTSIDE_KIND * ~self._meant[profile.fits_kind]
        worth = np.where(self._assessable, -penalty, NOT_ASSESSABLE).astype(np.float32)
        return Ratings(self.slugs, worth, packed)

    def _codes(self, profile: BodyProfile) -> NDArray[np.int8]:
        """Return the status of each needed capability: only those that a statement can change are judged."""
        codes = np.full(len(self._columns), _UNKNOWN, dtype=np.int8)
        for slug in {one for stated in profile.statements for one in self._related.get(stated, ())}:
            found = judge(slug, self.kinds[slug], profile.statements, self.products)
            codes[self._columns[slug]] = _REFUSED if found.refused else _CODES[found.status]
        return codes

    def openings(self, profile: BodyProfile) -> list[Opening]:
        """Return the needed capabilities that a body lacks or has not stated, those that open most bundles first.

        Whoever gets a product has what it is a product of too: ePayBL also opens bundles that need any E-Payment.
        """
        codes = self._codes(profile)
        mandatory = self._needs % 2 == 0
        columns, owners = self._needs[mandatory] // 2, self._owners[mandatory]
        needed = np.bincount(columns, minlength=len(self._columns))
        unmet = codes[columns] != _MET
        columns, owners = columns[unmet], owners[unmet]
        open_needs = np.bincount(owners, minlength=len(self.slugs))
        chains = {
            slug: [self._columns[one] for one in (slug, *ancestors(slug, self.products)) if one in self._columns]
            for slug in self._columns
        }
        # No product closes more needs than it has ancestors: bundles with more open ones are out at once.
        few = open_needs[owners] <= max(map(len, chains.values()), default=0)
        columns, owners = columns[few], owners[few]
        found = []
        for slug, column in self._columns.items():
            if codes[column] == _MET or not needed[column]:
                continue
            closing = np.zeros(len(self._columns), dtype=bool)
            closing[chains[slug]] = True
            closed = np.bincount(owners[closing[columns]], minlength=len(self.slugs))
            opened = ((open_needs > 0) & (closed == open_needs)).nonzero()[0]
            status = Status.UNKNOWN if codes[column] == _UNKNOWN else Status.MISSING
            slugs = (self.slugs[place] for place in opened)
            by_title = tuple(sorted(slugs, key=lambda one: (self.title(one).casefold(), one)))
            found.append(Opening(slug, status, by_title, int(needed[column])))
        return sorted(found, key=lambda one: (-len(one.opened), -one.needed, one.capability))


def rate_all(matrix: Matrix, profiles: Sequence[BodyProfile]) -> Iterable[Ratings]:
    """Yield the fit of each body with all bundles; one at a time, so that little memory is held."""
    return (matrix.rate(profile) for profile in profiles)

"""Which bodies are alike: by size, kind, IT provider and place, each with its reasons. Pure and symmetric."""

from collections.abc import Iterable
from dataclasses import dataclass

from registry.catalogue.enums import FitsKind

SIZES = (
    (1.2, 4, "ähnliche Größe (höchstens 20 % Unterschied)"),
    (1.5, 3, "ähnliche Größe (höchstens 50 % Unterschied)"),
)
"""Up to which ratio of the larger to the smaller population, points, reason. The first that holds counts."""
FARTHEST_SIZE = (2.0, 1, "höchstens doppelt so groß oder halb so groß")
SAME_PROVIDER, SAME_KIND, SAME_DISTRICT, SAME_REGION = 3, 2, 2, 1
"""Points. Ours: size says most about what a body can carry, the provider about what it has."""
LEAST = 4
"""Points from which two bodies count as alike: size alone within a fifth, or two other features."""
_KINDS = {
    FitsKind.INDEPENDENT_CITY: "kreisfrei",
    FitsKind.DISTRICT_MUNICIPALITY: "kreisangehörig",
    FitsKind.DISTRICT: "Kreis",
}


@dataclass(frozen=True)
class Place:
    """A municipality or Kreis with what it is compared by; `provider` as far as the viewer may know it."""

    kind: str
    """`municipality` or `district`."""
    key: str
    name: str
    """With its designation: „Stadt Soest“."""
    short_name: str = ""
    """As in running text: „Soest“, „Kreis Soest“."""
    fits_kind: FitsKind | None = None
    population: int | None = None
    district_key: str | None = None
    district_name: str | None = None
    admin_region: str | None = None
    provider: str | None = None
    provider_name: str | None = None


@dataclass(frozen=True)
class Peer:
    """A body that is like another one: why, and how much (points, for sorting alone)."""

    place: Place
    reasons: tuple[str, ...]
    points: int
    ratio: float | None
    """Population of the larger to that of the smaller; None: one of them is not known."""


def ratio(one: Place, other: Place) -> float | None:
    """Return how many times the larger is as large as the smaller, None when a population is unknown or zero."""
    if not one.population or not other.population:
        return None
    return max(one.population, other.population) / min(one.population, other.population)


def likeness(one: Place, other: Place) -> Peer:
    """Return how `other` is like `one`; the points and reasons are the same the other way round."""
    times = ratio(one, other)
    points, reasons = 0, []
    for most, worth, reason in (*SIZES, FARTHEST_SIZE):
        if times is not None and times <= most:
            points += worth
            reasons.append(reason)
            break
    if one.fits_kind is not None and one.fits_kind is other.fits_kind:
        points += SAME_KIND
        reasons.append(_KINDS[one.fits_kind])
    if one.provider is not None and one.provider == other.provider:
        points += SAME_PROVIDER
        reasons.append(f"IT-Dienstleister {one.provider_name or one.provider}")
    if one.district_key is not None and one.district_key == other.district_key:
        points += SAME_DISTRICT
        reasons.append(one.district_name or "derselbe Kreis")
    if one.admin_region is not None and one.admin_region == other.admin_region:
        points += SAME_REGION
        reasons.append(f"Regierungsbezirk {one.admin_region}")
    return Peer(other, tuple(reasons), points, times)


def peers(one: Place, others: Iterable[Place], most: int = 20) -> list[Peer]:
    """Return the bodies of the same sort that are most like `one`, at most `most`; never itself.

    A Kreis is compared with Kreise, a municipality with municipalities: their duties differ.
    """
    found = [likeness(one, other) for other in others if other.kind == one.kind and other.key != one.key]
    alike = [peer for peer in found if peer.points >= LEAST]
    return sorted(alike, key=_order)[:most]


def _order(peer: Peer) -> tuple[object, ...]:
    return (-peer.points, peer.ratio is None, peer.ratio or 0.0, peer.place.name, peer.place.key)

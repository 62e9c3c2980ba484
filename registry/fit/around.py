"""Who around a body uses a bundle: customers of the same IT provider, and neighbours. Only what is public."""

from dataclasses import dataclass
from datetime import date
from math import asin, cos, radians, sin, sqrt

from sqlmodel import Session, col, select

from registry.adoption.enums import FINAL
from registry.adoption.queries import PublicAdoption, public_adoptions
from registry.adoption.rules import is_productive
from registry.catalogue.reference import Municipality
from registry.profiles.profile import BodyProfile
from registry.profiles.queries import public_profiles

NEAR_KM = 30.0
"""Within this distance, as the crow flies between the seats, a municipality counts as a neighbour."""
EARTH_KM = 6371.0

Place = tuple[float, float]
"""Latitude and longitude in degrees."""


@dataclass(frozen=True)
class Neighbour:
    """A body that uses the bundle, and how it is near."""

    adoption: PublicAdoption
    same_district: bool
    same_provider: bool
    km: float | None
    """Distance as the crow flies, None where one of the two places is not known."""


@dataclass(frozen=True)
class Around:
    """Public use of a bundle as seen from a body."""

    own: tuple[PublicAdoption, ...]
    """The body's own adoptions."""
    customers: tuple[Neighbour, ...]
    """Other customers of the same provider that use the bundle or are on the way, productive ones first."""
    neighbours: tuple[Neighbour, ...]
    """Productive bodies of the same Kreis or within `NEAR_KM`, nearest first; without those of `customers`."""
    elsewhere: int
    """How many further bodies are productive."""


def kilometres(one: Place, other: Place) -> float:
    """Return the distance on the sphere (haversine formula)."""
    north, south = radians(one[0]), radians(other[0])
    chord = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(radians(other[1] - one[1]) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, chord)))


def around(session: Session, profile: BodyProfile, slug: str, *, today: date, months: int) -> Around:
    """Return who around a body uses a bundle. `months`: how long a confirmation holds."""
    found = [
        one for one in public_adoptions(session, today=today, months=months, slugs=[slug]) if one.step not in FINAL
    ]
    if not found:
        return Around((), (), (), 0)
    places = _Places(session)
    here = places.of(profile.key)
    providers = (
        {(one.kind, one.key): one.provider for one in public_profiles(session)} if profile.provider is not None else {}
    )
    own = tuple(one for one in found if (one.kind, one.body) == (profile.kind, profile.key))
    others = []
    for one in found:
        if one in own:
            continue
        there = places.of(one.body)
        others.append(
            Neighbour(
                adoption=one,
                same_district=profile.district_key is not None
                and places.district(one.kind, one.body) == profile.district_key,
                same_provider=profile.provider is not None
                and profile.provider in (one.provider, providers.get((one.kind, one.body))),
                km=kilometres(here, there) if here is not None and there is not None else None,
            )
        )
    others.sort(key=lambda one: (one.km is None, one.km or 0.0, one.adoption.name))
    customers = sorted((one for one in others if one.same_provider), key=lambda one: not _productive(one))
    neighbours = [one for one in others if _productive(one) and not one.same_provider and _near(one)]
    elsewhere = sum(_productive(one) for one in others) - len(neighbours) - sum(map(_productive, customers))
    return Around(own, tuple(customers), tuple(neighbours), elsewhere)


def _productive(one: Neighbour) -> bool:
    return is_productive(one.adoption.step)


def _near(one: Neighbour) -> bool:
    return one.same_district or (one.km is not None and one.km <= NEAR_KM)


class _Places:
    """Where municipalities lie; a Kreis lies in the middle of its municipalities."""

    def __init__(self, session: Session) -> None:
        """Read the municipal register."""
        self._places: dict[str, Place] = {}
        self._districts: dict[str, str | None] = {}
        parts: dict[str, list[Place]] = {}
        for ags, district, latitude, longitude in session.exec(
            select(Municipality.ags, Municipality.district_key, Municipality.latitude, Municipality.longitude).where(
                col(Municipality.retired).is_(False)
            )
        ):
            self._districts[ags] = district
            if latitude is None or longitude is None:
                continue
            self._places[ags] = (latitude, longitude)
            if district is not None:
                parts.setdefault(district, []).append((latitude, longitude))
        for district, places in parts.items():
            self._places[district] = (
                sum(place[0] for place in places) / len(places),
                sum(place[1] for place in places) / len(places),
            )

    def of(self, key: str) -> Place | None:
        """Return where a body lies, None when that is not known."""
        return self._places.get(key)

    def district(self, kind: str, key: str) -> str | None:
        """Return the key of the Kreis that a body belongs to or is."""
        return key if kind == "district" else self._districts.get(key)

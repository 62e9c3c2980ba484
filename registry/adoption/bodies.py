"""Municipalities and Kreise as those who adopt: found by key, named, chosen by who may declare for them."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.accounts.enums import Role
from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.adoption.models import Adoption
from registry.adoption.sides import served_bodies
from registry.catalogue.reference import District, Municipality, Provider
from registry.profiles.models import CapabilityProfile

MUNICIPALITY = "municipality"
DISTRICT = "district"


@dataclass(frozen=True)
class AdoptingBody:
    """A municipality (`key` is the AGS) or a Kreis (its five-digit key)."""

    kind: str
    key: str
    name: str

    @property
    def municipality(self) -> str | None:
        """Return the AGS of a municipality."""
        return self.key if self.kind == MUNICIPALITY else None

    @property
    def district(self) -> str | None:
        """Return the key of a Kreis."""
        return self.key if self.kind == DISTRICT else None


def find_body(session: Session, key: str) -> AdoptingBody | None:
    """Return a current body by AGS (8 digits) or Kreis key (5 digits), None when there is none (any more)."""
    if len(key) == 8:
        place = session.get(Municipality, key)
        return None if place is None or place.retired else _municipality(place)
    district = session.get(District, key)
    return None if district is None or district.retired else AdoptingBody(DISTRICT, district.key, district.name)


def body_of(session: Session, adoption: Adoption) -> AdoptingBody:
    """Return who adopts, also a body that the register no longer lists."""
    if adoption.municipality is not None:
        return _municipality(session.get_one(Municipality, adoption.municipality))
    district = session.get_one(District, adoption.district)
    return AdoptingBody(DISTRICT, district.key, district.name)


def own_bodies(session: Session, actor: Actor) -> list[AdoptingBody]:
    """Return the bodies for which the actor may declare: the own ones, and those that the own provider serves."""
    keys: list[str] = []
    served: list[str] = []
    for one in _coordinated(session, actor):
        if one.municipality or one.district:
            keys.append(one.municipality or one.district or "")
        elif one.provider:
            served += [row.municipality or row.district or "" for row in served_bodies(session, one.provider)]
    found = [find_body(session, key) for key in dict.fromkeys(keys) if key]
    others = [find_body(session, key) for key in dict.fromkeys(served) if key and key not in keys]
    return [
        *(one for one in found if one is not None),
        *sorted((one for one in others if one is not None), key=lambda one: one.name),
    ]


def all_bodies(session: Session) -> list[AdoptingBody]:
    """Return all current municipalities by name, then all Kreise."""
    places = session.exec(select(Municipality).where(col(Municipality.retired).is_(False)).order_by(Municipality.name))
    districts = session.exec(select(District).where(col(District.retired).is_(False)).order_by(District.name))
    return [
        *(_municipality(one) for one in places),
        *(AdoptingBody(DISTRICT, one.key, one.name) for one in districts),
    ]


def body_keys(session: Session, actor: Actor) -> set[str]:
    """Return AGS and Kreis keys of the bodies on whose side the actor stands, as editor too."""
    numbers = list(actor.roles)
    rows = session.exec(select(Organisation).where(col(Organisation.id).in_(numbers), col(Organisation.active)))
    keys: set[str] = set()
    for one in rows:
        if one.provider:
            keys |= {row.municipality or row.district or "" for row in served_bodies(session, one.provider)}
        else:
            keys.add(one.municipality or one.district or "")
    return keys - {""}


def _coordinated(session: Session, actor: Actor) -> list[Organisation]:
    numbers = [number for number, role in actor.roles.items() if role is Role.COORDINATOR]
    query = select(Organisation).where(col(Organisation.id).in_(numbers), col(Organisation.active))
    return list(session.exec(query.order_by(Organisation.name)))


def _municipality(place: Municipality) -> AdoptingBody:
    return AdoptingBody(MUNICIPALITY, place.ags, f"{place.designation} {place.name}")


def all_providers(session: Session) -> list[tuple[str, str]]:
    """Return slug and name of all current IT providers, by name."""
    query = select(Provider).where(col(Provider.retired).is_(False)).order_by(Provider.name)
    return [(one.slug, one.name) for one in session.exec(query)]


def provider_of(session: Session, body: AdoptingBody) -> str | None:
    """Return the slug of the IT provider that a body's profile names."""
    own = (
        CapabilityProfile.municipality == body.key
        if body.kind == MUNICIPALITY
        else CapabilityProfile.district == body.key
    )
    return session.exec(select(CapabilityProfile.served_by).where(own)).first()

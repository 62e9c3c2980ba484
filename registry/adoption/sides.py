"""The two sides of an adoption: who adopts, who offers, and what a person may do on which side."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.accounts.enums import Role
from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.adoption.models import Adoption
from registry.editorial.stewardship import stewards_of
from registry.profiles.models import CapabilityProfile


@dataclass(frozen=True)
class Sides:
    """Active organisations (ids) on the two sides; None: there is none.

    The body's provider counts on the adopting side, as the body's profile names it; but who answers for the entry
    does not confirm the use of it for others, so a provider that offers the bundle stands on the offering side alone.
    """

    body: int | None
    provider: int | None
    offering: tuple[int, ...]
    """Owner and deputy of the entry; empty: the administration of the registry answers."""

    @property
    def adopting(self) -> tuple[int, ...]:
        """Return who decides on the adopting side, the body first."""
        provider = None if self.provider in self.offering else self.provider
        return tuple(dict.fromkeys(one for one in (self.body, provider) if one is not None))

    def adopts(self, actor: Actor) -> bool:
        """Tell whether the actor decides for the adopting body, and so confirms; administrators do not."""
        return acting_for(actor, self.adopting) is not None

    def offers(self, actor: Actor) -> bool:
        """Tell whether the actor answers for the entry."""
        return acting_for(actor, self.offering) is not None or (actor.is_admin and not self.offering)

    def converses(self, actor: Actor) -> bool:
        """Tell whether the actor reads what the two sides write to each other."""
        on_a_side = any(one in actor.roles for one in (*self.adopting, *self.offering))
        return on_a_side or (actor.is_admin and not self.offering)

    def reads(self, actor: Actor) -> bool:
        """Tell whether the actor sees the adoption with its steps: both sides and the administrators."""
        return actor.is_admin or self.converses(actor)


@dataclass(frozen=True)
class Rights:
    """What a person may do with an adoption."""

    steps: bool = False
    """Take the next step, correct dates and visibility."""
    confirm: bool = False
    deny: bool = False
    """Say that a claim is wrong, or take the own claim back."""
    write: bool = False
    converse: bool = False
    answer: bool = False
    """Decline a request, or take that back."""


def acting_for(actor: Actor, organisations: Iterable[int]) -> int | None:
    """Return the first of these organisations for which the actor decides by role, None when there is none."""
    return next((one for one in organisations if actor.roles.get(one) is Role.COORDINATOR), None)


def rights_of(actor: Actor, adoption: Adoption, sides: Sides) -> Rights:
    """Return what a person may do with an adoption. Pure.

    A claim belongs to who made it until the body confirms it.
    """
    denied = adoption.denied_at is not None
    adopts = sides.adopts(actor) and not denied
    claimed = adoption.confirmed_on is None and not denied
    claims = claimed and is_claimer(actor, adoption)
    is_open = adoption.closed_at is None
    return Rights(
        steps=adopts or claims,
        confirm=adopts and is_open,
        deny=claimed and is_open and (adopts or claims or actor.is_admin),
        write=sides.adopts(actor) or sides.offers(actor),
        converse=sides.converses(actor),
        answer=sides.offers(actor) and adoption.request is not None and is_open,
    )


def is_claimer(actor: Actor, adoption: Adoption) -> bool:
    """Tell whether the actor decides for who declared the adoption."""
    if adoption.declared_by is None:
        return actor.is_admin
    return acting_for(actor, (adoption.declared_by,)) is not None


def sides_of(session: Session, adoption: Adoption) -> Sides:
    """Return the two sides of an adoption."""
    return sides(session, adoption.bundle_id, adoption.municipality, adoption.district)


def sides(session: Session, bundle_id: int, municipality: str | None, district: str | None) -> Sides:
    """Return the two sides of a bundle's reuse by a municipality or a Kreis."""
    own, profile = (
        (Organisation.municipality == municipality, CapabilityProfile.municipality == municipality)
        if municipality is not None
        else (Organisation.district == district, CapabilityProfile.district == district)
    )
    served_by = session.exec(select(CapabilityProfile.served_by).where(profile)).first()
    provider = Organisation.provider == served_by if served_by is not None else None
    stewards = stewards_of(session, bundle_id)
    return Sides(
        body=_active(session, own),
        provider=_active(session, provider) if provider is not None else None,
        offering=_all_active(session, (stewards.owner_id, stewards.deputy_id)),
    )


def served_bodies(session: Session, provider: str) -> list[CapabilityProfile]:
    """Return the profiles of the municipalities and Kreise that name this provider (slug) as theirs."""
    return list(session.exec(select(CapabilityProfile).where(CapabilityProfile.served_by == provider)))


def _active(session: Session, condition: bool) -> int | None:
    return session.exec(select(Organisation.id).where(condition, col(Organisation.active))).first()


def _all_active(session: Session, numbers: Iterable[int | None]) -> tuple[int, ...]:
    wanted = [one for one in numbers if one is not None]
    found = set(session.exec(select(Organisation.id).where(col(Organisation.id).in_(wanted), col(Organisation.active))))
    return tuple(one for one in wanted if one in found)

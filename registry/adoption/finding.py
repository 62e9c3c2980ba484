"""What adoptions refuse, and how an operation finds the one that it works on."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.adoption.bodies import AdoptingBody, body_of
from registry.adoption.enums import Step
from registry.adoption.letters import Occasion
from registry.adoption.models import Adoption
from registry.adoption.sides import Rights, Sides, rights_of, sides_of
from registry.catalogue.messages import Refusal
from registry.catalogue.models import ServiceBundle
from registry.editorial.notices import Link

REGISTER = "die Administration des Registers"


class UnknownAdoptionError(Exception):
    """There is no such adoption, or it is none of this person's business."""

    def __init__(self) -> None:
        super().__init__("Diese Nachnutzung gibt es nicht.")


class AdoptionRefusedError(Exception):
    """An adoption cannot be so; `refusals` name the fields."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("; ".join(one.reason for one in refusals))
        self.refusals = list(refusals)


class DoubleDeclarationError(Exception):
    """The body has an open adoption of the bundle already: the one with this key."""

    def __init__(self, key: str, step: Step) -> None:
        super().__init__(f"Diese Nachnutzung ist schon angemeldet (Stand: {step.label}).")
        self.key = key


class StaleAdoptionError(Exception):
    """Somebody else has changed the adoption since the form was made."""

    def __init__(self) -> None:
        super().__init__("Inzwischen hat jemand anderes diese Nachnutzung geändert.")


@dataclass(frozen=True)
class Found:
    """An adoption with its names, its two sides, and what the actor may do."""

    adoption: Adoption
    bundle: ServiceBundle
    body: AdoptingBody
    sides: Sides
    rights: Rights

    def occasion(self, link: Link) -> Occasion:
        """Return what a mail about this adoption needs."""
        return Occasion(self.adoption, self.sides, self.bundle.title, self.body.name, link)

    def require_version(self, seen: int) -> None:
        """Raise StaleAdoptionError unless the form has seen the adoption as it is now."""
        if seen != self.adoption.version:
            raise StaleAdoptionError


def find(session: Session, actor: Actor, key: str, *, locked: bool = False) -> Found:
    """Return the adoption with a key. Raises UnknownAdoptionError, also for who has nothing to do with it.

    `locked`: others wait until this transaction ends.
    """
    if not key.isprintable():  # PostgreSQL takes no NUL
        raise UnknownAdoptionError
    query = select(Adoption).where(Adoption.key == key)
    adoption = session.exec(query.with_for_update() if locked else query).first()
    if adoption is None:
        raise UnknownAdoptionError
    sides = sides_of(session, adoption)
    if not sides.reads(actor) and not is_of_claimer(actor, adoption):
        raise UnknownAdoptionError
    return Found(
        adoption=adoption,
        bundle=session.get_one(ServiceBundle, adoption.bundle_id),
        body=body_of(session, adoption),
        sides=sides,
        rights=rights_of(actor, adoption, sides),
    )


def is_of_claimer(actor: Actor, adoption: Adoption) -> bool:
    """Tell whether the actor belongs to who claimed the use, who may no longer answer for the entry."""
    return adoption.confirmed_on is None and adoption.declared_by in actor.roles


def organisation_name(session: Session, number: int | None) -> str:
    """Return the name of an organisation; None is the administration of the registry."""
    organisation = session.get(Organisation, number) if number is not None else None
    return organisation.name if organisation is not None else REGISTER

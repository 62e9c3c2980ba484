"""Reads of working copies for the editing pages."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.editorial.applying import EDITABLE, WAITING, UnknownProposalError, bundle_of, four_eyes, stewards_for
from registry.editorial.models import Proposal
from registry.editorial.proposals import find


@dataclass(frozen=True)
class Copy:
    """A working copy with what its editing pages tell and offer."""

    proposal: Proposal
    slug: str | None
    """Of the stored entry, None while there is none."""
    state: State | None
    organisation: str
    may_publish: bool
    four_eyes: bool
    own: bool

    @property
    def editable(self) -> bool:
        """Tell whether this person may go on typing."""
        return self.own and self.proposal.state in EDITABLE

    @property
    def waiting(self) -> bool:
        """Tell whether others decide now, or the time does."""
        return self.proposal.state in WAITING

    @property
    def is_new(self) -> bool:
        """Tell whether the entry is not stored yet."""
        return self.slug is None

    @property
    def is_public(self) -> bool:
        """Tell whether the entry has a public page, which stays as it is until the copy is accepted."""
        return self.state is State.PUBLISHED


def copy_of(session: Session, actor: Actor, key: str) -> Copy:
    """Return a working copy that the actor may see. Raises UnknownProposalError."""
    proposal = find(session, actor, key)
    bundle = bundle_of(session, proposal)
    stewards = stewards_for(session, proposal)
    organisation = session.get(Organisation, stewards.owner_id) if stewards.owner_id is not None else None
    return Copy(
        proposal=proposal,
        slug=bundle.slug if bundle else None,
        state=bundle.state if bundle else None,
        organisation=organisation.name if organisation else "",
        may_publish=stewards.decided_by(actor),
        four_eyes=four_eyes(session, stewards),
        own=proposal.author_id == actor.person_id,
    )


def writes_for(session: Session, actor: Actor) -> list[Organisation]:
    """Return for whom the actor may begin a new entry, by name: the own organisations; an administrator: all."""
    query = select(Organisation).where(col(Organisation.active)).order_by(Organisation.name, col(Organisation.id))
    if not actor.is_admin:
        query = query.where(col(Organisation.id).in_(list(actor.roles)))
    return list(session.exec(query))


def free_slug(session: Session, wanted: str) -> str:
    """Return the address name for a new entry: the wanted one, with a number when others have it."""
    taken = set(session.exec(select(ServiceBundle.slug).where(col(ServiceBundle.slug).startswith(wanted))))
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, len(taken) + 3) if (name := f"{wanted}-{number}") not in taken)


__all__ = ["Copy", "UnknownProposalError", "copy_of", "free_slug", "writes_for"]

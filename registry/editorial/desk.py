"""Reads of the desk: what waits for a person, and what the person has worked on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.editorial.applying import EDITABLE
from registry.editorial.enums import ProposalState
from registry.editorial.inbox import open_suggestions
from registry.editorial.models import Proposal, Stewardship
from registry.editorial.worklists import decided_by
from registry.history import Revision
from registry.reuse.operations import ENTITY

COPIES = 50
RECENT = 6
_STATES = {one.value: one for one in State}


@dataclass(frozen=True)
class OwnCopy:
    """A working copy of the person: `returned` tells that a reviewer gave it back, `note` why."""

    key: str
    title: str
    is_new: bool
    returned: bool
    note: str
    changed_at: datetime


@dataclass(frozen=True)
class RecentEntry:
    """An entry that the person changed lately."""

    slug: str
    title: str
    state: State
    at: datetime


@dataclass(frozen=True)
class Offer:
    """An entry whose ownership is offered to an organisation of the person."""

    slug: str
    title: str
    organisation: str


@dataclass(frozen=True)
class Desk:
    """What waits for a person, and what the person has worked on."""

    copies: tuple[OwnCopy, ...]
    submitted: int
    """Own versions that others review."""
    reviews: int
    suggestions: int
    offers: tuple[Offer, ...]
    recent: tuple[RecentEntry, ...]
    organisations: tuple[tuple[str, str], ...]
    """Name of each organisation of the person, with the role there."""

    @property
    def waits(self) -> bool:
        """Tell whether anything waits for the person."""
        return bool(self.reviews or self.returned or self.suggestions or self.offers)

    @property
    def returned(self) -> int:
        """Return how many working copies a reviewer gave back."""
        return sum(copy.returned for copy in self.copies)


def desk_of(session: Session, actor: Actor) -> Desk:
    """Return the desk of a signed-in person."""
    return Desk(
        copies=_copies(session, actor),
        submitted=_count_submitted(session, actor),
        reviews=reviews_waiting(session, actor),
        suggestions=open_suggestions(session, actor) if actor.coordinates_anywhere else 0,
        offers=_offers(session, actor),
        recent=_recent(session, actor),
        organisations=_organisations(session, actor),
    )


def reviews_waiting(session: Session, actor: Actor) -> int:
    """Return how many submitted versions the actor may decide on."""
    query = (
        select(func.count(col(Proposal.id)))
        .outerjoin(Stewardship, col(Stewardship.bundle_id) == col(Proposal.bundle_id))
        .where(Proposal.state == ProposalState.SUBMITTED, decided_by(actor))
    )
    return session.exec(query).one()


def _copies(session: Session, actor: Actor) -> tuple[OwnCopy, ...]:
    rows = session.exec(
        select(Proposal, ServiceBundle.title)
        .outerjoin(ServiceBundle, col(ServiceBundle.id) == col(Proposal.bundle_id))
        .where(Proposal.author_id == actor.person_id, col(Proposal.state).in_(EDITABLE))
        .order_by((col(Proposal.state) == ProposalState.RETURNED).desc(), col(Proposal.changed_at).desc())
        .limit(COPIES)
    )
    return tuple(
        OwnCopy(
            key=proposal.key,
            title=str(proposal.values.get("title") or title or "") or "Neuer Eintrag ohne Titel",
            is_new=proposal.bundle_id is None,
            returned=proposal.state is ProposalState.RETURNED,
            note=proposal.decision_note,
            changed_at=proposal.changed_at,
        )
        for proposal, title in rows
    )


def _count_submitted(session: Session, actor: Actor) -> int:
    states = (ProposalState.SUBMITTED, ProposalState.SCHEDULED)
    query = select(func.count(col(Proposal.id))).where(
        Proposal.author_id == actor.person_id, col(Proposal.state).in_(states)
    )
    return session.exec(query).one()


def _offers(session: Session, actor: Actor) -> tuple[Offer, ...]:
    rows = session.exec(
        select(ServiceBundle.slug, ServiceBundle.title, Organisation.name)
        .join(Stewardship, col(Stewardship.bundle_id) == col(ServiceBundle.id))
        .join(Organisation, col(Organisation.id) == col(Stewardship.offered_to_id))
        .where(col(Stewardship.offered_to_id).in_(actor.coordinated))
        .order_by(ServiceBundle.title, ServiceBundle.slug)
    )
    return tuple(Offer(*row) for row in rows)


def _recent(session: Session, actor: Actor) -> tuple[RecentEntry, ...]:
    last = (
        select(Revision.entity_key, func.max(Revision.tick).label("tick"), func.max(Revision.at).label("at"))
        .where(Revision.entity == ENTITY, Revision.actor == actor.key)
        .group_by(col(Revision.entity_key))
        .subquery()
    )
    rows = session.exec(
        select(ServiceBundle.slug, ServiceBundle.title, ServiceBundle.state, last.c.at)
        .join(last, last.c.entity_key == col(ServiceBundle.slug))
        .order_by(last.c.tick.desc(), ServiceBundle.slug)
        .limit(RECENT)
    )
    return tuple(RecentEntry(slug, title, _STATES[state], at) for slug, title, state, at in rows)


def _organisations(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    query = select(Organisation).where(col(Organisation.id).in_(list(actor.roles))).order_by(Organisation.name)
    return tuple((one.name, actor.roles[one.id].label) for one in session.exec(query) if one.id is not None)

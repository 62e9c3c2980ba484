"""Reads of the office: lists of entries and of versions to review."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, false, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from registry.accounts.models import Organisation, Person
from registry.accounts.permissions import Actor
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.database import contains
from registry.editorial.applying import EDITABLE, OPEN, UNPUBLISHED
from registry.editorial.enums import ProposalState
from registry.editorial.models import Proposal, Stewardship

PER_PAGE = 50
LONGEST_QUEUE = 200
"""Versions that one list of the queue shows at most, the oldest first."""

_Owner = aliased(Organisation)
_Deputy = aliased(Organisation)


@dataclass(frozen=True)
class EntryFilter:
    """What a list of entries is narrowed to."""

    text: str = ""
    state: State | None = None
    organisation_id: int | None = None
    ownerless: bool = False
    in_work: bool = False
    """Only entries of which the actor has an open working copy."""


@dataclass(frozen=True)
class EntryRow:
    """An entry in a list."""

    bundle: ServiceBundle
    owner: str | None
    deputy: str | None
    own_key: str | None
    """Key of the actor's open working copy."""
    waiting: int
    """Versions that wait for a decision or their time."""


@dataclass(frozen=True)
class EntryPage:
    """A page of the list of entries."""

    rows: Sequence[EntryRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """Return the number of pages, at least one."""
        return max(1, -(-self.total // PER_PAGE))


@dataclass(frozen=True)
class QueueRow:
    """A version in the review queue."""

    proposal: Proposal
    title: str
    author: str
    organisation: str | None
    is_new: bool
    """Tells that the entry has never been public."""


@dataclass(frozen=True)
class Queue:
    """What is under review, from the actor's point of view."""

    waiting: Sequence[QueueRow] = field(default_factory=list)
    mine: Sequence[QueueRow] = field(default_factory=list)
    scheduled: Sequence[QueueRow] = field(default_factory=list)
    returned: Sequence[QueueRow] = field(default_factory=list)


def entries_for(session: Session, actor: Actor, wanted: EntryFilter, page: int) -> EntryPage:
    """Return a page of the entries that the actor's organisations own or stand in for; an administrator's are all."""
    where = [_answered_by(list(actor.roles)) if not actor.is_admin else true()]
    if wanted.text:
        pattern = contains(wanted.text)
        titled = col(ServiceBundle.title).ilike(pattern, escape="\\")
        where.append(titled | col(ServiceBundle.slug).ilike(pattern, escape="\\"))
    if wanted.state is not None:
        where.append(col(ServiceBundle.state) == wanted.state)
    if wanted.organisation_id is not None:
        where.append(_answered_by([wanted.organisation_id]))
    if wanted.ownerless:
        where.append(col(Stewardship.owner_id).is_(None))
    own = (
        select(func.min(Proposal.key))
        .where(
            col(Proposal.bundle_id) == col(ServiceBundle.id),
            Proposal.author_id == actor.person_id,
            col(Proposal.state).in_(EDITABLE),
        )
        .correlate(ServiceBundle)
        .scalar_subquery()
    )
    if wanted.in_work:
        where.append(own.is_not(None))
    waiting = (
        select(func.count(col(Proposal.id)))
        .where(
            col(Proposal.bundle_id) == col(ServiceBundle.id),
            col(Proposal.state).in_((ProposalState.SUBMITTED, ProposalState.SCHEDULED)),
        )
        .correlate(ServiceBundle)
        .scalar_subquery()
    )
    steward = col(Stewardship.bundle_id) == col(ServiceBundle.id)
    total = session.exec(
        select(func.count(col(ServiceBundle.id)))
        .select_from(ServiceBundle)
        .outerjoin(Stewardship, steward)
        .where(*where)
    ).one()
    page = max(1, min(page, -(-total // PER_PAGE)))
    rows = session.execute(
        select(ServiceBundle, _Owner.name, _Deputy.name, own, waiting)  # type: ignore[call-overload]
        .outerjoin(Stewardship, steward)
        .outerjoin(_Owner, col(_Owner.id) == col(Stewardship.owner_id))
        .outerjoin(_Deputy, col(_Deputy.id) == col(Stewardship.deputy_id))
        .where(*where)
        .order_by(ServiceBundle.title, ServiceBundle.slug)
        .offset((page - 1) * PER_PAGE)
        .limit(PER_PAGE)
    )
    return EntryPage([EntryRow(*row) for row in rows], total, page)


def new_copies(session: Session, actor: Actor) -> list[Proposal]:
    """Return the actor's working copies of entries that are not stored yet, the latest first."""
    query = (
        select(Proposal)
        .where(
            Proposal.author_id == actor.person_id,
            col(Proposal.bundle_id).is_(None),
            col(Proposal.state).in_(EDITABLE),
        )
        .order_by(col(Proposal.changed_at).desc())
        .limit(PER_PAGE)
    )
    return list(session.exec(query))


def open_versions(session: Session, bundle: ServiceBundle) -> list[QueueRow]:
    """Return the open versions of an entry, the oldest first."""
    return _rows(session, (col(Proposal.bundle_id) == bundle.id) & col(Proposal.state).in_(OPEN))


def queue_for(session: Session, actor: Actor) -> Queue:
    """Return what waits for the actor's decision, what the actor has in review, what is scheduled and returned."""
    decides = decided_by(actor)
    mine = col(Proposal.author_id) == actor.person_id
    submitted = col(Proposal.state) == ProposalState.SUBMITTED
    scheduled = col(Proposal.state) == ProposalState.SCHEDULED
    return Queue(
        waiting=_rows(session, and_(submitted, decides)),
        mine=_rows(session, and_(submitted, mine)),
        scheduled=_rows(session, and_(scheduled, or_(mine, decides))),
        returned=_rows(session, and_(col(Proposal.state) == ProposalState.RETURNED, mine)),
    )


def organisations_for(session: Session, actor: Actor) -> list[Organisation]:
    """Return the organisations that the actor may choose from in lists: the own ones, for an administrator all."""
    return _active(session, None if actor.is_admin else list(actor.roles))


def active_organisations(session: Session) -> list[Organisation]:
    """Return all organisations in service, by name."""
    return _active(session, None)


def coordinated_organisations(session: Session, actor: Actor) -> list[Organisation]:
    """Return the organisations for which the actor decides, by name; for an administrator all in service."""
    return _active(session, None if actor.is_admin else actor.coordinated)


def _active(session: Session, ids: Collection[int] | None) -> list[Organisation]:
    query = select(Organisation).where(col(Organisation.active)).order_by(Organisation.name, col(Organisation.id))
    return list(session.exec(query if ids is None else query.where(col(Organisation.id).in_(ids))))


def _rows(session: Session, condition: ColumnElement[bool]) -> list[QueueRow]:
    query = (
        select(Proposal, ServiceBundle, Person.name, Organisation.name)
        .join(Person, col(Person.id) == col(Proposal.author_id))
        .outerjoin(ServiceBundle, col(ServiceBundle.id) == col(Proposal.bundle_id))
        .outerjoin(Stewardship, col(Stewardship.bundle_id) == col(Proposal.bundle_id))
        .outerjoin(Organisation, col(Organisation.id) == col(Proposal.organisation_id))
        .where(condition)
        .order_by(col(Proposal.submitted_at), col(Proposal.id))
        .limit(LONGEST_QUEUE)
    )
    return [
        QueueRow(
            proposal,
            bundle.title if bundle else str(proposal.values.get("title") or "Neuer Eintrag"),
            author,
            organisation,
            bundle is None or bundle.state in UNPUBLISHED,
        )
        for proposal, bundle, author, organisation in session.exec(query)
    ]


def decided_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for versions that the actor may decide on; the query must know their stewardship."""
    if actor.is_admin:
        return true()
    own = actor.coordinated
    if not own:
        return false()
    new = col(Proposal.bundle_id).is_(None) & col(Proposal.organisation_id).in_(own)
    return _answered_by(own) | new


def _answered_by(organisations: list[int]) -> ColumnElement[bool]:
    return col(Stewardship.owner_id).in_(organisations) | col(Stewardship.deputy_id).in_(organisations)

"""Which entries a dashboard is about, and their owners."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select
from sqlmodel import Session, col

from registry.accounts.enums import Role
from registry.accounts.models import Membership, Organisation, Person
from registry.accounts.permissions import Actor
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.editorial.models import Proposal, Stewardship
from registry.editorial.quality.kinds import Entry

OPEN_STATES = (State.DRAFT, State.IN_REVIEW, State.PUBLISHED)
"""States of entries that are looked after."""


@dataclass(frozen=True)
class Scope:
    """The entries of these organisations, as owner or deputy; None: all. `unowned`: only those that nobody owns."""

    organisations: frozenset[int] | None = None
    unowned: bool = False

    def bundle_ids(self) -> Any:
        """Return the query of the ids of the entries in scope, in a state that is looked after."""
        query = select(col(ServiceBundle.id)).where(col(ServiceBundle.state).in_(OPEN_STATES))
        if self.unowned or self.organisations is not None:
            query = query.outerjoin(Stewardship, col(Stewardship.bundle_id) == col(ServiceBundle.id))
        return query if (condition := self._owned()) is None else query.where(condition)

    def _owned(self) -> Any:
        if self.unowned:
            return col(Stewardship.owner_id).is_(None)
        if self.organisations is None:
            return None
        ids = sorted(self.organisations)
        return or_(col(Stewardship.owner_id).in_(ids), col(Stewardship.deputy_id).in_(ids))

    def proposals(self) -> Any:
        """Return the condition for proposals in scope: of an organisation, or about one of its entries."""
        if self.unowned:
            return and_(col(Proposal.organisation_id).is_(None), col(Proposal.bundle_id).in_(self.bundle_ids()))
        if self.organisations is None:
            return col(Proposal.id).is_not(None)
        own = col(Proposal.organisation_id).in_(sorted(self.organisations))
        return or_(own, col(Proposal.bundle_id).in_(self.bundle_ids()))


EVERYTHING = Scope()


def scope_of(actor: Actor, organisation: int | None = None, *, unowned: bool = False) -> Scope:
    """Return what an actor sees: an administrator all, others their organisations; narrowed to one when given.

    An organisation that is none of the actor's narrows to nothing.
    """
    if actor.is_admin:
        if unowned:
            return Scope(unowned=True)
        return EVERYTHING if organisation is None else Scope(frozenset({organisation}))
    own = frozenset(actor.roles)
    return Scope(own if organisation is None else own & {organisation})


def entries_of(session: Session, scope: Scope) -> dict[int, Entry]:
    """Return the entries in scope by id, by one query."""
    query = (
        select(
            col(ServiceBundle.id),
            col(ServiceBundle.slug),
            col(ServiceBundle.title),
            col(ServiceBundle.state),
            col(ServiceBundle.verified_on),
            col(ServiceBundle.changed_on),
            col(ServiceBundle.published_on),
            col(ServiceBundle.contact_email),
            col(Stewardship.owner_id),
            col(Stewardship.deputy_id),
        )
        .outerjoin(Stewardship, col(Stewardship.bundle_id) == col(ServiceBundle.id))
        .where(col(ServiceBundle.state).in_(OPEN_STATES))
        .order_by(col(ServiceBundle.title), col(ServiceBundle.slug))
    )
    condition = scope._owned()
    rows = session.execute(query if condition is None else query.where(condition))
    return {row[0]: Entry._make(row) for row in rows}


@dataclass(frozen=True)
class Body:
    """An organisation as findings see it; `able`: active, and somebody decides for it."""

    slug: str
    name: str
    active: bool
    able: bool
    mailbox: str | None


def bodies(session: Session) -> dict[int, Body]:
    """Return all organisations by id, in two queries."""
    coordinated = set(
        session.execute(
            select(col(Membership.organisation_id))
            .join(Person, col(Person.id) == col(Membership.person_id))
            .where(col(Membership.role) == Role.COORDINATOR, col(Person.active))
        ).scalars()
    )
    rows = session.execute(
        select(
            col(Organisation.id),
            col(Organisation.slug),
            col(Organisation.name),
            col(Organisation.active),
            col(Organisation.mailbox),
        ).order_by(col(Organisation.name))
    )
    return {
        number: Body(slug, name, active, active and number in coordinated, mailbox)
        for number, slug, name, active, mailbox in rows
        if number is not None
    }


def months_before(day: date, months: int) -> date:
    """Return the same day some months earlier, or the last day of that month when it has no such day."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")

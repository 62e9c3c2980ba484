"""Reads of the office: the adoptions of the own bodies, requests of others for the own entries, one of them in full."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, true
from sqlmodel import Session, col, select

from registry.accounts.models import Organisation, Person
from registry.accounts.permissions import Actor
from registry.adoption.bodies import body_keys
from registry.adoption.changes import steps_of
from registry.adoption.enums import RequestState, Standing, Step
from registry.adoption.finding import REGISTER, Found, find
from registry.adoption.models import Adoption, AdoptionCorrection, AdoptionMessage, AdoptionStep
from registry.adoption.operations import took
from registry.adoption.rules import expires_on, following_steps, standing_at
from registry.catalogue.models import ServiceBundle
from registry.catalogue.reference import District, Municipality, Provider
from registry.editorial.models import Stewardship

PER_PAGE = 50
SOON = timedelta(days=30)
"""So long before a confirmation expires, its body is reminded."""


class Listed(StrEnum):
    """Which adoptions a list shows."""

    OWN = "unsere"
    REQUESTS = "anfragen"
    ALL = "alle"


@dataclass(frozen=True)
class AdoptionRow:
    """An adoption in a list."""

    key: str
    title: str
    slug: str
    body: str
    step: Step
    request: RequestState | None
    standing: Standing
    expires_on: date | None
    """Until when the confirmation holds; None for what is over or unconfirmed."""
    denied: bool
    is_open: bool
    changed_at: datetime


@dataclass(frozen=True)
class AdoptionPage:
    """A page of a list."""

    rows: Sequence[AdoptionRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """Return the number of pages, at least one."""
        return max(1, -(-self.total // PER_PAGE))


@dataclass(frozen=True)
class StepView:
    """A step with the name of who took it, and what it said before."""

    row: AdoptionStep
    by: str
    corrections: tuple[AdoptionCorrection, ...]


@dataclass(frozen=True)
class MessageView:
    """A message with the names of who wrote it."""

    text: str
    at: datetime
    author: str
    organisation: str


@dataclass(frozen=True)
class AdoptionView:
    """An adoption with all that its page shows to one person."""

    found: Found
    steps: tuple[StepView, ...]
    taken_back: tuple[AdoptionCorrection, ...]
    """Steps that are there no more."""
    messages: tuple[MessageView, ...]
    """Empty for who may not read them."""
    standing: Standing
    expires_on: date | None
    declared_by: str
    confirmed_by: str | None
    provider: str | None
    offered_by: tuple[str, ...]
    """Names of who answers for the entry."""
    next_steps: tuple[Step, ...]
    may_take_back: bool


@dataclass(frozen=True)
class Waiting:
    """What of the adoptions waits for a person, in numbers."""

    requests: int = 0
    claims: int = 0
    expiring: int = 0
    expired: int = 0


def adoptions_for(
    session: Session,
    actor: Actor,
    listed: Listed,
    *,
    today: date,
    months: int,
    closed: bool = False,
    page: int = 1,
) -> AdoptionPage:
    """Return a page of the adoptions that a person sees: open ones, or those that are over; the newest first."""
    scope = _scope(session, actor, listed)
    state = col(Adoption.closed_at).is_not(None) if closed else col(Adoption.closed_at).is_(None)
    counted = select(func.count(col(Adoption.id))).where(scope, state)
    query = (
        select(Adoption, ServiceBundle, Municipality, District)
        .join(ServiceBundle, col(ServiceBundle.id) == col(Adoption.bundle_id))
        .outerjoin(Municipality, col(Municipality.ags) == col(Adoption.municipality))
        .outerjoin(District, col(District.key) == col(Adoption.district))
        .where(scope, state)
        .order_by(col(Adoption.changed_at).desc(), col(Adoption.id).desc())
        .offset((page - 1) * PER_PAGE)
        .limit(PER_PAGE)
    )
    rows = tuple(_row(*one, today=today, months=months) for one in session.exec(query))
    return AdoptionPage(rows, session.exec(counted).one(), page)


def adoption_view(session: Session, actor: Actor, key: str, *, today: date, months: int) -> AdoptionView:
    """Return an adoption as one person may see it. Raises UnknownAdoptionError."""
    found = find(session, actor, key)
    adoption = found.adoption
    steps = steps_of(session, adoption.id)
    corrections = session.exec(
        select(AdoptionCorrection)
        .where(AdoptionCorrection.adoption_id == adoption.id)
        .order_by(col(AdoptionCorrection.id))
    ).all()
    messages = _messages(session, adoption) if found.rights.converse else []
    numbers = {one.organisation_id for one in steps} | {one.organisation_id for one in messages}
    numbers |= {adoption.declared_by, adoption.confirmed_by, *found.sides.offering}
    names = _names(session, numbers)
    people = _people(session, (one.author_id for one in messages))
    provider = session.get(Provider, adoption.provider) if adoption.provider else None
    taken = {one.step for one in steps}
    return AdoptionView(
        found=found,
        steps=tuple(
            StepView(
                row=one,
                by=names.get(one.organisation_id, REGISTER),
                corrections=tuple(row for row in corrections if row.step is one.step and not _taken_back(row)),
            )
            for one in steps
        ),
        taken_back=tuple(row for row in corrections if _taken_back(row) or row.step not in taken),
        messages=tuple(
            MessageView(
                text=one.text,
                at=one.at,
                author=people.get(one.author_id, ""),
                organisation=names.get(one.organisation_id, REGISTER),
            )
            for one in messages
        ),
        standing=standing_at(adoption.step, adoption.confirmed_on, today, months),
        expires_on=_expiry(adoption, months),
        declared_by=names.get(adoption.declared_by, REGISTER),
        confirmed_by=names.get(adoption.confirmed_by) if adoption.confirmed_by else None,
        provider=provider.name if provider is not None else None,
        offered_by=tuple(names[one] for one in found.sides.offering),
        next_steps=following_steps(adoption.step) if found.rights.steps else (),
        may_take_back=found.rights.steps and len(steps) > 1 and took(actor, steps[-1]),
    )


def waiting(session: Session, actor: Actor, *, today: date, months: int) -> Waiting:
    """Return how many requests are open, claims unconfirmed, confirmations about to expire or expired for a person."""
    if not actor.coordinates_anywhere:
        return Waiting()
    asked = select(func.count(col(Adoption.id))).where(
        _scope(session, actor, Listed.REQUESTS),
        Adoption.request == RequestState.OPEN,
        col(Adoption.closed_at).is_(None),
    )
    own = session.exec(
        select(Adoption).where(_scope(session, actor, Listed.OWN), col(Adoption.closed_at).is_(None))
    ).all()
    ends = [expires_on(one.confirmed_on, months) for one in own if one.confirmed_on is not None]
    return Waiting(
        requests=session.exec(asked).one(),
        claims=sum(one.confirmed_on is None for one in own),
        expiring=sum(today < one <= today + SOON for one in ends),
        expired=sum(one <= today for one in ends),
    )


def _scope(session: Session, actor: Actor, listed: Listed) -> ColumnElement[bool]:
    if listed is Listed.ALL:
        return true() if actor.is_admin else false()
    if listed is Listed.OWN:
        keys = sorted(body_keys(session, actor))
        return or_(col(Adoption.municipality).in_(keys), col(Adoption.district).in_(keys)) if keys else false()
    numbers = list(actor.roles)
    mine = or_(col(Stewardship.owner_id).in_(numbers), col(Stewardship.deputy_id).in_(numbers))
    entries = col(Adoption.bundle_id).in_(select(Stewardship.bundle_id).where(mine))
    if not actor.is_admin:
        return entries
    active = select(Organisation.id).where(col(Organisation.active))
    answered = or_(col(Stewardship.owner_id).in_(active), col(Stewardship.deputy_id).in_(active))
    return or_(entries, col(Adoption.bundle_id).not_in(select(Stewardship.bundle_id).where(answered)))


def _row(
    adoption: Adoption,
    bundle: ServiceBundle,
    municipality: Municipality | None,
    district: District | None,
    *,
    today: date,
    months: int,
) -> AdoptionRow:
    return AdoptionRow(
        key=adoption.key,
        title=bundle.title,
        slug=bundle.slug,
        body=f"{municipality.designation} {municipality.name}" if municipality else district.name if district else "",
        step=adoption.step,
        request=adoption.request,
        standing=standing_at(adoption.step, adoption.confirmed_on, today, months),
        expires_on=_expiry(adoption, months),
        denied=adoption.denied_at is not None,
        is_open=adoption.closed_at is None,
        changed_at=adoption.changed_at,
    )


def _expiry(adoption: Adoption, months: int) -> date | None:
    if adoption.confirmed_on is None or adoption.closed_at is not None:
        return None
    return expires_on(adoption.confirmed_on, months)


def _taken_back(row: AdoptionCorrection) -> bool:
    pair: Any = row.changes.get("day")
    return pair is not None and pair[1] is None


def _messages(session: Session, adoption: Adoption) -> list[AdoptionMessage]:
    query = select(AdoptionMessage).where(AdoptionMessage.adoption_id == adoption.id)
    return list(session.exec(query.order_by(col(AdoptionMessage.id))))


def _names(session: Session, numbers: Iterable[int | None]) -> dict[int | None, str]:
    wanted = [one for one in numbers if one is not None]
    rows = session.exec(select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(wanted)))
    return dict(rows.all())


def _people(session: Session, numbers: Iterable[int | None]) -> dict[int | None, str]:
    wanted = {one for one in numbers if one is not None}
    return dict(session.exec(select(Person.id, Person.name).where(col(Person.id).in_(wanted))).all())

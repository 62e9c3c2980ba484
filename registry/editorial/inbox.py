"""Reads of the inbox: suggestions on the desk of those who may take them up."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, false, func, or_
from sqlmodel import Session, col, select

from registry.accounts.models import Organisation, Person
from registry.accounts.permissions import Actor, require
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.editorial.enums import SuggestionKind, SuggestionState
from registry.editorial.models import Proposal, Stewardship, Suggestion
from registry.editorial.spam import key_of
from registry.editorial.stewardship import NOBODY, stewards_of
from registry.editorial.suggestions import GIVEN_UP, existing, may_close, may_take

PAGE = 25
CLOSED = (State.WITHDRAWN, State.ARCHIVED)
"""States in which an entry takes no changes: a suggestion for it can only be answered."""


class Shown(StrEnum):
    """Which suggestions a list shows."""

    OPEN = "offen"
    DECIDED = "entschieden"
    ALL = "alle"


@dataclass(frozen=True)
class InboxRow:
    """A suggestion in the list, with the entry it is about."""

    suggestion: Suggestion
    bundle: ServiceBundle | None


@dataclass(frozen=True)
class InboxItem:
    """A suggestion with all that its page shows, and what the actor may do with it."""

    suggestion: Suggestion
    bundle: ServiceBundle | None
    owner: str | None
    decided_by: str | None
    proposal: Proposal | None
    may_take: bool
    may_close: bool
    may_reopen: bool


def suggestions_for(
    session: Session,
    actor: Actor,
    *,
    shown: Shown = Shown.OPEN,
    kind: SuggestionKind | None = None,
    number: str = "",
    page: int = 1,
) -> tuple[list[InboxRow], int]:
    """Return a page of the suggestions that the actor may take up, and the number of all.

    Open ones the oldest first, others the youngest first. `number` is a number as it was told to the sender.
    """
    query = _mine(select(Suggestion, ServiceBundle), actor)
    query = query.outerjoin(ServiceBundle, col(ServiceBundle.id) == col(Suggestion.bundle_id))
    count = _mine(select(func.count(col(Suggestion.id))), actor)
    wanted: list[Any] = []
    if shown is not Shown.ALL:
        is_open = col(Suggestion.state) == SuggestionState.OPEN
        wanted.append(is_open if shown is Shown.OPEN else ~is_open)
    if kind is not None:
        wanted.append(col(Suggestion.kind) == kind)
    if number:
        key = key_of(number)
        wanted.append(col(Suggestion.key) == key if key else false())
    moment = col(Suggestion.created_at)
    query = query.where(*wanted).order_by(moment if shown is Shown.OPEN else moment.desc(), col(Suggestion.id))
    rows = session.execute(query.offset((page - 1) * PAGE).limit(PAGE))
    return [InboxRow(*row) for row in rows], int(session.execute(count.where(*wanted)).scalar_one())


def open_suggestions(session: Session, actor: Actor) -> int:
    """Return how many open suggestions wait for the actor."""
    query = _mine(select(func.count(col(Suggestion.id))), actor)
    return int(session.execute(query.where(col(Suggestion.state) == SuggestionState.OPEN)).scalar_one())


def inbox_item(session: Session, actor: Actor, key: str) -> InboxItem:
    """Return a suggestion with what the actor may do. Raises UnknownSuggestionError and NotAllowedError."""
    suggestion = existing(session, key)
    stewards = stewards_of(session, suggestion.bundle_id) if suggestion.bundle_id is not None else NOBODY
    takes = may_take(actor, suggestion, stewards)
    require(takes, "Über diesen Hinweis entscheidet eine andere Stelle.")
    is_open = suggestion.state == SuggestionState.OPEN
    proposal = session.exec(select(Proposal).where(Proposal.key == suggestion.proposal_key)).first()
    owner = session.get(Organisation, stewards.owner_id) if stewards.owner_id is not None else None
    person = session.get(Person, suggestion.decided_by) if suggestion.decided_by is not None else None
    given_up = proposal is None or proposal.state in GIVEN_UP
    bundle = session.get(ServiceBundle, suggestion.bundle_id) if suggestion.bundle_id is not None else None
    return InboxItem(
        suggestion=suggestion,
        bundle=bundle,
        owner=owner.name if owner else None,
        decided_by=person.name if person else None,
        proposal=proposal,
        may_take=is_open and (bundle is None or bundle.state not in CLOSED),
        may_close=is_open and may_close(actor, suggestion, stewards),
        may_reopen=suggestion.state == SuggestionState.TAKEN and given_up,
    )


def _mine(query: Any, actor: Actor) -> Select[Any]:
    scoped: Select[Any] = query
    if actor.is_admin:
        return scoped
    own = actor.coordinated
    if not own:
        return scoped.where(false())
    entries = select(Stewardship.bundle_id).where(
        or_(col(Stewardship.owner_id).in_(own), col(Stewardship.deputy_id).in_(own))
    )
    return scoped.where(or_(col(Suggestion.kind) == SuggestionKind.NEW_BUNDLE, col(Suggestion.bundle_id).in_(entries)))

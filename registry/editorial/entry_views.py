"""What the office page of an entry shows: its state, who answers for it, and what this person may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor, require
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.catalogue.rules import following_states
from registry.editorial.applying import UNPUBLISHED
from registry.editorial.entries import may_discard
from registry.editorial.models import Stewardship
from registry.editorial.stewardship import Stewards
from registry.editorial.worklists import QueueRow, open_versions
from registry.reuse.completeness import Completeness, completeness
from registry.reuse.operations import UnknownEntryError
from registry.reuse.records import record_of


@dataclass(frozen=True)
class Rights:
    """What a person may do with an entry."""

    edit: bool
    decide: bool
    hand_over: bool
    """Offer the entry, take the offer back, choose the deputy."""
    answer_offer: bool
    assign: bool
    discard: bool
    confirm: bool
    withdraw: bool
    archive: bool
    reinstate: bool


@dataclass(frozen=True)
class EntryView:
    """An entry on its office page."""

    bundle: ServiceBundle
    owner: Organisation | None
    deputy: Organisation | None
    offered_to: Organisation | None
    offered_at: datetime | None
    versions: Sequence[QueueRow]
    completeness: Completeness
    rights: Rights

    @property
    def is_public(self) -> bool:
        """Tell whether the entry has a readable page."""
        return self.bundle.state in (State.PUBLISHED, State.ARCHIVED)


def entry_view(session: Session, actor: Actor, slug: str) -> EntryView:
    """Return an entry for those who answer for it, and for those to whom it is offered.

    Raises UnknownEntryError, NotAllowedError.
    """
    bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug)).first()
    if bundle is None:
        raise UnknownEntryError(slug)
    row = session.get(Stewardship, bundle.id) or Stewardship(bundle_id=bundle.id or 0)
    stewards = Stewards(row.owner_id, row.deputy_id)
    answers = row.offered_to_id is not None and actor.coordinates_for((row.offered_to_id,))
    require(stewards.edited_by(actor) or answers, "Diesen Eintrag pflegt eine andere Stelle.")
    edits, decides = stewards.edited_by(actor), stewards.decided_by(actor)
    following = following_states(bundle.state)
    is_open = bundle.state in (*UNPUBLISHED, State.PUBLISHED)
    return EntryView(
        bundle=bundle,
        owner=_organisation(session, row.owner_id),
        deputy=_organisation(session, row.deputy_id),
        offered_to=_organisation(session, row.offered_to_id),
        offered_at=row.offered_at,
        versions=open_versions(session, bundle) if edits else (),
        completeness=completeness(record_of(session, bundle)),
        rights=Rights(
            edit=edits and is_open,
            decide=decides,
            hand_over=row.owner_id is not None and actor.coordinates_for((row.owner_id,)),
            answer_offer=answers,
            assign=actor.is_admin,
            discard=edits and may_discard(bundle),
            confirm=decides and bundle.state is State.PUBLISHED,
            withdraw=decides and State.WITHDRAWN in following,
            archive=decides and State.ARCHIVED in following,
            reinstate=decides and bundle.state in (State.WITHDRAWN, State.ARCHIVED),
        ),
    )


def _organisation(session: Session, number: int | None) -> Organisation | None:
    return session.get(Organisation, number) if number is not None else None

"""From a proposed version to its entry: locking, merging with the present, checking, storing."""

import json
from datetime import datetime, timedelta

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError
from sqlmodel import Session, col, select

from registry.accounts.models import Membership, Organisation
from registry.accounts.permissions import Actor, NotAllowedError, require
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.database import Write
from registry.editorial.enums import ProposalState
from registry.editorial.merging import MergeNeededError, merge
from registry.editorial.models import Proposal
from registry.editorial.stewardship import Stewards, set_stewards, stewards_of
from registry.editorial.suggestions import answer_accepted
from registry.editorial.values import Values, clean, content_of, record_from
from registry.history import Author
from registry.moments import now
from registry.reuse.operations import DanglingReferenceError, save_bundle
from registry.reuse.record import BundleRecord
from registry.reuse.records import record_of
from registry.reuse.references import dangling, known_keys

EDITABLE = (ProposalState.WORKING, ProposalState.RETURNED)
"""States in which the author goes on typing."""
WAITING = (ProposalState.SUBMITTED, ProposalState.SCHEDULED)
"""States in which others decide, or the time does."""
OPEN = (*EDITABLE, *WAITING)
UNPUBLISHED = (State.DRAFT, State.IN_REVIEW)
MAX_BYTES = 2_000_000
"""Most that the values of a version may take as JSON: all texts of an entry at their longest take a quarter of it."""
LONGEST_WAIT = timedelta(days=366)


class UnknownProposalError(Exception):
    """There is no such version, or it is not for this person to see."""

    def __init__(self) -> None:
        super().__init__("Diesen Vorgang gibt es nicht, oder er ist nicht für Sie bestimmt.")


class StaleProposalError(Exception):
    """The own working copy was saved in another window meanwhile: `current` is what is stored, `changes` was sent."""

    def __init__(self, current: Proposal, changes: Values) -> None:
        super().__init__("Sie haben diesen Eintrag inzwischen in einem anderen Fenster gespeichert.")
        self.current = current
        self.changes = changes


class FieldsRefusedError(Exception):
    """A save names fields that do not exist, or is too large: refused as a whole."""


class FourEyesError(NotAllowedError):
    """The organisation wants four eyes: nobody decides on the own version."""

    def __init__(self) -> None:
        super().__init__(
            "Bei Ihrer Stelle gilt das Vier-Augen-Prinzip: Ihre Änderung muss eine andere Person freigeben. "
            "Reichen Sie sie zur Prüfung ein."
        )


class EntryClosedError(NotAllowedError):
    """The entry was withdrawn or archived: it takes no changes until it is brought back."""

    def __init__(self, bundle: ServiceBundle) -> None:
        note = f" Grund: {bundle.state_note}" if bundle.state_note else ""
        super().__init__(
            f"Der Eintrag „{bundle.title}“ ist {bundle.state.label} und nimmt keine Änderungen an.{note} "
            "Was Sie geschrieben haben, bleibt gespeichert."
        )
        self.slug = bundle.slug


def own_copy(session: Session, actor: Actor, key: str) -> Proposal:
    """Return the actor's own working copy, locked until the end of the transaction.

    Raises UnknownProposalError when it belongs to somebody else, NotAllowedError when it is no longer in work.
    """
    proposal = locked(session, key)
    if proposal.author_id != actor.person_id:
        raise UnknownProposalError
    label = proposal.state.label
    require(proposal.state in EDITABLE, f"Diese Fassung ist {label} und lässt sich nicht mehr ändern.")
    return proposal


def locked(session: Session, key: str) -> Proposal:
    """Return a version, locked until the end of the transaction. Raises UnknownProposalError."""
    query = select(Proposal).where(Proposal.key == key).with_for_update().execution_options(populate_existing=True)
    proposal = session.exec(query).first()
    if proposal is None:
        raise UnknownProposalError
    return proposal


def put_values(proposal: Proposal, values: Values) -> None:
    """Give a version new values. Raises FieldsRefusedError when they are too large."""
    if len(json.dumps(values, ensure_ascii=False).encode()) > MAX_BYTES:
        raise FieldsRefusedError("Der Eintrag ist zu umfangreich.")
    proposal.values = values
    proposal.version += 1
    proposal.changed_at = now()


def bundle_of(session: Session, proposal: Proposal) -> ServiceBundle | None:
    """Return the entry that a version changes, None while there is none."""
    return session.get(ServiceBundle, proposal.bundle_id) if proposal.bundle_id is not None else None


def others_wait(session: Session, proposal: Proposal) -> bool:
    """Tell whether another version of the same entry waits for a decision or its time."""
    if proposal.bundle_id is None:
        return False
    query = select(Proposal.id).where(
        Proposal.bundle_id == proposal.bundle_id, Proposal.id != proposal.id, col(Proposal.state).in_(WAITING)
    )
    return session.exec(query).first() is not None


def stewards_for(session: Session, proposal: Proposal) -> Stewards:
    """Return who answers for the entry of a version; for a new one the organisation that it is made for."""
    if proposal.bundle_id is None:
        return Stewards(proposal.organisation_id)
    return stewards_of(session, proposal.bundle_id)


def acting_for(actor: Actor, stewards: Stewards) -> int | None:
    """Return the organisation for which the actor changes an entry: the owner, else the deputy that is the own one."""
    mine = (one for one in (stewards.owner_id, stewards.deputy_id) if one in actor.roles)
    return next(mine, stewards.owner_id)


def four_eyes(session: Session, stewards: Stewards) -> bool:
    """Tell whether the owner wants that nobody decides on the own version."""
    owner = session.get(Organisation, stewards.owner_id) if stewards.owner_id is not None else None
    return owner is not None and owner.four_eyes


def check_four_eyes(session: Session, actor: Actor, proposal: Proposal, stewards: Stewards) -> None:
    """Raise FourEyesError when the owner wants four eyes and the actor wrote the version."""
    if proposal.author_id == actor.person_id and four_eyes(session, stewards):
        raise FourEyesError


def rebase(session: Session, proposal: Proposal, bundle: ServiceBundle | None) -> None:
    """Merge a version with what its entry is now, which becomes its base. Raises EntryClosedError, MergeNeededError."""
    if bundle is None:
        return
    if bundle.state not in (*UNPUBLISHED, State.PUBLISHED):
        raise EntryClosedError(bundle)
    if bundle.tick == proposal.base_tick:  # nothing has happened since
        return
    current = content_of(record_of(session, bundle))
    merged = merge(proposal.base, proposal.values | {"slug": bundle.slug}, current)
    if merged.conflicts:
        raise MergeNeededError(proposal.key, merged.conflicts)
    put_values(proposal, merged.values)
    proposal.base, proposal.base_tick = current, bundle.tick
    session.add(proposal)


def check_publishable(session: Session, proposal: Proposal, bundle: ServiceBundle | None) -> BundleRecord:
    """Return the record that would be published. Raises ValidationError, DanglingReferenceError."""
    record = _record(session, proposal, bundle, State.PUBLISHED)
    missing = dangling(record, known_keys(session, [record]))
    if missing:
        raise DanglingReferenceError(record.slug, missing)
    return record


def store(write: Write, proposal: Proposal, bundle: ServiceBundle | None, state: State) -> ServiceBundle:
    """Save a version as its entry in this state; the revision names its author. Returns the entry.

    Raises ValidationError, DanglingReferenceError, StateConflictError.
    """
    session = write.session
    record = _record(session, proposal, bundle, state)
    author = author_of(session, proposal)
    save_bundle(write, record, actor=author, reason=proposal.reason)
    if bundle is None:
        bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == record.slug)).one()
        proposal.bundle_id = bundle.id
        if proposal.organisation_id is not None:
            set_stewards(write, bundle, proposal.organisation_id, None, author=author, reason=proposal.reason)
    session.refresh(bundle)
    content = content_of(record)
    if state is not State.PUBLISHED:  # a published version keeps its base: it shows what the change was
        proposal.base, proposal.base_tick = content, bundle.tick
    put_values(proposal, content)
    session.add(proposal)
    if state is State.PUBLISHED:
        answer_accepted(session, proposal)
    return bundle


def author_of(session: Session, proposal: Proposal) -> Author:
    """Return how the revisions of a version name its author; the organisation only for one of its members."""
    member = session.exec(
        select(Organisation.slug)
        .join(Membership, col(Membership.organisation_id) == col(Organisation.id))
        .where(Membership.person_id == proposal.author_id, Organisation.id == proposal.organisation_id)
    ).first()
    return Author(f"person:{proposal.author_id}", member or "")


def acting_author(session: Session, actor: Actor, stewards: Stewards) -> Author:
    """Return how revisions name an actor: for the owner or the deputy, whichever is the own one, or for neither."""
    number = acting_for(actor, stewards)
    organisation = session.get(Organisation, number) if number in actor.roles else None
    return Author(actor.key, organisation.slug if organisation else "")


def settle(proposal: Proposal, state: ProposalState, actor: Actor, note: str = "") -> None:
    """Note who decided what on a version."""
    proposal.state, proposal.decision_note = state, note
    proposal.decided_by, proposal.decided_at = actor.person_id, now()


def refused(path: str, sentence: str, value: object) -> ValidationError:
    """Return a validation error for one field with a German sentence."""
    line = InitErrorDetails(type=PydanticCustomError("value_error", sentence), loc=(path,), input=value)
    return ValidationError.from_exception_data("BundleRecord", [line])


def _record(session: Session, proposal: Proposal, bundle: ServiceBundle | None, state: State) -> BundleRecord:
    values = clean(proposal.values)
    if bundle is not None:
        note = bundle.state_note if state is bundle.state else None
        return record_from(values | {"slug": bundle.slug}, state=state, note=note)
    record = record_from(values, state=state)
    taken = set(session.exec(select(ServiceBundle.slug).where(col(ServiceBundle.slug).startswith(record.slug))))
    if record.slug not in taken:
        return record
    if values["slug"]:
        raise refused("slug", "Diesen Kurznamen hat schon ein anderer Eintrag.", record.slug)
    number = next(n for n in range(2, len(taken) + 3) if f"{record.slug}-{n}" not in taken)
    return record_from(values | {"slug": f"{record.slug}-{number}"}, state=state)


def is_later(publish_at: datetime | None) -> bool:
    """Tell whether a publication is for later. Raises ValidationError when it is too far away."""
    if publish_at is None or publish_at <= now():
        return False
    if publish_at > now() + LONGEST_WAIT:
        raise refused("publish_at", "Die Veröffentlichung lässt sich höchstens ein Jahr im Voraus vormerken.", None)
    return True

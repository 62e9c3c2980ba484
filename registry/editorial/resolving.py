"""Settling conflicts: the fields in which a version and its entry were changed differently, chosen one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from registry.accounts.permissions import Actor, require
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.editorial.applying import (
    EDITABLE,
    UNPUBLISHED,
    WAITING,
    EntryClosedError,
    UnknownProposalError,
    bundle_of,
    locked,
    put_values,
    stewards_for,
)
from registry.editorial.merging import Conflict, Merged, merge, resolved
from registry.editorial.models import Proposal
from registry.editorial.proposals import find
from registry.editorial.values import content_of
from registry.editorial.versions import revisions_of
from registry.editorial.who import names_of_actors
from registry.reuse.records import record_of

MINE, THEIRS, OWN = "mine", "theirs", "own"


class ChoiceMissingError(Exception):
    """Not every conflict has a choice; `missing` holds their numbers."""

    def __init__(self, missing: list[int]) -> None:
        super().__init__("Bitte wählen Sie für jedes Feld, welche Fassung gelten soll.")
        self.missing = missing


class MovedOnError(Exception):
    """The entry or the version has changed again since the conflicts were shown."""

    def __init__(self) -> None:
        super().__init__("Der Eintrag wurde gerade noch einmal geändert. Bitte wählen Sie anhand des neuen Standes.")


@dataclass(frozen=True)
class Dispute:
    """A conflict with who changed the entry's side last, and when."""

    conflict: Conflict
    by: str
    at: datetime | None


@dataclass(frozen=True)
class Disputed:
    """A version with all its conflicts; `may_write` tells whether the person may also choose a text of the own."""

    proposal: Proposal
    bundle: ServiceBundle
    disputes: tuple[Dispute, ...]
    may_write: bool


def disputed(session: Session, actor: Actor, key: str) -> Disputed | None:
    """Return the conflicts of a version with its entry as it is now, None when there are none.

    Raises UnknownProposalError, NotAllowedError, EntryClosedError.
    """
    proposal, bundle, may_write = _to_settle(session, actor, key, lock=False)
    if bundle is None:
        return None
    merged = _merged(session, proposal, bundle)
    if not merged.conflicts:
        return None
    revisions = revisions_of(session, bundle.slug, after=proposal.base_tick)
    names = names_of_actors(session, {one.actor for one in revisions})
    disputes = []
    for conflict in merged.conflicts:
        last = next((one for one in reversed(revisions) if conflict.field in one.changes), None)
        disputes.append(Dispute(conflict, names[last.actor] if last else "", last.at if last else None))
    return Disputed(proposal, bundle, tuple(disputes), may_write)


def resolve(
    session: Session,
    actor: Actor,
    key: str,
    *,
    seen: tuple[int, int],
    choices: Mapping[int, str],
    texts: Mapping[int, str],
) -> Proposal:
    """Settle the conflicts of a version; its base is the entry as it is now.

    `seen` holds the version of the proposal and the tick of the entry that the choices are about, `choices` one of
    MINE, THEIRS, OWN for each conflict by number, `texts` the own texts. Raises MovedOnError, ChoiceMissingError and
    what `disputed` raises.
    """
    proposal, bundle, may_write = _to_settle(session, actor, key, lock=True)
    if bundle is None or seen != (proposal.version, bundle.tick):
        raise MovedOnError
    merged = _merged(session, proposal, bundle)
    missing = []
    pairs: list[tuple[Conflict, Any]] = []
    for number, conflict in enumerate(merged.conflicts):
        choice = choices.get(number)
        if choice == OWN and may_write and not conflict.item:
            pairs.append((conflict, texts.get(number, "")))
        elif choice in (MINE, THEIRS):
            pairs.append((conflict, conflict.mine if choice == MINE else conflict.theirs))
        else:
            missing.append(number)
    if missing:
        raise ChoiceMissingError(missing)
    values = resolved(merged, lambda one: next(value for conflict, value in pairs if conflict is one))
    put_values(proposal, values)
    proposal.base, proposal.base_tick = content_of(record_of(session, bundle)), bundle.tick
    session.add(proposal)
    return proposal


def _to_settle(session: Session, actor: Actor, key: str, *, lock: bool) -> tuple[Proposal, ServiceBundle | None, bool]:
    proposal = locked(session, key) if lock else find(session, actor, key)
    stewards = stewards_for(session, proposal)
    own = proposal.author_id == actor.person_id
    if not own and not stewards.edited_by(actor):
        raise UnknownProposalError
    require(stewards.edited_by(actor), "Diesen Eintrag pflegt eine andere Stelle.")  # the role may have gone meanwhile
    if proposal.state in EDITABLE:
        require(own, "An dieser Arbeitskopie schreibt jemand anderes.")
    else:
        require(proposal.state in WAITING, f"Diese Fassung ist {proposal.state.label}.")
        require(stewards.decided_by(actor), "Diese Fassung wird geprüft. Ziehen Sie sie zurück, um sie zu ändern.")
    bundle = bundle_of(session, proposal)
    if bundle is not None and lock:  # what is compared and becomes the base must be one state of the entry
        session.refresh(bundle, with_for_update=True)
    if bundle is not None and bundle.state not in (*UNPUBLISHED, State.PUBLISHED):
        raise EntryClosedError(bundle)
    return proposal, bundle, proposal.state in EDITABLE


def _merged(session: Session, proposal: Proposal, bundle: ServiceBundle) -> Merged:
    return merge(proposal.base, proposal.values | {"slug": bundle.slug}, content_of(record_of(session, bundle)))

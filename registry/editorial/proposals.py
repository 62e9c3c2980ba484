"""Proposed versions: a person's working copy, kept while it is typed, applied when it is ready.

An entry that was never published takes in each applied step, unless another version of it waits for a decision: what
is reviewed must be what gets published. A published one stays as it is until a proposed version is accepted. Every
application merges with what the entry has become meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from sqlmodel import Session, col, select

from registry.accounts.audit import audit
from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor, NotAllowedError, require
from registry.accounts.secrets import new_token
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.database import Write
from registry.editorial.applying import (
    EDITABLE,
    OPEN,
    UNPUBLISHED,
    WAITING,
    EntryClosedError,
    FieldsRefusedError,
    FourEyesError,
    StaleProposalError,
    UnknownProposalError,
    acting_for,
    bundle_of,
    check_four_eyes,
    check_publishable,
    is_later,
    others_wait,
    own_copy,
    put_values,
    rebase,
    settle,
    stewards_for,
    store,
)
from registry.editorial.enums import ProposalState
from registry.editorial.merging import MergeNeededError
from registry.editorial.models import Proposal
from registry.editorial.notices import Link, ask_for_review, no_link
from registry.editorial.stewardship import stewards_of
from registry.editorial.values import EMPTY, Values, changed_fields, content_of
from registry.moments import now
from registry.reuse.operations import UnknownEntryError
from registry.reuse.records import record_of

__all__ = [
    "EDITABLE",
    "OPEN",
    "WAITING",
    "EntryClosedError",
    "FieldsRefusedError",
    "FourEyesError",
    "MergeNeededError",
    "Outcome",
    "Result",
    "StaleProposalError",
    "UnknownEntryError",
    "UnknownProposalError",
    "apply",
    "begin",
    "begin_new",
    "discard",
    "find",
    "keep",
    "start_version",
]

Step = Literal["draft", "submit", "publish"]


class Result(StrEnum):
    """What applying a version did."""

    KEPT = "kept"
    WAITS = "waits"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    SCHEDULED = "scheduled"
    UNCHANGED = "unchanged"


SENTENCES = {
    Result.KEPT: "Ihre Arbeitskopie ist gespeichert. Der veröffentlichte Eintrag ist unverändert.",
    Result.WAITS: "Ihre Arbeitskopie ist gespeichert. Der Eintrag ist in Prüfung und bleibt bis dahin, wie er ist.",
    Result.DRAFT: "Der Entwurf ist gespeichert.",
    Result.SUBMITTED: "Die Änderung ist zur Prüfung eingereicht.",
    Result.PUBLISHED: "Der Eintrag ist veröffentlicht.",
    Result.SCHEDULED: "Die Veröffentlichung ist vorgemerkt.",
    Result.UNCHANGED: "Es gibt nichts zu ändern: Der Eintrag ist schon so.",
}


@dataclass(frozen=True)
class Outcome:
    """What applying a version did; `sentence` says it in German, `slug` is None while no entry is stored."""

    key: str
    slug: str | None
    result: Result

    @property
    def sentence(self) -> str:
        """Return the German sentence for the person."""
        return SENTENCES[self.result]


def begin(session: Session, actor: Actor, slug: str) -> Proposal:
    """Return the actor's open working copy of an entry, or a new one of the entry as it is now.

    Raises UnknownEntryError, NotAllowedError, and EntryClosedError for a withdrawn or archived entry.
    """
    bundle = _editable(session, actor, slug)
    own = session.exec(
        select(Proposal)
        .where(
            Proposal.bundle_id == bundle.id,
            Proposal.author_id == actor.person_id,
            col(Proposal.state).in_(EDITABLE),
        )
        .order_by(col(Proposal.changed_at).desc())
    ).first()
    if own is not None:
        return own
    return _copy_of(session, actor, bundle, {})


def start_version(session: Session, actor: Actor, slug: str, values: Mapping[str, Any]) -> Proposal:
    """Begin a further version of an entry with these values, beside a working copy that the actor may have.

    Raises like `begin`.
    """
    return _copy_of(session, actor, _editable(session, actor, slug), values)


def begin_new(
    session: Session,
    actor: Actor,
    organisation_id: int | None,
    *,
    values: Mapping[str, Any] | None = None,
    suggestion_id: int | None = None,
) -> Proposal:
    """Begin a new entry that this organisation will own; None: nobody yet, for administrators.

    Raises NotAllowedError, and FieldsRefusedError for values of unknown fields.
    """
    require(actor.edits_for((organisation_id,)), "Für diese Stelle dürfen Sie keine Einträge anlegen.")
    if organisation_id is not None:
        organisation = session.get(Organisation, organisation_id)
        require(organisation is not None and organisation.active, "Diese Stelle gibt es nicht.")
    return _add(
        session,
        actor,
        organisation_id=organisation_id,
        base=dict(EMPTY),
        values=EMPTY | _allowed(values or {}, new=True),
        suggestion_id=suggestion_id,
    )


def keep(session: Session, actor: Actor, key: str, version: int, changes: Mapping[str, Any]) -> Proposal:
    """Save fields of the own working copy as they are typed; nothing is validated yet.

    `version` is the one that the form carried. Raises UnknownProposalError, NotAllowedError while others decide,
    StaleProposalError, FieldsRefusedError.
    """
    proposal = own_copy(session, actor, key)
    allowed = _allowed(changes, new=proposal.bundle_id is None)
    if proposal.version != version:
        session.expunge(proposal)  # stays readable after the rollback
        raise StaleProposalError(proposal, allowed)
    put_values(proposal, proposal.values | allowed)
    session.add(proposal)
    session.flush()
    return proposal


def discard(session: Session, actor: Actor, key: str) -> None:
    """Give up the own working copy; a stored draft of the entry stays. Raises like `keep`."""
    proposal = own_copy(session, actor, key)
    proposal.state = ProposalState.DISCARDED
    proposal.decided_at = now()
    session.add(proposal)


def find(session: Session, actor: Actor, key: str) -> Proposal:
    """Return a version that the actor may see: the author, and who edits or decides for the entry.

    Raises UnknownProposalError, also for those who may not see it: the key of a version tells nothing.
    """
    proposal = session.exec(select(Proposal).where(Proposal.key == key)).first()
    if proposal is None or not (
        proposal.author_id == actor.person_id or stewards_for(session, proposal).edited_by(actor)
    ):
        raise UnknownProposalError
    return proposal


def apply(
    write: Write,
    actor: Actor,
    key: str,
    *,
    step: Step,
    reason: str = "",
    publish_at: datetime | None = None,
    link: Link = no_link,
) -> Outcome:
    """Take the own working copy a step on: store it as draft, submit it for review, or publish it.

    Raises UnknownProposalError, NotAllowedError (FourEyesError, EntryClosedError), MergeNeededError,
    pydantic.ValidationError and DanglingReferenceError, each out of `writing()`, so that nothing is written and
    the working copy keeps what was typed.
    """
    session = write.session
    proposal = own_copy(session, actor, key)
    bundle = bundle_of(session, proposal)
    stewards = stewards_for(session, proposal)
    require(stewards.edited_by(actor), "Diesen Eintrag pflegt eine andere Stelle.")
    if step == "publish":
        require(
            stewards.decided_by(actor), "Veröffentlichen darf nur die OZG-Koordination. Reichen Sie zur Prüfung ein."
        )
        check_four_eyes(session, actor, proposal, stewards)
    proposal.reason = reason.strip()[:500] or proposal.reason
    rebase(session, proposal, bundle)
    if bundle is not None and step != "draft" and bundle.state is State.PUBLISHED and _is_unchanged(proposal):
        return _outcome(proposal, bundle, Result.UNCHANGED)
    if step == "draft":
        if bundle is not None and bundle.state is State.PUBLISHED:
            return _outcome(proposal, bundle, Result.KEPT)
        if others_wait(session, proposal):
            return _outcome(proposal, bundle, Result.WAITS)
        bundle = store(write, proposal, bundle, State.DRAFT if bundle is None else bundle.state)
        return _outcome(proposal, bundle, Result.DRAFT)
    if step == "publish" and not is_later(publish_at):
        bundle = store(write, proposal, bundle, State.PUBLISHED)
        settle(proposal, ProposalState.ACCEPTED, actor)
        audit(session, actor.key, "proposal.published", bundle.slug, proposal=proposal.key)
        return _outcome(proposal, bundle, Result.PUBLISHED)
    check_publishable(session, proposal, bundle)
    if bundle is None or (bundle.state is not State.PUBLISHED and not others_wait(session, proposal)):
        bundle = store(write, proposal, bundle, State.IN_REVIEW)
    proposal.submitted_at = now()
    proposal.publish_at = publish_at if is_later(publish_at) else None
    proposal.decision_note = ""
    if step == "publish":
        settle(proposal, ProposalState.SCHEDULED, actor)
        audit(session, actor.key, "proposal.scheduled", bundle.slug, proposal=proposal.key, at=_iso(publish_at))
        return _outcome(proposal, bundle, Result.SCHEDULED)
    proposal.state = ProposalState.SUBMITTED
    session.add(proposal)
    audit(session, actor.key, "proposal.submitted", bundle.slug, proposal=proposal.key)
    ask_for_review(session, proposal, bundle.title, (stewards.owner_id, stewards.deputy_id), link)
    return _outcome(proposal, bundle, Result.SUBMITTED)


def _editable(session: Session, actor: Actor, slug: str) -> ServiceBundle:
    # Locked, so that two clicks do not make two copies.
    query = select(ServiceBundle).where(ServiceBundle.slug == slug).with_for_update()
    bundle = session.exec(query).first()
    if bundle is None:
        raise UnknownEntryError(slug)
    require(stewards_of(session, bundle.id).edited_by(actor), "Diesen Eintrag pflegt eine andere Stelle.")
    if bundle.state not in (*UNPUBLISHED, State.PUBLISHED):
        raise EntryClosedError(bundle)
    return bundle


def _copy_of(session: Session, actor: Actor, bundle: ServiceBundle, changes: Mapping[str, Any]) -> Proposal:
    content = content_of(record_of(session, bundle))
    return _add(
        session,
        actor,
        bundle_id=bundle.id,
        organisation_id=acting_for(actor, stewards_of(session, bundle.id)),
        base=content,
        values=content | _allowed(changes, new=False),
        base_tick=bundle.tick,
    )


def _is_unchanged(proposal: Proposal) -> bool:
    return not changed_fields(proposal.base, proposal.values)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _outcome(proposal: Proposal, bundle: ServiceBundle | None, result: Result) -> Outcome:
    return Outcome(proposal.key, None if bundle is None else bundle.slug, result)


def _allowed(changes: Mapping[str, Any], *, new: bool) -> Values:
    unknown = sorted(set(changes) - set(EMPTY) | (set() if new else {"slug"} & set(changes)))
    if unknown:
        raise FieldsRefusedError("Diese Felder gibt es hier nicht: " + ", ".join(unknown)[:200])
    return dict(changes)


def _add(session: Session, actor: Actor, **fields: Any) -> Proposal:
    if actor.person_id is None:
        raise NotAllowedError("Bitte melden Sie sich an.")
    proposal = Proposal(key=new_token(), author_id=actor.person_id, **fields)
    put_values(proposal, proposal.values)
    proposal.version = 0
    session.add(proposal)
    session.flush()
    return proposal

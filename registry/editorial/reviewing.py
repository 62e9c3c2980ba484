"""Deciding on proposed versions: accept, give back, decline, comment. Nobody decides twice on one version."""

from datetime import datetime

from sqlmodel import Session, col, select

from registry.accounts.audit import audit
from registry.accounts.models import Person
from registry.accounts.permissions import Actor, NotAllowedError, require
from registry.accounts.sessions import actor_of
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.database import Write
from registry.editorial.applying import (
    UNPUBLISHED,
    WAITING,
    FourEyesError,
    UnknownProposalError,
    acting_author,
    author_of,
    bundle_of,
    check_four_eyes,
    check_publishable,
    is_later,
    locked,
    rebase,
    refused,
    settle,
    stewards_for,
    store,
)
from registry.editorial.enums import ProposalState
from registry.editorial.models import Proposal, ReviewComment
from registry.editorial.notices import Link, no_link, tell_author
from registry.editorial.scheduling import publish_due, reopen
from registry.editorial.stewardship import Stewards
from registry.editorial.values import label_of, labels

__all__ = [
    "AlreadyDecidedError",
    "accept",
    "comment",
    "comments_of",
    "decline",
    "give_back",
    "publish_due",
    "take_back",
]

MAX_NOTE = 2000


class ReviewOutdatedError(Exception):
    """The version or its entry is no longer what the review showed."""

    def __init__(self) -> None:
        super().__init__(
            "Die Fassung wurde geändert, seit Sie diese Seite geöffnet haben. Hier steht ihr neuer Stand: "
            "Bitte sehen Sie ihn durch und entscheiden Sie noch einmal."
        )


class AlreadyDecidedError(Exception):
    """Somebody has decided on the version meanwhile, or its author has taken it back."""

    def __init__(self, proposal: Proposal, person: str) -> None:
        by = f" durch {person}" if person else ""
        super().__init__(f"Über diese Fassung ist schon entschieden: {proposal.state.label}{by}.")
        self.key = proposal.key


def accept(
    write: Write,
    actor: Actor,
    key: str,
    note: str = "",
    *,
    publish_at: datetime | None = None,
    override: bool = False,
    seen: str | None = None,
    link: Link = no_link,
) -> Proposal:
    """Publish a version, or schedule its publication.

    `seen` is what `seen_of` said when the review was shown: nothing is accepted that nobody has looked at. Under four
    eyes nobody accepts the own version; an administrator may with `override` and a reason in `note`, which the audit
    log keeps. Raises UnknownProposalError, NotAllowedError (FourEyesError, EntryClosedError), AlreadyDecidedError,
    ReviewOutdatedError, MergeNeededError, ValidationError and DanglingReferenceError.
    """
    session = write.session
    proposal, stewards = _to_decide(session, actor, key)
    note = _checked_note(note, needed=override)
    overridden = False
    try:
        check_four_eyes(session, actor, proposal, stewards)
    except FourEyesError:
        if not (override and actor.is_admin):
            raise
        overridden = True
    bundle = bundle_of(session, proposal)
    if seen is not None and seen != seen_of(proposal, bundle):
        raise ReviewOutdatedError
    rebase(session, proposal, bundle)
    record = check_publishable(session, proposal, bundle)
    if is_later(publish_at):
        settle(proposal, ProposalState.SCHEDULED, actor, note)
        proposal.publish_at = publish_at
        session.add(proposal)
        news = "Ihre Fassung ist übernommen und zur Veröffentlichung vorgemerkt."
        action = "proposal.scheduled"
    else:
        store(write, proposal, bundle, State.PUBLISHED)
        settle(proposal, ProposalState.ACCEPTED, actor, note)
        news = "Ihre Fassung ist übernommen und veröffentlicht."
        action = "proposal.accepted"
    details = {"four_eyes_overridden": note} if overridden else {}
    audit(session, actor.key, action, record.slug, proposal=key, **details)
    if proposal.author_id != actor.person_id:
        tell_author(session, proposal, record.title, news, note, link)
    return proposal


def seen_of(proposal: Proposal, bundle: ServiceBundle | None) -> str:
    """Return what tells one state of a review from another: of the version, and of an entry that nobody has approved.

    What changes a published entry meanwhile was approved by itself; the version merges with it.
    """
    unpublished = bundle is not None and bundle.state in UNPUBLISHED
    return f"{proposal.version}-{bundle.tick if bundle is not None and unpublished else 0}"


def give_back(write: Write, actor: Actor, key: str, note: str, *, link: Link = no_link) -> Proposal:
    """Give a version back to its author, who edits again. Raises ValidationError without a note; see `accept`."""
    news = "Ihre Fassung ist zur Überarbeitung zurückgegeben."
    return _refuse(write, actor, key, note, ProposalState.RETURNED, "proposal.returned", news, link)


def decline(write: Write, actor: Actor, key: str, note: str, *, link: Link = no_link) -> Proposal:
    """Decline a version for good. Raises ValidationError without a note; see `accept`."""
    news = "Ihre Fassung ist abgelehnt."
    return _refuse(write, actor, key, note, ProposalState.DECLINED, "proposal.declined", news, link)


def take_back(write: Write, actor: Actor, key: str) -> Proposal:
    """Take the own version out of review, to go on typing.

    Raises UnknownProposalError, and AlreadyDecidedError when somebody was faster.
    """
    session = write.session
    proposal = locked(session, key)
    if proposal.author_id != actor.person_id:
        raise UnknownProposalError
    _check_waiting(session, proposal)
    proposal.state, proposal.publish_at = ProposalState.WORKING, None
    session.add(proposal)
    bundle = bundle_of(session, proposal)
    reopen(write, proposal, bundle, author_of(session, proposal), "aus der Prüfung zurückgezogen")
    audit(session, actor.key, "proposal.taken_back", _slug(bundle), proposal=key)
    return proposal


def comment(
    session: Session, actor: Actor, key: str, text: str, field: str = "", *, link: Link = no_link
) -> ReviewComment:
    """Remark on a version, as a whole or on one field; the author is told, or who remarked before.

    Raises UnknownProposalError, and ValidationError for an empty or overlong text or an unknown field.
    """
    proposal = locked(session, key)
    if proposal.author_id != actor.person_id and not stewards_for(session, proposal).edited_by(actor):
        raise UnknownProposalError
    if actor.person_id is None:
        raise NotAllowedError("Bitte melden Sie sich an.")
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise refused("text", "Die Anmerkung ist leer.", text)
    if len(text) > MAX_NOTE:
        raise refused("text", f"Höchstens {MAX_NOTE} Zeichen sind erlaubt.", None)
    if field and field not in labels():
        raise refused("field", "Dieses Feld gibt es nicht.", field)
    before = comments_of(session, proposal)
    remark = ReviewComment(proposal_id=proposal.id or 0, author_id=actor.person_id, field=field, text=text)
    session.add(remark)
    session.flush()
    title = title_of(session, proposal)
    news = f"{actor.name} hat eine Anmerkung" + (f" zu „{label_of(field)}“" if field else "") + " geschrieben."
    if proposal.author_id != actor.person_id:
        tell_author(session, proposal, title, news, text, link)
    else:
        stewards = stewards_for(session, proposal)
        for person_id in sorted({one.author_id for one in before} - {actor.person_id}):
            person = session.get(Person, person_id)  # whose role has gone since reads no further
            if person is not None and stewards.edited_by(actor_of(session, person)):
                tell_author(session, proposal, title, news, text, link, person_id=person_id)
    return remark


def comments_of(session: Session, proposal: Proposal) -> list[ReviewComment]:
    """Return the remarks on a version, oldest first."""
    query = select(ReviewComment).where(ReviewComment.proposal_id == proposal.id).order_by(col(ReviewComment.id))
    return list(session.exec(query))


def title_of(session: Session, proposal: Proposal) -> str:
    """Return what a version is called in lists and mails."""
    bundle = bundle_of(session, proposal)
    typed = proposal.values.get("title")
    return bundle.title if bundle is not None else (str(typed) if typed else "Neuer Eintrag")


def _to_decide(session: Session, actor: Actor, key: str) -> tuple[Proposal, Stewards]:
    proposal = locked(session, key)
    stewards = stewards_for(session, proposal)
    if not stewards.edited_by(actor) and proposal.author_id != actor.person_id:
        raise UnknownProposalError
    require(stewards.decided_by(actor), "Über Fassungen dieses Eintrags entscheidet die OZG-Koordination der Stelle.")
    _check_waiting(session, proposal)
    return proposal, stewards


def _check_waiting(session: Session, proposal: Proposal) -> None:
    if proposal.state not in WAITING:
        person = session.get(Person, proposal.decided_by) if proposal.decided_by else None
        raise AlreadyDecidedError(proposal, person.name if person else "")


def _refuse(
    write: Write, actor: Actor, key: str, note: str, state: ProposalState, action: str, news: str, link: Link
) -> Proposal:
    session = write.session
    proposal, stewards = _to_decide(session, actor, key)
    note = _checked_note(note, needed=True)
    settle(proposal, state, actor, note)
    proposal.publish_at = None
    session.add(proposal)
    bundle = bundle_of(session, proposal)
    reopen(write, proposal, bundle, acting_author(session, actor, stewards), note)
    audit(session, actor.key, action, _slug(bundle), proposal=key)
    if proposal.author_id != actor.person_id:
        tell_author(session, proposal, title_of(session, proposal), news, note, link)
    return proposal


def _checked_note(note: str, *, needed: bool) -> str:
    note = note.replace("\r\n", "\n").strip()
    if needed and not note:
        raise refused("note", "Bitte begründen Sie die Entscheidung.", note)
    if len(note) > MAX_NOTE:
        raise refused("note", f"Höchstens {MAX_NOTE} Zeichen sind erlaubt.", None)
    return note


def _slug(bundle: ServiceBundle | None) -> str:
    return bundle.slug if bundle is not None else ""

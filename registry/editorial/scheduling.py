"""Publication at a set time: due versions are published by whichever node comes first."""

import logging
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from registry.accounts.audit import audit
from registry.accounts.permissions import NotAllowedError
from registry.catalogue.enums import State
from registry.catalogue.messages import Refusal, refusals
from registry.catalogue.models import ServiceBundle
from registry.catalogue.rules import StateConflictError
from registry.database import Database, Write
from registry.editorial.applying import (
    FieldsRefusedError,
    author_of,
    bundle_of,
    locked,
    others_wait,
    rebase,
    store,
)
from registry.editorial.enums import ProposalState
from registry.editorial.merging import MergeNeededError
from registry.editorial.models import Proposal
from registry.editorial.notices import Link, no_link, tell_author
from registry.editorial.values import content_of, label_of, record_from
from registry.history import Author
from registry.moments import now
from registry.reuse.operations import DanglingReferenceError, save_bundle
from registry.reuse.records import record_of

log = logging.getLogger(__name__)

ACTOR = "scheduling"  # the program's name in the audit log


class _SettledError(Exception):
    """Another node was faster."""


def publish_due(database: Database, at: datetime | None = None, *, link: Link = no_link) -> int:
    """Publish the versions whose time has come; return their number.

    One that no longer merges or no longer validates goes back to its author with the reason, by mail; one that fails
    otherwise is logged and never keeps the others from their time. Safe to run on several nodes at once: each version
    is locked, and looked at again under the lock.
    """
    at = at or now()
    with database.reading() as session:
        query = (
            select(Proposal.key)
            .where(Proposal.state == ProposalState.SCHEDULED, col(Proposal.publish_at) <= at)
            .order_by(col(Proposal.publish_at), col(Proposal.id))
        )
        keys = list(session.exec(query))
    return sum(_guarded(database, key, at, link) for key in keys)


def reopen(write: Write, proposal: Proposal, bundle: ServiceBundle | None, author: Author, reason: str) -> None:
    """Make an unpublished entry a draft again when no version of it waits any more."""
    session = write.session
    if bundle is None or bundle.state is not State.IN_REVIEW:
        return
    session.flush()
    if not others_wait(session, proposal):
        record = record_from(content_of(record_of(session, bundle)), state=State.DRAFT)
        save_bundle(write, record, actor=author, reason=reason[:500])
        proposal.base_tick = bundle.tick
        session.add(proposal)


def _guarded(database: Database, key: str, at: datetime, link: Link) -> bool:
    try:
        return _publish(database, key, at, link)
    except SQLAlchemyError:  # the database itself fails: the whole task comes again
        raise
    except Exception:
        log.exception("scheduled publication of %s failed", key)
        return False


def _publish(database: Database, key: str, at: datetime, link: Link) -> bool:
    try:
        with database.writing() as write:
            proposal = _still_due(write, key, at)
            bundle = bundle_of(write.session, proposal)
            rebase(write.session, proposal, bundle)
            bundle = store(write, proposal, bundle, State.PUBLISHED)
            proposal.state = ProposalState.ACCEPTED
            write.session.add(proposal)
            audit(write.session, ACTOR, "proposal.published", bundle.slug, proposal=key)
            news = "Ihre Fassung ist zum vorgemerkten Zeitpunkt veröffentlicht worden."
            tell_author(write.session, proposal, bundle.title, news, "", link)
        return True
    except _SettledError:
        return False
    except (
        MergeNeededError,
        ValidationError,
        DanglingReferenceError,
        NotAllowedError,
        StateConflictError,
        FieldsRefusedError,
    ) as error:
        log.warning("scheduled publication of %s failed: %s", key, type(error).__name__)
        _give_back(database, key, at, _reason(error), link)
        return False


def _give_back(database: Database, key: str, at: datetime, note: str, link: Link) -> None:
    try:
        with database.writing() as write:
            session = write.session
            proposal = _still_due(write, key, at)
            proposal.state, proposal.decision_note, proposal.publish_at = ProposalState.RETURNED, note, None
            session.add(proposal)
            bundle = bundle_of(session, proposal)
            reopen(write, proposal, bundle, author_of(session, proposal), note)
            audit(session, ACTOR, "proposal.returned", bundle.slug if bundle else "", proposal=key)
            news = "Die vorgemerkte Veröffentlichung war nicht möglich. Ihre Fassung ist zurückgegeben."
            title = bundle.title if bundle else str(proposal.values.get("title"))
            tell_author(session, proposal, title, news, note, link)
    except _SettledError:
        return


def _still_due(write: Write, key: str, at: datetime) -> Proposal:
    proposal = locked(write.session, key)
    if proposal.state is not ProposalState.SCHEDULED or proposal.publish_at is None or proposal.publish_at > at:
        raise _SettledError
    return proposal


def _reason(error: Exception) -> str:
    if isinstance(error, MergeNeededError):
        fields = ", ".join(dict.fromkeys(f"„{label_of(one.field)}“" for one in error.conflicts))
        return f"Der Eintrag wurde inzwischen in denselben Feldern geändert: {fields}."[:2000]
    found: list[Refusal] = []
    if isinstance(error, ValidationError):
        found = refusals(error)
    elif isinstance(error, DanglingReferenceError):
        found = error.refusals
    if found:
        lines = (f"{label_of(one.field)}: {one.reason}" if one.field else one.reason for one in found)
        return "\n".join(lines)[:2000]
    return str(error)[:2000]

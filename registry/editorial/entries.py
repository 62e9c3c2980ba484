"""Decisions on an entry as a whole: confirm, withdraw, archive, bring back, discard a draft. All are audited."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from registry.accounts.audit import audit
from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor, NotAllowedError, require
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.database import Write
from registry.editorial.applying import OPEN, acting_author, refused
from registry.editorial.enums import ProposalState
from registry.editorial.models import NotDuplicate, Proposal, Stewardship, Suggestion
from registry.editorial.stewardship import stewards_of
from registry.editorial.values import content_of, record_from
from registry.history import Author
from registry.history import record as record_revision
from registry.moments import now
from registry.reuse.models import TransferabilityProfile
from registry.reuse.operations import (
    ENTITY,
    UnknownEntryError,
    archive_bundle,
    publish_bundle,
    save_bundle,
    withdraw_bundle,
)
from registry.reuse.records import LISTS, flattened, record_of

REGISTER = "Administration des Registers"
"""Who confirmed when an administrator did it for an entry of others."""


def confirm_facts(write: Write, actor: Actor, slug: str) -> None:
    """Note that the facts of a published entry are right as of today, by the actor's organisation.

    Raises UnknownEntryError, NotAllowedError, and ValidationError when the entry does not follow the present rules.
    """
    session = write.session
    bundle, author = _decided(session, actor, slug)
    require(bundle.state is State.PUBLISHED, "Bestätigen lassen sich nur veröffentlichte Einträge.")
    organisation = session.exec(select(Organisation).where(Organisation.slug == author.organisation)).first()
    content = content_of(record_of(session, bundle)) | {
        "verified_on": datetime.now(UTC).date().isoformat(),
        "verified_by": organisation.name if organisation is not None else REGISTER,
    }
    record = record_from(content, state=State.PUBLISHED, note=bundle.state_note)
    save_bundle(write, record, actor=author, reason="Angaben bestätigt")
    audit(session, actor.key, "entry.confirmed", slug)


def withdraw_entry(write: Write, actor: Actor, slug: str, *, reason: str, successor: str = "") -> None:
    """Take an entry out of the catalogue: its address tells the reason and the successor (410).

    Raises UnknownEntryError, NotAllowedError, StateConflictError, and ValidationError without a reason or with a
    successor that is not published.
    """
    _close(write, actor, slug, withdraw_bundle, "entry.withdrawn", reason, successor)


def archive_entry(write: Write, actor: Actor, slug: str, *, reason: str, successor: str = "") -> None:
    """Keep an entry readable, marked as no longer current. Raises like `withdraw_entry`."""
    _close(write, actor, slug, archive_bundle, "entry.archived", reason, successor)


def reinstate_entry(write: Write, actor: Actor, slug: str, *, reason: str = "") -> None:
    """Publish a withdrawn or archived entry again.

    Raises UnknownEntryError, NotAllowedError, StateConflictError, and ValidationError when it lacks what a published
    entry needs.
    """
    bundle, author = _decided(write.session, actor, slug)
    require(bundle.state in (State.WITHDRAWN, State.ARCHIVED), "Der Eintrag ist weder zurückgezogen noch archiviert.")
    publish_bundle(write, slug, actor=author, reason=_checked(reason, needed=False))
    audit(write.session, actor.key, "entry.reinstated", slug)


def discard_draft(write: Write, actor: Actor, slug: str) -> None:
    """Remove a draft that was never published, with its open versions.

    Published entries are withdrawn and keep their address; a draft never had one, so its row goes. Its history stays
    and ends with a change that empties every field; the slug may be used again. Editors discard what they alone have
    worked on, coordinators any draft of their organisation. Raises UnknownEntryError, NotAllowedError.
    """
    session = write.session
    # Versions are locked before their entry, as everywhere, so that no two transactions wait for each other.
    entry = select(ServiceBundle.id).where(ServiceBundle.slug == slug).scalar_subquery()
    session.exec(select(Proposal).where(col(Proposal.bundle_id) == entry).with_for_update()).all()
    bundle = _entry(session, slug)
    stewards = stewards_of(session, bundle.id)
    require(stewards.edited_by(actor), "Diesen Eintrag pflegt eine andere Stelle.")
    require(
        may_discard(bundle),
        "Verwerfen lassen sich nur Entwürfe, die nie veröffentlicht waren und nicht in Prüfung sind.",
    )
    foreign = select(Proposal.id).where(
        Proposal.bundle_id == bundle.id, Proposal.author_id != actor.person_id, col(Proposal.state).in_(OPEN)
    )
    others = session.exec(foreign).first() is not None
    require(stewards.decided_by(actor) or not others, "An diesem Entwurf arbeitet noch jemand anderes.")
    before = flattened(record_of(session, bundle))
    owners = session.get(Stewardship, bundle.id)
    if owners is not None:
        before |= {"owner_id": owners.owner_id, "deputy_id": owners.deputy_id}
    author = acting_author(session, actor, stewards)
    record_revision(write, ENTITY, slug, before, {}, actor=author, reason="Entwurf verworfen")
    session.execute(
        update(Proposal)
        .where(col(Proposal.bundle_id) == bundle.id, col(Proposal.state).in_(OPEN))
        .values(state=ProposalState.DISCARDED, decided_at=now(), decided_by=actor.person_id)
    )
    session.execute(update(Proposal).where(col(Proposal.bundle_id) == bundle.id).values(bundle_id=None))
    session.execute(update(Suggestion).where(col(Suggestion.bundle_id) == bundle.id).values(bundle_id=None))
    tables: tuple[Any, ...] = (*(table for _fields, table in LISTS.values()), TransferabilityProfile, Stewardship)
    for table in tables:
        session.execute(delete(table).where(table.bundle_id == bundle.id))
    pair = (col(NotDuplicate.first_id) == bundle.id) | (col(NotDuplicate.second_id) == bundle.id)
    session.execute(delete(NotDuplicate).where(pair))
    session.execute(delete(ServiceBundle).where(col(ServiceBundle.id) == bundle.id))
    session.expunge_all()
    audit(session, actor.key, "entry.discarded", slug)


def may_discard(bundle: ServiceBundle) -> bool:
    """Tell whether an entry is a draft that was never public."""
    return bundle.state is State.DRAFT and bundle.published_on is None


def _close(
    write: Write,
    actor: Actor,
    slug: str,
    operation: Callable[..., None],
    action: str,
    reason: str,
    successor: str,
) -> None:
    session = write.session
    _bundle, author = _decided(session, actor, slug)
    reason, successor = _checked(reason, needed=True), successor.strip()
    if successor:
        found = session.exec(select(ServiceBundle).where(ServiceBundle.slug == successor)).first()
        if found is None or found.state is not State.PUBLISHED:
            raise refused("successor", "Einen veröffentlichten Eintrag mit diesem Kurznamen gibt es nicht.", successor)
        if successor == slug:
            raise refused("successor", "Ein Eintrag folgt nicht sich selbst nach.", successor)
    operation(write, slug, actor=author, reason=reason, successor=successor or None)
    audit(session, actor.key, action, slug, reason=reason)


def _checked(reason: str, *, needed: bool) -> str:
    reason = " ".join(reason.split())
    if needed and not reason:
        raise refused("reason", "Bitte nennen Sie den Grund. Er steht auf der Seite des Eintrags.", reason)
    if len(reason) > 500:
        raise refused("reason", "Höchstens 500 Zeichen sind erlaubt.", None)
    return reason


def _entry(session: Session, slug: str) -> ServiceBundle:
    bundle = session.exec(select(ServiceBundle).where(ServiceBundle.slug == slug).with_for_update()).first()
    if bundle is None:
        raise UnknownEntryError(slug)
    return bundle


def _decided(session: Session, actor: Actor, slug: str) -> tuple[ServiceBundle, Author]:
    bundle = _entry(session, slug)
    stewards = stewards_of(session, bundle.id)
    if not stewards.decided_by(actor):
        raise NotAllowedError("Darüber entscheidet die OZG-Koordination der Stelle, die den Eintrag pflegt.")
    return bundle, acting_author(session, actor, stewards)

"""Writes of service bundles. Each leaves a revision and stamps the entry, so that the index follows."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from registry.catalogue.enums import State
from registry.catalogue.messages import Refusal
from registry.catalogue.models import ServiceBundle
from registry.catalogue.rules import check_transition
from registry.database import Write
from registry.history import Author
from registry.history import record as record_revision
from registry.reuse.models import TransferabilityProfile
from registry.reuse.record import BundleRecord
from registry.reuse.records import GROUPS, LISTS, OWN_FIELDS, flattened, json_ready, raw_records, unchecked_record
from registry.reuse.references import dangling, known_keys

ENTITY = "service_bundle"  # the kind of entry in the revisions


class Saved(StrEnum):
    """What saving a record did."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class UnknownEntryError(Exception):
    """There is no entry with this slug."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"Den Eintrag „{slug}“ gibt es nicht.")
        self.slug = slug


class DanglingReferenceError(Exception):
    """A record refers to something that does not exist; `refusals` name the fields."""

    def __init__(self, slug: str, refusals: list[Refusal]) -> None:
        super().__init__("; ".join(str(one) for one in refusals))
        self.slug = slug
        self.refusals = refusals


def save_bundle(write: Write, record: BundleRecord, *, actor: str | Author, reason: str = "") -> Saved:
    """Create or update the entry `record.slug` so that it equals the record.

    Rows of lists are replaced only where they differ; nothing is stamped when nothing does.
    `record` must be validated. Raises DanglingReferenceError for an unknown OZG service, LeiKa
    key, municipality, Kreis, provider, capability or maturity level, and StateConflictError for
    a state that cannot follow the present one.
    """
    missing = dangling(record, known_keys(write.session, [record]))
    if missing:
        raise DanglingReferenceError(record.slug, missing)
    bundle = _find(write.session, record.slug)
    check_transition(None if bundle is None else bundle.state, record.state)
    if bundle is None:
        return _create(write, record, actor, reason)
    raw = raw_records(write.session, [bundle])[0]
    before = flattened(unchecked_record(raw))
    if not record_revision(write, ENTITY, record.slug, before, flattened(record), actor=actor, reason=reason):
        return Saved.UNCHANGED
    _write_own(write, bundle, record)
    for name, (_fields, table) in LISTS.items():
        rows = [one.model_dump() for one in getattr(record, name)]
        if rows != raw[name]:
            write.session.execute(delete(table).where(_bundle_id(table) == bundle.id))
            _insert_list(write, name, bundle, record)
    profile = write.session.get(TransferabilityProfile, bundle.id) or TransferabilityProfile(bundle_id=bundle.id)
    for group in GROUPS:
        for name, value in getattr(record, group).model_dump().items():
            setattr(profile, name, value)
    write.session.add(profile)
    write.session.flush()
    write.session.expire(bundle)
    return Saved.CHANGED


def publish_bundle(write: Write, slug: str, *, actor: str | Author, reason: str = "") -> None:
    """Publish a draft, or bring a withdrawn or archived entry back.

    Raises UnknownEntryError, StateConflictError, and pydantic.ValidationError when the entry lacks
    what a published one needs (an OZG service, a source).
    """
    bundle = _existing(write.session, slug)
    raw = raw_records(write.session, [bundle])[0]
    BundleRecord.model_validate(raw | {"state": State.PUBLISHED, "state_note": None})
    _change_state(write, bundle, State.PUBLISHED, None, None, actor, reason)


def withdraw_bundle(write: Write, slug: str, *, actor: str | Author, reason: str, successor: str | None = None) -> None:
    """Withdraw an entry: its row stays, its address answers 410 with the reason and the successor.

    Raises UnknownEntryError (also for an unknown successor) and StateConflictError.
    """
    bundle = _existing(write.session, slug)
    if successor is not None:
        _existing(write.session, successor)
    _change_state(write, bundle, State.WITHDRAWN, reason, successor, actor, reason)


def archive_bundle(write: Write, slug: str, *, actor: str | Author, reason: str, successor: str | None = None) -> None:
    """Archive an entry: it stays readable, marked as no longer current.

    Raises UnknownEntryError (also for an unknown successor) and StateConflictError.
    """
    bundle = _existing(write.session, slug)
    if successor is not None:
        _existing(write.session, successor)
    _change_state(write, bundle, State.ARCHIVED, reason, successor, actor, reason)


def _change_state(
    write: Write,
    bundle: ServiceBundle,
    state: State,
    note: str | None,
    successor: str | None,
    actor: str | Author,
    reason: str,
) -> None:
    check_transition(bundle.state, state)
    before = _state_of(bundle)
    bundle.state, bundle.state_note, bundle.successor_slug = state, note, successor
    if record_revision(write, ENTITY, bundle.slug, before, _state_of(bundle), actor=actor, reason=reason):
        _touch(write, bundle)


def _state_of(bundle: ServiceBundle) -> dict[str, Any]:
    values = (bundle.state, bundle.state_note, bundle.successor_slug)
    return dict(zip(("state", "state_note", "successor_slug"), map(json_ready, values), strict=True))


def _create(write: Write, record: BundleRecord, actor: str | Author, reason: str) -> Saved:
    bundle = ServiceBundle(slug=record.slug, title=record.title, summary=record.summary)
    _write_own(write, bundle, record)
    write.session.flush()  # gives the entry its id
    for name in LISTS:
        _insert_list(write, name, bundle, record)
    groups: dict[str, Any] = {}
    for group in GROUPS:
        groups |= getattr(record, group).model_dump()
    write.session.execute(insert(TransferabilityProfile), [{"bundle_id": bundle.id, **groups}])
    record_revision(write, ENTITY, record.slug, {}, flattened(record), actor=actor, reason=reason)
    return Saved.CREATED


def _write_own(write: Write, bundle: ServiceBundle, record: BundleRecord) -> None:
    for name in (*OWN_FIELDS, "state", "state_note"):
        setattr(bundle, name, getattr(record, name))
    _touch(write, bundle)


def _touch(write: Write, bundle: ServiceBundle) -> None:
    bundle.changed_on = _today()
    if bundle.state is State.PUBLISHED and bundle.published_on is None:
        bundle.published_on = bundle.changed_on
    write.stamp(bundle)


def _today() -> date:
    return datetime.now(UTC).date()


def _insert_list(write: Write, name: str, bundle: ServiceBundle, record: BundleRecord) -> None:
    rows = [one.model_dump() for one in getattr(record, name)]
    if rows:
        table = LISTS[name][1]
        numbered = [{**row, "bundle_id": bundle.id, "position": number} for number, row in enumerate(rows)]
        write.session.execute(insert(table), numbered)


def _bundle_id(table: Any) -> Any:
    return table.bundle_id


def _find(session: Session, slug: str) -> ServiceBundle | None:
    return session.execute(select(ServiceBundle).where(col(ServiceBundle.slug) == slug)).scalar_one_or_none()


def _existing(session: Session, slug: str) -> ServiceBundle:
    bundle = _find(session, slug)
    if bundle is None:
        raise UnknownEntryError(slug)
    return bundle

"""Undoing a revision set: each field goes back that still has the set's value; what changed since stays as it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, or_, select

from registry.accounts.models import Organisation
from registry.accounts.permissions import Actor
from registry.catalogue.messages import refusals
from registry.catalogue.models import ServiceBundle
from registry.database import Write
from registry.editorial.held import NOT_YOURS, Held, held_entries
from registry.editorial.models import RevisionSet
from registry.editorial.sets import NothingToChangeError, Planned, SetDone, carry_out
from registry.editorial.stewardship import Stewards
from registry.editorial.values import content_of, label_of, placed, record_from
from registry.history import Revision
from registry.moments import now
from registry.reuse.operations import ENTITY

CHANGED_SINCE = "seitdem geändert"
CREATED = "Der Eintrag wurde mit diesem Vorgang angelegt und bleibt bestehen."
NEEDS_REVIEW = "Der Eintrag ist veröffentlicht, und es gilt das Vier-Augen-Prinzip."
OF_OWNERS = "Wer zuständig ist, legt die Administration fest; die Vertretung regelt die zuständige Stelle."
STEWARD_FIELDS = {"owner_id": "Zuständige Stelle", "deputy_id": "Vertretende Stelle"}


class UnknownSetError(Exception):
    """There is no such set, or it is not for this person to see."""

    def __init__(self) -> None:
        super().__init__("Diesen Vorgang gibt es nicht, oder er ist nicht für Sie bestimmt.")


class UndoneAlreadyError(Exception):
    """The set was undone before."""

    def __init__(self, at: datetime) -> None:
        super().__init__("Dieser Vorgang ist schon zurückgenommen.")
        self.at = at


@dataclass(frozen=True)
class SetEntry:
    """What a set did to one entry, and what undoing it would leave: `kept` holds a reason by field."""

    slug: str
    title: str
    changes: dict[str, list[Any]]
    kept: dict[str, str]
    plan: Planned


@dataclass(frozen=True)
class SetView:
    """A set with its entries."""

    row: RevisionSet
    reason: str
    entries: tuple[SetEntry, ...]

    @property
    def undoable(self) -> bool:
        """Tell whether something would go back."""
        return self.row.undone_at is None and any(one.plan.changes for one in self.entries)


def sets_of(session: Session, actor: Actor, limit: int = 100) -> list[RevisionSet]:
    """Return the newest sets that the actor may see: the own ones and those of the own organisations."""
    query = select(RevisionSet).order_by(col(RevisionSet.tick).desc()).limit(limit)
    if not actor.is_admin:
        organisations = select(Organisation.slug).where(col(Organisation.id).in_(actor.coordinated))
        theirs = select(Revision.set_key).where(
            col(Revision.set_key).is_not(None), col(Revision.organisation).in_(organisations)
        )
        query = query.where(or_(RevisionSet.actor == actor.key, col(RevisionSet.key).in_(theirs)))
    return list(session.exec(query))


def set_view(session: Session, actor: Actor, key: str) -> SetView:
    """Return a set with what undoing it would do now. Raises UnknownSetError."""
    row = session.get(RevisionSet, key)
    if row is None:
        raise UnknownSetError
    revisions = session.exec(
        select(Revision).where(Revision.set_key == key, Revision.entity == ENTITY).order_by(col(Revision.id))
    ).all()
    if not _may_see(session, actor, row, revisions):
        raise UnknownSetError
    slugs = {one.entity_key for one in revisions}
    held = held_entries(session, actor, slugs)
    titles = dict(
        session.exec(select(ServiceBundle.slug, ServiceBundle.title).where(col(ServiceBundle.slug).in_(slugs))).all()
    )
    made = {one.entity_key for one in revisions if "slug" in one.changes}
    entries = tuple(
        _entry(actor, one, titles.get(one.entity_key, one.entity_key), held)
        for one in revisions
        if "slug" in one.changes or one.entity_key not in made  # the owner of a new entry stays with it
    )
    return SetView(row, revisions[0].reason if revisions else "", entries)


def undo_set(write: Write, actor: Actor, key: str) -> tuple[SetDone, SetView]:
    """Put back what a set changed and nobody has changed since; return what was done, and the set as it was before.

    Undoing is a set of its own, so it can be undone. Raises, out of `writing()`, UnknownSetError,
    UndoneAlreadyError and NothingToChangeError.
    """
    view = set_view(write.session, actor, key)
    if view.row.undone_at is not None:
        raise UndoneAlreadyError(view.row.undone_at)
    plans = [one.plan for one in view.entries]
    if not any(one.changes for one in plans):
        raise NothingToChangeError
    done = carry_out(write, actor, plans, title=f"Rücknahme: {view.row.title}", reason="Vorgang zurückgenommen")
    view.row.undone_at, view.row.undone_by = now(), actor.key
    write.session.add(view.row)
    return done, view


def _entry(actor: Actor, revision: Revision, title: str, held: dict[str, Held]) -> SetEntry:
    changes, slug = revision.changes, revision.entity_key
    one = held.get(slug)
    if one is None:
        return SetEntry(slug, title, changes, dict.fromkeys(changes, NOT_YOURS), Planned(slug, title))
    plan = Planned.of(one)
    if "slug" in changes:
        return SetEntry(slug, title, {}, {"": CREATED}, plan)
    if set(changes) <= set(STEWARD_FIELDS):
        # Deputies decide on entries, not on whose they are: no more by undoing than by the pages for it.
        may = actor.is_admin or ("owner_id" not in changes and actor.coordinates_for((one.stewards.owner_id,)))
        if not may:
            return SetEntry(slug, title, changes, dict.fromkeys(changes, OF_OWNERS), plan)
        return _stewards_back(SetEntry(slug, title, changes, {}, plan), one)
    refused = one.closed or (NEEDS_REVIEW if one.needs_review else "")
    if refused:
        return SetEntry(slug, title, changes, dict.fromkeys(changes, refused), plan)
    return _fields_back(SetEntry(slug, title, changes, {}, plan), one)


def _fields_back(entry: SetEntry, held: Held) -> SetEntry:
    content = held.content
    kept = {name: CHANGED_SINCE for name, (_, after) in entry.changes.items() if content.get(name) != after}
    before = {name: content[name] for name in entry.changes if name not in kept}
    after = {name: entry.changes[name][0] for name in before}
    if not before:
        return SetEntry(entry.slug, entry.title, entry.changes, kept, entry.plan)
    values = content | after
    bundle = held.bundle
    try:
        record = record_from(values | {"slug": bundle.slug}, state=bundle.state, note=bundle.state_note)
    except ValidationError as error:
        reasons = " ".join(f"{label_of(one.field)}: {one.reason}" for one in placed(refusals(error), values))
        return SetEntry(entry.slug, entry.title, entry.changes, kept | dict.fromkeys(before, reasons), entry.plan)
    back = content_of(record)
    plan = entry.plan.with_values(before, {name: back[name] for name in before}, record)
    return SetEntry(entry.slug, entry.title, entry.changes, kept, plan)


def _stewards_back(entry: SetEntry, held: Held) -> SetEntry:
    present = {"owner_id": held.stewards.owner_id, "deputy_id": held.stewards.deputy_id}
    kept = {name: CHANGED_SINCE for name, (_, after) in entry.changes.items() if present[name] != after}
    back = {name: before for name, (before, _) in entry.changes.items() if name not in kept}
    wanted = present | back
    if back and wanted["owner_id"] is not None and wanted["owner_id"] == wanted["deputy_id"]:
        kept |= dict.fromkeys(back, "Eine Stelle kann nicht zugleich zuständig sein und vertreten.")
        back = {}
    plan = entry.plan
    if back:
        now_ = {name: present[name] for name in back}
        plan = plan.with_stewards(now_, back, Stewards(wanted["owner_id"], wanted["deputy_id"]))
    return SetEntry(entry.slug, entry.title, entry.changes, kept, plan)


def _may_see(session: Session, actor: Actor, row: RevisionSet, revisions: Iterable[Revision]) -> bool:
    if actor.is_admin or row.actor == actor.key:
        return True
    mine = set(session.exec(select(Organisation.slug).where(col(Organisation.id).in_(actor.coordinated))))
    return any(one.organisation in mine for one in revisions)

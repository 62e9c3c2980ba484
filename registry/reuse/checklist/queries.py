"""Reads of the evidenced checklist: its items, how often they are judged, and the assessment of an entry."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.history import Revision
from registry.reuse.checklist.models import BundleCheck, CheckGroup, ChecklistItem
from registry.reuse.checklist.operations import ENTITY
from registry.reuse.checklist.rules import Assessment, CheckedItem, Judgement, assess
from registry.reuse.models import TransferabilityProfile

_ORDER = {group: number for number, group in enumerate(CheckGroup)}


@dataclass(frozen=True)
class ItemPage:
    """An item with what its page shows: the number of entries that are judged by it, and its changes, newest first."""

    row: ChecklistItem
    used: int
    revisions: tuple[Revision, ...]


def all_items(session: Session) -> list[ChecklistItem]:
    """Return all items, retired ones too, in the order of the groups and within a group as they were added."""
    rows = session.exec(select(ChecklistItem).order_by(col(ChecklistItem.position), col(ChecklistItem.id))).all()
    return sorted(rows, key=lambda row: _ORDER[row.group])


def active_items(session: Session) -> list[ChecklistItem]:
    """Return the items that are in force, in the order of `all_items`."""
    return [row for row in all_items(session) if not row.retired]


def uses(session: Session) -> dict[str, int]:
    """Return how many entries, in whatever state, are judged by each item."""
    query = select(BundleCheck.item, func.count(func.distinct(col(BundleCheck.bundle_id)))).group_by(BundleCheck.item)
    return {slug: int(number) for slug, number in session.exec(query)}


def item_page(session: Session, slug: str) -> ItemPage | None:
    """Return an item with its use and its history, None when there is none of this slug."""
    row = session.exec(select(ChecklistItem).where(ChecklistItem.slug == slug)).first()
    if row is None:
        return None
    revisions = session.exec(
        select(Revision).where(Revision.entity == ENTITY, Revision.entity_key == slug).order_by(col(Revision.id).desc())
    ).all()
    return ItemPage(row, uses(session).get(slug, 0), tuple(revisions))


def assessment_of(session: Session, bundle_id: int | None, profile: TransferabilityProfile) -> Assessment:
    """Return the transferability class of an entry with its points and gaps, in two queries."""
    return assess(profile, checked_items(session, bundle_id))


def checked_items(session: Session, bundle_id: int | None) -> list[CheckedItem]:
    """Return the items that are in force, and retired ones for which the entry shows something; with what it shows."""
    rows: Sequence[BundleCheck] = session.exec(
        select(BundleCheck).where(BundleCheck.bundle_id == bundle_id).order_by(col(BundleCheck.position))
    ).all()
    judged = {row.item: (place, row) for place, row in enumerate(rows)}
    return [
        CheckedItem(
            slug=item.slug,
            group=item.group,
            obligation=item.obligation,
            title=item.title,
            source_url=item.source_url,
            retired=item.retired,
            judgement=_judgement(*judged[item.slug]) if item.slug in judged else None,
        )
        for item in all_items(session)
        if not item.retired or item.slug in judged
    ]


def _judgement(place: int, row: BundleCheck) -> Judgement:
    return Judgement(place, row.verdict, row.checked_on, row.source_url, row.note)

"""Writes of the checklist: items are added, changed, retired and brought back. Each leaves a revision."""

from typing import Any

from sqlmodel import func, select

from registry.database import Write
from registry.history import Author, record
from registry.moments import now
from registry.reuse.checklist.models import ChecklistItem, ChecklistItemFields
from registry.reuse.records import json_ready

ENTITY = "checklist_item"  # the kind of row in the revisions
MOST = 300
"""Items of a checklist, retired ones included; an entry shows something for 200 of them at most."""


class SlugTakenError(Exception):
    """Another item has this short name."""

    def __init__(self) -> None:
        super().__init__("Diesen Kurznamen hat schon ein anderer Prüfpunkt.")


class SameItemError(Exception):
    """There is such an item in the group already."""

    def __init__(self, slug: str) -> None:
        super().__init__("Diese Anforderung gibt es in der Gruppe schon.")
        self.slug = slug


class TooManyItemsError(Exception):
    """The checklist is full."""

    def __init__(self) -> None:
        super().__init__(f"Die Liste hat schon {MOST} Prüfpunkte; mehr nimmt sie nicht auf.")


class UnknownItemError(Exception):
    """There is no item of this short name."""

    def __init__(self, slug: str) -> None:
        super().__init__("Diesen Prüfpunkt gibt es nicht.")
        self.slug = slug


def add_item(write: Write, fields: ChecklistItemFields, *, actor: str | Author) -> ChecklistItem:
    """Add an item at the end of its group.

    Raises SlugTakenError, SameItemError for a title that the group has already, and TooManyItemsError.
    """
    session = write.session
    if session.exec(select(func.count()).select_from(ChecklistItem)).one() >= MOST:
        raise TooManyItemsError
    if session.exec(select(ChecklistItem).where(ChecklistItem.slug == fields.slug)).first() is not None:
        raise SlugTakenError
    _refuse_same(write, fields)
    last = session.exec(select(func.max(ChecklistItem.position)).where(ChecklistItem.group == fields.group)).one()
    row = ChecklistItem(**fields.model_dump(), position=0 if last is None else last + 1)
    write.stamp(row)
    session.flush()
    record(write, ENTITY, row.slug, {}, _state(row), actor=actor)
    return row


def change_item(write: Write, fields: ChecklistItemFields, *, actor: str | Author) -> bool:
    """Change the item `fields.slug`; return False, writing nothing, when nothing is different.

    Raises UnknownItemError and SameItemError.
    """
    row = _existing(write, fields.slug)
    before = _state(row)
    _refuse_same(write, fields)
    for name, value in fields.model_dump().items():
        setattr(row, name, value)
    return _recorded(write, row, before, actor)


def retire_item(write: Write, slug: str, *, actor: str | Author) -> bool:
    """Take an item out of force: what entries show for it stays with them and no longer counts.

    Returns False, writing nothing, when it is out of force already. Raises UnknownItemError.
    """
    return _set_retired(write, slug, True, actor)


def bring_back_item(write: Write, slug: str, *, actor: str | Author) -> bool:
    """Put a retired item in force again; return False when it is. Raises UnknownItemError and SameItemError."""
    row = _existing(write, slug)
    if row.retired:
        _refuse_same(write, row)
    return _set_retired(write, slug, False, actor)


def _set_retired(write: Write, slug: str, retired: bool, actor: str | Author) -> bool:
    row = _existing(write, slug)
    before = _state(row)
    row.retired = retired
    return _recorded(write, row, before, actor)


def _recorded(write: Write, row: ChecklistItem, before: dict[str, Any], actor: str | Author) -> bool:
    if not record(write, ENTITY, row.slug, before, _state(row), actor=actor):
        return False
    row.changed_at = now()
    write.stamp(row)
    return True


def _existing(write: Write, slug: str) -> ChecklistItem:
    row = write.session.exec(select(ChecklistItem).where(ChecklistItem.slug == slug)).first()
    if row is None:
        raise UnknownItemError(slug)
    return row


def _refuse_same(write: Write, fields: ChecklistItemFields) -> None:
    """Refuse a title that another item in force has in the same group, whatever its capitals and spaces."""
    words = _folded(fields.title)
    rows = write.session.exec(
        select(ChecklistItem.slug, ChecklistItem.title).where(
            ChecklistItem.group == fields.group,
            ChecklistItem.slug != fields.slug,
            ChecklistItem.retired == False,  # noqa: E712
        )
    )
    for slug, title in rows:
        if _folded(title) == words:
            raise SameItemError(slug)


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())


def _state(row: ChecklistItem) -> dict[str, Any]:
    return {name: json_ready(getattr(row, name)) for name in (*ChecklistItemFields.model_fields, "retired")}

"""Announcements: notices on top of every page for a period of days.

Public pages follow the clock and the day, so a notice is content of the catalogue: it appears with the next request
after it was written, and comes and goes at midnight without anybody's doing.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from registry.accounts.permissions import Actor, require
from registry.database import Write
from registry.editorial.models import Announcement, AnnouncementFields
from registry.history import Author
from registry.history import record as record_revision
from registry.moments import now
from registry.reuse.records import json_ready

ENTITY = "announcement"
_ADMINISTRATORS_ONLY = "Bekanntmachungen schreibt nur die Administration des Registers."


class UnknownAnnouncementError(Exception):
    """There is no announcement with this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Die Bekanntmachung {number} gibt es nicht.")


class StaleAnnouncementError(Exception):
    """Somebody else has changed the announcement since the form was opened."""

    def __init__(self, tick: int) -> None:
        super().__init__("Die Bekanntmachung wurde inzwischen von anderer Stelle geändert.")
        self.tick = tick


def current_announcements(session: Session, day: date) -> list[Announcement]:
    """Return what stands on every page on a day: warnings first, then the newest."""
    rows = session.exec(select(Announcement).where(col(Announcement.active)).order_by(col(Announcement.id).desc()))
    return sorted((row for row in rows if is_shown(row, day)), key=lambda row: row.kind != "warning")


def all_announcements(session: Session) -> list[Announcement]:
    """Return all announcements, the newest first."""
    return list(session.exec(select(Announcement).order_by(col(Announcement.id).desc())).all())


def find_announcement(session: Session, number: int) -> Announcement:
    """Return an announcement. Raises UnknownAnnouncementError."""
    row = session.get(Announcement, number)
    if row is None:
        raise UnknownAnnouncementError(number)
    return row


def is_shown(row: Announcement, day: date) -> bool:
    """Tell whether an announcement stands on the pages of a day. Pure."""
    return row.active and (row.starts_on or day) <= day <= (row.ends_on or day)


def announce(write: Write, actor: Actor, values: Mapping[str, Any]) -> Announcement:
    """Write a new announcement. Raises NotAllowedError and pydantic.ValidationError."""
    require(actor.is_admin, _ADMINISTRATORS_ONLY)
    fields = AnnouncementFields.model_validate(dict(values))
    row = Announcement(**fields.model_dump())
    write.stamp(row)
    write.session.flush()
    record_revision(write, ENTITY, str(row.id), {}, _state(row), actor=Author(actor.key))
    return row


def change_announcement(write: Write, actor: Actor, number: int, values: Mapping[str, Any], *, seen: int) -> bool:
    """Change an announcement; return False when nothing changes.

    Raises NotAllowedError, UnknownAnnouncementError, StaleAnnouncementError and pydantic.ValidationError.
    """
    require(actor.is_admin, _ADMINISTRATORS_ONLY)
    row = find_announcement(write.session, number)
    if row.tick != seen:
        raise StaleAnnouncementError(row.tick)
    fields = AnnouncementFields.model_validate(dict(values))
    before = _state(row)
    for name, value in fields.model_dump().items():
        setattr(row, name, value)
    return _changed(write, actor, row, before)


def end_announcement(write: Write, actor: Actor, number: int) -> bool:
    """Take an announcement off the pages; return False when it is off already. Raises UnknownAnnouncementError."""
    require(actor.is_admin, _ADMINISTRATORS_ONLY)
    row = find_announcement(write.session, number)
    before = _state(row)
    row.active = False
    return _changed(write, actor, row, before)


def _changed(write: Write, actor: Actor, row: Announcement, before: dict[str, Any]) -> bool:
    if not record_revision(write, ENTITY, str(row.id), before, _state(row), actor=Author(actor.key)):
        return False
    row.changed_at = now()
    write.stamp(row)
    return True


def _state(row: Announcement) -> dict[str, Any]:
    return {name: json_ready(getattr(row, name)) for name in (*AnnouncementFields.model_fields, "active")}

"""The announcements that stand on top of every page, kept until the clock moves or the day ends."""

import logging
from dataclasses import dataclass
from datetime import date

from flask import current_app
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from registry.editorial.announcements import current_announcements
from registry.web.markdown import short_markdown
from registry.web.services import catalogue_tick, reading

log = logging.getLogger(__name__)
_EXTENSION = "registry-announcements"


@dataclass(frozen=True)
class ShownAnnouncement:
    """An announcement as a page shows it."""

    kind: str
    label: str
    html: Markup


Shown = tuple[ShownAnnouncement, ...]


def announcements() -> Shown:
    """Return what stands on top of the page that is being made.

    Error pages ask too: when the database does not answer, they show what was known last.
    """
    held: tuple[tuple[int, date], Shown] = current_app.extensions.get(_EXTENSION, ((-1, date.min), ()))
    try:
        now = (catalogue_tick(), date.today())
        if held[0] != now:
            with reading() as session:
                rows = current_announcements(session, now[1])
            held = (now, tuple(ShownAnnouncement(row.kind, row.kind.label, short_markdown(row.text)) for row in rows))
            current_app.extensions[_EXTENSION] = held
    except SQLAlchemyError:
        log.warning("the announcements cannot be read", exc_info=True)
    return held[1]

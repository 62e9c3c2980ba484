"""The site's own texts (Impressum, Datenschutz …) as an administrator writes them, with their history.

A text written here comes before the operator's file and the shipped one; taken back, these are in force again.
Public pages follow the clock, so a change of a text is a write of the catalogue.
"""

import difflib
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from pydantic import model_validator
from sqlmodel import Field, Session, col, select

from registry.accounts.permissions import Actor, require
from registry.catalogue.values import Facts
from registry.database import Write
from registry.editorial.models import SiteText
from registry.history import Author, Revision
from registry.history import record as record_revision
from registry.moments import now

ENTITY = "site_text"
MAX_REASON = 500
_ADMINISTRATORS_ONLY = "Texte der Website ändert nur die Administration des Registers."


class TextFields(Facts):
    """A text of the site."""

    markdown: str = Field(min_length=1, max_length=100_000, description="Text (Markdown)")

    @model_validator(mode="after")
    def _readable(self) -> "TextFields":
        if not self.markdown.strip():
            raise ValueError("Der Text ist leer.")
        if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in self.markdown):
            raise ValueError("Der Text enthält unzulässige Steuerzeichen.")
        return self


class StaleTextError(Exception):
    """Somebody else has changed the text since the form was opened."""

    def __init__(self, current: str | None, tick: int) -> None:
        super().__init__("Der Text wurde inzwischen von anderer Stelle geändert.")
        self.current = current
        self.tick = tick


@dataclass(frozen=True)
class TextVersion:
    """A change of a text: what it was and what it became; None: the operator's file or the shipped text."""

    tick: int
    at: datetime
    actor: str
    reason: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class DiffLine:
    """A line of a comparison; `kind`: same, added, removed, gap."""

    kind: str
    text: str


def own_text(session: Session, name: str) -> SiteText | None:
    """Return the text that an administrator has written under this name, None when there is none."""
    return session.get(SiteText, name)


def own_texts(session: Session) -> dict[str, SiteText]:
    """Return all texts that administrators have written, by name."""
    return {row.name: row for row in session.exec(select(SiteText)).all()}


def save_text(write: Write, actor: Actor, name: str, markdown: str, *, seen: int, reason: str = "") -> bool:
    """Put a text in force; return False when it is in force already.

    `seen` is the tick of the text that the form showed, 0 when there was none of an administrator's. Raises
    NotAllowedError, pydantic.ValidationError, and StaleTextError when the text has changed since.
    """
    require(actor.is_admin, _ADMINISTRATORS_ONLY)
    fields = TextFields(markdown=markdown.replace("\r\n", "\n").replace("\r", "\n"))
    row = _unchanged_since(write.session, name, seen)
    before = {} if row is None else {"markdown": row.markdown}
    after = {"markdown": fields.markdown}
    if not record_revision(write, ENTITY, name, before, after, actor=Author(actor.key), reason=reason[:MAX_REASON]):
        return False
    row = row or SiteText(name=name, markdown="")
    row.markdown, row.changed_at = fields.markdown, now()
    write.stamp(row)
    return True


def drop_text(write: Write, actor: Actor, name: str, *, seen: int, reason: str = "") -> bool:
    """Take the own text back, so that the operator's file or the shipped text is in force; False when there is none.

    The text stays in the history. Raises NotAllowedError and StaleTextError.
    """
    require(actor.is_admin, _ADMINISTRATORS_ONLY)
    row = _unchanged_since(write.session, name, seen)
    if row is None:
        return False
    before = {"markdown": row.markdown}
    write.session.delete(row)
    return record_revision(write, ENTITY, name, before, {}, actor=Author(actor.key), reason=reason[:MAX_REASON])


def versions_of(session: Session, name: str) -> list[TextVersion]:
    """Return all changes of a text, the newest first."""
    query = (
        select(Revision)
        .where(Revision.entity == ENTITY, Revision.entity_key == name)
        .order_by(col(Revision.tick).desc(), col(Revision.id).desc())
    )
    return [_version(row) for row in session.exec(query).all()]


def version_of(session: Session, name: str, tick: int) -> TextVersion | None:
    """Return the change of a text at a tick."""
    return next((one for one in versions_of(session, name) if one.tick == tick), None)


def line_diff(before: str, after: str, context: int = 3) -> list[DiffLine]:
    """Compare two texts line by line; of what is the same only some lines around each change are kept. Pure."""
    old, new = before.splitlines(), after.splitlines()
    found: list[DiffLine] = []
    end = len(old)
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(context):
        if group[0][1]:
            found.append(DiffLine("gap", ""))
        end = group[-1][2]
        for what, old_from, old_to, new_from, new_to in group:
            if what == "equal":
                found += [DiffLine("same", line) for line in old[old_from:old_to]]
            else:
                found += [DiffLine("removed", line) for line in old[old_from:old_to]]
                found += [DiffLine("added", line) for line in new[new_from:new_to]]
    if end < len(old):
        found.append(DiffLine("gap", ""))
    return found


def _unchanged_since(session: Session, name: str, seen: int) -> SiteText | None:
    row = session.get(SiteText, name)
    tick = 0 if row is None else row.tick
    if tick != seen:
        raise StaleTextError(None if row is None else row.markdown, tick)
    return row


def _version(row: Revision) -> TextVersion:
    before, after = row.changes["markdown"]
    return TextVersion(row.tick, row.at, row.actor, row.reason, before, after)

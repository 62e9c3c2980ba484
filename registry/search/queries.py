"""Reads of this installation's own words."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.history import Revision
from registry.search.german import fold
from registry.search.models import WordRelation


@dataclass(frozen=True)
class OwnWord:
    """A relation with all its changes, the newest first."""

    row: WordRelation
    revisions: tuple[Revision, ...]


def own_words(session: Session, text: str = "", *, active: bool = True) -> list[WordRelation]:
    """Return the relations that hold (or those taken back) whose line or note has a text, the newest first."""
    rows = session.exec(
        select(WordRelation).where(col(WordRelation.active).is_(active)).order_by(col(WordRelation.id).desc())
    ).all()
    wanted = fold(text)
    return [row for row in rows if wanted in fold(f"{row.line} {row.note}")]


def own_word(session: Session, number: int) -> OwnWord | None:
    """Return a relation with its history, None when there is none with this number."""
    row = session.get(WordRelation, number)
    if row is None:
        return None
    revisions = session.exec(
        select(Revision)
        .where(Revision.entity == "word_relation", Revision.entity_key == str(number))
        .order_by(col(Revision.id).desc())
    ).all()
    return OwnWord(row, tuple(revisions))


def relation_with(session: Session, line: str) -> WordRelation | None:
    """Return the relation with exactly this line, holding or taken back."""
    return session.exec(select(WordRelation).where(WordRelation.line == line)).first()

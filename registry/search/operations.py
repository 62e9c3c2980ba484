"""Writes of the search: relations of words that hold beside the shipped vocabulary, from the next search on."""

from sqlmodel import select

from registry.database import Write
from registry.history import Author, record
from registry.search.models import WordRelation
from registry.search.vocabulary import Vocabulary, VocabularyError

MAX_LINE = 500


def checked_line(line: str) -> str:
    """Return a relation with single spaces.

    Raises VocabularyError, with a German sentence, when it does not follow the format of docs/search.md.
    """
    line = " ".join(line.split())
    if len(line) > MAX_LINE:
        raise VocabularyError(f"Eine Beziehung hat höchstens {MAX_LINE} Zeichen.")
    if not len(Vocabulary.of([line], "Eingabe")):
        raise VocabularyError("Die Beziehung nennt kein Wort, nach dem gesucht werden kann.")
    return line


def add_relation(write: Write, line: str, *, actor: str | Author, note: str = "") -> WordRelation:
    """Add a relation such as „Elterntaxi -> Schülerbeförderung“; the same one again is taken as it is.

    Raises VocabularyError, with a German sentence, when the line does not follow the format of docs/search.md.
    """
    line = checked_line(line)
    row = write.session.exec(select(WordRelation).where(WordRelation.line == line)).first() or WordRelation(line=line)
    before = _state(row) if row.id is not None else {}
    row.active, row.note = True, note[:MAX_LINE] or row.note
    write.stamp(row)
    write.session.flush()
    record(write, "word_relation", str(row.id), before, _state(row), actor=actor, reason=note[:MAX_LINE])
    return row


def withdraw_relation(write: Write, number: int, *, actor: str | Author, reason: str = "") -> bool:
    """Take a relation back; return False when there is no active one with this number."""
    row = write.session.get(WordRelation, number)
    if row is None or not row.active:
        return False
    before = _state(row)
    row.active = False
    write.stamp(row)
    return record(write, "word_relation", str(number), before, _state(row), actor=actor, reason=reason)


def change_note(write: Write, number: int, note: str, *, actor: str | Author) -> bool:
    """Change why a relation is there; return False when there is none with this number or the note is the same."""
    row = write.session.get(WordRelation, number)
    if row is None:
        return False
    before = _state(row)
    row.note = note[:MAX_LINE]
    if not record(write, "word_relation", str(number), before, _state(row), actor=actor):
        return False
    write.stamp(row)
    return True


def _state(row: WordRelation) -> dict[str, object]:
    return {"line": row.line, "note": row.note, "active": row.active}

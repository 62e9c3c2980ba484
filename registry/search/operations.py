"""Writes of the search: relations of words that hold beside the shipped vocabulary, from the next search on."""

from sqlmodel import select

from registry.database import Write
from registry.history import record
from registry.search.models import WordRelation
from registry.search.vocabulary import Vocabulary, VocabularyError

MAX_LINE = 500


def add_relation(write: Write, line: str, *, actor: str, note: str = "") -> WordRelation:
    """Add a relation such as „Elterntaxi -> Schülerbeförderung“; the same one again is taken as it is.

    Raises VocabularyError, with a German sentence, when the line does not follow the format of docs/search.md.
    """
    line = " ".join(line.split())
    if len(line) > MAX_LINE:
        raise VocabularyError(f"Eine Beziehung hat höchstens {MAX_LINE} Zeichen.")
    if not len(Vocabulary.of([line], "Eingabe")):
        raise VocabularyError("Die Beziehung nennt kein Wort, nach dem gesucht werden kann.")
    row = write.session.exec(select(WordRelation).where(WordRelation.line == line)).first() or WordRelation(line=line)
    before = _state(row) if row.id is not None else {}
    row.active, row.note = True, note[:MAX_LINE] or row.note
    write.stamp(row)
    write.session.flush()
    record(write, "word_relation", str(row.id), before, _state(row), actor=actor, reason=note[:MAX_LINE])
    return row


def withdraw_relation(write: Write, number: int, *, actor: str, reason: str = "") -> bool:
    """Take a relation back; return False when there is no active one with this number."""
    row = write.session.get(WordRelation, number)
    if row is None or not row.active:
        return False
    before = _state(row)
    row.active = False
    write.stamp(row)
    return record(write, "word_relation", str(number), before, _state(row), actor=actor, reason=reason)


def _state(row: WordRelation) -> dict[str, object]:
    return {"line": row.line, "note": row.note, "active": row.active}

"""What somebody had typed when the session was found to have ended: kept, and given back after the next sign-in.

Passwords, codes and form tokens are never kept, nor are files.
"""

import re
from collections.abc import Iterable

from sqlmodel import Session

from registry.accounts.models import StashedForm
from registry.accounts.secrets import new_token

MAX_FIELDS = 2000
MAX_CHARACTERS = 500_000
MAX_PATH = 500
_NEVER = re.compile(r"passw|kennwort|csrf|token|secret|geheim|(^|[._-])codes?($|[._-])", re.IGNORECASE)


def keep(session: Session, person_id: int, path: str, fields: Iterable[tuple[str, str]]) -> str | None:
    """Keep the fields of a form and return the key; None when nothing is left to keep, or it is too much."""
    kept = [[_visible(name), _visible(value)] for name, value in fields if not _NEVER.search(name)]
    size = sum(len(name) + len(value) for name, value in kept)
    if not any(value.strip() for _, value in kept) or len(kept) > MAX_FIELDS or size > MAX_CHARACTERS:
        return None
    if len(path) > MAX_PATH or not path.isprintable():
        return None
    key = new_token()
    session.add(StashedForm(key=key, person_id=person_id, path=path, fields=kept))
    return key


def _visible(text: str) -> str:
    """Return a text without control characters but for tabs and line ends."""
    return "".join(sign for sign in text if sign in "\t\r\n" or sign >= " ").replace("\x7f", "")


def find(session: Session, person_id: int, key: str) -> StashedForm | None:
    """Return what was kept under a key, for its person alone."""
    row = session.get(StashedForm, key) if len(key) <= 43 and key.isprintable() else None
    return row if row is not None and row.person_id == person_id else None


def drop(session: Session, person_id: int, key: str) -> bool:
    """Throw away what was kept."""
    row = find(session, person_id, key)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True

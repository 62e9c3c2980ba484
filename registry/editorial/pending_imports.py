"""What was uploaded and is not yet confirmed: kept for its owner alone, for a day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete
from sqlmodel import Session, col, select

from registry.accounts.permissions import Actor, NotAllowedError
from registry.accounts.secrets import new_token
from registry.editorial.models import PendingImport
from registry.moments import now

KEPT = timedelta(days=1)
Row = tuple[int, dict[str, str]]


class UnknownImportError(Exception):
    """There is no such upload (any more), or it belongs to somebody else."""

    def __init__(self) -> None:
        super().__init__("Diese Tabelle liegt nicht mehr vor. Bitte laden Sie sie noch einmal hoch.")


def keep_import(session: Session, actor: Actor, file: str, rows: Sequence[Row], organisation_id: int | None) -> str:
    """Keep the rows of an uploaded table and return their key; an earlier upload of the person goes."""
    if actor.person_id is None:
        raise NotAllowedError("Bitte melden Sie sich an.")
    session.execute(delete(PendingImport).where(col(PendingImport.person_id) == actor.person_id))
    row = PendingImport(
        key=new_token(),
        person_id=actor.person_id,
        organisation_id=organisation_id,
        file=file[:200],
        rows=[[number, cells] for number, cells in rows],
    )
    session.add(row)
    return row.key


def pending_import(session: Session, actor: Actor, key: str) -> PendingImport:
    """Return an upload of the actor's own. Raises UnknownImportError."""
    row = session.exec(select(PendingImport).where(PendingImport.key == key)).first()
    if row is None or row.person_id != actor.person_id or row.created_at < now() - KEPT:
        raise UnknownImportError
    return row


def rows_of(row: PendingImport) -> list[Row]:
    """Return the rows of an upload."""
    return [(int(number), dict(cells)) for number, cells in row.rows]


def drop_import(session: Session, actor: Actor, key: str) -> None:
    """Forget an upload of the actor's own."""
    session.execute(
        delete(PendingImport).where(col(PendingImport.key) == key, col(PendingImport.person_id) == actor.person_id)
    )


def forget_old_imports(session: Session, at: datetime) -> int:
    """Remove uploads that nobody has confirmed for a day; return their number."""
    result = session.execute(delete(PendingImport).where(col(PendingImport.created_at) < at - KEPT))
    return int(cast("CursorResult[Any]", result).rowcount)

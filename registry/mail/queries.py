"""Reads of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.mail.models import OutboxMail


@dataclass(frozen=True)
class OutboxState:
    """How the outbox stands: what waits, since when at the longest, and what was given up."""

    waiting: int
    oldest: datetime | None
    given_up: int
    last_error: str | None
    """The latest failure of what still waits."""


def outbox_state(session: Session) -> OutboxState:
    """Return how the outbox stands."""
    open_ = (col(OutboxMail.sent_at).is_(None), col(OutboxMail.given_up_at).is_(None))
    waiting, oldest = session.execute(
        select(func.count(col(OutboxMail.id)), func.min(col(OutboxMail.created_at))).where(*open_)
    ).one()
    given_up = session.exec(
        select(func.count(col(OutboxMail.id))).where(col(OutboxMail.given_up_at).is_not(None))
    ).one()
    error = session.exec(
        select(OutboxMail.last_error)
        .where(*open_, col(OutboxMail.last_error).is_not(None))
        .order_by(col(OutboxMail.due_at).desc())
        .limit(1)
    ).first()
    return OutboxState(waiting, oldest, given_up, error)


def outbox_mails(session: Session, *, with_sent: bool = False, limit: int = 500) -> Sequence[OutboxMail]:
    """Return the mails that wait or were given up, the newest first; with `with_sent` also the sent ones."""
    query = select(OutboxMail).order_by(col(OutboxMail.id).desc()).limit(limit)
    if not with_sent:
        query = query.where(col(OutboxMail.sent_at).is_(None))
    return session.exec(query).all()


def was_written_to(session: Session, address: str) -> bool:
    """Tell whether the outbox holds a mail to an address that a server has taken or refused."""
    query = select(OutboxMail.id).where(func.lower(OutboxMail.recipient) == address.lower(), OutboxMail.attempts > 0)
    return session.exec(query.limit(1)).first() is not None

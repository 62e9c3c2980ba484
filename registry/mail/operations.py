"""Writes of the outbox."""

from datetime import datetime

from sqlalchemy import bindparam, delete, text, update
from sqlmodel import Session, col

from registry.mail.models import OutboxMail, Undeliverable
from registry.moments import Moment

MAX_SUBJECT = 200
MAX_BODY = 50_000

_MARK = text(
    "INSERT INTO undeliverable (address, since, reason) VALUES (:address, :at, :reason) "
    "ON CONFLICT (address) DO UPDATE SET reason = excluded.reason"
).bindparams(bindparam("at", type_=Moment()))


class UnknownMailError(Exception):
    """There is no such mail, or it is not in a state for this; the message is a German sentence."""


def enqueue(session: Session, *, kind: str, recipient: str, subject: str, body: str) -> OutboxMail:
    """Put a mail into the outbox, in the transaction of `session`: it is sent if, and only if, that one commits.

    Line breaks in the subject become spaces, so that no header can be smuggled in.
    """
    mail = OutboxMail(
        kind=kind, recipient=recipient, subject=" ".join(subject.split())[:MAX_SUBJECT], body=body[:MAX_BODY]
    )
    session.add(mail)
    return mail


def retry(session: Session, mail_id: int, at: datetime) -> OutboxMail:
    """Let a mail that was given up, or waits after a failure, begin anew at once. Raises UnknownMailError."""
    mail = session.get(OutboxMail, mail_id, with_for_update=True)
    if mail is None:
        raise UnknownMailError(f"Eine Mail {mail_id} gibt es nicht. Alle zeigt: mail list --all")
    if mail.sent_at is not None:
        raise UnknownMailError(f"Die Mail {mail_id} ist schon gesendet.")
    if mail.given_up_at is None and mail.last_error is None:
        # Without an error it is either due anyway, or just now in the hands of a deliverer.
        raise UnknownMailError(f"Die Mail {mail_id} ist ohnehin an der Reihe oder wird gerade zugestellt.")
    mail.given_up_at, mail.last_error, mail.attempts, mail.due_at = None, None, 0, at
    session.add(mail)
    return mail


def hurry(session: Session, at: datetime) -> None:
    """Make all mails due that wait after a failure, such as when the mail server is back."""
    session.execute(
        update(OutboxMail)
        .where(col(OutboxMail.sent_at).is_(None), col(OutboxMail.given_up_at).is_(None))
        .where(col(OutboxMail.last_error).is_not(None))
        .values(due_at=at)
    )


def mark_undeliverable(session: Session, address: str, reason: str, at: datetime) -> None:
    """Note that mail to an address does not arrive; `since` stays that of the first time."""
    session.execute(_MARK, {"address": address.lower(), "at": at, "reason": reason[:500]})


def mark_deliverable(session: Session, address: str) -> None:
    """Take the mark off an address: mail to it was accepted."""
    session.execute(delete(Undeliverable).where(col(Undeliverable.address) == address.lower()))

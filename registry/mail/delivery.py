"""Delivery of the outbox: each mail is claimed by one deliverer, sent, and noted; failures come up again later.

A mail is never lost: it leaves the outbox only when a server has taken it. It is sent twice only if the process dies
between the server's „250“ and the note of it; both then carry the same Message-ID.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from registry.database import Database
from registry.mail.models import OutboxMail
from registry.mail.operations import mark_deliverable, mark_undeliverable
from registry.mail.transport import MailRefusedError, MailServerError, Transport

log = logging.getLogger(__name__)

BATCH = 20
CLAIM = timedelta(minutes=15)
"""How long a claimed mail belongs to its deliverer; after that, that one is taken for dead."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
LONGEST = timedelta(days=5)
"""How long a mail is tried (RFC 5321, 4.5.4.1: at least four to five days)."""
MAX_ATTEMPTS = len(PAUSES) + int((LONGEST - sum(PAUSES, timedelta())) / PAUSES[-1])

GivenUp = Callable[[Session, OutboxMail], None]


@dataclass
class Delivery:
    """What a delivery has done."""

    sent: int = 0
    deferred: int = 0
    given_up: list[int] = field(default_factory=list)
    server_error: str | None = None
    """Why the server could not be used; what was left waits."""


def pause_after(attempts: int, mail_id: int) -> timedelta:
    """Return how long a mail waits after so many attempts: 1, 5, 15, 60 minutes, then 4 hours.

    Up to a fifth more, by its number, so that what failed together does not come back together.
    """
    pause = PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
    return pause * (1 + (mail_id * 8 % 21) / 100)


def deliver_due(
    database: Database,
    transport: Transport,
    at: datetime,
    *,
    given_up: GivenUp | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Delivery:
    """Send all mails that are due `at`, in batches of one connection each.

    Several may run at once, on one node or on many. Ends early when the server fails or `stop()` is true; what was
    claimed and not tried is due again at once. `given_up` is called in the transaction that gives a mail up.
    """
    done = Delivery()
    while not stop() and done.server_error is None and (batch := _claim(database, at)):
        started = time.monotonic()
        tried = 0
        try:
            with transport.connect() as connection:
                for mail in batch:
                    if stop() or time.monotonic() - started > CLAIM.total_seconds() / 3:
                        break
                    tried += 1
                    try:
                        connection.send(mail, at)
                    except MailRefusedError as error:
                        _note_failure(database, mail, error, at, done, given_up)
                    else:
                        _note_sent(database, mail, at, done)
        except MailServerError as error:
            done.server_error = str(error)
            log.warning("mail server: %s", error)
            # Without any connection each mail of the batch has had its attempt; else only the one that broke it.
            failed = batch[tried - 1 : tried] if tried else batch
            tried = tried or len(batch)
            for mail in failed:
                _note_failure(database, mail, MailRefusedError(str(error), permanent=False), at, done, given_up)
        finally:
            _release(database, batch[tried:], at)
    return done


def _claim(database: Database, at: datetime) -> list[OutboxMail]:
    """Take a batch: no other deliverer gets these mails until the claim has run out."""
    due = (col(OutboxMail.due_at) <= at, col(OutboxMail.sent_at).is_(None), col(OutboxMail.given_up_at).is_(None))
    with database.reading() as session:  # most often nothing is due: that must not cost a write
        if session.exec(select(OutboxMail.id).where(*due).limit(1)).first() is None:
            return []
    query = (
        select(OutboxMail)
        .where(*due)
        .order_by(col(OutboxMail.due_at), col(OutboxMail.id))
        .limit(BATCH)
        # PostgreSQL: rows that another deliverer is just claiming are passed over. SQLite has one writer at a time.
        .with_for_update(skip_locked=True)
    )
    with database.noting() as session:
        batch = list(session.exec(query))
        for mail in batch:
            mail.due_at, mail.attempts, mail.last_error = at + CLAIM, mail.attempts + 1, None
            session.add(mail)
    return batch


@contextmanager
def _own(database: Database, mail: OutboxMail) -> Iterator[tuple[Session, OutboxMail | None]]:
    """Open a transaction on a claimed mail; None when the claim ran out and another deliverer has it."""
    with database.noting() as session:
        query = select(OutboxMail).where(
            OutboxMail.id == mail.id, OutboxMail.attempts == mail.attempts, col(OutboxMail.sent_at).is_(None)
        )
        yield session, session.exec(query.with_for_update()).first()


def _note_sent(database: Database, mail: OutboxMail, at: datetime, done: Delivery) -> None:
    done.sent += 1
    log.info("mail %s (%s) sent", mail.id, mail.kind)
    with _own(database, mail) as (session, row):
        mark_deliverable(session, mail.recipient)
        if row is not None:
            # Bodies of invitations and resets hold secrets, and no sent body is needed any more.
            row.sent_at, row.last_error, row.body = at, None, ""
            session.add(row)


def _note_failure(
    database: Database,
    mail: OutboxMail,
    error: MailRefusedError,
    at: datetime,
    done: Delivery,
    given_up: GivenUp | None,
) -> None:
    with _own(database, mail) as (session, row):
        if row is None or row.id is None:
            return
        row.last_error = str(error)[:500]
        session.add(row)
        if error.undeliverable:
            mark_undeliverable(session, row.recipient, str(error), at)
        if not error.permanent and row.attempts < MAX_ATTEMPTS:
            row.due_at = at + pause_after(row.attempts, row.id)
            done.deferred += 1
            log.info("mail %s (%s) waits after attempt %s: %s", row.id, row.kind, row.attempts, error)
            return
        row.given_up_at = at
        done.given_up.append(row.id)
        log.warning("mail %s (%s) given up after attempt %s: %s", row.id, row.kind, row.attempts, error)
        if given_up is not None:
            given_up(session, row)


def _release(database: Database, untried: list[OutboxMail], at: datetime) -> None:
    for mail in untried:
        with _own(database, mail) as (session, row):
            if row is not None:
                row.due_at, row.attempts = at, row.attempts - 1
                session.add(row)

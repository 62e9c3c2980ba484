"""How long things are kept: one function a table, each in a transaction of its own.

The audit log: by setting, at least 90 days (a trigger keeps younger lines). Sessions, links, counted attempts and
stashed forms go when they are of no use any more; mails 30 days after they were sent or given up.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, func, or_
from sqlmodel import Session, col, select

from registry.accounts.audit import PRUNED, audit
from registry.accounts.models import AuditEntry, OneTimeToken, StashedForm, Throttle, WebSession
from registry.accounts.sessions import IDLE, LONGEST, REMEMBERED
from registry.database import Database
from registry.mail.models import OutboxMail
from registry.moments import now
from registry.settings import Settings

log = logging.getLogger(__name__)

ACTOR = "ozg-registry retention"
DAY = timedelta(days=1)
KEPT_TOKENS = 30 * DAY
"""An invitation that has run out stays in the list of the open ones so long: it can be sent again."""
KEPT_USED_TOKENS = 7 * DAY
"""Who opens a used link once more learns that it was used."""
KEPT_FORMS = 7 * DAY
KEPT_ATTEMPTS = 2 * DAY
"""Longer than any limit remembers."""
KEPT_MAILS = 30 * DAY
KEPT_AUDIT = 365 * DAY
_MARGIN = timedelta(hours=1)  # clocks of nodes and database differ; the trigger must never refuse a purge

Purge = Callable[[Session, datetime], int]


def purge_audit(session: Session, at: datetime, kept: timedelta = KEPT_AUDIT) -> int:
    """Remove the oldest lines of the audit log, those written more than `kept` ago; return their number.

    A new line tells of it and keeps the digest of the last removed one, so that the chain can still be checked.
    """
    limit = at - kept - _MARGIN
    first_kept = session.exec(
        select(AuditEntry.id).where(col(AuditEntry.at) > limit).order_by(col(AuditEntry.id)).limit(1)
    ).first()
    oldest = [] if first_kept is None else [col(AuditEntry.id) < first_kept]
    last = session.exec(select(AuditEntry).where(*oldest).order_by(col(AuditEntry.id).desc()).limit(1)).first()
    if last is None or last.id is None:
        return 0
    count = session.exec(select(func.count(col(AuditEntry.id))).where(col(AuditEntry.id) <= last.id)).one()
    audit(session, ACTOR, PRUNED, removed=count, until=last.at.isoformat(), last_digest=last.digest)
    return _deleted(session, delete(AuditEntry).where(col(AuditEntry.id) <= last.id))


def purge_sessions(session: Session, at: datetime) -> int:
    """Remove sessions that have ended, were left idle, or grew too old, a day after that."""
    dead = or_(
        col(WebSession.ended_at) < at - REMEMBERED,
        col(WebSession.seen_at) < at - IDLE - REMEMBERED,
        col(WebSession.created_at) < at - LONGEST - REMEMBERED,
    )
    return _deleted(session, delete(WebSession).where(dead))


def purge_tokens(session: Session, at: datetime) -> int:
    """Remove one-time links a week after they were used, and those that ran out long ago."""
    dead = or_(col(OneTimeToken.used_at) < at - KEPT_USED_TOKENS, col(OneTimeToken.expires_at) < at - KEPT_TOKENS)
    return _deleted(session, delete(OneTimeToken).where(dead))


def purge_throttles(session: Session, at: datetime) -> int:
    """Remove counted attempts of long ago that block nobody."""
    free = or_(col(Throttle.blocked_until).is_(None), col(Throttle.blocked_until) < at)
    return _deleted(session, delete(Throttle).where(and_(col(Throttle.window_start) < at - KEPT_ATTEMPTS, free)))


def purge_stashed_forms(session: Session, at: datetime) -> int:
    """Remove what was typed in sessions that had ended and never asked for again."""
    return _deleted(session, delete(StashedForm).where(col(StashedForm.created_at) < at - KEPT_FORMS))


def purge_mails(session: Session, at: datetime) -> int:
    """Remove mails that were sent or given up 30 days ago; what still waits stays."""
    done = or_(col(OutboxMail.sent_at) < at - KEPT_MAILS, col(OutboxMail.given_up_at) < at - KEPT_MAILS)
    return _deleted(session, delete(OutboxMail).where(done))


def purge(database: Database, settings: Settings, at: datetime | None = None) -> dict[str, int]:
    """Remove what is past its time; return the number of rows by table."""
    at = at or now()
    kept = settings.audit_days * DAY
    steps: dict[str, Purge] = {
        "web_session": purge_sessions,
        "one_time_token": purge_tokens,
        "throttle": purge_throttles,
        "stashed_form": purge_stashed_forms,
        "outbox_mail": purge_mails,
        "audit_entry": lambda session, moment: purge_audit(session, moment, kept),
    }
    return run(database, steps, at)


def run(database: Database, steps: dict[str, Purge], at: datetime) -> dict[str, int]:
    """Take the steps, each in a transaction of its own; return the number of rows by table."""
    removed = {}
    for table, step in steps.items():
        with database.noting() as session:
            removed[table] = step(session, at)
    if any(removed.values()):
        log.info("retention: %s", ", ".join(f"{table} {count}" for table, count in removed.items() if count))
    return removed


def _deleted(session: Session, statement: Any) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    return int(cast("CursorResult[Any]", result).rowcount)

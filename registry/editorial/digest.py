"""The weekly digest: what waits for a person, in short lines with links; nothing waits, nothing is sent.

At most one mail in seven days, the first one on a Monday. Who has ended it gets none: the choice stands in the account
and nothing but that person changes it, no invitation and no new role.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from registry.accounts.audit import audit
from registry.accounts.enums import TokenPurpose
from registry.accounts.models import Membership, Organisation, Person
from registry.accounts.sessions import actor_of
from registry.accounts.tokens import issue, redeem
from registry.database import Database
from registry.editorial.quality.summary import OpenWork, open_work
from registry.mail.operations import enqueue
from registry.settings import Settings

log = logging.getLogger(__name__)

KIND = "digest"
INTERVAL = timedelta(days=7)
MONDAY = 0
LEAVING = "/abbestellen"
LINK_LIFE = timedelta(days=365)
"""How long the link that ends the digest works: people come back to old mails."""


def send_due(database: Database, settings: Settings, at: datetime) -> int:
    """Put the digests that are due into the outbox; return their number.

    Each in a transaction of its own, with the note that it was written: two nodes do not send two. Without BASE_URL
    no link could be written, so nothing is sent.
    """
    with database.reading() as session:
        people = [person.id for person in _readers(session) if is_due(person, at)]
    if people and not settings.base_url:
        log.warning("digests wait: BASE_URL is not set, so that they could carry no links")
        return 0
    sent = 0
    for person_id in people:
        try:
            sent += _send(database, settings, person_id, at)
        except Exception:  # one person's digest must not keep the others from theirs
            log.exception("the digest of person:%s could not be written", person_id)
    return sent


def is_due(person: Person, at: datetime) -> bool:
    """Tell whether a person may get a digest today. Pure."""
    if not (person.active and person.wants_digest):
        return False
    if person.digest_sent_at is not None:
        return at.date() - person.digest_sent_at.date() >= INTERVAL
    return at.weekday() == MONDAY or at.date() - person.created_at.date() >= INTERVAL


def _readers(session: Session) -> list[Person]:
    """Return the active people who want a digest and act for an active organisation."""
    member = (
        select(col(Membership.person_id))
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(col(Organisation.active))
    )
    query = select(Person).where(col(Person.active), col(Person.wants_digest), col(Person.id).in_(member))
    return list(session.execute(query.order_by(col(Person.id))).scalars())


def _send(database: Database, settings: Settings, person_id: int | None, at: datetime) -> int:
    with database.reading() as session:
        person = session.get(Person, person_id)
        work = open_work(session, actor_of(session, person), at) if person is not None else None
    if not work:
        return 0
    with database.noting() as session:
        query = select(Person).where(col(Person.id) == person_id).with_for_update()
        person = session.execute(query).scalar_one_or_none()
        if person is None or not is_due(person, at):  # meanwhile another node was faster, or the person has left
            return 0
        token = issue(session, TokenPurpose.DIGEST_END, email=person.email, person_id=person.id, lifetime=LINK_LIFE)
        enqueue(
            session,
            kind=KIND,
            recipient=person.email,
            subject=f"{settings.site_name}: Was auf Sie wartet",
            body=text_of(work, settings, token),
        )
        person.digest_sent_at = at
        session.add(person)
    return 1


def text_of(work: OpenWork, settings: Settings, token: str) -> str:
    """Return the text of a digest. Pure."""
    base = settings.base_url
    lines = [f"- {item.count} {item.noun} ({item.text})\n  {base}{item.address}" for item in work]
    return (
        "Guten Tag,\n\nim Register wartet auf Sie:\n\n"
        + "\n\n".join(lines)
        + f"\n\nAlles auf einen Blick:\n{base}/verwaltung\n\n"
        "Diese Übersicht kommt höchstens einmal in der Woche und nur, wenn etwas wartet. Sie abbestellen:\n"
        f"{base}{LEAVING}/{token}\n"
    )


def end_digest(session: Session, token: str, at: datetime) -> None:
    """End the digest of the person whom a mailed link belongs to.

    Raises TokenError (`accounts.tokens`) when the link does not work.
    """
    row = redeem(session, TokenPurpose.DIGEST_END, token, at=at)
    person = session.get(Person, row.person_id) if row.person_id is not None else None
    if person is None or not person.wants_digest:
        return
    person.wants_digest = False
    session.add(person)
    audit(session, f"person:{person.id}", "digest.ended", f"person:{person.id}")

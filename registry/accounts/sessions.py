"""Sessions of signed-in browsers: kept in the database, so that they can be listed and ended.

Idle for a working day or a week old, a session ends (OWASP ASVS 5.0, V7.3: limits set by the risk of the data).
"""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from registry.accounts.models import Membership, Organisation, Person, WebSession
from registry.accounts.permissions import Actor
from registry.accounts.secrets import digest, new_token
from registry.moments import now

IDLE = timedelta(hours=8)
LONGEST = timedelta(days=7)
FRESH = timedelta(minutes=15)
"""How long the proof of password or factor is good for what may change the sign-in (ASVS 5.0, 7.5)."""
REMEMBERED = timedelta(days=14)
"""How long after its end a browser is still known by its session: it gets back what was typed there."""
TOUCH_EVERY = timedelta(minutes=5)
"""How exact `seen_at` is: a write a request would be too many."""


def open_session(
    session: Session, person: Person, *, agent: str = "", second_factor: bool = False, by_oidc: bool = False
) -> str:
    """Open a session for a person and return its token, which is not kept."""
    if person.id is None:
        raise ValueError("the person is not stored")
    token = new_token()
    session.add(
        WebSession(
            digest=digest(token), person_id=person.id, agent=agent[:120], second_factor=second_factor, by_oidc=by_oidc
        )
    )
    return token


def find_session(session: Session, token: str, *, at: datetime | None = None) -> tuple[WebSession, Person] | None:
    """Return the living session of a token with its active person, else None."""
    at = at or now()
    found = session.exec(
        select(WebSession, Person)
        .join(Person, col(Person.id) == col(WebSession.person_id))
        .where(WebSession.digest == digest(token))
    ).first()
    if found is None:
        return None
    row, person = found
    if row.ended_at is not None or not person.active or at - row.seen_at > IDLE or at - row.created_at > LONGEST:
        return None
    return row, person


def find_ended(session: Session, token: str, *, at: datetime | None = None) -> tuple[WebSession, Person] | None:
    """Return the session of a token that has ended or run out, not long ago, with its active person; else None."""
    at = at or now()
    found = session.exec(
        select(WebSession, Person)
        .join(Person, col(Person.id) == col(WebSession.person_id))
        .where(WebSession.digest == digest(token))
    ).first()
    if found is None or not found[1].active or find_session(session, token, at=at) is not None:
        return None
    row = found[0]
    return found if at - (row.ended_at or row.seen_at) <= REMEMBERED else None


def renew_session(session: Session, session_id: int) -> str:
    """Note a fresh proof of who sits there; return the new token, the old one is void (ASVS 5.0, 7.2.4)."""
    row = session.get_one(WebSession, session_id)
    token = new_token()
    row.digest, row.confirmed_at, row.seen_at = digest(token), now(), now()
    session.add(row)
    return token


def end_session(session: Session, person_id: int, session_id: int) -> bool:
    """End one session, if it is one of this person and has not ended."""
    row = session.get(WebSession, session_id)
    if row is None or row.person_id != person_id or row.ended_at is not None:
        return False
    row.ended_at = now()
    session.add(row)
    return True


def end_sessions(session: Session, person_id: int, *, but: int | None = None) -> int:
    """End all sessions of a person, but for the one with the id `but`; return their number."""
    query = select(WebSession).where(WebSession.person_id == person_id, col(WebSession.ended_at).is_(None))
    rows = [row for row in session.exec(query) if row.id != but]
    for row in rows:
        row.ended_at = now()
        session.add(row)
    return len(rows)


def actor_of(session: Session, person: Person) -> Actor:
    """Return the actor that a person is, with the roles in active organisations."""
    rows = session.exec(
        select(Membership)
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(Membership.person_id == person.id, col(Organisation.active))
    )
    roles = {row.organisation_id: row.role for row in rows}
    return Actor(person.id, person.name, person.email, person.is_admin, roles)

"""Reads of people, memberships, organisations and sessions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.accounts.models import Membership, Organisation, Person, RecoveryCode, WebSession
from registry.accounts.sessions import IDLE, LONGEST
from registry.moments import now


def normal_email(raw: str) -> str:
    """Return a mail address as it is stored and compared: without outer spaces, in lower case."""
    return raw.strip().lower()


def person_by_email(session: Session, email: str) -> Person | None:
    """Return the account of a mail address, active or not."""
    return session.exec(select(Person).where(Person.email == normal_email(email))).first()


def memberships_of(session: Session, person_id: int) -> Sequence[tuple[Membership, Organisation]]:
    """Return the memberships of a person with their organisations, by name."""
    return session.exec(
        select(Membership, Organisation)
        .join(Organisation, col(Organisation.id) == col(Membership.organisation_id))
        .where(Membership.person_id == person_id)
        .order_by(col(Organisation.name))
    ).all()


def membership(session: Session, person_id: int, organisation_id: int) -> Membership | None:
    """Return the membership of a person in an organisation."""
    return session.exec(
        select(Membership).where(Membership.person_id == person_id, Membership.organisation_id == organisation_id)
    ).first()


def living_sessions(session: Session, person_id: int, *, at: datetime | None = None) -> Sequence[WebSession]:
    """Return the sessions of a person that still work, the one used last first."""
    at = at or now()
    return session.exec(
        select(WebSession)
        .where(
            WebSession.person_id == person_id,
            col(WebSession.ended_at).is_(None),
            col(WebSession.seen_at) >= at - IDLE,
            col(WebSession.created_at) >= at - LONGEST,
        )
        .order_by(col(WebSession.seen_at).desc(), col(WebSession.id).desc())
    ).all()


def recovery_codes_left(session: Session, person_id: int) -> int:
    """Return how many recovery codes of a person are unused."""
    query = (
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, col(RecoveryCode.used_at).is_(None))
    )
    return int(session.exec(query).one())

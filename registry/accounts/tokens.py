"""One-time links sent by mail: issued once, looked at any number of times, used once.

Only the digest of a token is kept. Opening a link does not use it up, because mail scanners open links beforehand:
pages `peek` on GET and `redeem` on POST.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from registry.accounts.enums import Role, TokenPurpose
from registry.accounts.models import OneTimeToken
from registry.accounts.queries import normal_email
from registry.accounts.secrets import digest, new_token
from registry.moments import now

LIFETIMES = {
    TokenPurpose.INVITATION: timedelta(days=7),
    TokenPurpose.PASSWORD_RESET: timedelta(hours=1),
    TokenPurpose.DIGEST_END: timedelta(days=90),
    TokenPurpose.FOLLOW_CONFIRM: timedelta(days=7),
    TokenPurpose.FOLLOW_END: timedelta(days=365),
}
MAX_LENGTH = 100
"""No token is longer; a longer text is none."""


class TokenError(Exception):
    """The link does not work; the message is a German sentence that does not tell whom it was for."""


class UnknownTokenError(TokenError):
    """There is no such token for this purpose."""

    def __init__(self) -> None:
        super().__init__("Diesen Link gibt es nicht. Bitte prüfen Sie, ob er vollständig ist.")


class ExpiredTokenError(TokenError):
    """The token is too old."""

    def __init__(self) -> None:
        super().__init__("Dieser Link ist abgelaufen.")


class UsedTokenError(TokenError):
    """The token was used or revoked."""

    def __init__(self) -> None:
        super().__init__("Dieser Link wurde schon verwendet oder durch einen neueren ersetzt.")


def issue(
    session: Session,
    purpose: TokenPurpose,
    *,
    email: str,
    person_id: int | None = None,
    organisation_id: int | None = None,
    role: Role | None = None,
    as_admin: bool = False,
    created_by: str = "",
    lifetime: timedelta | None = None,
) -> str:
    """Keep a new token and return it, which is the only chance to learn it; `created_by` is an actor's key."""
    token = new_token()
    at = now()
    session.add(
        OneTimeToken(
            purpose=purpose,
            digest=digest(token),
            email=normal_email(email),
            person_id=person_id,
            organisation_id=organisation_id,
            role=role,
            as_admin=as_admin,
            created_by=created_by,
            created_at=at,
            expires_at=at + (LIFETIMES[purpose] if lifetime is None else lifetime),
        )
    )
    session.flush()
    return token


def peek(session: Session, purpose: TokenPurpose, token: str, *, at: datetime | None = None) -> OneTimeToken:
    """Return what a token stands for, without using it up.

    Raises UnknownTokenError, UsedTokenError or ExpiredTokenError.
    """
    row = None
    if len(token) <= MAX_LENGTH:
        row = session.exec(
            select(OneTimeToken).where(OneTimeToken.digest == digest(token), OneTimeToken.purpose == purpose)
        ).first()
    if row is None:
        raise UnknownTokenError
    if row.used_at is not None:
        raise UsedTokenError
    if (at or now()) >= row.expires_at:
        raise ExpiredTokenError
    return row


def redeem(session: Session, purpose: TokenPurpose, token: str, *, at: datetime | None = None) -> OneTimeToken:
    """Use a token up, in the transaction of what it allows; of two at the same time one gets UsedTokenError.

    Raises what `peek` raises.
    """
    row = peek(session, purpose, token, at=at)
    used = session.execute(
        update(OneTimeToken)
        .where(col(OneTimeToken.id) == row.id, col(OneTimeToken.used_at).is_(None))
        .values(used_at=at or now())
        .returning(col(OneTimeToken.id))
    ).first()
    if used is None:
        raise UsedTokenError
    session.refresh(row)
    return row


def revoke(session: Session, purpose: TokenPurpose, *, email: str, organisation_id: int | None = None) -> int:
    """Make the open tokens of an address useless (those of one organisation, when given); return their number."""
    query = select(OneTimeToken).where(
        OneTimeToken.purpose == purpose,
        OneTimeToken.email == normal_email(email),
        col(OneTimeToken.used_at).is_(None),
    )
    if organisation_id is not None:
        query = query.where(OneTimeToken.organisation_id == organisation_id)
    rows = session.exec(query).all()
    for row in rows:
        row.used_at = now()
        session.add(row)
    return len(rows)

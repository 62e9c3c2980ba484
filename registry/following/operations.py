"""Beginning and ending to follow.

Without an account a mail with a link has to be opened first (double opt-in). Whoever asks learns nothing about an
address: neither whether it follows something, nor whether mail reaches it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, col, select

from registry.accounts.enums import TokenPurpose
from registry.accounts.letters import Letter
from registry.accounts.models import OneTimeToken
from registry.accounts.queries import normal_email, person_by_email
from registry.accounts.secrets import keyed_digest
from registry.accounts.tokens import LIFETIMES, ExpiredTokenError, issue, peek, redeem
from registry.catalogue.values import Facts, Mailbox
from registry.database import Clock
from registry.editorial.quotas import Quota, QuotaError, of_sender, use
from registry.following.letters import CONFIRMING, KIND_CONFIRM, LEAVING, already, confirmation
from registry.following.models import Following, Rhythm
from registry.following.targets import Target
from registry.mail.models import Undeliverable
from registry.mail.operations import enqueue

MOST = 50
"""Things that one address may follow."""
CONFIRM_LIFE = LIFETIMES[TokenPurpose.FOLLOW_CONFIRM]
"""How long the link that confirms works, and how long an unconfirmed address is kept."""
RETRY_UNDELIVERABLE = timedelta(days=7)
"""After so long an address that could not be reached may be tried again."""
DAY = timedelta(days=1)
HOURLY, DAILY, ALL_DAILY = 20, 60, 1000
"""Requests from one connection in an hour and in a day; from all together in a day."""
RECIPIENT_DAILY = 10
"""Mails that one address may get a day because somebody typed it into the form."""


class FollowFields(Facts):
    """What somebody without an account types in."""

    email: Mailbox = Field(description="E-Mail-Adresse")
    rhythm: Rhythm = Field(description="Wie oft höchstens?")


class TooManyError(Exception):
    """The address follows as much as one may; the message is a German sentence."""

    def __init__(self) -> None:
        super().__init__(
            f"Sie folgen schon {MOST} Suchen, Einträgen, OZG-Leistungen und Kommunen; mehr geht nicht. "
            "Beenden Sie zuerst etwas davon."
        )


@dataclass(frozen=True)
class Owner:
    """Whose followings are meant: those of an address and of the account that has it."""

    email: str
    person_id: int | None = None


@dataclass(frozen=True)
class Sender:
    """Who writes: the name of the site, its public address without a slash at the end, the key of keyed digests."""

    site: str
    base: str
    secret: str


def quotas_of(secret: str, network: str) -> list[Quota]:
    """Return the quotas of who asks. The network address is not kept, only a keyed digest of it, for two days."""
    return of_sender("following", secret, network, hourly=HOURLY, daily=DAILY, all_daily=ALL_DAILY)


def ask(
    session: Session, fields: FollowFields, target: Target, *, quotas: list[Quota], sender: Sender, at: datetime
) -> None:
    """Write a mail to an address that somebody wants to follow with; nothing is followed before its link is opened.

    Raises QuotaError: let it leave the transaction, so that nothing is kept. Nothing else tells the asker anything.
    """
    use(session, quotas, at)
    email = normal_email(fields.email)
    bounced = session.get(Undeliverable, email)
    if bounced is not None and at - bounced.since < RETRY_UNDELIVERABLE:
        return
    mailbox = keyed_digest(sender.secret, "following", email)
    try:
        use(session, [Quota(f"following:mailbox:{mailbox}", RECIPIENT_DAILY, DAY)], at)
    except QuotaError:
        return
    row = _row(session, Owner(email), target, fields.rhythm, at)
    if row.confirmed_at is not None:
        token = _end_token(session, row.email, row.person_id)
        link = f"{sender.base}{LEAVING}/{token}"
        _send(session, email, already(sender.site, row.kind, row.label, row.rhythm, link))
        return
    row.rhythm, row.label, row.created_at = fields.rhythm, target.label, at
    session.add(row)
    _void(session, [row.id])
    token = issue(session, TokenPurpose.FOLLOW_CONFIRM, email=email, created_by=f"following:{row.id}")
    link = f"{sender.base}{CONFIRMING}/{token}"
    _send(session, email, confirmation(sender.site, row.kind, row.label, row.rhythm, link))


def asked(session: Session, token: str, at: datetime | None = None) -> Following:
    """Return what the link of a mail would confirm, without doing it. Raises TokenError."""
    return _asked(session, peek(session, TokenPurpose.FOLLOW_CONFIRM, token, at=at))


def confirm(session: Session, token: str, at: datetime, hits: int | None = None) -> Following:
    """Begin to follow: the address has proved that it wants to. `hits`: of a search, how many entries it finds now.

    Raises TokenError, and TooManyError: let them leave the transaction, so that the link is not used up.
    """
    row = _asked(session, redeem(session, TokenPurpose.FOLLOW_CONFIRM, token, at=at), lock=True)
    person = person_by_email(session, row.email)
    owner = Owner(row.email, person.id if person is not None and person.active else None)
    _begin(session, row, owner, at, hits)
    return row


def follow(
    session: Session, owner: Owner, target: Target, rhythm: Rhythm, at: datetime, hits: int | None = None
) -> Following:
    """Let a person with an account follow something at once; who follows it already only changes the rhythm.

    Raises TooManyError.
    """
    row = _row(session, owner, target, rhythm, at)
    row.rhythm, row.label = rhythm, target.label
    session.add(row)
    if row.confirmed_at is None:
        _begin(session, row, owner, at, hits)
        _void(session, [row.id])
    return row


def set_rhythm(session: Session, owner: Owner, number: int, rhythm: Rhythm) -> bool:
    """Change how often a person is told; tell whether there is such a following of the own."""
    row = session.exec(select(Following).where(Following.id == number, owned(owner)).with_for_update()).first()
    if row is None:
        return False
    row.rhythm = rhythm
    session.add(row)
    return True


def end(session: Session, owner: Owner, number: int | None = None) -> int:
    """End one following, or all; their rows go. Return how many there were."""
    query = select(Following.id).where(owned(owner))
    if number is not None:
        query = query.where(Following.id == number)
    return _remove(session, session.exec(query).all())


def owner_of(session: Session, token: str, at: datetime | None = None) -> Owner:
    """Return whose followings the link of a digest ends. Raises TokenError."""
    row = peek(session, TokenPurpose.FOLLOW_END, token, at=at)
    return Owner(row.email, row.person_id)


def leave(session: Session, token: str, at: datetime, number: int | None = None) -> Owner:
    """End one following, or all, by the link of a digest. Raises TokenError.

    When nothing is left, the links of all digests are used up, and none of them names the address any more.
    """
    owner = owner_of(session, token, at)
    end(session, owner, number)
    if session.exec(select(Following.id).where(owned(owner)).limit(1)).first() is None:
        session.execute(
            update(OneTimeToken)
            .where(
                col(OneTimeToken.purpose) == TokenPurpose.FOLLOW_END,
                col(OneTimeToken.email) == owner.email,
                col(OneTimeToken.used_at).is_(None),
            )
            .values(used_at=at, email="", person_id=None)
            .execution_options(synchronize_session=False)
        )
    return owner


def forget(session: Session, owner: Owner) -> None:
    """Remove all that is kept of an address or account for following, links included."""
    end(session, owner)
    purposes = (TokenPurpose.FOLLOW_CONFIRM, TokenPurpose.FOLLOW_END)
    session.execute(
        delete(OneTimeToken)
        .where(col(OneTimeToken.purpose).in_(purposes), col(OneTimeToken.email) == owner.email)
        .execution_options(synchronize_session=False)
    )


def forget_unconfirmed(session: Session, at: datetime) -> int:
    """Remove addresses that were not confirmed within seven days; return their number."""
    late = select(Following.id).where(
        col(Following.confirmed_at).is_(None), col(Following.created_at) < at - CONFIRM_LIFE
    )
    return _remove(session, session.exec(late).all())


def forget_unreachable(session: Session, _at: datetime) -> int:
    """End what addresses without an account follow to which mail cannot be delivered; return their number."""
    gone = select(Following.id).where(
        col(Following.person_id).is_(None), col(Following.email).in_(select(Undeliverable.address))
    )
    return _remove(session, session.exec(gone).all())


def owned(owner: Owner) -> Any:
    """Return the condition for the followings of an owner."""
    if owner.person_id is None:
        return col(Following.email) == owner.email
    return or_(col(Following.email) == owner.email, col(Following.person_id) == owner.person_id)


def new_end_token(session: Session, owner: Owner) -> str:
    """Return the secret of a link that ends what an owner follows."""
    return _end_token(session, owner.email, owner.person_id)


def _end_token(session: Session, email: str, person_id: int | None) -> str:
    return issue(session, TokenPurpose.FOLLOW_END, email=email, person_id=person_id)


def _row(session: Session, owner: Owner, target: Target, rhythm: Rhythm, at: datetime) -> Following:
    """Return the locked row of an address and a target, made when there is none."""
    query = select(Following).where(
        Following.email == owner.email, Following.kind == target.kind, Following.target == target.key
    )
    row = session.exec(query.with_for_update()).first()
    if row is not None:
        return row
    row = Following(
        email=owner.email, kind=target.kind, target=target.key, label=target.label, rhythm=rhythm, created_at=at
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # the same request arrived twice at the same time
        return session.exec(query.with_for_update()).one()
    return row


def _asked(session: Session, token: OneTimeToken, *, lock: bool = False) -> Following:
    _, _, number = token.created_by.partition(":")
    row = session.get(Following, int(number) if number.isdecimal() else 0, with_for_update=lock or None)
    if row is None or row.email != token.email:  # was ended, or removed because nobody confirmed it in time
        raise ExpiredTokenError
    return row


def _begin(session: Session, row: Following, owner: Owner, at: datetime, hits: int | None) -> None:
    if row.confirmed_at is not None:
        return
    count = select(func.count(col(Following.id))).where(owned(owner), col(Following.confirmed_at).is_not(None))
    if session.exec(count).one() >= MOST:
        raise TooManyError
    row.confirmed_at, row.person_id, row.told_hits = at, owner.person_id, hits
    row.told_tick = session.exec(select(Clock.tick)).one()
    session.add(row)


def _remove(session: Session, numbers: Sequence[int | None]) -> int:
    if not numbers:
        return 0
    _void(session, numbers)
    gone = delete(Following).where(col(Following.id).in_(numbers))
    result = session.execute(gone.execution_options(synchronize_session=False))
    return int(cast("CursorResult[Any]", result).rowcount)


def _void(session: Session, numbers: Sequence[int | None]) -> None:
    """Remove the links that would confirm these followings: a number may be given out again."""
    session.execute(
        delete(OneTimeToken)
        .where(
            col(OneTimeToken.purpose) == TokenPurpose.FOLLOW_CONFIRM,
            col(OneTimeToken.created_by).in_([f"following:{number}" for number in numbers]),
            col(OneTimeToken.used_at).is_(None),
        )
        .execution_options(synchronize_session=False)
    )


def _send(session: Session, email: str, letter: Letter) -> None:
    enqueue(session, kind=KIND_CONFIRM, recipient=email, subject=letter.subject, body=letter.body)

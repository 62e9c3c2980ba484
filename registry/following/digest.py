"""The digest of what somebody follows: one mail with all that has news; nothing is new, nothing is sent.

Told is what everybody may know, and once: the note up to which tick somebody was told is written in the transaction
of the mail. It is looked at again under a lock, so that two nodes never send two.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from registry.accounts.models import Person
from registry.database import Clock, Database
from registry.following.letters import KIND, LEAVING, digest
from registry.following.models import Following, Rhythm
from registry.following.news import Item, Newsroom, Question
from registry.following.operations import Owner, new_end_token
from registry.following.searches import Finder
from registry.mail.models import Undeliverable
from registry.mail.operations import enqueue
from registry.settings import Settings

log = logging.getLogger(__name__)

DAYS = {Rhythm.DAILY: 1, Rhythm.WEEKLY: 7}
"""How many days lie between two digests of a rhythm at least."""
OpenFinder = Callable[[], Finder]


@dataclass(frozen=True)
class Follower:
    """Somebody to be told, and what of the own is due."""

    owner: Owner
    due: tuple[Following, ...]


def send_due(database: Database, settings: Settings, at: datetime, open_finder: OpenFinder) -> int:
    """Put the digests that are due into the outbox; return their number.

    Without BASE_URL no link could be written, so nothing is sent. `open_finder` is called when somebody who is due
    follows a search: opening the index takes a moment.
    """
    with database.reading() as session:
        followers = followers_due(session, at)
    if followers and not settings.base_url:
        log.warning("digests of what people follow wait: BASE_URL is not set, so that they could carry no links")
        return 0
    desk = _Desk(database, settings, at, open_finder)
    sent = 0
    for follower in followers:
        try:
            sent += desk.tell(follower)
        except Exception:  # one digest must not keep the others from theirs
            log.exception("the digest for following:%s could not be written", follower.due[0].id)
    return sent


def due(rows: Iterable[Following], at: datetime) -> tuple[Following, ...]:
    """Return those of one person's followings about which the person may be told today. Pure.

    All of one rhythm are told together, so that many weekly ones still make one mail a week.
    """
    found: list[Following] = []
    confirmed = [row for row in rows if row.confirmed_at is not None]
    for rhythm, days in DAYS.items():
        same = [row for row in confirmed if row.rhythm is rhythm]
        told = max((row.told_at for row in same if row.told_at is not None), default=None)
        if told is None or at.date() - told.date() >= timedelta(days=days):
            found += same
    return tuple(found)


def followers_due(session: Session, at: datetime) -> list[Follower]:
    """Return who may be told today: with a mailbox that can be reached, and not with a disabled account."""
    query = (
        select(Following, Person)
        .outerjoin(Person, col(Person.id) == col(Following.person_id))
        .where(
            col(Following.confirmed_at).is_not(None),
            col(Following.email).not_in(select(Undeliverable.address)),
        )
        .order_by(col(Following.email), col(Following.kind), Following.label, col(Following.id))
    )
    rows: dict[str, list[Following]] = {}
    people: dict[str, int | None] = {}
    for row, person in session.exec(query):
        if person is not None and not person.active:
            continue
        rows.setdefault(row.email, []).append(row)
        people[row.email] = people.get(row.email) or row.person_id
    followers = [Follower(Owner(email, people[email]), due(own, at)) for email, own in rows.items()]
    return [one for one in followers if one.due]


@dataclass
class _Desk:
    """Writes digests; opens the search once, when it is needed."""

    database: Database
    settings: Settings
    at: datetime
    open_finder: OpenFinder
    finder: Finder | None = None

    def tell(self, follower: Follower) -> int:
        """Write the digest of one follower, if there is news; return the number of mails."""
        tick, items = self._items(follower)
        if not any(item.lines for item in items.values()):
            return 0
        with self.database.noting() as session:
            query = select(Following).where(col(Following.id).in_([row.id for row in follower.due]))
            rows = session.exec(query.with_for_update()).all()
            before = {row.id: (row.told_tick, row.told_at) for row in follower.due}
            if any((row.told_tick, row.told_at) != before[row.id] for row in rows):
                return 0  # another node was faster
            left = {row.id for row in rows}
            told = [item for number, item in items.items() if number in left and item.lines]
            if not told:  # meanwhile all of it was ended
                return 0
            link = f"{self.settings.base_url}{LEAVING}/{new_end_token(session, follower.owner)}"
            letter = digest(self.settings.site_name, self.settings.base_url, told, link)
            enqueue(session, kind=KIND, recipient=follower.owner.email, subject=letter.subject, body=letter.body)
            for row in rows:
                row.told_tick, row.told_at = tick, self.at
                row.told_hits = items[row.id].hits
                session.add(row)
        return 1

    def _items(self, follower: Follower) -> tuple[int, dict[int | None, Item]]:
        with self.database.reading() as session:
            # Read first: what changes while the rest is read is told next time, perhaps twice, but never missed.
            tick = session.exec(select(Clock.tick)).one()
            room = Newsroom(session, self._find, tick, self.at.date(), self.settings.confirmation_months)
            return tick, {row.id: room.item(_question(row)) for row in follower.due}

    def _find(self) -> Finder:
        if self.finder is None:
            self.finder = self.open_finder()
        return self.finder


def _question(row: Following) -> Question:
    return Question(row.id or 0, row.kind, row.target, row.label, row.told_tick, row.told_hits)

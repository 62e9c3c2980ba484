"""Attempts are counted, and whoever fails often waits longer each time.

Counted is under a keyed digest: of what was typed, whether there is such an account or not, and of the network
address, which is not kept itself. An attempt is counted before it is checked, so that many at the same time gain
nothing; a success takes it back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, text
from sqlmodel import Session, col, select

from registry.accounts.models import Throttle
from registry.moments import Moment, now


@dataclass(frozen=True)
class Limit:
    """`free` attempts in a row; then one each `first`, twice that, … up to `longest`; forgotten after `quiet`."""

    free: int
    first: timedelta
    longest: timedelta
    quiet: timedelta

    def delay(self, count: int) -> timedelta:
        """Return how long to wait after this many attempts."""
        if count < self.free:
            return timedelta(0)
        return min(self.longest, self.first * (1 << min(count - self.free, 20)))


SIGN_IN_NAME = Limit(5, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=12))
"""About 100 guesses a day for one account: NIST SP 800-63B-4, 3.2.2 wants it below 100 in a row."""
SIGN_IN_ADDRESS = Limit(30, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=1))
"""Many people of an authority come from one address."""
FACTOR = Limit(5, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=12))
RESET_NAME = Limit(3, timedelta(minutes=10), timedelta(hours=6), timedelta(hours=24))
RESET_ADDRESS = Limit(10, timedelta(minutes=1), timedelta(hours=1), timedelta(hours=1))


@dataclass(frozen=True)
class Counter:
    """Something that is counted: a keyed digest (`registry.accounts.secrets.keyed_digest`) and its limit."""

    key: str
    limit: Limit


@dataclass(frozen=True)
class Admission:
    """Whether an attempt may go on: `wait` is zero; `locks` tells that after this one the next must wait."""

    wait: timedelta
    locks: bool = False

    @property
    def allowed(self) -> bool:
        """Tell whether the attempt may go on."""
        return not self.wait

    @property
    def seconds(self) -> int:
        """Return the whole seconds to wait, for Retry-After."""
        return int(self.wait.total_seconds()) + bool(self.wait.microseconds)


_ADD = text(
    "INSERT INTO throttle (key, count, window_start) VALUES (:key, 0, :at) ON CONFLICT (key) DO NOTHING"
).bindparams(bindparam("at", type_=Moment()))


def counted(session: Session, key: str, at: datetime) -> Throttle:
    """Return the locked row of a key, made when there is none; take several in the order of their keys."""
    session.execute(_ADD, {"key": key, "at": at})
    return session.exec(select(Throttle).where(col(Throttle.key) == key).with_for_update()).one()


def admit(session: Session, counters: Iterable[Counter], *, at: datetime | None = None) -> Admission:
    """Count an attempt, in a transaction of its own, unless one of the counters says to wait."""
    at = at or now()
    rows: list[tuple[Throttle, Limit]] = []
    for counter in sorted(counters, key=lambda one: one.key):  # always in one order: no deadlock
        rows.append((counted(session, counter.key, at), counter.limit))
    waits = [row.blocked_until - at for row, _ in rows if row.blocked_until is not None and row.blocked_until > at]
    if waits:
        return Admission(max(waits))
    locks = False
    for row, limit in rows:
        if at - row.window_start > limit.quiet:
            row.count = 0
        row.count += 1
        row.window_start = at
        delay = limit.delay(row.count)
        row.blocked_until = at + delay if delay else None
        locks = locks or bool(delay)
        session.add(row)
    return Admission(timedelta(0), locks)


def forget(session: Session, key: str) -> None:
    """Begin anew after a success."""
    row = session.get(Throttle, key)
    if row is not None:
        session.delete(row)


def take_back(session: Session, counter: Counter) -> None:
    """Do not count the last attempt: it was a success. The earlier ones stay, so that an own account hides nothing."""
    row = session.exec(select(Throttle).where(col(Throttle.key) == counter.key).with_for_update()).first()
    if row is not None:
        row.count = max(0, row.count - 1)
        row.blocked_until = None
        session.add(row)

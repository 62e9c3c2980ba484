"""How often something may happen in a window of time, counted in the database, so that all nodes count together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from registry.accounts.secrets import keyed_digest
from registry.accounts.throttling import counted


@dataclass(frozen=True)
class Quota:
    """So many in such a time. `key` names what is counted, with a digest where it could be guessed."""

    key: str
    allowed: int
    window: timedelta


class QuotaError(Exception):
    """A quota is used up until `until`; nothing was counted."""

    def __init__(self, quota: Quota, until: datetime) -> None:
        super().__init__(f"used up until {until.isoformat()}")
        self.quota = quota
        self.until = until


def of_sender(form: str, secret: str, network: str, *, hourly: int, daily: int, all_daily: int) -> list[Quota]:
    """Return the quotas of who sends a form that anybody may send: in an hour, in a day, and of all together in a day.

    The network address is not kept, only a keyed digest of it, for as long as the counting takes.
    """
    sender = keyed_digest(secret, form, network)
    return [
        Quota(f"{form}:hour:{sender}", hourly, timedelta(hours=1)),
        Quota(f"{form}:day:{sender}", daily, timedelta(days=1)),
        Quota(f"{form}:all", all_daily, timedelta(days=1)),
    ]


def use(session: Session, quotas: Iterable[Quota], at: datetime) -> None:
    """Count one use of each quota, in the transaction of `session`.

    Raises QuotaError when one is used up: let it leave the transaction, so that nothing is counted.
    """
    for quota in sorted(quotas, key=lambda one: one.key):  # in one order, so that two senders never wait for each other
        row = counted(session, quota.key, at)
        if at - row.window_start >= quota.window:
            row.count, row.window_start = 0, at
        if row.count >= quota.allowed:
            raise QuotaError(quota, row.window_start + quota.window)
        row.count += 1
        session.add(row)
    session.flush()

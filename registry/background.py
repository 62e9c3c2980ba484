"""Regular work beside the requests: mail, publications at a set time, digests, what is past its retention.

One thread a process, started by `serve`; on another WSGI server `ozg-registry housekeeping` does the same, called by
a timer. Each task is guarded: one that fails is logged, and the others go on. With several nodes a lease in the
database lets one of them do a task at a time (mail needs none: each mail is claimed by itself).
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from registry.accounts.audit import audit
from registry.database import Database
from registry.leases import recall_lease, set_lease, take_lease
from registry.mail.delivery import Delivery, deliver_due
from registry.mail.models import OutboxMail
from registry.mail.transport import SmtpTransport
from registry.moments import now
from registry.settings import Settings

log = logging.getLogger(__name__)

ACTOR = "ozg-registry mail"
LEASE = timedelta(minutes=10)
"""For how long a task belongs to a node that may have died over it."""
RETRY = timedelta(minutes=15)
"""When a daily task that failed comes again."""
MORNING = 6
"""The hour, by the clock of the server, at which daily work falls due."""
LONGEST_PAUSE = 300.0
"""Seconds until a task that keeps failing is tried again."""


@dataclass(frozen=True)
class Work:
    """What a task works with."""

    database: Database
    settings: Settings
    at: datetime
    stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Task:
    """A piece of regular work: its name, what does it, how often."""

    name: str
    label: str
    run: Callable[[Work], object]
    seconds: float
    """How long after one run the next may begin; a daily task is asked for so often whether its day has come."""
    leased: bool = True
    daily: bool = False


def deliver(work: Work, transport: SmtpTransport) -> Delivery:
    """Send the mail that is due; one that is given up is audited."""
    return deliver_due(work.database, transport, work.at, given_up=_note_given_up, stop=work.stop)


def _note_given_up(session: Session, mail: OutboxMail) -> None:
    audit(session, ACTOR, "mail.given_up", f"mail:{mail.id}", kind=mail.kind, attempts=mail.attempts)


def _mail(work: Work) -> object:
    transport = SmtpTransport.of(work.settings)
    return deliver(work, transport) if transport is not None else None


# The rooms are loaded when their work is due: commands that only send mail need none of them.


def _publish(work: Work) -> object:
    from registry.editorial.scheduling import publish_due

    base = work.settings.base_url
    return publish_due(work.database, work.at, link=lambda key: f"{base}/verwaltung/pruefung/{key}" if base else "")


def _digests(work: Work) -> object:
    from registry.editorial.digest import send_due

    return send_due(work.database, work.settings, work.at)


def _followings(work: Work) -> object:
    from registry.following.digest import send_due
    from registry.following.searches import Finder
    from registry.search.service import SearchService
    from registry.web.followed import request_of

    search = SearchService(work.database, work.settings.index_dir)
    try:
        return send_due(work.database, work.settings, work.at, lambda: Finder(search, request_of))
    finally:
        search.close()


def _retention(work: Work) -> object:
    from registry.accounts.retention import purge as purge_accounts
    from registry.adoption.personal import purge as purge_adoptions
    from registry.editorial.retention import purge as purge_editorial
    from registry.following.retention import purge as purge_followings

    return (
        purge_accounts(work.database, work.settings, work.at)
        | purge_editorial(work.database, work.at)
        | purge_followings(work.database, work.at)
        | purge_adoptions(work.database, work.at)
    )


def _confirmations(work: Work) -> object:
    from registry.adoption.reminders import remind_due

    return remind_due(work.database, work.settings, work.at)


TASKS: tuple[Task, ...] = (
    Task("publishing", "Vorgemerkte Veröffentlichungen", _publish, 30),
    Task("digests", "Übersichten", _digests, 300, daily=True),
    Task("followings", "Neues für Folgende", _followings, 300, daily=True),
    Task("confirmations", "Erinnerungen an Nachnutzungen", _confirmations, 300, daily=True),
    Task("retention", "Aufbewahrungsfristen", _retention, 300, daily=True),
    Task("mail", "Mail", _mail, 5, leased=False),
)
"""Mail comes last, so that `housekeeping` also sends what the others have written."""


def next_morning(at: datetime) -> datetime:
    """Return when daily work falls due again: the next morning by the clock of the server."""
    local = at.astimezone()
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return morning if morning > local else morning + timedelta(days=1)


def holder_name() -> str:
    """Return a name for this process on this node."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{threading.get_ident()}"[:100]


def run_task(task: Task, work: Work, *, force: bool = False) -> bool:
    """Do a task if it is due and nobody else has it; tell whether it was done. What it raises goes on.

    `force` does a daily task also when it was done today; never while another node is at it.
    """
    if not task.leased:
        task.run(work)
        return True
    holder = holder_name()
    if force and task.daily:
        recall_lease(work.database, task.name, work.at)
    if not take_lease(work.database, task.name, holder, at=work.at, until=work.at + LEASE):
        return False
    again = work.at + RETRY if task.daily else work.at
    try:
        task.run(work)
        again = next_morning(work.at) if task.daily else work.at
    finally:
        set_lease(work.database, task.name, holder, again)
    return True


@dataclass
class _Turn:
    """When a task comes next, and how often it has failed in a row."""

    due: float = 0.0
    failures: int = 0


@dataclass
class Background:
    """The thread that does the regular work of this process."""

    database: Database
    settings: Settings
    tasks: Sequence[Task] = TASKS
    beat: float = 1.0
    """Seconds between two looks at what is due."""
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin. Does nothing when it is running."""
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._loop, name="background", daemon=True)
            self._thread.start()

    def stop(self, seconds: float = 1.0) -> bool:
        """End after the present step, waiting no longer than `seconds`; tell whether it has ended.

        A conversation with a mail server that hangs is left alone: its mails come up again when their claim runs out.
        """
        self._ended.set()
        if self._thread is None:
            return True
        self._thread.join(seconds)
        ended = not self._thread.is_alive()
        self._thread = None
        if not ended:
            log.warning("background work was cut off")
        return ended

    def _loop(self) -> None:
        turns = {task.name: _Turn() for task in self.tasks}
        while not self._ended.is_set():
            for task in self.tasks:
                turn = turns[task.name]
                if self._ended.is_set() or time.monotonic() < turn.due:
                    continue
                try:
                    run_task(task, Work(self.database, self.settings, now(), self._ended.is_set))
                    turn.failures = 0
                    turn.due = time.monotonic() + task.seconds
                except Exception:
                    turn.failures += 1
                    pause = min(max(task.seconds, 1.0) * 2**turn.failures, LONGEST_PAUSE)
                    turn.due = time.monotonic() + pause
                    log.exception("background work „%s“ failed, again in %.0f s", task.name, pause)
            self._ended.wait(self.beat)

"""Regular work goes on whatever fails, is done once however many nodes there are, and stops at once."""

import logging
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from registry import background
from registry.background import TASKS, Background, Task, Work, next_morning, run_task
from registry.database import Database
from registry.leases import Lease, recall_lease, set_lease, take_lease
from registry.mail.operations import enqueue
from registry.moments import now
from registry.settings import Settings
from tests.mail.server import MailServer, until

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Counted:
    """A task's work that counts its runs."""

    def __init__(self, error: Exception | None = None, lasts: float = 0) -> None:
        self.runs = 0
        self._error, self._lasts = error, lasts

    def __call__(self, _work: Work) -> None:
        self.runs += 1
        time.sleep(self._lasts)
        if self._error is not None:
            raise self._error


def work(database: Database, at: datetime = AT) -> Work:
    return Work(database, Settings(), at)


def test_a_task_that_fails_is_logged_and_the_others_go_on(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = Counted(ValueError("kaputt")), Counted()
    tasks = (Task("bad", "B", bad, 0), Task("good", "G", good, 0, leased=False))
    running = Background(database, Settings(), tasks, beat=0.01)
    running.start()
    until(lambda: good.runs >= 5)
    assert running.stop()
    assert bad.runs == 1, "what fails is not tried at each beat"
    failed = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert [one.exc_info is not None for one in failed] == [True]


def test_it_stops_within_a_second_even_when_a_task_hangs(database: Database) -> None:
    idle = Background(database, Settings(), (Task("idle", "I", Counted(), 60, leased=False),))
    hanging = Background(database, Settings(), (Task("hangs", "H", Counted(lasts=1.5), 60, leased=False),))
    for running, ended in ((idle, True), (hanging, False)):
        running.start()
        time.sleep(0.1)
        begun = time.monotonic()
        assert running.stop() is ended
        assert time.monotonic() - begun < 1.2
        assert running.stop(), "stopping twice does no harm"


def test_a_task_is_asked_for_no_more_often_than_it_says(database: Database) -> None:
    seldom = Counted()
    running = Background(database, Settings(), (Task("seldom", "S", seldom, 60, leased=False),), beat=0.01)
    running.start()
    running.start()
    time.sleep(0.2)
    running.stop()
    assert seldom.runs == 1


def test_of_several_nodes_one_takes_the_lease(database: Database) -> None:
    nodes = 6
    for round_ in range(3):
        begin, taken = threading.Barrier(nodes), []
        at = AT + round_ * timedelta(hours=1)

        def node(name: str, at: datetime = at, begin: threading.Barrier = begin, taken: list[str] = taken) -> None:
            begin.wait()
            if take_lease(database, "work", name, at=at, until=at + MINUTE):
                taken.append(name)

        threads = [threading.Thread(target=node, args=(f"node {number}",)) for number in range(nodes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(taken) == 1


def test_a_lease_of_a_node_that_died_runs_out(database: Database) -> None:
    assert take_lease(database, "work", "dead", at=AT, until=AT + 10 * MINUTE)
    assert not take_lease(database, "work", "other", at=AT + 9 * MINUTE, until=AT + 19 * MINUTE)
    assert take_lease(database, "work", "other", at=AT + 10 * MINUTE, until=AT + 20 * MINUTE)
    set_lease(database, "work", "dead", AT)
    assert not take_lease(database, "work", "third", at=AT + 11 * MINUTE, until=AT + 20 * MINUTE)
    recall_lease(database, "work", AT + 11 * MINUTE)
    assert not take_lease(database, "work", "third", at=AT + 11 * MINUTE, until=AT + 20 * MINUTE)


def test_a_daily_task_is_done_once_a_day_and_again_the_next_morning(database: Database) -> None:
    counted = Counted()
    daily = Task("daily", "D", counted, 1, daily=True)
    assert run_task(daily, work(database))
    assert not run_task(daily, work(database, AT + 3 * MINUTE))
    assert run_task(daily, work(database, AT + 3 * MINUTE), force=True)
    morning = next_morning(AT + 3 * MINUTE)
    assert not run_task(daily, work(database, morning - MINUTE))
    assert run_task(daily, work(database, morning))
    assert counted.runs == 3


def test_a_daily_task_that_failed_comes_again_a_quarter_of_an_hour_later(database: Database) -> None:
    daily = Task("daily", "D", Counted(ValueError("kaputt")), 1, daily=True)
    with pytest.raises(ValueError, match="kaputt"):
        run_task(daily, work(database))
    assert not run_task(daily, work(database, AT + 14 * MINUTE))
    with pytest.raises(ValueError, match="kaputt"):
        run_task(daily, work(database, AT + 15 * MINUTE))
    with pytest.raises(ValueError, match="kaputt"):
        run_task(daily, work(database, AT + 16 * MINUTE), force=True)


def test_a_task_that_another_node_is_at_is_left_to_it_even_when_forced(database: Database) -> None:
    counted = Counted()
    daily = Task("daily", "D", counted, 1, daily=True)
    assert take_lease(database, "daily", "other node", at=AT, until=AT + 10 * MINUTE)
    assert not run_task(daily, work(database, AT + MINUTE), force=True)
    assert counted.runs == 0


def test_the_next_morning_is_at_six_by_the_clock_of_the_server() -> None:
    for hour in range(24):
        at = AT + timedelta(hours=hour)
        morning = next_morning(at)
        assert at < morning <= at + timedelta(hours=25)
        assert (morning.hour, morning.minute) == (6, 0)


def test_every_task_runs_on_an_empty_database(database: Database) -> None:
    assert len({task.name for task in TASKS}) == len(TASKS)
    for task in TASKS:
        assert run_task(task, work(database, now())), task.name
    with database.reading() as session:
        leases = session.exec(select(Lease)).all()
    assert {one.name for one in leases} == {task.name for task in TASKS if task.leased}
    assert all(one.holder == "" for one in leases)


def test_mail_goes_out_by_itself(database: Database) -> None:
    with MailServer() as server:
        settings = Settings(mail_url=server.url, mail_from="register@amt.example")
        running = Background(database, settings, tuple(task for task in TASKS if task.name == "mail"), beat=0.05)
        with database.noting() as session:
            enqueue(session, kind="review", recipient="a@amt.example", subject="Prüfung", body="Text")
        running.start()
        try:
            server.wait_for(1)
        finally:
            assert running.stop()


def test_serving_does_the_regular_work_and_ends_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from registry.cli import main

    started, stopped = [], []
    monkeypatch.setattr(background.Background, "start", lambda self: started.append(self.settings.port))
    monkeypatch.setattr(background.Background, "stop", lambda self: stopped.append(self.settings.port))

    class Server:
        def run(self) -> None:
            assert started == [8000]

        def close(self) -> None:
            assert stopped == [8000]

    monkeypatch.setattr("waitress.create_server", lambda *_args, **_options: Server())
    root = logging.getLogger()
    handlers, level, on_term = root.handlers[:], root.level, signal.getsignal(signal.SIGTERM)
    try:
        environment = {
            "OZG_REGISTRY_DATABASE_URL": database.url,
            "OZG_REGISTRY_INDEX_DIR": str(tmp_path / "index"),
            "OZG_REGISTRY_SECRET_KEY": "k" * 32,
        }
        result = CliRunner(env=environment).invoke(main, ["serve"])
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        signal.signal(signal.SIGTERM, on_term)
    assert result.exit_code == 0, result.output
    assert stopped == [8000]

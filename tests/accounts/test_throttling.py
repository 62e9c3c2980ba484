from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.accounts.throttling import SIGN_IN_NAME, Counter, Limit, admit, forget, take_back
from registry.database import Database

LIMIT = Limit(3, timedelta(seconds=10), timedelta(seconds=60), timedelta(minutes=10))
START = datetime(2026, 10, 8, 12, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def _wait(database: Database, at: float, *keys: str) -> float:
    with database.noting() as session:
        return admit(session, [Counter(key, LIMIT) for key in keys], at=_at(at)).wait.total_seconds()


def test_some_attempts_are_free_then_each_waits_longer_up_to_a_limit(database: Database) -> None:
    assert [_wait(database, 0, "a") for _ in range(4)] == [0, 0, 0, 10]
    assert [_wait(database, 10, "a"), _wait(database, 11, "a")] == [0, 19]
    assert [_wait(database, 30, "a"), _wait(database, 31, "a")] == [0, 39]
    assert [_wait(database, 70, "a"), _wait(database, 71, "a")] == [0, 59]
    assert [_wait(database, 130, "a"), _wait(database, 131, "a")] == [0, 59]


def test_a_refused_attempt_does_not_prolong_the_wait(database: Database) -> None:
    for _ in range(3):
        _wait(database, 0, "a")
    assert [_wait(database, second, "a") for second in range(1, 10)] == [10 - second for second in range(1, 10)]
    assert _wait(database, 10, "a") == 0


def test_after_a_quiet_time_all_is_forgotten(database: Database) -> None:
    for _ in range(3):
        _wait(database, 0, "a")
    assert [_wait(database, 700, "a") for _ in range(4)] == [0, 0, 0, 10]


def test_several_counters_count_together_and_one_is_enough_to_wait(database: Database) -> None:
    for key in ("a", "b", "c"):
        _wait(database, 0, key, "place")
    assert _wait(database, 0, "d", "place") == 10
    assert _wait(database, 0, "d") == 0


def test_a_success_is_forgiven_but_hides_nothing_at_the_address(database: Database) -> None:
    place = Counter("place", LIMIT)
    for key in ("a", "b", "c"):
        _wait(database, 0, key, "place")
    with database.noting() as session:
        forget(session, "a")
        forget(session, "a")
        take_back(session, place)
    assert _wait(database, 0, "a", "place") == 0
    assert _wait(database, 0, "a", "place") == 10


def test_attempts_at_the_same_time_are_all_counted(database: Database) -> None:
    def attempt(_: int) -> bool:
        with database.noting() as session:
            return admit(session, [Counter("b", LIMIT), Counter("a", LIMIT)], at=START).allowed

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == LIMIT.free


@pytest.mark.sqlite_only
@given(st.integers(0, 10_000))
def test_the_wait_grows_and_stays_below_its_limit(count: int) -> None:
    assert timedelta(0) <= SIGN_IN_NAME.delay(count) <= SIGN_IN_NAME.delay(count + 1) <= SIGN_IN_NAME.longest


@pytest.mark.sqlite_only
def test_one_account_takes_no_more_than_about_a_hundred_guesses_a_day() -> None:
    seconds, guesses = 0.0, 0
    while seconds < 86_400:
        guesses += 1
        seconds += SIGN_IN_NAME.delay(guesses).total_seconds()
    assert guesses <= 105

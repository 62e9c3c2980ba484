"""Announcements: who may write them, when they are shown."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import select

from registry.accounts.permissions import Actor, NotAllowedError
from registry.database import Database
from registry.editorial.announcements import (
    StaleAnnouncementError,
    UnknownAnnouncementError,
    all_announcements,
    announce,
    change_announcement,
    current_announcements,
    end_announcement,
)
from registry.history import Revision

ADMINISTRATOR = Actor(1, is_admin=True)
TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)


def _announce(database: Database, actor: Actor = ADMINISTRATOR, **values: Any) -> int:
    with database.writing() as write:
        number = announce(write, actor, {"kind": "info", "text": "Wartung", **values}).id
    assert number is not None
    return number


def _shown(database: Database, day: date) -> list[int | None]:
    with database.reading() as session:
        return [row.id for row in current_announcements(session, day)]


@pytest.mark.parametrize(
    ("starts", "ends", "days"),
    [(None, None, (-1, 0, 1)), (0, None, (0, 1)), (None, 0, (-1, 0)), (0, 0, (0,)), (1, 2, (1,)), (-2, -2, ())],
)
def test_it_is_shown_in_its_days_and_only_then(
    database: Database, starts: int | None, ends: int | None, days: tuple[int, ...]
) -> None:
    period = {
        "starts_on": None if starts is None else TODAY + starts * DAY,
        "ends_on": None if ends is None else TODAY + ends * DAY,
    }
    number = _announce(database, **period)
    found = tuple(day for day in (-1, 0, 1) if number in _shown(database, TODAY + day * DAY))
    assert found == days


def test_warnings_come_first_then_the_newest(database: Database) -> None:
    first = _announce(database)
    warning = _announce(database, kind="warning")
    last = _announce(database)
    assert _shown(database, TODAY) == [warning, last, first]


def test_an_ended_one_is_shown_no_more_and_stays_in_the_list(database: Database) -> None:
    number = _announce(database)
    with database.writing() as write:
        assert end_announcement(write, ADMINISTRATOR, number)
        assert not end_announcement(write, ADMINISTRATOR, number)
    assert _shown(database, TODAY) == []
    with database.reading() as session:
        assert [row.id for row in all_announcements(session)] == [number]


def test_a_change_needs_the_present_state(database: Database) -> None:
    number = _announce(database)
    seen = database.tick()
    values = {"kind": "warning", "text": "Neu", "ends_on": TODAY}
    with database.writing() as write:
        assert change_announcement(write, ADMINISTRATOR, number, values, seen=seen)
    with pytest.raises(StaleAnnouncementError), database.writing() as write:
        change_announcement(write, ADMINISTRATOR, number, values, seen=seen)
    with database.reading() as session:
        revision = session.exec(select(Revision).order_by(Revision.tick.desc())).first()  # type: ignore[attr-defined]
    assert revision is not None
    assert revision.changes == {
        "ends_on": [None, "2026-03-10"],
        "kind": ["info", "warning"],
        "text": ["Wartung", "Neu"],
    }


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "alarm"},
        {"text": ""},
        {"text": "x" * 1001},
        {"starts_on": TODAY, "ends_on": TODAY - DAY},
        {"starts_on": "morgen?"},
        {"active": False},
        {"id": 7},
    ],
)
def test_unusable_values_are_refused(database: Database, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _announce(database, **values)
    with database.reading() as session:
        assert all_announcements(session) == []


def test_only_an_administrator_writes(database: Database) -> None:
    number = _announce(database)
    for act in (
        lambda write: announce(write, Actor(2), {"kind": "info", "text": "x"}),
        lambda write: change_announcement(write, Actor(2), number, {}, seen=0),
        lambda write: end_announcement(write, Actor(2), number),
    ):
        with pytest.raises(NotAllowedError), database.writing() as write:
            act(write)
    with pytest.raises(UnknownAnnouncementError), database.writing() as write:
        end_announcement(write, ADMINISTRATOR, 4711)

"""Site texts: written by administrators, kept in a history, compared line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import select

from registry.accounts.permissions import Actor, NotAllowedError
from registry.database import Database
from registry.editorial.site_texts import (
    StaleTextError,
    drop_text,
    line_diff,
    own_text,
    save_text,
    versions_of,
)
from registry.history import Revision

ADMINISTRATOR = Actor(1, is_admin=True)
LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12)


def _save(database: Database, text: str, seen: int, actor: Actor = ADMINISTRATOR, reason: str = "") -> bool:
    with database.writing() as write:
        return save_text(write, actor, "impressum", text, seen=seen, reason=reason)


def _seen(database: Database) -> int:
    with database.reading() as session:
        row = own_text(session, "impressum")
    return row.tick if row else 0


def test_a_text_is_kept_with_each_of_its_changes(database: Database) -> None:
    assert _save(database, "Erster\r\nText", 0, reason="Anfang")
    assert _save(database, "Zweiter Text", _seen(database))
    with database.writing() as write:
        assert drop_text(write, ADMINISTRATOR, "impressum", seen=write.tick - 1)
    with database.reading() as session:
        versions = versions_of(session, "impressum")
        assert own_text(session, "impressum") is None
    assert [(one.before, one.after) for one in versions] == [
        ("Zweiter Text", None),
        ("Erster\nText", "Zweiter Text"),
        (None, "Erster\nText"),
    ]
    assert versions[-1].reason == "Anfang"
    assert versions[-1].actor == "person:1"


def test_the_same_text_again_is_no_change(database: Database) -> None:
    _save(database, "Text", 0)
    assert not _save(database, "Text", _seen(database))
    with database.reading() as session:
        assert len(session.exec(select(Revision).where(Revision.entity == "site_text")).all()) == 1


def test_who_has_not_seen_the_present_text_overwrites_nothing(database: Database) -> None:
    _save(database, "Text", 0)
    with pytest.raises(StaleTextError) as caught:
        _save(database, "Anderer Text", 0)
    assert (caught.value.current, caught.value.tick) == ("Text", _seen(database))
    with pytest.raises(StaleTextError), database.writing() as write:
        drop_text(write, ADMINISTRATOR, "impressum", seen=0)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 100_001, "a\x00b", "a\x07b"])
def test_an_unusable_text_is_refused(database: Database, text: str) -> None:
    before = database.tick()
    with pytest.raises(ValidationError):
        _save(database, text, 0)
    assert database.tick() == before


def test_only_an_administrator_writes(database: Database) -> None:
    with pytest.raises(NotAllowedError):
        _save(database, "Text", 0, Actor(2))
    with pytest.raises(NotAllowedError), database.writing() as write:
        drop_text(write, Actor(2), "impressum", seen=0)


@given(LINES, LINES)
def test_a_comparison_with_all_lines_holds_both_texts(old: list[str], new: list[str]) -> None:
    lines = [one for one in line_diff("\n".join(old), "\n".join(new), context=100) if one.kind != "gap"]
    if lines:
        assert [one.text for one in lines if one.kind != "added"] == "\n".join(old).splitlines()
        assert [one.text for one in lines if one.kind != "removed"] == "\n".join(new).splitlines()
    else:
        assert "\n".join(old).splitlines() == "\n".join(new).splitlines()


def test_a_comparison_keeps_the_surroundings_of_a_change() -> None:
    old = [str(number) for number in range(20)]
    new = ["x" if one == "10" else one for one in old]
    assert [(one.kind, one.text) for one in line_diff("\n".join(old), "\n".join(new), context=1)] == [
        ("gap", ""),
        ("same", "9"),
        ("removed", "10"),
        ("added", "x"),
        ("same", "11"),
        ("gap", ""),
    ]

"""Revisions hold what changed, field by field."""

from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from registry.database import Database
from registry.history import Revision, difference, record

_VALUES = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=3)
_ENTRIES = st.dictionaries(st.sampled_from("abcdef"), _VALUES)


@given(_ENTRIES, _ENTRIES)
def test_replaying_a_difference_leads_from_before_to_after(before: dict[str, object], after: dict[str, object]) -> None:
    changes = difference(before, after)
    replayed = {**before, **{name: pair[1] for name, pair in changes.items()}}
    names = before.keys() | after.keys()
    assert {name: replayed.get(name) for name in names} == {name: after.get(name) for name in names}


@given(_ENTRIES)
def test_equal_entries_differ_in_nothing(entry: dict[str, object]) -> None:
    assert difference(entry, dict(entry)) == {}


def test_a_change_is_recorded_with_its_tick_and_no_change_is_not(database: Database) -> None:
    with database.writing() as write:
        assert record(write, "thing", "a", {"x": 1}, {"x": 2, "y": None}, actor="anna", reason="Tippfehler")
        assert not record(write, "thing", "a", {"x": 2}, {"x": 2})
    with database.reading() as session:
        revision = session.exec(select(Revision)).one()
    assert (revision.tick, revision.changes, revision.actor) == (1, {"x": [1, 2]}, "anna")

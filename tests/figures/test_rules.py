"""How figures over time are counted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.adoption.enums import Step
from registry.catalogue.enums import State
from registry.figures.rules import (
    EntryLife,
    PublicStep,
    StateChange,
    comings_and_goings,
    growth,
    journeys,
    months_between,
    steps_over_time,
)

pytestmark = pytest.mark.sqlite_only
TODAY = date(2026, 11, 26)
days = st.dates(date(2019, 1, 1), TODAY)
lives = st.lists(
    st.builds(
        EntryLife,
        days,
        st.sampled_from([State.PUBLISHED, State.WITHDRAWN, State.ARCHIVED]),
        st.one_of(st.none(), days),
        st.lists(
            st.builds(StateChange, days, st.sampled_from([State.PUBLISHED, State.WITHDRAWN, State.ARCHIVED])),
            max_size=4,
        ),
    ),
    max_size=20,
)
steps = st.lists(st.builds(PublicStep, st.integers(1, 6), st.sampled_from(list(Step)), days), max_size=30)


@given(lives)
def test_the_newest_number_is_that_of_the_catalogue(found: list[EntryLife]) -> None:
    row = growth(found, TODAY)
    published = sum(1 for one in found if one.state == State.PUBLISHED)
    assert (row[-1] if row else (None, 0))[1] == published
    assert all(count >= 0 for _, count in row)


@given(lives)
def test_the_order_of_entries_does_not_matter(found: list[EntryLife]) -> None:
    assert growth(found, TODAY) == growth(list(reversed(found)), TODAY)


@given(lives)
def test_months_follow_each_other_without_a_gap(found: list[EntryLife]) -> None:
    months = [month for month, _ in growth(found, TODAY)]
    assert months == (months_between(months[0], TODAY) if months else [])


def test_an_entry_that_was_withdrawn_and_came_back_is_counted_in_between_only_where_it_was() -> None:
    life = EntryLife(
        date(2026, 1, 5),
        State.PUBLISHED,
        date(2026, 4, 2),
        [StateChange(date(2026, 2, 10), State.WITHDRAWN), StateChange(date(2026, 4, 2), State.PUBLISHED)],
    )
    assert growth([life], date(2026, 4, 30)) == [
        (date(2026, 1, 1), 1),
        (date(2026, 2, 1), 0),
        (date(2026, 3, 1), 0),
        (date(2026, 4, 1), 1),
    ]


def test_an_entry_whose_withdrawal_left_no_trace_leaves_on_its_last_change() -> None:
    life = EntryLife(date(2026, 1, 5), State.WITHDRAWN, date(2026, 3, 1), [])
    assert comings_and_goings(life) == [(date(2026, 1, 5), 1), (date(2026, 3, 1), -1)]


def test_a_single_month_and_no_entry_are_rows_too() -> None:
    assert growth([EntryLife(TODAY, State.PUBLISHED, None, [])], TODAY) == [(date(2026, 11, 1), 1)]
    assert growth([], TODAY) == []
    assert steps_over_time([], TODAY) == []
    assert journeys([]) == []


def test_an_absurdly_old_day_does_not_make_the_row_endless() -> None:
    assert len(growth([EntryLife(date(3, 1, 1), State.PUBLISHED, None, [])], TODAY)) == 1200


@given(steps)
def test_each_adoption_counts_once_a_month_and_none_is_lost(found: list[PublicStep]) -> None:
    row = steps_over_time(found, TODAY)
    totals = [sum(counts.values()) for _, counts in row]
    assert totals == sorted(totals)
    assert (totals[-1] if totals else 0) == len({one.adoption_id for one in found})


def test_an_adoption_stands_at_its_newest_step_of_the_month() -> None:
    row = steps_over_time(
        [
            PublicStep(1, Step.INTEREST, date(2026, 9, 1)),
            PublicStep(1, Step.PILOT, date(2026, 10, 3)),
            PublicStep(1, Step.PRODUCTIVE, date(2026, 10, 3)),
        ],
        TODAY,
    )
    assert [next(step for step, count in counts.items() if count) for _, counts in row] == [
        Step.INTEREST,
        Step.PRODUCTIVE,
        Step.PRODUCTIVE,
    ]


@given(steps)
def test_a_journey_needs_both_days_and_never_ends_before_it_began(found: list[PublicStep]) -> None:
    for one in journeys(found):
        assert one.days >= 0
        taken = {step.step for step in found if step.adoption_id == one.adoption_id}
        assert {Step.INTEREST, Step.PRODUCTIVE} <= taken


def test_a_journey_counts_from_the_first_interest_to_the_first_productive_day() -> None:
    begin = date(2026, 1, 1)
    (one,) = journeys(
        [
            PublicStep(7, Step.INTEREST, begin),
            PublicStep(7, Step.PRODUCTIVE, begin + timedelta(days=90)),
            PublicStep(7, Step.ENDED, begin + timedelta(days=200)),
            PublicStep(8, Step.PRODUCTIVE, begin),
        ]
    )
    assert (one.adoption_id, one.days) == (7, 90)

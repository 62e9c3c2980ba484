"""What steps, dates and confirmations mean: pure rules."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.adoption.enums import FINAL, ONGOING, Standing, Step
from registry.adoption.models import AdoptionStep
from registry.adoption.queries import PublicAdoption
from registry.adoption.rules import (
    EARLIEST,
    correction_refusals,
    expires_on,
    following_steps,
    public_step,
    standing,
    standing_at,
    step_refusals,
)
from registry.adoption.tally import tally

pytestmark = pytest.mark.sqlite_only
TODAY = date(2026, 3, 31)


def _step(step: Step, day: date = TODAY, *, is_public: bool = False) -> AdoptionStep:
    return AdoptionStep(adoption_id=1, step=step, day=day, is_public=is_public, actor="person:1")


def _fields(refused: list[object]) -> list[str]:
    return [one.field for one in refused]  # type: ignore[attr-defined]


def test_steps_go_forward_and_may_be_skipped() -> None:
    assert following_steps(Step.INTEREST) == (
        *(Step.REVIEW, Step.CONTRACT, Step.CONNECTING, Step.PILOT, Step.PRODUCTIVE),
        Step.ABANDONED,
    )
    assert following_steps(Step.PILOT) == (Step.PRODUCTIVE, Step.ENDED, Step.ABANDONED)
    assert following_steps(Step.PRODUCTIVE) == (Step.ENDED,)
    assert all(following_steps(one) == () for one in FINAL)
    back = step_refusals([_step(Step.CONTRACT)], Step.REVIEW, TODAY, "", TODAY)
    assert "Nach „Vertrag“ kommt nicht „in Prüfung“" in back[0].reason
    again = step_refusals([_step(Step.CONTRACT)], Step.CONTRACT, TODAY, "", TODAY)
    assert _fields(again) == ["step"]


@given(st.lists(st.sampled_from(list(Step)), min_size=1, max_size=6))
def test_a_chain_of_allowed_steps_never_turns_back(wanted: list[Step]) -> None:
    taken: list[AdoptionStep] = []
    for one in wanted:
        reason = "ein Grund" if one in FINAL else ""
        if not step_refusals(taken, one, TODAY, reason, TODAY):
            taken.append(_step(one))
    places = [list(Step).index(one.step) for one in taken]
    assert places == sorted(set(places))
    assert sum(one.step in FINAL for one in taken) <= 1
    assert not taken or taken[0].step in ONGOING
    if taken and taken[-1].step is Step.ENDED:
        assert taken[-2].step in (Step.PILOT, Step.PRODUCTIVE)


def test_only_use_is_ended_and_only_what_never_was_productive_is_abandoned() -> None:
    ended = step_refusals([_step(Step.CONTRACT)], Step.ENDED, TODAY, "zu teuer", TODAY)
    assert "Beendet wird, was Pilot oder produktiv war" in ended[0].reason
    dropped = step_refusals([_step(Step.PRODUCTIVE)], Step.ABANDONED, TODAY, "zu teuer", TODAY)
    assert "sondern beendet" in dropped[0].reason
    over = step_refusals([_step(Step.ENDED)], Step.PRODUCTIVE, TODAY, "", TODAY)
    assert over[0].reason == "Die Nachnutzung ist schon beendet."
    assert _fields(step_refusals([], Step.ENDED, TODAY, "zu teuer", TODAY)) == ["step"]


def test_an_end_needs_a_reason_and_nothing_else_has_one() -> None:
    assert _fields(step_refusals([_step(Step.PILOT)], Step.ENDED, TODAY, "", TODAY)) == ["reason"]
    assert step_refusals([_step(Step.PILOT)], Step.ENDED, TODAY, "zu teuer", TODAY) == []
    assert _fields(step_refusals([_step(Step.PILOT)], Step.PRODUCTIVE, TODAY, "zu teuer", TODAY)) == ["reason"]


def test_contradictory_dates_are_refused_with_both_dates() -> None:
    before = [_step(Step.INTEREST, date(2026, 2, 1))]
    early = step_refusals(before, Step.REVIEW, date(2026, 1, 31), "", TODAY)
    assert "„in Prüfung“ am 31.01.2026" in early[0].reason
    assert "„Interesse bekundet“ vom 01.02.2026" in early[0].reason
    future = step_refusals(before, Step.REVIEW, TODAY + timedelta(days=1), "", TODAY)
    assert "01.04.2026" in future[0].reason
    assert "31.03.2026" in future[0].reason
    assert _fields(step_refusals([], Step.INTEREST, EARLIEST - timedelta(days=1), "", TODAY)) == ["day"]
    assert step_refusals(before, Step.REVIEW, date(2026, 2, 1), "", TODAY) == []


def test_a_correction_fits_between_its_neighbours() -> None:
    steps = [_step(Step.INTEREST, date(2026, 1, 1)), _step(Step.PILOT, date(2026, 2, 1)), _step(Step.PRODUCTIVE, TODAY)]
    assert correction_refusals(steps, 1, date(2026, 3, 1), "", TODAY) == []
    late = correction_refusals(steps, 1, TODAY + timedelta(days=1), "", TODAY + timedelta(days=9))
    assert "„produktiv“ vom 31.03.2026" in late[0].reason
    early = correction_refusals(steps, 1, date(2025, 12, 31), "", TODAY)
    assert "„Interesse bekundet“ vom 01.01.2026" in early[0].reason


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
def test_a_confirmation_holds_until_the_day_before_it_expires(confirmed: date, months: int) -> None:
    end = expires_on(confirmed, months)
    assert standing(confirmed, end - timedelta(days=1), months) is Standing.CONFIRMED
    assert standing(confirmed, end, months) is Standing.EXPIRED
    assert (end.year * 12 + end.month) - (confirmed.year * 12 + confirmed.month) == months
    assert standing(None, end, months) is Standing.CLAIMED


def test_what_is_over_does_not_expire() -> None:
    assert standing_at(Step.ENDED, date(2020, 1, 1), TODAY) is Standing.CONFIRMED
    assert standing_at(Step.ENDED, None, TODAY) is Standing.CLAIMED
    assert standing_at(Step.PRODUCTIVE, date(2020, 1, 1), TODAY) is Standing.EXPIRED


def test_the_public_sees_the_newest_public_step_unless_it_has_ended_unseen() -> None:
    seen, hidden = _step(Step.REVIEW, is_public=True), _step(Step.CONTRACT)
    assert public_step([seen, hidden]) is seen
    assert public_step([hidden]) is None
    assert public_step([seen, _step(Step.ABANDONED)]) is None


def test_confirmed_claimed_and_expired_ones_are_counted_apart_and_ended_ones_nowhere_as_use() -> None:
    def one(step: Step, known: Standing, name: str) -> PublicAdoption:
        return PublicAdoption(1, "a", "A", "municipality", name, name, step, TODAY, known, None, None, "")

    found = tally(
        [
            one(Step.PILOT, Standing.CONFIRMED, "a"),
            one(Step.PRODUCTIVE, Standing.CLAIMED, "b"),
            one(Step.PRODUCTIVE, Standing.CONFIRMED, "c"),
            one(Step.ENDED, Standing.CONFIRMED, "d"),
        ]
    )
    assert dict(found.by_standing) == {Standing.CONFIRMED: 2, Standing.CLAIMED: 1, Standing.EXPIRED: 0}
    assert [(row.step, row.total) for row in found.by_step] == [(Step.PRODUCTIVE, 2), (Step.PILOT, 1)]
    assert [row.name for row in found.ongoing] == ["b", "c", "a"]
    assert [row.name for row in found.over] == ["d"]
    assert tally([]).by_step == ()

"""Which states of an entry may follow each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.enums import State
from registry.catalogue.rules import StateConflictError, check_transition, following_states

pytestmark = pytest.mark.sqlite_only


@given(st.lists(st.sampled_from(list(State)), min_size=1))
def test_an_entry_that_was_public_never_becomes_a_draft_again(wanted: list[State]) -> None:
    state, was_public = State.DRAFT, False
    for after in wanted:
        try:
            check_transition(state, after)
        except StateConflictError as error:
            assert after not in following_states(state)
            assert state.label in str(error)  # noqa: PT017
            continue
        state = after
        was_public = was_public or state is State.PUBLISHED
        assert not (was_public and state in (State.DRAFT, State.IN_REVIEW))


@pytest.mark.parametrize("state", list(State))
def test_a_state_may_stay_as_it_is(state: State) -> None:
    check_transition(state, state)


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.ARCHIVED])
def test_a_new_entry_is_neither_withdrawn_nor_archived(state: State) -> None:
    with pytest.raises(StateConflictError):
        check_transition(None, state)

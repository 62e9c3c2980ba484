"""Rules of the catalogue that need neither database nor pages: which states may follow each other."""

from registry.catalogue.enums import State

_FOLLOWS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.IN_REVIEW, State.PUBLISHED}),
    State.IN_REVIEW: frozenset({State.DRAFT, State.PUBLISHED}),
    State.PUBLISHED: frozenset({State.WITHDRAWN, State.ARCHIVED}),
    State.WITHDRAWN: frozenset({State.PUBLISHED, State.ARCHIVED}),
    State.ARCHIVED: frozenset({State.PUBLISHED, State.WITHDRAWN}),
}
"""A published entry never becomes a draft again: its address has been given away, so it is withdrawn (410)."""


class StateConflictError(Exception):
    """A state cannot follow the present one; the message is a German sentence."""

    def __init__(self, before: State, after: State) -> None:
        super().__init__(f"Ein Eintrag im Zustand „{before.label}“ kann nicht „{after.label}“ werden.")
        self.before = before
        self.after = after


def following_states(state: State) -> frozenset[State]:
    """Return the states that may follow `state`."""
    return _FOLLOWS[state]


def check_transition(before: State | None, after: State) -> None:
    """Raise StateConflictError unless `after` may follow `before` (None: a new entry) or equals it."""
    if before is None:
        if after not in (State.DRAFT, State.IN_REVIEW, State.PUBLISHED):
            raise StateConflictError(State.DRAFT, after)
    elif after != before and after not in _FOLLOWS[before]:
        raise StateConflictError(before, after)

"""How figures over time are counted. Pure.

Months are first days. A row of figures goes from its first month to the present one without a gap: a month in which
nothing happened is a number like any other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.adoption.enums import Step
from registry.catalogue.enums import State

MAX_MONTHS = 1200
"""A hundred years: an older first month is a slip, and no page becomes longer by it."""
_MONTHS = ("Jan.", "Feb.", "März", "April", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez.")


@dataclass(frozen=True)
class StateChange:
    """That the state of an entry became another one on a day."""

    day: date
    after: str


@dataclass(frozen=True)
class EntryLife:
    """What is known of when an entry was in the catalogue."""

    published_on: date
    state: str
    changed_on: date | None
    changes: Sequence[StateChange]
    """In their order."""


@dataclass(frozen=True)
class PublicStep:
    """A public step of a public adoption."""

    adoption_id: int
    step: Step
    day: date


@dataclass(frozen=True)
class Journey:
    """From the first public interest to the first public productive day."""

    adoption_id: int
    interest: date
    productive: date

    @property
    def days(self) -> int:
        """Return how many days lie between."""
        return (self.productive - self.interest).days


def month_of(day: date) -> date:
    """Return the first day of a month."""
    return day.replace(day=1)


def month_name(month: date) -> str:
    """Return a month as charts and tables name it: „Nov. 2026“."""
    return f"{_MONTHS[month.month - 1]} {month.year}"


def months_between(first: date, last: date) -> list[date]:
    """Return all months from that of `first` to that of `last`, at most the newest MAX_MONTHS of them."""
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    begin = max(begin, end - MAX_MONTHS + 1)
    return [date(number // 12, number % 12 + 1, 1) for number in range(begin, end + 1)]


def comings_and_goings(life: EntryLife) -> list[tuple[date, int]]:
    """Return when an entry came into the catalogue (1) and left it (-1), in turn, beginning with 1.

    It comes on the day of its first publication. What left it (withdrawn, archived) and came back, the changes of its
    state say. Where they do not explain its present state, its last change does: so the newest number is always that
    of the catalogue.
    """
    found, inside = [(life.published_on, 1)], True
    for change in life.changes:
        day = max(change.day, found[-1][0])
        if (change.after == State.PUBLISHED) is not inside:
            inside = not inside
            found.append((day, 1 if inside else -1))
    if (life.state == State.PUBLISHED) is not inside:
        found.append((max(life.changed_on or found[-1][0], found[-1][0]), -1 if inside else 1))
    return found


def growth(lives: Iterable[EntryLife], today: date) -> list[tuple[date, int]]:
    """Return the number of published entries at the end of each month, the present one as of today."""
    moves = sorted(move for life in lives for move in comings_and_goings(life) if move[0] <= today)
    if not moves:
        return []
    found, count, place = [], 0, 0
    for month in months_between(moves[0][0], today):
        while place < len(moves) and month_of(moves[place][0]) <= month:
            count += moves[place][1]
            place += 1
        found.append((month, count))
    return found


def steps_over_time(steps: Sequence[PublicStep], today: date) -> list[tuple[date, Mapping[Step, int]]]:
    """Return for each month how many adoptions stood at which step at its end; each counts once, at its newest step.

    `steps` of one adoption come in the order in which they were taken.
    """
    known = [one for one in steps if one.day <= today]
    if not known:
        return []
    ordered = sorted(enumerate(known), key=lambda pair: (pair[1].day, pair[0]))
    found: list[tuple[date, Mapping[Step, int]]] = []
    stands: dict[int, Step] = {}
    place = 0
    for month in months_between(ordered[0][1].day, today):
        while place < len(ordered) and month_of(ordered[place][1].day) <= month:
            one = ordered[place][1]
            stands[one.adoption_id] = one.step
            place += 1
        values = list(stands.values())
        found.append((month, {step: values.count(step) for step in Step}))
    return found


def journeys(steps: Iterable[PublicStep]) -> list[Journey]:
    """Return the adoptions of which interest and productive use are both public, the shortest way first.

    A way that would end before it began is left out: its days contradict each other.
    """
    first: dict[tuple[int, Step], date] = {}
    for one in steps:
        key = (one.adoption_id, one.step)
        first[key] = min(one.day, first.get(key, one.day))
    found = [
        Journey(adoption, first[adoption, Step.INTEREST], day)
        for (adoption, step), day in first.items()
        if step is Step.PRODUCTIVE and (adoption, Step.INTEREST) in first
    ]
    return sorted((one for one in found if one.days >= 0), key=lambda one: (one.days, one.adoption_id))

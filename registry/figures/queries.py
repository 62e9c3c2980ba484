"""Reads of what figures over time are counted from: published entries, and what bodies have made public."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from registry.adoption.enums import Standing, Step
from registry.adoption.experience_rules import Spread, spread
from registry.adoption.models import AdoptionStep
from registry.adoption.queries import PublicAdoption, public_adoptions
from registry.adoption.tally import tally
from registry.catalogue.enums import State
from registry.catalogue.models import ServiceBundle
from registry.figures.rules import (
    EntryLife,
    Journey,
    PublicStep,
    StateChange,
    growth,
    journeys,
    steps_over_time,
)
from registry.history import Revision
from registry.reuse.operations import ENTITY

_ONCE_PUBLIC = (State.PUBLISHED, State.ARCHIVED, State.WITHDRAWN)
_CHUNK = 5000  # ids a query: SQLite allows 32,766 parameters


@dataclass(frozen=True)
class Way:
    """How long an adoption took from interest to productive use."""

    adoption: PublicAdoption
    journey: Journey


@dataclass(frozen=True)
class Figures:
    """All figures over time that anybody may know, as of `today`."""

    today: date
    growth: list[tuple[date, int]]
    """Month → number of published entries at its end."""
    steps: list[tuple[date, tuple[int, ...]]]
    """Month → number of adoptions at each step at its end, in the order of the steps."""
    ways: list[Way]
    ways_spread: Spread | None
    """Of the days; None: there is none yet."""
    standings: tuple[tuple[Standing, int], ...]
    """Of the adoptions that go on, all three, also zero."""
    adoptions: int
    """Public adoptions, ended and abandoned ones too."""

    @property
    def ongoing(self) -> int:
        """Return how many adoptions go on, whatever is known of them."""
        return sum(count for _, count in self.standings)


def figures(session: Session, today: date, months: int) -> Figures:
    """Return the figures; `months` is how long a confirmation holds."""
    adoptions = public_adoptions(session, today=today, months=months)
    steps = public_steps(session, adoptions)
    by_id = {one.adoption_id: one for one in adoptions}
    ways = [Way(by_id[one.adoption_id], one) for one in journeys(steps)]
    return Figures(
        today=today,
        growth=growth(entry_lives(session), today),
        steps=[(month, tuple(counts[step] for step in Step)) for month, counts in steps_over_time(steps, today)],
        ways=ways,
        ways_spread=spread(way.journey.days for way in ways),
        standings=tally(adoptions).by_standing,
        adoptions=len(adoptions),
    )


def entry_lives(session: Session) -> list[EntryLife]:
    """Return what is known of when each entry that was ever published was in the catalogue."""
    rows = session.execute(
        columns(
            col(ServiceBundle.slug),
            col(ServiceBundle.published_on),
            col(ServiceBundle.state),
            col(ServiceBundle.changed_on),
        ).where(col(ServiceBundle.published_on).is_not(None), col(ServiceBundle.state).in_(_ONCE_PUBLIC))
    ).all()
    before, after = (col(Revision.changes)[("state", place)].as_string() for place in (0, 1))
    # The first publication stands in the entry itself: what is read is only what moved afterwards.
    moves = session.execute(
        columns(col(Revision.entity_key), col(Revision.at), after)
        .where(col(Revision.entity) == ENTITY, before.in_(_ONCE_PUBLIC))
        .order_by(col(Revision.tick), col(Revision.id))
    )
    changes: dict[str, list[StateChange]] = {}
    for key, at, state in moves:
        changes.setdefault(key, []).append(StateChange(at.date(), str(state)))
    return [
        EntryLife(published_on, state, changed_on, changes.get(slug, []))
        for slug, published_on, state, changed_on in rows
    ]


def public_steps(session: Session, adoptions: list[PublicAdoption]) -> list[PublicStep]:
    """Return the public steps of public adoptions in the order in which they were taken."""
    ids = [one.adoption_id for one in adoptions]
    found = []
    for start in range(0, len(ids), _CHUNK):
        query = (
            select(AdoptionStep)
            .where(
                col(AdoptionStep.adoption_id).in_(ids[start : start + _CHUNK]), col(AdoptionStep.is_public).is_(True)
            )
            .order_by(col(AdoptionStep.id))
        )
        found += [PublicStep(one.adoption_id, one.step, one.day) for one in session.exec(query)]
    return found

"""Counts of public adoptions: confirmed, claimed and expired ones never in one sum. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from registry.adoption.enums import FINAL, ONGOING, Standing, Step
from registry.adoption.queries import PublicAdoption


@dataclass(frozen=True)
class StepCount:
    """How many bodies stand at a step, by how well that is known."""

    step: Step
    total: int
    by_standing: tuple[tuple[Standing, int], ...]
    """Only what is not zero."""


@dataclass(frozen=True)
class Tally:
    """The adoptions of one bundle, or of one body."""

    ongoing: tuple[PublicAdoption, ...]
    """Furthest step first, the older one first within a step."""
    over: tuple[PublicAdoption, ...]
    by_standing: tuple[tuple[Standing, int], ...]
    """Of what goes on, all three, also zero."""
    by_step: tuple[StepCount, ...]
    """Of what goes on, furthest step first, only what is not zero."""


def tally(adoptions: Sequence[PublicAdoption]) -> Tally:
    """Return the counts of public adoptions; what has ended or was abandoned is counted nowhere as use."""
    order = {step: place for place, step in enumerate(ONGOING)}
    ongoing = sorted(
        (one for one in adoptions if one.step not in FINAL), key=lambda one: (-order[one.step], one.since, one.name)
    )
    standings = Counter(one.standing for one in ongoing)
    steps = []
    for step in reversed(ONGOING):
        here = Counter(one.standing for one in ongoing if one.step is step)
        if here:
            known = tuple((standing, here[standing]) for standing in Standing if here[standing])
            steps.append(StepCount(step, here.total(), known))
    return Tally(
        ongoing=tuple(ongoing),
        over=tuple(one for one in adoptions if one.step in FINAL),
        by_standing=tuple((standing, standings[standing]) for standing in Standing),
        by_step=tuple(steps),
    )

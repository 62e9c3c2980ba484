"""What several experience reports say together: median, range, number. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from registry.adoption.enums import Again, Step
from registry.adoption.models import ExperienceFields

REPORTED_STEPS = (Step.PILOT, Step.PRODUCTIVE, Step.ENDED, Step.ABANDONED)
"""Steps at which a body knows what a reuse takes. What was given up counts too: its reasons are knowledge."""
MEASURES = ("introduction_cost_eur", "operation_cost_eur", "effort_days", "duration_months")
"""Fields of a report that are numbers, in the order in which pages show them."""


@dataclass(frozen=True)
class Spread:
    """Several values in short. `n` is never below 1: nothing is said about nothing."""

    n: int
    median: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Summary:
    """What the reports on one bundle say together."""

    n: int
    measures: Mapping[str, Spread | None]
    """By the names of MEASURES; None: no report states it."""
    again: Mapping[Again, int]
    """How many would do it again, would with reservations, would not; all three are there."""

    @property
    def answered(self) -> int:
        """Return how many reports answer whether the body would do it again."""
        return sum(self.again.values())


def spread(values: Iterable[Decimal | float | int | None]) -> Spread | None:
    """Return median, lowest and highest of the known values; None when none is known.

    The median of an even number of values is the mean of the two in the middle.
    """
    known = [one if isinstance(one, Decimal) else Decimal(str(one)) for one in values if one is not None]
    if not known:
        return None
    return Spread(len(known), median(known), min(known), max(known))


def summary(reports: Sequence[ExperienceFields]) -> Summary:
    """Return what reports say together; the order does not matter."""
    return Summary(
        n=len(reports),
        measures={name: spread(getattr(one, name) for one in reports) for name in MEASURES},
        again={answer: sum(1 for one in reports if one.again == answer) for answer in Again},
    )


def may_report(steps: Iterable[Step]) -> bool:
    """Tell whether a body that has taken these steps can know what the reuse took."""
    return any(step in REPORTED_STEPS for step in steps)

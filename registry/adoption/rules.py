"""What the steps and confirmations of an adoption mean. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

from registry.adoption.enums import FINAL, Standing, Step
from registry.adoption.models import AdoptionStep
from registry.catalogue.messages import Refusal

EARLIEST = date(2000, 1, 1)
"""No step is older: a year such as 1020 or 0204 is a slip of the keyboard."""
_ORDER = {step: place for place, step in enumerate(Step)}


def standing(confirmed_on: date | None, today: date, months: int = 12) -> Standing:
    """Return how well an adoption is known: a confirmation holds for `months`, then it has to be renewed."""
    if confirmed_on is None:
        return Standing.CLAIMED
    return Standing.CONFIRMED if today < expires_on(confirmed_on, months) else Standing.EXPIRED


def standing_at(step: Step, confirmed_on: date | None, today: date, months: int = 12) -> Standing:
    """Return how well an adoption at a step is known. What is over does not expire."""
    if step in FINAL and confirmed_on is not None:
        return Standing.CONFIRMED
    return standing(confirmed_on, today, months)


def expires_on(confirmed_on: date, months: int = 12) -> date:
    """Return the first day on which a confirmation no longer holds."""
    year, month = divmod(confirmed_on.month - 1 + months, 12)
    first = date(confirmed_on.year + year, month + 1, 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=confirmed_on.day - 1), following - timedelta(days=1))


def public_step(steps: Sequence[AdoptionStep]) -> AdoptionStep | None:
    """Return the step that the public may know of steps in the order in which they were taken, None: nothing.

    The newest public one. An adoption that has ended unseen is not shown any more: a step that no longer holds
    would be counted as use.
    """
    if not steps or (steps[-1].step in FINAL and not steps[-1].is_public):
        return None
    return next((step for step in reversed(steps) if step.is_public), None)


def following_steps(step: Step) -> tuple[Step, ...]:
    """Return the steps that may follow `step`: forward, some may be skipped, and an end that fits.

    Only what was in use can be ended (pilot, productive); what never became productive is abandoned.
    """
    if step in FINAL:
        return ()
    ahead = [one for one in Step if one not in FINAL and _ORDER[one] > _ORDER[step]]
    ended = [Step.ENDED] if step in (Step.PILOT, Step.PRODUCTIVE) else []
    abandoned = [Step.ABANDONED] if step is not Step.PRODUCTIVE else []
    return (*ahead, *ended, *abandoned)


def step_refusals(before: Sequence[AdoptionStep], step: Step, day: date, reason: str, today: date) -> list[Refusal]:
    """Return why a step cannot follow those taken so far (in their order; none: it is the first one)."""
    found = []
    last = before[-1] if before else None
    if last is None and step in FINAL:
        found.append(Refusal("step", "Eine Nachnutzung beginnt mit einem früheren Schritt."))
    if last is not None and step not in following_steps(last.step):
        found.append(Refusal("step", _not_following(last.step, step)))
    return [*found, *_day_refusals(step, day, last, None, today), *_reason_refusals(step, reason)]


def correction_refusals(
    steps: Sequence[AdoptionStep], place: int, day: date, reason: str, today: date
) -> list[Refusal]:
    """Return why the step at a place cannot have this day or reason."""
    earlier = steps[place - 1] if place else None
    later = steps[place + 1] if place + 1 < len(steps) else None
    step = steps[place].step
    return [*_day_refusals(step, day, earlier, later, today), *_reason_refusals(step, reason)]


def _not_following(last: Step, step: Step) -> str:
    if last in FINAL:
        return f"Die Nachnutzung ist schon {last.label}."
    if step is Step.ENDED:
        return f"Beendet wird, was Pilot oder produktiv war; der letzte Schritt ist „{last.label}“."
    if step is Step.ABANDONED:
        return "Was produktiv war, wird nicht verworfen, sondern beendet."
    return f"Nach „{last.label}“ kommt nicht „{step.label}“: Die Schritte gehen nur vorwärts."


def _day_refusals(
    step: Step, day: date, earlier: AdoptionStep | None, later: AdoptionStep | None, today: date
) -> list[Refusal]:
    if day > today:
        return [Refusal("day", f"Das Datum {_german(day)} liegt in der Zukunft (heute ist der {_german(today)}).")]
    if day < EARLIEST:
        return [Refusal("day", f"Das Datum {_german(day)} liegt vor {EARLIEST.year}. Bitte prüfen Sie das Jahr.")]
    if earlier is not None and day < earlier.day:
        return [Refusal("day", _contradiction(step, day, "vor", earlier))]
    if later is not None and day > later.day:
        return [Refusal("day", _contradiction(step, day, "nach", later))]
    return []


def _contradiction(step: Step, day: date, where: str, other: AdoptionStep) -> str:
    neighbour = "vorigen" if where == "vor" else "nächsten"
    return (
        f"Die Daten widersprechen sich: „{step.label}“ am {_german(day)} läge {where} dem {neighbour} Schritt "
        f"„{other.step.label}“ vom {_german(other.day)}."
    )


def _reason_refusals(step: Step, reason: str) -> list[Refusal]:
    if step in FINAL and len(reason) < 3:
        return [Refusal("reason", "Bitte nennen Sie den Grund: Er hilft anderen bei ihrer Entscheidung.")]
    if step not in FINAL and reason:
        ends = " und ".join(f"„{one.label}“" for one in FINAL)
        return [Refusal("reason", f"Einen Grund haben nur {ends}. Anderes schreiben Sie bitte als Nachricht.")]
    return []


def _german(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def is_productive(step: Step) -> bool:
    """Tell whether a body really uses the bundle at this step."""
    return step is Step.PRODUCTIVE

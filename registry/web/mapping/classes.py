"""Classes of values on the map: each has a symbol of its own beside its colour. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from registry.adoption.enums import FINAL, Standing, Step


@dataclass(frozen=True)
class MapClass:
    """A class with the id of its symbol in the drawing and its words in the legend."""

    symbol: str
    label: str


@dataclass(frozen=True)
class Shown:
    """What the map says of a municipality or Kreis: class, short words, and what the list is sorted by."""

    map_class: MapClass
    text: str
    worth: int = 0


NOBODY = MapClass("k0", "keine Nachnutzung bekannt")
OVER = MapClass("kx", "beendet oder verworfen")
LOOKING = MapClass("k1", "Interesse oder in Prüfung")
COMING = MapClass("k2", "Vertrag, in Anbindung oder Pilot")
CLAIMED = MapClass("kh", "produktiv, nicht (mehr) bestätigt")
CONFIRMED = MapClass("k4", "produktiv, bestätigt")
LEAD = MapClass("kl", "Federführung")
STEPS = (LEAD, CONFIRMED, CLAIMED, COMING, LOOKING, OVER, NOBODY)
"""Classes of the map of one bundle, from the surest use to none."""


def numbered(bounds: Sequence[int]) -> tuple[MapClass, ...]:
    """Return a class for 0 and one from each bound to the next: (1, 2, 5, 10) gives 0, 1, 2–4, 5–9, 10 and more.

    There are symbols for four bounds, which must rise from 1.
    """
    if len(bounds) != 4 or list(bounds) != sorted(set(bounds)) or bounds[0] != 1:
        raise ValueError("four rising bounds that begin with 1")
    labels = [str(low) if low == high - 1 else f"{low} bis {high - 1}" for low, high in pairwise(bounds)]
    labels.append(f"{bounds[-1]} und mehr")
    return (MapClass("k0", "0"), *(MapClass(f"k{number}", label) for number, label in enumerate(labels, 1)))


def class_of(value: int, classes: Sequence[MapClass], bounds: Sequence[int]) -> MapClass:
    """Return the class of a number among those of `numbered(bounds)`."""
    return classes[sum(value >= bound for bound in bounds)]


def class_of_step(step: Step, standing: Standing) -> MapClass:
    """Return the class of an adoption of the bundle that the map shows."""
    if step in FINAL:
        return OVER
    if step is Step.PRODUCTIVE:
        return CONFIRMED if standing is Standing.CONFIRMED else CLAIMED
    return LOOKING if step in (Step.INTEREST, Step.REVIEW) else COMING

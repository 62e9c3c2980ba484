"""What fit reads of a bundle and what it says: plain values, and the sentences that explain the figure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from registry.catalogue.enums import CapabilityKind, FitsKind, RequirementLevel
from registry.labels import Labelled
from registry.profiles.profile import Statement

NOT_ASSESSABLE = float("-inf")
"""Worth of an entry that states no mandatory requirement: after all others, whatever they lack."""


class Status(Labelled):
    """Whether a requirement is met. Unknown never counts as met."""

    MET = "met", "erfüllt"
    MISSING = "missing", "fehlt"
    UNKNOWN = "unknown", "unbekannt"


class Suits(Labelled):
    """Whether a body is of the size or kind that a bundle is meant for."""

    MET = "met", "passt"
    OUTSIDE = "outside", "passt nicht"
    UNKNOWN = "unknown", "unbekannt"


class ProductMap(dict[str, str]):
    """By slug of a product the capability that whoever has it has too; `names` are those of all capabilities."""

    def __init__(self, parents: dict[str, str] | None = None, names: dict[str, str] | None = None) -> None:
        """Hold products and names; without a name a capability is called by its slug."""
        super().__init__(parents or {})
        self.names = names or {}


@dataclass(frozen=True)
class Need:
    """A requirement of a bundle: a capability that a reusing body needs."""

    capability: str
    name: str
    kind: CapabilityKind
    level: RequirementLevel
    note: str | None = None
    retired: bool = False
    """The capability is no longer in the vocabulary; an entry may still name it."""

    @property
    def mandatory(self) -> bool:
        """Tell whether the bundle cannot do without."""
        return self.level is RequirementLevel.MANDATORY


@dataclass(frozen=True)
class Dimension:
    """One of the four dimensions of transferability as the entry states it; `score` is 0 to 3."""

    name: str
    label: str
    score: int | None = None
    reason: str | None = None
    source_url: str | None = None
    assessed_on: date | None = None


@dataclass(frozen=True)
class BundleNeeds:
    """What fit reads of a published bundle."""

    slug: str
    title: str
    needs: tuple[Need, ...] = ()
    fits_population_from: int | None = None
    fits_population_to: int | None = None
    fits_kinds: tuple[FitsKind, ...] = ()
    dimensions: tuple[Dimension, ...] = ()


@dataclass(frozen=True)
class RequirementFit:
    """Whether one requirement is met, why, and the statement of the profile that it rests on (None: there is none)."""

    need: Need
    status: Status
    reason: str
    statement: Statement | None = None

    @property
    def refused(self) -> bool:
        """Tell whether the body itself says that it has none such: surer than an unknown one."""
        return self.status is Status.MISSING and self.statement is not None and not self.statement.has


@dataclass(frozen=True)
class Check:
    """Whether a body suits a stated range of sizes or kinds, with the reason."""

    suits: Suits
    reason: str


@dataclass(frozen=True)
class Fit:
    """How a bundle fits a body. The order of the requirements is by level, then name, however they were stated."""

    slug: str
    title: str
    requirements: tuple[RequirementFit, ...]
    population: Check
    kind: Check
    dimensions: tuple[Dimension, ...]
    worth: float
    """For sorting alone, higher is better; `NOT_ASSESSABLE` when the entry states no mandatory requirement."""

    @property
    def assessable(self) -> bool:
        """Tell whether the entry states mandatory requirements; without there is no figure.

        An entry that only recommends would come first in a list although nothing is known of what it needs.
        """
        return self.mandatory_total > 0

    def of_level(self, level: RequirementLevel, status: Status | None = None) -> tuple[RequirementFit, ...]:
        """Return the requirements of a level, or those of them with one status."""
        return tuple(
            one for one in self.requirements if one.need.level is level and (status is None or one.status is status)
        )

    @property
    def mandatory_met(self) -> int:
        """Return how many mandatory requirements are met."""
        return len(self.of_level(RequirementLevel.MANDATORY, Status.MET))

    @property
    def mandatory_total(self) -> int:
        """Return how many mandatory requirements the entry states."""
        return len(self.of_level(RequirementLevel.MANDATORY))

    @property
    def recommended_met(self) -> int:
        """Return how many recommended building blocks are there."""
        return len(self.of_level(RequirementLevel.RECOMMENDED, Status.MET))

    @property
    def recommended_total(self) -> int:
        """Return how many building blocks the entry recommends."""
        return len(self.of_level(RequirementLevel.RECOMMENDED))

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the names of the mandatory capabilities that the body does not have."""
        return _names(self.of_level(RequirementLevel.MANDATORY, Status.MISSING))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return the names of the mandatory capabilities of which nobody has said whether the body has them."""
        return _names(self.of_level(RequirementLevel.MANDATORY, Status.UNKNOWN))

    @property
    def sentence(self) -> str:
        """Return the figure with its explanation, never one without the other."""
        if not self.assessable:
            stated = "zwingenden Voraussetzungen" if self.requirements else "Voraussetzungen"
            return f"nicht bewertbar: keine {stated} angegeben"
        word = "Voraussetzung" if self.mandatory_total == 1 else "Voraussetzungen"
        return _explained(
            f"{self.mandatory_met} von {self.mandatory_total} zwingenden {word} erfüllt", self.missing, self.unknown
        )

    @property
    def grade(self) -> str:
        """Return in a word how the mandatory requirements stand: open (nothing to compare), met, missing, unknown."""
        if not self.assessable:
            return "open"
        return "missing" if self.missing else "unknown" if self.unknown else "met"

    @property
    def outside(self) -> str:
        """Return in a few words that the bundle is meant for other sizes or kinds; empty when it is not."""
        parts = (("Einwohnerzahl", self.population), ("Art der Kommune", self.kind))
        names = [name for name, check in parts if check.suits is Suits.OUTSIDE]
        return f"{' und '.join(names)} außerhalb der Empfehlung" if names else ""

    @property
    def short_sentence(self) -> str:
        """Return the figure with its explanation for a line in a list."""
        if not self.assessable:
            return self.sentence
        return _explained(
            f"{self.mandatory_met} von {self.mandatory_total} zwingenden erfüllt",
            self.missing,
            self.unknown,
            short=True,
        )

    @property
    def recommended_sentence(self) -> str:
        """Return the same for recommended building blocks; empty when the entry recommends none."""
        if not self.recommended_total:
            return ""
        level = RequirementLevel.RECOMMENDED
        word = "empfohlenem Baustein" if self.recommended_total == 1 else "empfohlenen Bausteinen"
        return _explained(
            f"{self.recommended_met} von {self.recommended_total} {word} vorhanden",
            _names(self.of_level(level, Status.MISSING)),
            _names(self.of_level(level, Status.UNKNOWN)),
        )


def _names(requirements: Iterable[RequirementFit]) -> tuple[str, ...]:
    return tuple(one.need.name for one in requirements)


def _explained(figure: str, missing: tuple[str, ...], unknown: tuple[str, ...], *, short: bool = False) -> str:
    parts = [figure]
    if missing:
        verb = "fehlt" if short else "es fehlt" if len(missing) == 1 else "es fehlen"
        parts.append(f"{verb}: {', '.join(missing)}")
    if unknown:
        parts.append(f"unbekannt: {', '.join(unknown)}")
    return "; ".join(parts)

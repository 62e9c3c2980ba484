"""How much of an entry is stated: counted field by field, never typed in. Pure.

Each group has a fixed number of fields, so that a score is comparable between entries and
filling an empty field never lowers it. A field that somebody has stated counts one; an
unknown one counts nothing and is named, so that pages can link to what closes the gap.
A pair of fields that say the same (from and to of a range, mailbox or page as contact)
counts once. Fields of the rows of a list (the date of each source) count when every row
has them: a longer list can open a new gap.

Cost blocks count once, as one statement, however many an entry has: which of them it should have depends on how the
solution is paid for. Verdicts on the checklist do not count: their items differ between installations, and what they
show has a score of its own (`registry.reuse.checklist.rules`), as has the evidence of the four dimensions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from registry.catalogue.enums import ParticipantRole
from registry.catalogue.models import BundleFields
from registry.catalogue.values import Facts
from registry.reuse.models import AnswerFields, CostFields, DimensionFields
from registry.reuse.record import BundleRecord


@dataclass(frozen=True)
class Gap:
    """A field that nobody has stated: its path in the record and its German label."""

    field: str
    label: str


@dataclass(frozen=True)
class GroupScore:
    """Completeness of one group of fields: `filled` of `total`, and what is missing."""

    key: str
    label: str
    filled: int
    total: int
    missing: tuple[Gap, ...]

    @property
    def percent(self) -> int:
        """Return the share in percent, rounded down: 100 means complete."""
        return 100 * self.filled // self.total


@dataclass(frozen=True)
class Completeness:
    """Completeness of an entry over all groups; every field weighs the same."""

    groups: tuple[GroupScore, ...]

    @property
    def filled(self) -> int:
        """Return the number of stated fields."""
        return sum(group.filled for group in self.groups)

    @property
    def total(self) -> int:
        """Return the number of fields that count."""
        return sum(group.total for group in self.groups)

    @property
    def percent(self) -> int:
        """Return the share in percent, rounded down: 100 means complete."""
        return 100 * self.filled // self.total

    @property
    def missing(self) -> tuple[Gap, ...]:
        """Return all gaps in the order of the groups."""
        return tuple(gap for group in self.groups for gap in group.missing)


def completeness(record: BundleRecord) -> Completeness:
    """Return how much of the record is stated, by group."""
    groups = []
    for key, label, items in COUNTED:
        missing = tuple(item.gap for item in items if not item.stated(record))
        groups.append(GroupScore(key, label, len(items) - len(missing), len(items), missing))
    return Completeness(tuple(groups))


class Place(StrEnum):
    """Where a counted field stands."""

    OWN = "own"
    PROFILE = "profile"
    LIST = "list"
    EACH = "each"
    ROLE = "role"


@dataclass(frozen=True)
class Item:
    """A field that counts. `place` and `names` say the same as `stated`, for counting in the database.

    OWN and PROFILE: one of the columns `names` is stated; LIST: the list has a row; EACH: it has rows, and each has
    the second name; ROLE: a participant plays the role.
    """

    gap: Gap
    stated: Callable[[BundleRecord], bool]
    place: Place
    names: tuple[str, ...]


def _has(value: object) -> bool:
    """Tell whether a value says something; zero does, an empty list or text does not."""
    return value is not None and value not in ("", [], ())


def _own(*names: str, label: str | None = None) -> Item:
    """Return an item for fields of the bundle itself, stated when one of them is."""
    text = label or _label(BundleFields, names[0])
    return Item(
        Gap(names[0], text), lambda record: any(_has(getattr(record, name)) for name in names), Place.OWN, names
    )


def _part(group: str, fields: type[Facts], *names: str, label: str | None = None) -> Item:
    """Return an item for fields of a group of the record, stated when one of them is."""
    text = label or _label(fields, names[0])
    return Item(
        Gap(f"{group}.{names[0]}", text),
        lambda record: any(_has(getattr(getattr(record, group), name)) for name in names),
        Place.PROFILE,
        names,
    )


def _list(name: str, label: str) -> Item:
    return Item(Gap(name, label), lambda record: _has(getattr(record, name)), Place.LIST, (name,))


def _each(name: str, field: str, label: str) -> Item:
    """Return an item for a field of list rows: stated when there are rows and each has it."""

    def stated(record: BundleRecord) -> bool:
        rows = getattr(record, name)
        return bool(rows) and all(_has(getattr(row, field)) for row in rows)

    return Item(Gap(f"{name}.{field}", label), stated, Place.EACH, (name, field))


def _role(role: ParticipantRole) -> Item:
    return Item(
        Gap(f"participants.{role.value}", role.label),
        lambda record: any(one.role == role for one in record.participants),
        Place.ROLE,
        (role.value,),
    )


def _answers(*names: str) -> tuple[Item, ...]:
    return tuple(_part("transferability", AnswerFields, name) for name in names)


def _range(pattern: str, label: str) -> Item:
    return _part("costs", CostFields, pattern.format("from"), pattern.format("to"), label=label)


def _label(fields: type[Facts], name: str) -> str:
    return fields.model_fields[name].description or name


COUNTED: tuple[tuple[str, str, tuple[Item, ...]], ...] = (
    (
        "basics",
        "Grunddaten",
        (
            _own("title"),
            _own("summary"),
            _own("description"),
            _own("audience"),
            _own("contact_email", "contact_url", label="Kontakt"),
            _list("links", "Links und Dokumente"),
        ),
    ),
    (
        "ozg_mapping",
        "OZG-Zuordnung",
        (
            _list("ozg_services", "OZG-Leistungen"),
            _each("ozg_services", "coverage", "Abdeckung je OZG-Leistung"),
            _list("maturity", "Reifegrad"),
        ),
    ),
    (
        "project",
        "Projekt",
        (
            _role(ParticipantRole.LEAD),
            _role(ParticipantRole.PROVIDER),
            _own("programme"),
            _own("phase"),
            _own("phase_as_of"),
            _own("project_start"),
            _own("live_since"),
            _own("funding_amount_eur", "total_cost_eur", label="Fördersumme oder Gesamtkosten"),
        ),
    ),
    (
        "transferability",
        "Übertragbarkeit",
        (
            _own("reuse_model"),
            _own("procurement_paths"),
            _own("licence"),
            _own("transferable_since"),
            _own("fits_population_from", "fits_population_to", label="Geeignete Einwohnerzahl"),
            _own("fits_kinds"),
            *_answers("target_group", "main_beneficiaries"),
            *_answers("reusable_concepts", "free_solutions", "availability", "provision"),
            *_answers("direct_savings", "indirect_savings", "long_term_benefit", "third_party_benefit"),
            *_answers("legal_basis", "bylaw_reference", "state_or_federal_law", "data_protection"),
            *_answers("experiences", "challenges", "alternatives", "timeline", "components", "stakeholders"),
            _part("dimensions", DimensionFields, "legal_score", label="Bewertung rechtlich"),
            _part("dimensions", DimensionFields, "organisational_score", label="Bewertung organisatorisch"),
            _part("dimensions", DimensionFields, "technical_score", label="Bewertung technisch"),
            _part("dimensions", DimensionFields, "financial_score", label="Bewertung finanziell"),
        ),
    ),
    (
        "requirements",
        "Voraussetzungen",
        (
            _list("requirements", "Benötigte Bausteine"),
            *_answers("infrastructure", "participation_rights", "organisational_requirements", "required_knowledge"),
        ),
    ),
    (
        "costs",
        "Kosten",
        (
            _range("introduction_cost_{}_eur", "Kosten der Einführung"),
            _range("operation_cost_{}_eur", "Kosten des Betriebs"),
            _range("introduction_effort_days_{}", "Personalaufwand der Einführung"),
            _range("introduction_duration_months_{}", "Dauer der Einführung"),
            _range("operation_fte_{}", "Personalaufwand des Betriebs"),
            _list("cost_blocks", "Kostenblöcke"),
            *_answers("funding_sources"),
        ),
    ),
    (
        "evidence",
        "Nachweise",
        (
            _list("sources", "Quellen"),
            _each("sources", "published", "Datum je Quelle"),
            _each("sources", "supports", "Aussage je Quelle"),
            _own("verified_on"),
        ),
    ),
)
"""The groups that are counted: key, label, fields. Never shorter for one entry than for another."""

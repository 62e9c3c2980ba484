"""The steps of editing, in the order of the bundle's page; each field of the record is in exactly one."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from registry.catalogue.models import BundleFields
from registry.reuse.records import GROUPS, LISTS
from registry.web.editing.fields import FormField, fields_of

CHECK = "pruefen"
"""The last step: look at everything, then save, submit or publish."""
SLUG = "slug"


@dataclass(frozen=True)
class Section:
    """Fields that belong together: their paths in the record; a list stands by its name."""

    title: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One page of editing; `group` is its group in the completeness score."""

    key: str
    title: str
    group: str
    sections: tuple[Section, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Return all paths of the step."""
        return tuple(path for section in self.sections for path in section.paths)


def _answers(*names: str) -> tuple[str, ...]:
    return tuple(f"transferability.{name}" for name in names)


def _ranges(*patterns: str) -> tuple[str, ...]:
    return tuple(f"costs.{pattern.format(end)}" for pattern in patterns for end in ("from", "to"))


_DIMENSION_PARTS = ("score", "assessed_on", "reason", "source_url")


def _dimensions(*names: str) -> tuple[str, ...]:
    return tuple(f"dimensions.{name}_{part}" for name in names for part in _DIMENSION_PARTS)


STEPS: tuple[Step, ...] = (
    Step(
        "grunddaten",
        "Grunddaten",
        "basics",
        (
            Section("Titel und Beschreibung", ("title", "summary", "description", "audience", SLUG)),
            Section("Kontakt", ("contact_email", "contact_url")),
            Section("Links und Dokumente", ("links",)),
        ),
    ),
    Step(
        "ozg-zuordnung",
        "OZG-Zuordnung",
        "ozg_mapping",
        (Section("OZG-Leistungen", ("ozg_services",)), Section("Reifegrad", ("maturity",))),
    ),
    Step(
        "projekt",
        "Projekt",
        "project",
        (
            Section("Beteiligte Stellen", ("participants",)),
            Section("Verlauf", ("programme", "phase", "phase_as_of", "project_start", "project_end", "live_since")),
            Section("Förderung", ("funding_amount_eur", "total_cost_eur", "funding_note")),
        ),
    ),
    Step(
        "uebertragbarkeit",
        "Übertragbarkeit",
        "transferability",
        (
            Section("Bezug", ("reuse_model", "procurement_paths", "licence", "transferable_since")),
            Section("Geeignet für", ("fits_population_from", "fits_population_to", "fits_kinds")),
            Section("Zielgruppe", _answers("target_group", "main_beneficiaries")),
            Section(
                "Praktische Übertragbarkeit",
                _answers("reusable_concepts", "free_solutions", "availability", "provision"),
            ),
            Section(
                "Nutzen", _answers("direct_savings", "indirect_savings", "long_term_benefit", "third_party_benefit")
            ),
            Section("Recht", _answers("legal_basis", "bylaw_reference", "state_or_federal_law", "data_protection")),
            Section(
                "Erfahrungen und Projekt",
                _answers("experiences", "challenges", "alternatives", "timeline", "components", "stakeholders"),
            ),
            Section("Bewertung in vier Dimensionen", _dimensions("legal", "organisational", "technical", "financial")),
        ),
    ),
    Step(
        "voraussetzungen",
        "Voraussetzungen",
        "requirements",
        (
            Section("Benötigte Bausteine", ("requirements",)),
            Section(
                "Was vor Ort nötig ist",
                _answers("infrastructure", "participation_rights", "organisational_requirements", "required_knowledge"),
            ),
        ),
    ),
    Step(
        "kosten",
        "Kosten",
        "costs",
        (
            Section("Kosten", _ranges("introduction_cost_{}_eur", "operation_cost_{}_eur")),
            Section(
                "Aufwand", _ranges("introduction_effort_days_{}", "introduction_duration_months_{}", "operation_fte_{}")
            ),
            Section("Kostenblöcke", ("cost_blocks",)),
            Section("Finanzierung", _answers("funding_sources")),
        ),
    ),
    Step(
        "nachweise",
        "Nachweise",
        "evidence",
        (
            Section("Quellen", ("sources",)),
            Section("Prüfpunkte (EfA-Mindestanforderungen)", ("checks",)),
        ),
    ),
)
BY_KEY = {step.key: step for step in STEPS}
KEYS = (*BY_KEY, CHECK)
"""The keys of all steps in their order, as they stand in addresses."""
BY_GROUP = {step.group: step for step in STEPS}
NOT_EDITED = ("verified_on", "verified_by", "state", "state_note")
"""Fields that no step shows: confirming sets the first two, the workflow the others."""

PARTY = "stelle"
"""Form field of a participant: one text for municipality, Kreis, provider or a name."""


def title_of(key: str) -> str:
    """Return the title of a step."""
    return BY_KEY[key].title if key in BY_KEY else "Prüfen und abschließen"


def after(key: str) -> str:
    """Return the key of the step that follows."""
    return KEYS[min(KEYS.index(key) + 1, len(KEYS) - 1)]


@cache
def field_at(path: str) -> FormField:
    """Return the form field at a path of the record (of a list: `sources.url`)."""
    group, _, name = path.partition(".")
    if group in GROUPS:
        return fields_of(GROUPS[group], f"{group}.")[name]
    if group in LISTS:
        return fields_of(LISTS[group][0])[name]
    return fields_of(BundleFields)[path]


def step_of(path: str) -> Step | None:
    """Return the step on which a path of the record is edited, also of a row's field (`sources.0.url`)."""
    for step in STEPS:
        for one in step.paths:
            if path == one or path.startswith(f"{one}.") or one.startswith(f"{path}."):
                return step
    return None


def place_of(path: str) -> str:
    """Return the path of the form field that shows what concerns a path of the record.

    A form has one field where the record has several (the part of a participant, the level of maturity), and
    none for a whole group: there it is the group's first field.
    """
    name, _, rest = path.partition(".")
    if name in LISTS and rest:
        row, _, key = rest.partition(".")
        return f"{name}.{row}.{_item_field(name, key.partition('.')[0])}"
    if name in GROUPS:
        return path if rest else next(one for step in STEPS for one in step.paths if one.startswith(f"{name}."))
    return name


def _item_field(name: str, key: str) -> str:
    if name == "participants":
        return key if key == "role" else PARTY
    if name == "maturity" and key in ("model", "level"):
        return "level"
    if name == "cost_blocks" and not key:  # what concerns the whole block concerns its amounts
        return "amount_from_eur"
    return key or next(iter(LISTS[name][0].model_fields))


def item_fields(name: str) -> Iterator[FormField]:
    """Return the fields of an item of a list that a form shows one by one; special ones are left out."""
    special = {"participants": {"municipality", "district", "provider", "name"}, "maturity": {"model", "level"}}
    for field in fields_of(LISTS[name][0]).values():
        if field.name not in special.get(name, ()):
            yield field

"""The lists of reference facts: which file carries which table, what identifies a row, what it refers to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.catalogue.reference import (
    District,
    DistrictFields,
    LeikaService,
    LeikaServiceFields,
    Municipality,
    MunicipalityFields,
    OzgService,
    OzgServiceFields,
    Provider,
    ProviderFields,
    ReferenceRow,
    Situation,
    SituationFields,
    TopicField,
    TopicFieldFields,
)
from registry.catalogue.values import Facts
from registry.reuse.models import Capability, CapabilityFields, MaturityLevel, MaturityLevelFields


@dataclass(frozen=True)
class ReferenceKind:
    """One list of reference facts.

    `code` is the table and the name of the file that ships; `key` identifies a row;
    `parents` says for a column which table's key it must name.
    """

    code: str
    label: str
    fields: type[Facts]
    table: type[ReferenceRow]
    key: tuple[str, ...]
    parents: Mapping[str, tuple[type[ReferenceRow], str, str]] = field(default_factory=dict)
    fallback_key: tuple[str, ...] = ()
    """Identifies a row whose last key column is empty (LeiKa services without a key: their name)."""
    optional: frozenset[str] = frozenset()
    """Columns that a list may lack: what is known of them stays."""
    kept: tuple[str, ...] = ()
    """Columns of the table that, when true, keep a row from all lists: the administrator here answers for it."""

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns of the file: the fields of the class that validates a row."""
        return frozenset(self.fields.model_fields)

    @property
    def headers(self) -> tuple[frozenset[str], ...]:
        """Return the header lines that stand for this list."""
        return (self.columns, self.columns - self.optional) if self.optional else (self.columns,)

    def identity(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return what identifies the row with these values."""
        key = tuple(values.get(name) for name in self.key)
        if key[-1] is None and self.fallback_key:
            return (*key, *(values.get(name) for name in self.fallback_key))
        return key


KINDS: tuple[ReferenceKind, ...] = (
    ReferenceKind("topic_fields", "Themenfelder", TopicFieldFields, TopicField, ("slug",)),
    ReferenceKind(
        "situations",
        "Lebens- und Unternehmenslagen",
        SituationFields,
        Situation,
        ("slug",),
        {"topic_field_slug": (TopicField, "slug", "Themenfeld")},
    ),
    ReferenceKind(
        "ozg_services",
        "OZG-Leistungen",
        OzgServiceFields,
        OzgService,
        ("ozg_id",),
        {"situation_slug": (Situation, "slug", "Lage")},
    ),
    ReferenceKind(
        "leika_services",
        "LeiKa-Leistungen",
        LeikaServiceFields,
        LeikaService,
        ("ozg_id", "key"),
        {"ozg_id": (OzgService, "ozg_id", "OZG-Leistung")},
        fallback_key=("name",),
    ),
    ReferenceKind("districts", "Kreise", DistrictFields, District, ("key",)),
    ReferenceKind(
        "municipalities",
        "Kommunen",
        MunicipalityFields,
        Municipality,
        ("ags",),
        {"district_key": (District, "key", "Kreis")},
    ),
    ReferenceKind("providers", "IT-Dienstleister", ProviderFields, Provider, ("slug",)),
    ReferenceKind(
        "capabilities",
        "Bausteine",
        CapabilityFields,
        Capability,
        ("slug",),
        optional=frozenset({"product_of"}),
        kept=("added_here", "changed_here"),
    ),
    ReferenceKind("maturity_levels", "Reifegrade", MaturityLevelFields, MaturityLevel, ("model", "level")),
)
"""In the order in which they must be loaded: what is referred to comes first."""

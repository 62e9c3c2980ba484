"""A profile as fit, comparison and lists read it: plain values, whoever has stated them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from registry.catalogue.enums import FitsKind


class Origin(StrEnum):
    """Who has made a statement."""

    OWN = "own"
    PROVIDER = "provider"
    VISITOR = "visitor"


@dataclass(frozen=True)
class Statement:
    """That a body has a capability (`has`), or has none such; by whom and as of when."""

    has: bool
    origin: Origin
    by: str
    """Name of the body that states it: „Stadt Soest“, „Südwestfalen-IT (SIT)“, „Ihre Auswahl“."""
    as_of: date | None = None
    note: str | None = None


@dataclass(frozen=True)
class BodyProfile:
    """What is known of a municipality or Kreis that may reuse a bundle.

    A capability without a statement is unknown. Population and kind come from the municipal register.
    """

    kind: str
    """`municipality` or `district`."""
    key: str
    """AGS or Kreis key; empty for a visitor who has picked no body."""
    name: str
    fits_kind: FitsKind | None
    population: int | None
    population_as_of: str | None
    district_key: str | None
    admin_region: str | None
    provider: str | None = None
    """Slug of the IT provider, as far as the viewer may know it."""
    provider_name: str | None = None
    statements: Mapping[str, Statement] = field(default_factory=dict)
    """By slug of the capability."""

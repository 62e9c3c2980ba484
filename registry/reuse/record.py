"""The whole of a service bundle as one validated record: what files, API and forms exchange."""

from collections.abc import Sequence
from typing import Self

from pydantic import model_validator
from sqlmodel import Field

from registry.catalogue.enums import ParticipantRole, State
from registry.catalogue.models import BundleFields, LinkFields, MappingFields, ParticipantFields, SourceFields
from registry.reuse.checklist.models import CheckFields
from registry.reuse.costs import IDENTITY, CostBlockFields
from registry.reuse.models import AnswerFields, CostFields, DimensionFields, MaturityFields, RequirementFields


class BundleRecord(BundleFields):
    """A service bundle with all that belongs to it, validated as a whole."""

    state: State = State.DRAFT
    state_note: str | None = Field(default=None, max_length=500)
    ozg_services: list[MappingFields] = Field(default_factory=list, max_length=100)
    participants: list[ParticipantFields] = Field(default_factory=list, max_length=200)
    sources: list[SourceFields] = Field(default_factory=list, max_length=200)
    links: list[LinkFields] = Field(default_factory=list, max_length=100)
    requirements: list[RequirementFields] = Field(default_factory=list, max_length=200)
    maturity: list[MaturityFields] = Field(default_factory=list, max_length=500)
    cost_blocks: list[CostBlockFields] = Field(default_factory=list, max_length=50)
    checks: list[CheckFields] = Field(default_factory=list, max_length=200)
    transferability: AnswerFields = Field(default_factory=AnswerFields)
    costs: CostFields = Field(default_factory=CostFields)
    dimensions: DimensionFields = Field(default_factory=DimensionFields)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _no_repeats([mapping.ozg_id for mapping in self.ozg_services], "Eine OZG-Leistung ist doppelt zugeordnet.")
        _no_repeats([need.capability for need in self.requirements], "Eine Voraussetzung ist doppelt angegeben.")
        _no_repeats([check.item for check in self.checks], "Ein Prüfpunkt ist doppelt bewertet.")
        _no_repeats(
            [tuple(getattr(block, name) for name in IDENTITY) for block in self.cost_blocks],
            "Ein Kostenblock ist doppelt angegeben: Fassen Sie die Beträge zu einer Spanne zusammen.",
        )
        _no_repeats([source.url for source in self.sources], "Eine Quelle ist doppelt angegeben.")
        _no_repeats(
            [(one.role, one.municipality, one.district, one.provider, one.name) for one in self.participants],
            "Eine beteiligte Stelle ist doppelt angegeben.",
        )
        if self.state is State.PUBLISHED:
            if not self.ozg_services:
                raise ValueError("Ein veröffentlichter Eintrag braucht mindestens eine OZG-Leistung.")
            if not self.sources:
                raise ValueError("Ein veröffentlichter Eintrag braucht mindestens eine Quelle.")
        return self

    def lead(self) -> list[ParticipantFields]:
        """Return the participants that lead the project."""
        return [one for one in self.participants if one.role == ParticipantRole.LEAD]


def _no_repeats(values: Sequence[object], message: str) -> None:
    if len(values) != len(set(values)):
        raise ValueError(message)

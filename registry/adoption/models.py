"""Tables of adoptions (Nachnutzungen), their steps, messages, tasks and experience reports."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import field_validator, model_validator
from sqlalchemy import JSON, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from registry.adoption.enums import Again, RequestState, Step, TaskState
from registry.catalogue.values import Cents, Euro, Facts, Markdown, enum_type, helped
from registry.moments import Moment, now
from registry.reuse.costs import HIGHEST, CostBasis

_OPEN = text("closed_at IS NULL")


class Adoption(SQLModel, table=True):
    """A body reuses a bundle, or wants to. Open ones are unique by bundle and body.

    What the public sees follows from the steps that are public (`queries.public_adoptions`).
    """

    __tablename__ = "adoption"
    __table_args__ = (
        CheckConstraint("(municipality IS NULL) <> (district IS NULL)", name="ck_adoption_one"),
        Index(
            "uq_adoption_open_municipality",
            "bundle_id",
            "municipality",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "uq_adoption_open_district",
            "bundle_id",
            "district",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=43, unique=True, index=True, description="random, in addresses")
    bundle_id: int = Field(foreign_key="service_bundle.id", index=True)
    municipality: str | None = Field(default=None, foreign_key="municipality.ags", index=True, max_length=8)
    district: str | None = Field(default=None, foreign_key="district.key", index=True, max_length=5)
    provider: str | None = Field(
        default=None, foreign_key="provider.slug", index=True, max_length=100, description="who connects or runs it"
    )
    step: Step = Field(sa_type=enum_type(Step), index=True, description="the newest step")
    declared_by: int | None = Field(
        default=None,
        foreign_key="organisation.id",
        index=True,
        description="who declared it first; None: the administration of the registry",
    )
    request: RequestState | None = Field(
        default=None, sa_type=enum_type(RequestState), description="what the offering body says; None: nobody asked"
    )
    request_reason: str = Field(default="", max_length=2000, description="why the offering body declined")
    confirmed_on: date | None = Field(default=None, description="last confirmation by the body or its provider")
    confirmed_by: int | None = Field(default=None, foreign_key="organisation.id")
    reminded_at: datetime | None = Field(default=None, sa_type=Moment, description="that the confirmation expires")
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    changed_at: datetime = Field(default_factory=now, sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    denied_at: datetime | None = Field(default=None, sa_type=Moment, description="the body says that it was not so")
    version: int = Field(default=0, description="counts the changes: two people do not overwrite each other")
    tick: int = Field(default=0, index=True, description="of the last change that the public sees")


class AdoptionStep(SQLModel, table=True):
    """One step of an adoption, dated, and by whom."""

    __tablename__ = "adoption_step"

    id: int | None = Field(default=None, primary_key=True)
    adoption_id: int = Field(foreign_key="adoption.id", index=True)
    step: Step = Field(sa_type=enum_type(Step))
    day: date = Field(index=True, description="when it happened")
    is_public: bool = Field(default=False)
    reason: str = Field(default="", max_length=2000, description="why it ended or was abandoned; knowledge for others")
    actor: str = Field(max_length=200)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    at: datetime = Field(default_factory=now, sa_type=Moment)


class AdoptionCorrection(SQLModel, table=True):
    """What a step said before it was corrected or taken back, and by whom; for the two sides alone."""

    __tablename__ = "adoption_correction"

    id: int | None = Field(default=None, primary_key=True)
    adoption_id: int = Field(foreign_key="adoption.id", index=True)
    step: Step = Field(sa_type=enum_type(Step))
    changes: dict[str, Any] = Field(sa_type=JSON, description="field → [before, after]; after a taking back: None")
    actor: str = Field(max_length=200)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    at: datetime = Field(default_factory=now, sa_type=Moment)


class AdoptionMessage(SQLModel, table=True):
    """What the adopting and the offering body write to each other; nobody else reads it."""

    __tablename__ = "adoption_message"

    id: int | None = Field(default=None, primary_key=True)
    adoption_id: int = Field(foreign_key="adoption.id", index=True)
    author_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    text: str = Field(max_length=5000)
    at: datetime = Field(default_factory=now, sa_type=Moment)


class AdoptionTask(SQLModel, table=True):
    """One task of the connection checklist of an adoption."""

    __tablename__ = "adoption_task"

    id: int | None = Field(default=None, primary_key=True)
    adoption_id: int = Field(foreign_key="adoption.id", index=True)
    code: str = Field(max_length=40, description="which of the known tasks; `own`: added by hand")
    position: int = Field(default=0)
    title: str = Field(max_length=200)
    hint: str = Field(default="", max_length=1000, description="what entry and profiles say about it")
    side: str = Field(default="", max_length=20, description="adopting, offering or both")
    state: TaskState = Field(default=TaskState.OPEN, sa_type=enum_type(TaskState))
    done_on: date | None = Field(default=None)
    note: str = Field(default="", max_length=500)
    changed_by: str = Field(default="", max_length=200, description="actor")
    changed_at: datetime = Field(default_factory=now, sa_type=Moment)


class ExperienceFields(Facts):
    """What a reuse really took. None: not stated."""

    effort_days: float | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="Aufwand der Einführung (Personentage)",
        schema_extra=helped("Eigenes Personal, ohne den Aufwand Dritter."),
    )
    introduction_cost_eur: Euro | None = Field(
        default=None,
        sa_type=Cents,
        description="Kosten der Einführung (Euro)",
        schema_extra=helped("Was Sie einmalig bezahlt haben, ohne eigenes Personal."),
    )
    operation_cost_eur: Euro | None = Field(
        default=None,
        sa_type=Cents,
        description="Kosten des Betriebs (Euro im Jahr)",
        schema_extra=helped("Was Sie in einem Jahr bezahlen, ohne eigenes Personal."),
    )
    duration_months: float | None = Field(
        default=None, ge=0, le=240, description="Dauer vom Beschluss bis zum Betrieb (Monate)"
    )
    adaptations: Markdown | None = Field(
        default=None,
        max_length=10_000,
        description="Was angepasst werden musste",
        schema_extra=helped("Abläufe, Formulare, Schnittstellen, Satzung: was nicht einfach übernommen werden konnte."),
    )
    advice: Markdown | None = Field(
        default=None,
        max_length=10_000,
        description="Was Sie anderen raten",
        schema_extra=helped("Was Sie heute anders machen würden."),
    )
    again: Again | None = Field(default=None, sa_type=enum_type(Again), description="Würden Sie es wieder tun?")

    @field_validator("introduction_cost_eur", "operation_cost_eur")
    @classmethod
    def _plausible(cls, value: Decimal | None) -> Decimal | None:
        highest = HIGHEST[CostBasis.FLAT]
        if value is not None and value > highest:
            raise ValueError(f"Mehr als {highest:,} Euro sind nicht plausibel.".replace(",", "."))
        return value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError("Der Bericht enthält noch keine Angabe.")
        return self


class ExperienceReport(ExperienceFields, table=True):
    """What a reuse really took, by the adopting body."""

    __tablename__ = "experience_report"

    id: int | None = Field(default=None, primary_key=True)
    adoption_id: int = Field(foreign_key="adoption.id", unique=True, index=True)
    is_public: bool = Field(default=False)
    as_of: date = Field(description="Stand")
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    actor: str = Field(default="", max_length=200)
    changed_at: datetime = Field(default_factory=now, sa_type=Moment)
    tick: int = Field(default=0)

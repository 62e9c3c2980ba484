"""Tables of the transferability profile, capabilities, requirements and maturity.

The questions and their order follow the „Konzeptabfrage“ of the KDN's project database for
the programme Digitale Modellregionen NRW. `*Fields` classes validate, table classes store.
"""

from datetime import date
from typing import Self

from pydantic import model_validator
from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from registry.catalogue.enums import CapabilityKind, RequirementLevel
from registry.catalogue.models import BundleChild
from registry.catalogue.reference import ReferenceRow
from registry.catalogue.values import (
    Cents,
    Euro,
    Facts,
    LeikaKey,
    Markdown,
    PastDay,
    Score,
    Slug,
    WebAddress,
    enum_type,
    helped,
)


class AnswerFields(Facts):
    """Answers to the questions on transferability, in Markdown; None: not answered."""

    target_group: Markdown | None = Field(
        default=None,
        description="Für wen interessant",
        schema_extra=helped("Für welche Kommunen die Lösung interessant ist: Größe, Art, Lage."),
    )
    main_beneficiaries: Markdown | None = Field(
        default=None,
        max_length=20_000,
        description="Wer profitiert am meisten",
        schema_extra=helped("Welche Kommunen oder Gruppen den größten Nutzen haben, und warum."),
    )
    reusable_concepts: Markdown | None = Field(
        default=None,
        description="Nachnutzbare Konzepte",
        schema_extra=helped(
            "Vorlagen, Referenzprozesse, Leistungsbeschreibungen, Konzepte, die andere übernehmen können."
        ),
    )
    free_solutions: Markdown | None = Field(
        default=None,
        description="Freie Lösungen",
        schema_extra=helped("Bestandteile, die lizenzfrei oder quelloffen sind."),
    )
    availability: Markdown | None = Field(
        default=None,
        description="Was ab wann bereitsteht",
        schema_extra=helped("Was heute bereitsteht, und was wann folgt."),
    )
    provision: Markdown | None = Field(
        default=None,
        description="Wie und wo es bereitgestellt wird",
        schema_extra=helped("Auf welcher Plattform und durch wen die Lösung betrieben wird."),
    )
    infrastructure: Markdown | None = Field(
        default=None,
        description="Vorhandene Infrastruktur",
        schema_extra=helped(
            "Welche Technik vor Ort vorhanden sein muss, zum Beispiel Portal, Nutzerkonto, Fachverfahren."
        ),
    )
    participation_rights: Markdown | None = Field(
        default=None,
        description="Beteiligungsrechte",
        schema_extra=helped("Wer zu beteiligen ist, zum Beispiel Personalrat oder Datenschutz."),
    )
    organisational_requirements: Markdown | None = Field(
        default=None,
        max_length=20_000,
        description="Organisatorische Voraussetzungen",
        schema_extra=helped("Beschlüsse, Gremien und Zuständigkeiten, die es braucht."),
    )
    required_knowledge: Markdown | None = Field(
        default=None,
        description="Nötige Kenntnisse",
        schema_extra=helped("Was die Beschäftigten wissen oder lernen müssen."),
    )
    funding_sources: Markdown | None = Field(
        default=None,
        description="Finanzierungsquellen",
        schema_extra=helped("Woraus Einführung und Betrieb bezahlt werden können."),
    )
    direct_savings: Markdown | None = Field(
        default=None,
        description="Direkte Einsparung",
        schema_extra=helped("Zeit oder Geld, das die Verwaltung unmittelbar spart."),
    )
    indirect_savings: Markdown | None = Field(
        default=None,
        description="Indirekte Einsparung",
        schema_extra=helped("Was sich mittelbar verbessert, zum Beispiel weniger Rückfragen."),
    )
    long_term_benefit: Markdown | None = Field(
        default=None,
        description="Langfristiger Nutzen",
        schema_extra=helped("Was auf lange Sicht besser wird."),
    )
    third_party_benefit: Markdown | None = Field(
        default=None,
        description="Nutzen für Dritte",
        schema_extra=helped("Was Bürgerinnen, Bürger und Unternehmen gewinnen."),
    )
    legal_basis: Markdown | None = Field(
        default=None,
        description="Rechtsgrundlage",
        schema_extra=helped("Gesetze und Verordnungen, auf denen die Leistung beruht."),
    )
    bylaw_reference: Markdown | None = Field(
        default=None,
        description="Satzungsbezug",
        schema_extra=helped("Ob eine Satzung betroffen ist oder geändert werden muss."),
    )
    state_or_federal_law: Markdown | None = Field(
        default=None,
        max_length=20_000,
        description="Landes- oder Bundesrecht",
        schema_extra=helped("Regeln des Landes oder des Bundes, die zu beachten sind."),
    )
    data_protection: Markdown | None = Field(
        default=None,
        description="Datenschutz",
        schema_extra=helped("Auftragsverarbeitung, gemeinsame Verantwortung, Folgenabschätzung."),
    )
    experiences: Markdown | None = Field(
        default=None,
        description="Erfahrungen",
        schema_extra=helped("Was gut lief und was sich im Betrieb gezeigt hat."),
    )
    challenges: Markdown | None = Field(
        default=None,
        description="Herausforderungen",
        schema_extra=helped("Was schwierig war, und wie es gelöst wurde."),
    )
    alternatives: Markdown | None = Field(
        default=None,
        description="Alternativen",
        schema_extra=helped("Andere Lösungen für denselben Zweck."),
    )
    timeline: Markdown | None = Field(
        default=None,
        description="Zeitschiene",
        schema_extra=helped("Wie lange was gedauert hat oder dauern wird."),
    )
    components: Markdown | None = Field(
        default=None,
        description="Projektbestandteile",
        schema_extra=helped("Aus welchen Teilen das Projekt besteht."),
    )
    stakeholders: Markdown | None = Field(
        default=None,
        description="Beteiligte",
        schema_extra=helped("Wer mitgewirkt hat oder einzubinden ist."),
    )


_RANGES = (
    "introduction_cost_{}_eur",
    "operation_cost_{}_eur",
    "introduction_effort_days_{}",
    "introduction_duration_months_{}",
    "operation_fte_{}",
)


class CostFields(Facts):
    """Costs and effort as ranges; None: not stated, never zero."""

    introduction_cost_from_eur: Euro | None = Field(
        default=None,
        sa_type=Cents,
        description="Einführung ab (Euro)",
        schema_extra=helped(
            "Untere Grenze der einmaligen Kosten. Steht nur ein Betrag fest, tragen Sie ihn bei „ab“ und „bis“ ein."
        ),
    )
    introduction_cost_to_eur: Euro | None = Field(
        default=None,
        sa_type=Cents,
        description="Einführung bis (Euro)",
        schema_extra=helped("Obere Grenze der einmaligen Kosten."),
    )
    operation_cost_from_eur: Euro | None = Field(
        default=None,
        sa_type=Cents,
        description="Betrieb ab (Euro im Jahr)",
        schema_extra=helped("Untere Grenze der laufenden Kosten eines Jahres."),
    )
    operation_cost_to_eur: Euro | None = Field(
        default=None,
        sa_type=Cents,
        description="Betrieb bis (Euro im Jahr)",
        schema_extra=helped("Obere Grenze der laufenden Kosten eines Jahres."),
    )
    introduction_effort_days_from: float | None = Field(
        default=None, ge=0, le=100_000, description="Personalaufwand Einführung ab (Personentage)"
    )
    introduction_effort_days_to: float | None = Field(
        default=None, ge=0, le=100_000, description="Personalaufwand Einführung bis (Personentage)"
    )
    introduction_duration_months_from: float | None = Field(
        default=None, ge=0, le=240, description="Dauer der Einführung ab (Monate)"
    )
    introduction_duration_months_to: float | None = Field(
        default=None, ge=0, le=240, description="Dauer der Einführung bis (Monate)"
    )
    operation_fte_from: float | None = Field(
        default=None, ge=0, le=1000, description="Personalaufwand Betrieb ab (VZÄ im Jahr)"
    )
    operation_fte_to: float | None = Field(
        default=None, ge=0, le=1000, description="Personalaufwand Betrieb bis (VZÄ im Jahr)"
    )

    @model_validator(mode="after")
    def _from_before_to(self) -> Self:
        for pattern in _RANGES:
            low, high = getattr(self, pattern.format("from")), getattr(self, pattern.format("to"))
            if low is not None and high is not None and low > high:
                label = type(self).model_fields[pattern.format("from")].description or pattern
                raise ValueError(f"Bei „{label}“ ist der Wert „ab“ größer als der Wert „bis“.")
        return self


class DimensionFields(Facts):
    """The four dimensions of transferability, 0 (not) to 3 (fully transferable), each with its reason."""

    legal_score: Score | None = Field(
        default=None,
        description="Rechtlich",
        schema_extra=helped(
            "0 heißt nicht übertragbar, 3 ohne Anpassung übertragbar. Zu einer Bewertung gehört eine Begründung."
        ),
    )
    legal_reason: str | None = Field(default=None, max_length=1000, description="Begründung rechtlich")
    legal_source_url: WebAddress | None = Field(default=None, max_length=1000, description="Beleg rechtlich (Adresse)")
    legal_assessed_on: PastDay | None = Field(default=None, description="Bewertet am, rechtlich")
    organisational_score: Score | None = Field(
        default=None,
        description="Organisatorisch",
        schema_extra=helped("Ob sich Zuständigkeiten und Abläufe übernehmen lassen."),
    )
    organisational_reason: str | None = Field(default=None, max_length=1000, description="Begründung organisatorisch")
    organisational_source_url: WebAddress | None = Field(
        default=None, max_length=1000, description="Beleg organisatorisch (Adresse)"
    )
    organisational_assessed_on: PastDay | None = Field(default=None, description="Bewertet am, organisatorisch")
    technical_score: Score | None = Field(
        default=None,
        description="Technisch",
        schema_extra=helped("Ob die Lösung auf fremder Technik läuft."),
    )
    technical_reason: str | None = Field(default=None, max_length=1000, description="Begründung technisch")
    technical_source_url: WebAddress | None = Field(
        default=None, max_length=1000, description="Beleg technisch (Adresse)"
    )
    technical_assessed_on: PastDay | None = Field(default=None, description="Bewertet am, technisch")
    financial_score: Score | None = Field(
        default=None,
        description="Finanziell",
        schema_extra=helped("Ob eine andere Kommune die Kosten tragen kann."),
    )
    financial_reason: str | None = Field(default=None, max_length=1000, description="Begründung finanziell")
    financial_source_url: WebAddress | None = Field(
        default=None, max_length=1000, description="Beleg finanziell (Adresse)"
    )
    financial_assessed_on: PastDay | None = Field(default=None, description="Bewertet am, finanziell")

    @model_validator(mode="after")
    def _score_needs_reason(self) -> Self:
        for name in ("legal", "organisational", "technical", "financial"):
            if getattr(self, f"{name}_score") is not None and not getattr(self, f"{name}_reason"):
                raise ValueError("Zu jeder Bewertung gehört eine Begründung.")
        return self


class TransferabilityProfile(AnswerFields, CostFields, DimensionFields, table=True):
    """The transferability profile of one bundle."""

    __tablename__ = "transferability_profile"

    bundle_id: int | None = Field(default=None, foreign_key="service_bundle.id", primary_key=True)


class CapabilityFields(Facts):
    """Building block that a bundle needs and a municipality has: a kind or a product."""

    slug: Slug = Field(primary_key=True, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    kind: CapabilityKind = Field(sa_type=enum_type(CapabilityKind))
    product_of: Slug | None = Field(
        default=None,
        max_length=100,
        description="the capability that whoever has this product has too: ePayBL → E-Payment",
    )


class Capability(CapabilityFields, ReferenceRow, table=True):
    """Building block that a bundle needs and a municipality has: a kind or a product."""

    __tablename__ = "capability"

    added_here: bool = Field(default=False, description="by the administrator of this installation, in no shipped list")
    changed_here: bool = Field(default=False, description="of a list, but changed here: the next list leaves it alone")


class RequirementFields(Facts):
    """What a reusing municipality needs."""

    capability: Slug = Field(foreign_key="capability.slug", index=True, max_length=100, description="Baustein")
    level: RequirementLevel = Field(sa_type=enum_type(RequirementLevel), description="Verbindlichkeit")
    note: str | None = Field(
        default=None,
        max_length=500,
        description="Anmerkung",
        schema_extra=helped("Zum Beispiel Version, Produkt oder Ersatz."),
    )


class BundleRequirement(RequirementFields, BundleChild, table=True):
    """What a reusing municipality needs."""

    __tablename__ = "bundle_requirement"
    __table_args__ = (UniqueConstraint("bundle_id", "capability", name="uq_bundle_requirement"),)

    id: int | None = Field(default=None, primary_key=True)


class MaturityLevelFields(Facts):
    """One level of a version of the maturity scale; scales are data and never converted."""

    model: str = Field(primary_key=True, max_length=10, description="version of the scale: 1.1, 2.0")
    level: int = Field(primary_key=True, ge=0, le=20)
    name: str | None = Field(default=None, max_length=120, description="None: not known to the registry")


class MaturityLevel(MaturityLevelFields, ReferenceRow, table=True):
    """One level of a version of the maturity scale."""

    __tablename__ = "maturity_level"


class MaturityFields(Facts):
    """Assessment of maturity by one model, for the bundle or one of its LeiKa services."""

    model: str = Field(max_length=10, description="Reifegradmodell")
    level: int = Field(ge=0, le=20, description="Reifegrad")
    leika_key: LeikaKey | None = Field(
        default=None,
        max_length=14,
        description="LeiKa-Leistung; leer: ganzes Bündel",
        schema_extra=helped("14 Ziffern. Leer: die Bewertung gilt für das ganze Bündel."),
    )
    assessed_on: date = Field(description="Bewertet am")
    ground: str = Field(
        min_length=3,
        max_length=1000,
        description="Grund der Bewertung",
        schema_extra=helped("Woran die Stufe zu erkennen ist oder wer sie festgestellt hat."),
    )
    source_url: WebAddress | None = Field(
        default=None,
        max_length=1000,
        description="Quelle",
        schema_extra=helped("Seite, auf der die Bewertung steht."),
    )


class BundleMaturity(MaturityFields, BundleChild, table=True):
    """Assessment of maturity by one model, for the bundle or one of its LeiKa services."""

    __tablename__ = "bundle_maturity"

    id: int | None = Field(default=None, primary_key=True)

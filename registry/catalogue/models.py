"""Tables of a service bundle: the entry itself, its OZG mapping, participants, sources, links.

`*Fields` classes validate (one declaration for form, API, import and documentation); the
table classes store and must be built only from validated fields.
"""

from datetime import date
from typing import Self

from pydantic import model_validator
from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field, Relationship, SQLModel

from registry.catalogue.enums import (
    Audience,
    Coverage,
    FitsKind,
    LinkKind,
    MappingBasis,
    ParticipantRole,
    Phase,
    ProcurementPath,
    ReuseModel,
    State,
)
from registry.catalogue.values import (
    Ags,
    Cents,
    DistrictKey,
    Euro,
    Facts,
    LeikaKey,
    Licence,
    Mailbox,
    Markdown,
    OzgId,
    PartialDate,
    Slug,
    WebAddress,
    enum_type,
    helped,
    in_order,
)


class BundleFields(Facts):
    """The facts of a service bundle itself. None means: no source states it („keine Angabe“)."""

    slug: Slug = Field(
        max_length=100,
        unique=True,
        index=True,
        description="Kurzname in der Adresse",
        schema_extra=helped(
            "Teil der Adresse des Eintrags; später fest. Leer: wird aus Titel und federführender Stelle gebildet."
        ),
    )
    title: str = Field(
        min_length=3,
        max_length=200,
        description="Titel",
        schema_extra=helped("Wie der Dienst vor Ort heißt, ohne Abkürzungen; 3 bis 200 Zeichen."),
    )
    summary: str = Field(
        min_length=10,
        max_length=500,
        description="Kurzbeschreibung",
        schema_extra=helped(
            "Ein bis zwei Sätze für Trefferlisten: was der Dienst leistet und für wen; 10 bis 500 Zeichen."
        ),
    )
    description: Markdown | None = Field(
        default=None,
        max_length=20_000,
        description="Beschreibung (Markdown)",
        schema_extra=helped("Was der Dienst leistet, wie er abläuft und was ihn auszeichnet."),
    )
    audience: list[Audience] = Field(
        default_factory=list,
        sa_type=JSON,
        description="Zielgruppe",
        schema_extra=helped("Wer den Dienst nutzt."),
    )
    programme: str | None = Field(
        default=None,
        max_length=200,
        description="Förderprogramm",
        schema_extra=helped("Name des Programms, aus dem das Vorhaben gefördert wurde."),
    )
    phase: Phase | None = Field(
        default=None,
        sa_type=enum_type(Phase),
        description="Projektphase",
        schema_extra=helped("Wo das Vorhaben zuletzt nachweislich stand."),
    )
    phase_as_of: PartialDate | None = Field(
        default=None,
        max_length=10,
        description="Stand der Phase",
        schema_extra=helped("Wann die Quelle diese Phase nennt, so genau wie bekannt."),
    )
    project_start: PartialDate | None = Field(
        default=None,
        max_length=10,
        description="Projektbeginn",
        schema_extra=helped("So genau wie bekannt."),
    )
    project_end: PartialDate | None = Field(
        default=None,
        max_length=10,
        description="Projektende",
        schema_extra=helped("So genau wie bekannt; liegt nicht vor dem Projektbeginn."),
    )
    live_since: PartialDate | None = Field(
        default=None,
        max_length=10,
        description="Online seit",
        schema_extra=helped("Seit wann der Dienst online benutzbar ist."),
    )
    funding_amount_eur: Euro | None = Field(
        default=None,
        sa_type=Cents,
        description="Fördersumme in Euro",
        schema_extra=helped("Nur ein veröffentlichter Betrag für genau dieses Vorhaben."),
    )
    total_cost_eur: Euro | None = Field(
        default=None,
        sa_type=Cents,
        description="Gesamtkosten in Euro",
        schema_extra=helped("Veröffentlichte Kosten des ganzen Vorhabens; nicht kleiner als die Fördersumme."),
    )
    funding_note: str | None = Field(
        default=None,
        max_length=1000,
        description="Anmerkung zur Förderung",
        schema_extra=helped("Zum Beispiel, wenn ein Betrag für mehrere Vorhaben zusammen gilt."),
    )
    reuse_model: ReuseModel | None = Field(
        default=None,
        sa_type=enum_type(ReuseModel),
        description="Nachnutzungsmodell",
        schema_extra=helped("Wie eine andere Kommune den Dienst nutzen kann."),
    )
    procurement_paths: list[ProcurementPath] = Field(
        default_factory=list,
        sa_type=JSON,
        description="Bezugswege",
        schema_extra=helped("Auf welchen Wegen eine Kommune den Dienst beziehen kann."),
    )
    licence: Licence | None = Field(
        default=None,
        max_length=80,
        description="Lizenz (SPDX-Kennung oder proprietary)",
        schema_extra=helped("Zum Beispiel EUPL-1.2 oder MIT; „proprietary“, wenn die Software nicht frei ist."),
    )
    transferable_since: PartialDate | None = Field(
        default=None,
        max_length=10,
        description="Übertragbar seit",
        schema_extra=helped(
            "Seit wann eine andere Kommune den Dienst übernehmen kann; leer, wenn das noch nicht geht."
        ),
    )
    fits_population_from: int | None = Field(
        default=None,
        ge=0,
        le=100_000_000,
        description="Einwohner ab",
        schema_extra=helped("Ab welcher Einwohnerzahl sich der Dienst eignet."),
    )
    fits_population_to: int | None = Field(
        default=None,
        ge=0,
        le=100_000_000,
        description="Einwohner bis",
        schema_extra=helped("Bis zu welcher Einwohnerzahl sich der Dienst eignet."),
    )
    fits_kinds: list[FitsKind] = Field(
        default_factory=list,
        sa_type=JSON,
        description="Geeignet für",
        schema_extra=helped("Für welche Arten von Kommunen sich der Dienst eignet."),
    )
    contact_email: Mailbox | None = Field(
        default=None,
        max_length=254,
        description="Funktionspostfach",
        schema_extra=helped("Funktionspostfach der zuständigen Stelle, keine Adresse einer Person."),
    )
    contact_url: WebAddress | None = Field(
        default=None,
        max_length=1000,
        description="Kontaktseite",
        schema_extra=helped("Seite mit Ansprechstellen, wenn es kein Postfach gibt."),
    )
    verified_on: date | None = Field(default=None, description="Angaben zuletzt bestätigt am")
    verified_by: str | None = Field(default=None, max_length=200, description="Angaben bestätigt durch")

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        if not in_order(self.project_start, self.project_end):
            raise ValueError("Das Projektende liegt vor dem Projektbeginn.")
        low, high = self.fits_population_from, self.fits_population_to
        if low is not None and high is not None and low > high:
            raise ValueError("„Einwohner ab“ ist größer als „Einwohner bis“.")
        funding, total = self.funding_amount_eur, self.total_cost_eur
        if funding is not None and total is not None and funding > total:
            raise ValueError("Die Fördersumme ist höher als die Gesamtkosten.")
        for name in ("audience", "procurement_paths", "fits_kinds"):
            values = getattr(self, name)
            if len(values) != len(set(values)):
                raise ValueError("Ein Wert ist doppelt angegeben.")
        return self


class ServiceBundle(BundleFields, table=True):
    """Eintrag: one digitised, transferable implementation of one or more OZG services."""

    __tablename__ = "service_bundle"

    id: int | None = Field(default=None, primary_key=True)
    state: State = Field(default=State.DRAFT, sa_type=enum_type(State), index=True)
    state_note: str | None = Field(
        default=None, max_length=500, description="z. B. „Beleg fehlt“ oder Grund des Rückzugs"
    )
    successor_slug: str | None = Field(default=None, max_length=100)
    tick: int = Field(default=0, index=True)
    published_on: date | None = Field(default=None)
    changed_on: date | None = Field(default=None)

    ozg_services: list["BundleOzgService"] = Relationship(
        back_populates="bundle",
        sa_relationship_kwargs={"cascade": "all, delete-orphan", "order_by": "BundleOzgService.position"},
    )
    participants: list["BundleParticipant"] = Relationship(
        back_populates="bundle",
        sa_relationship_kwargs={"cascade": "all, delete-orphan", "order_by": "BundleParticipant.position"},
    )
    sources: list["BundleSource"] = Relationship(
        back_populates="bundle",
        sa_relationship_kwargs={"cascade": "all, delete-orphan", "order_by": "BundleSource.position"},
    )
    links: list["BundleLink"] = Relationship(
        back_populates="bundle",
        sa_relationship_kwargs={"cascade": "all, delete-orphan", "order_by": "BundleLink.position"},
    )


class BundleChild(SQLModel):
    """What each row that belongs to a bundle carries."""

    bundle_id: int | None = Field(default=None, foreign_key="service_bundle.id", index=True, nullable=False)
    position: int = Field(default=0, nullable=False)


class MappingFields(Facts):
    """One OZG service that a bundle covers."""

    ozg_id: OzgId = Field(foreign_key="ozg_service.ozg_id", index=True, max_length=5, description="OZG-Leistung")
    coverage: Coverage | None = Field(
        default=None,
        sa_type=enum_type(Coverage),
        description="Abdeckung",
        schema_extra=helped("Ob das Bündel die ganze OZG-Leistung abdeckt oder einen Teil."),
    )
    basis: MappingBasis = Field(
        sa_type=enum_type(MappingBasis),
        description="Grundlage der Zuordnung",
        schema_extra=helped("Ob eine Quelle die OZG-Leistung nennt, oder ob sie dem Sinn nach zugeordnet ist."),
    )
    note: str | None = Field(
        default=None,
        max_length=500,
        description="Anmerkung",
        schema_extra=helped("Zum Beispiel, welcher Teil der Leistung gemeint ist."),
    )
    leika_keys: list[LeikaKey] = Field(
        default_factory=list,
        sa_type=JSON,
        description="eingegrenzt auf diese LeiKa-Leistungen; leer: nicht eingegrenzt",
        schema_extra=helped("Nur ankreuzen, wenn das Bündel auf einzelne Leistungen beschränkt ist."),
    )


class BundleOzgService(MappingFields, BundleChild, table=True):
    """One OZG service that a bundle covers."""

    __tablename__ = "bundle_ozg_service"
    __table_args__ = (UniqueConstraint("bundle_id", "ozg_id", name="uq_bundle_ozg_service"),)

    id: int | None = Field(default=None, primary_key=True)
    bundle: ServiceBundle = Relationship(back_populates="ozg_services")


class ParticipantFields(Facts):
    """An organisation's part in a bundle: exactly one of municipality, district, provider, name."""

    role: ParticipantRole = Field(sa_type=enum_type(ParticipantRole), description="Rolle")
    municipality: Ags | None = Field(
        default=None, foreign_key="municipality.ags", index=True, max_length=8, description="Kommune (AGS)"
    )
    district: DistrictKey | None = Field(
        default=None, foreign_key="district.key", index=True, max_length=5, description="Kreis (Kreisschlüssel)"
    )
    provider: Slug | None = Field(
        default=None, foreign_key="provider.slug", index=True, max_length=100, description="IT-Dienstleister"
    )
    name: str | None = Field(default=None, min_length=2, max_length=200, description="andere Stelle")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.municipality, self.district, self.provider, self.name)) != 1:
            raise ValueError("Genau eine von Kommune, Kreis, IT-Dienstleister oder anderer Stelle ist anzugeben.")
        return self


class BundleParticipant(ParticipantFields, BundleChild, table=True):
    """An organisation's part in a bundle."""

    __tablename__ = "bundle_participant"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN municipality IS NULL THEN 0 ELSE 1 END) + (CASE WHEN district IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN provider IS NULL THEN 0 ELSE 1 END) + (CASE WHEN name IS NULL THEN 0 ELSE 1 END) = 1",
            name="ck_bundle_participant_one",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    bundle: ServiceBundle = Relationship(back_populates="participants")


class SourceFields(Facts):
    """Evidence: a public page that supports what the entry says."""

    url: WebAddress = Field(
        max_length=1000,
        description="Adresse",
        schema_extra=helped("Öffentliche Seite, mit https://."),
    )
    title: str = Field(
        min_length=1,
        max_length=300,
        description="Titel der Quelle",
        schema_extra=helped("Wie die Quelle selbst heißt."),
    )
    publisher: str | None = Field(
        default=None,
        max_length=200,
        description="Herausgeber",
        schema_extra=helped("Wer die Quelle veröffentlicht."),
    )
    published: PartialDate | None = Field(
        default=None,
        max_length=10,
        description="Datum der Quelle",
        schema_extra=helped("So genau wie bekannt."),
    )
    supports: str | None = Field(
        default=None,
        max_length=500,
        description="was die Quelle belegt",
        schema_extra=helped("Welche Angaben dieses Eintrags aus der Quelle stammen."),
    )


class BundleSource(SourceFields, BundleChild, table=True):
    """Evidence: a public page that supports what the entry says."""

    __tablename__ = "bundle_source"

    id: int | None = Field(default=None, primary_key=True)
    bundle: ServiceBundle = Relationship(back_populates="sources")


class LinkFields(Facts):
    """A link or document of a bundle."""

    kind: LinkKind = Field(sa_type=enum_type(LinkKind), description="Art")
    url: WebAddress = Field(
        max_length=1000,
        description="Adresse",
        schema_extra=helped("Mit https://."),
    )
    title: str | None = Field(
        default=None,
        max_length=300,
        description="Titel",
        schema_extra=helped("Leer: gezeigt wird der Name der Website."),
    )


class BundleLink(LinkFields, BundleChild, table=True):
    """A link or document of a bundle."""

    __tablename__ = "bundle_link"

    id: int | None = Field(default=None, primary_key=True)
    bundle: ServiceBundle = Relationship(back_populates="links")

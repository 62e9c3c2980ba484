"""Tables of reference facts: the OZG catalogue, municipalities, districts, providers.

`*Fields` classes validate a row; the table class of the same name stores it. Reference
rows are never deleted: a row that a newer list lacks is marked `retired`.
"""

from typing import Self

from pydantic import model_validator
from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.catalogue.enums import MunicipalityKind, SituationKind
from registry.catalogue.values import (
    Ags,
    Ars,
    DistrictKey,
    Facts,
    LeikaKey,
    OzgId,
    PartialDate,
    Postcode,
    Slug,
    Typing,
    WebAddress,
    ags_matches_ars,
    enum_type,
)


class ReferenceRow(SQLModel):
    """What every reference row carries beside its facts."""

    tick: int = Field(default=0, index=True, description="Stand der Uhr bei der letzten Änderung")
    retired: bool = Field(default=False, description="in der jüngsten geladenen Liste nicht mehr enthalten")


class TopicFieldFields(Facts):
    """Themenfeld of the OZG catalogue."""

    slug: Slug = Field(primary_key=True, max_length=100)
    name: str = Field(min_length=1, max_length=120)


class TopicField(TopicFieldFields, ReferenceRow, table=True):
    """Themenfeld of the OZG catalogue."""

    __tablename__ = "topic_field"


class SituationFields(Facts):
    """Lebenslage or Unternehmenslage within a topic field."""

    slug: Slug = Field(primary_key=True, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    topic_field_slug: Slug = Field(foreign_key="topic_field.slug", index=True)
    kind: SituationKind = Field(sa_type=enum_type(SituationKind))


class Situation(SituationFields, ReferenceRow, table=True):
    """Lebenslage or Unternehmenslage within a topic field."""

    __tablename__ = "situation"


class OzgServiceFields(Facts):
    """OZG-Leistung: the official bundle of LeiKa services."""

    ozg_id: OzgId = Field(primary_key=True, max_length=5)
    name: str = Field(min_length=1, max_length=300)
    situation_slug: Slug = Field(foreign_key="situation.slug", index=True)


class OzgService(OzgServiceFields, ReferenceRow, table=True):
    """OZG-Leistung: the official bundle of LeiKa services."""

    __tablename__ = "ozg_service"


class LeikaServiceFields(Facts):
    """LeiKa-Leistung (FIM) under one OZG service; some have no key yet."""

    ozg_id: OzgId = Field(foreign_key="ozg_service.ozg_id", index=True, max_length=5)
    key: LeikaKey | None = Field(default=None, index=True, max_length=14)
    name: str = Field(min_length=1, max_length=400)
    typing: Typing | None = Field(default=None, max_length=20)
    law_short: str | None = Field(default=None, max_length=100)
    legal_basis: str | None = Field(default=None, max_length=1000)


class LeikaService(LeikaServiceFields, ReferenceRow, table=True):
    """LeiKa-Leistung (FIM) under one OZG service; some have no key yet."""

    __tablename__ = "leika_service"
    __table_args__ = (UniqueConstraint("ozg_id", "key", name="uq_leika_service_ozg_key"),)

    id: int | None = Field(default=None, primary_key=True)


class DistrictFields(Facts):
    """Kreis, with the five-digit key that begins the AGS of its municipalities."""

    key: DistrictKey = Field(primary_key=True, max_length=5)
    name: str = Field(min_length=1, max_length=120, description="with its designation: „Kreis Soest“")
    admin_region: str = Field(max_length=60, description="Regierungsbezirk")


class District(DistrictFields, ReferenceRow, table=True):
    """Kreis, with the five-digit key that begins the AGS of its municipalities."""

    __tablename__ = "district"


class MunicipalityFields(Facts):
    """Kommune: a municipality with its official keys."""

    ags: Ags = Field(primary_key=True, max_length=8)
    ars: Ars = Field(max_length=12, unique=True)
    name: str = Field(min_length=1, max_length=120, index=True)
    designation: str = Field(max_length=40, description="Stadt or Gemeinde")
    kind: MunicipalityKind = Field(sa_type=enum_type(MunicipalityKind))
    district_key: DistrictKey | None = Field(default=None, foreign_key="district.key", index=True, max_length=5)
    admin_region: str = Field(max_length=60, description="Regierungsbezirk")
    population: int | None = Field(default=None, ge=0, le=100_000_000)
    population_as_of: PartialDate | None = Field(default=None, max_length=10)
    area_km2: float | None = Field(default=None, gt=0, le=100_000)
    postcode: Postcode | None = Field(default=None, max_length=5, description="postcode of the seat")
    latitude: float | None = Field(default=None, ge=-90, le=90, description="degrees, WGS 84")
    longitude: float | None = Field(default=None, ge=-180, le=180, description="degrees, WGS 84")
    nuts3: str | None = Field(default=None, max_length=5)

    @model_validator(mode="after")
    def _keys_agree(self) -> Self:
        if not ags_matches_ars(self.ags, self.ars):
            raise ValueError("AGS und ARS bezeichnen nicht dieselbe Kommune.")
        if self.district_key and not self.ags.startswith(self.district_key):
            raise ValueError("Der AGS beginnt nicht mit dem Schlüssel des Kreises.")
        return self


class Municipality(MunicipalityFields, ReferenceRow, table=True):
    """Kommune: a municipality with its official keys."""

    __tablename__ = "municipality"


class ProviderFields(Facts):
    """Kommunaler IT-Dienstleister."""

    slug: Slug = Field(primary_key=True, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    town: str | None = Field(default=None, max_length=120)
    website: WebAddress | None = Field(default=None, max_length=1000)


class Provider(ProviderFields, ReferenceRow, table=True):
    """Kommunaler IT-Dienstleister."""

    __tablename__ = "provider"

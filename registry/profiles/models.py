"""Tables of capability profiles."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.catalogue.values import enum_type
from registry.labels import Labelled
from registry.moments import Moment, now


class Visibility(Labelled):
    """Who may see a profile."""

    PRIVATE = "private", "nur die eigene Stelle"
    SHARED = "shared", "angemeldete Stellen"
    PUBLIC = "public", "alle"


class CapabilityProfile(SQLModel, table=True):
    """What a municipality, a Kreis or an IT provider has. Exactly one of the three keys is set."""

    __tablename__ = "capability_profile"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN municipality IS NULL THEN 0 ELSE 1 END) + (CASE WHEN district IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN provider IS NULL THEN 0 ELSE 1 END) = 1",
            name="ck_capability_profile_one",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    municipality: str | None = Field(default=None, foreign_key="municipality.ags", unique=True, max_length=8)
    district: str | None = Field(default=None, foreign_key="district.key", unique=True, max_length=5)
    provider: str | None = Field(default=None, foreign_key="provider.slug", unique=True, max_length=100)
    served_by: str | None = Field(
        default=None, foreign_key="provider.slug", index=True, max_length=100, description="the body's own IT provider"
    )
    visibility: Visibility = Field(default=Visibility.PRIVATE, sa_type=enum_type(Visibility))
    changed_at: datetime = Field(default_factory=now, sa_type=Moment)
    changed_by: str = Field(default="", max_length=200, description="actor")
    version: int = Field(default=0, description="counts the saves: two people do not overwrite each other")


class ProfileStatement(SQLModel, table=True):
    """That a body has a capability, or that it has none such. What is not stated is unknown."""

    __tablename__ = "profile_statement"
    __table_args__ = (UniqueConstraint("profile_id", "capability", name="uq_profile_statement"),)

    id: int | None = Field(default=None, primary_key=True)
    profile_id: int = Field(foreign_key="capability_profile.id", index=True)
    capability: str = Field(foreign_key="capability.slug", index=True, max_length=100)
    has: bool = Field(description="False: the body has stated that it does not have this")
    note: str | None = Field(default=None, max_length=300, description="version, since when, module …")

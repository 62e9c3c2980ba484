"""Tables of following."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from registry.catalogue.values import enum_type
from registry.labels import Labelled
from registry.moments import Moment, now


class FollowedKind(Labelled):
    """What can be followed."""

    SEARCH = "search", "Suche"
    BUNDLE = "bundle", "Leistungsbündel"
    OZG_SERVICE = "ozg_service", "OZG-Leistung"
    MUNICIPALITY = "municipality", "Kommune"


class Rhythm(Labelled):
    """How often a digest comes at most."""

    DAILY = "daily", "täglich"
    WEEKLY = "weekly", "wöchentlich"


class Following(SQLModel, table=True):
    """Somebody follows something by mail: a person with an account, or an address that was confirmed.

    Ended ones are deleted: nothing is kept of who no longer wants to be told.
    """

    __tablename__ = "following"
    __table_args__ = (Index("uq_following", "email", "kind", "target", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=254, index=True, description="lower case")
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    kind: FollowedKind = Field(sa_type=enum_type(FollowedKind))
    target: str = Field(max_length=1000, description="query of the search page, slug, OZG id, AGS or Kreis key")
    label: str = Field(max_length=300, description="what the person sees")
    rhythm: Rhythm = Field(default=Rhythm.WEEKLY, sa_type=enum_type(Rhythm))
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment, description="None: the link was not opened yet")
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    told_tick: int = Field(default=0, description="the clock when the person was last told")
    told_at: datetime | None = Field(default=None, sa_type=Moment)
    told_hits: int | None = Field(default=None, description="of a search: hits when the person was last told")

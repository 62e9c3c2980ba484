"""Tables of cooperation."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from registry.moments import Moment, now

_OPEN = text("ended_at IS NULL")


class SharedInterest(SQLModel, table=True):
    """An organisation would realise an OZG service together with others. Open ones are unique."""

    __tablename__ = "shared_interest"
    __table_args__ = (
        Index(
            "uq_shared_interest_open",
            "ozg_id",
            "organisation_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    ozg_id: str = Field(foreign_key="ozg_service.ozg_id", index=True, max_length=5)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    note: str = Field(default="", max_length=1000)
    is_public: bool = Field(default=False, description="False: only signed-in organisations see it")
    actor: str = Field(default="", max_length=200)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    tick: int = Field(default=0)

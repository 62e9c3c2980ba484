"""Table of the search: relations of words that coordinators add to the shipped vocabulary."""

from datetime import UTC, datetime

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class WordRelation(SQLModel, table=True):
    """One line of the vocabulary (docs/search.md) that holds for this installation alone."""

    __tablename__ = "word_relation"

    id: int | None = Field(default=None, primary_key=True)
    line: str = Field(max_length=500, nullable=False, description="Beziehung in der Form der Wortschatzdateien")
    note: str = Field(default="", max_length=500, description="warum es sie gibt")
    active: bool = Field(default=True, nullable=False, description="falsch: zurückgenommen")
    tick: int = Field(default=0, index=True, description="Stand der Uhr bei der letzten Änderung")
    added_at: datetime = Field(
        default_factory=lambda: datetime.now(UTC), sa_column=Column(DateTime(timezone=True), nullable=False)
    )

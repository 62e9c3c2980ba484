"""Tables of the work on entries."""

from datetime import date, datetime
from typing import Any, Self

from pydantic import model_validator
from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.catalogue.values import Facts, Mailbox, Markdown, WebAddress, enum_type
from registry.editorial.enums import AnnouncementKind, ProposalState, SuggestionKind, SuggestionState
from registry.moments import Moment, now


class Stewardship(SQLModel, table=True):
    """Which organisation owns an entry, which stands in for it, and a hand-over on offer."""

    __tablename__ = "stewardship"

    bundle_id: int = Field(foreign_key="service_bundle.id", primary_key=True)
    owner_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    deputy_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    offered_to_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    offered_by: str = Field(default="", max_length=200, description="actor")
    offered_at: datetime | None = Field(default=None, sa_type=Moment)
    tick: int = Field(default=0)


class Proposal(SQLModel, table=True):
    """A proposed version of an entry: a working copy of one person until it is submitted, then what is reviewed.

    `values` may be incomplete and wrong; it becomes a record only when it validates. `base` is what the entry
    was when the work began: with it, changes of two people merge field by field.
    """

    __tablename__ = "proposal"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=43, unique=True, index=True, description="random, in addresses")
    bundle_id: int | None = Field(default=None, foreign_key="service_bundle.id", index=True, description="None: new")
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    author_id: int = Field(foreign_key="person.id", index=True)
    state: ProposalState = Field(default=ProposalState.WORKING, sa_type=enum_type(ProposalState), index=True)
    base_tick: int = Field(default=0, description="tick of the entry when the work began; 0: a new entry")
    base: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, description="record then, JSON-ready")
    values: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, description="record as typed, JSON-ready")
    version: int = Field(default=0, description="counts the saves: two windows of one person do not overwrite")
    reason: str = Field(default="", max_length=500)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    changed_at: datetime = Field(default_factory=now, sa_type=Moment)
    submitted_at: datetime | None = Field(default=None, sa_type=Moment)
    publish_at: datetime | None = Field(default=None, sa_type=Moment, index=True, description="None: at once")
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decision_note: str = Field(default="", max_length=2000)
    suggestion_id: int | None = Field(default=None, foreign_key="suggestion.id")


class ReviewComment(SQLModel, table=True):
    """A remark on a proposed version, on the whole or on one field."""

    __tablename__ = "review_comment"

    id: int | None = Field(default=None, primary_key=True)
    proposal_id: int = Field(foreign_key="proposal.id", index=True)
    author_id: int = Field(foreign_key="person.id")
    at: datetime = Field(default_factory=now, sa_type=Moment)
    field: str = Field(default="", max_length=100, description="path of the field; empty: the whole")
    text: str = Field(max_length=2000)


class SuggestionFields(Facts):
    """What somebody without an account proposes: a correction of an entry, or a new bundle."""

    title: str = Field(min_length=3, max_length=200, description="Worum geht es?")
    text: str = Field(min_length=10, max_length=5000, description="Beschreibung")
    source_url: WebAddress | None = Field(default=None, max_length=1000, description="Beleg (Adresse)")
    contact_email: Mailbox | None = Field(default=None, max_length=254, description="E-Mail für Rückfragen")


class Suggestion(SuggestionFields, table=True):
    """What somebody without an account proposes, with its fate."""

    __tablename__ = "suggestion"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=43, unique=True, index=True)
    kind: SuggestionKind = Field(sa_type=enum_type(SuggestionKind))
    bundle_id: int | None = Field(default=None, foreign_key="service_bundle.id", index=True)
    state: SuggestionState = Field(default=SuggestionState.OPEN, sa_type=enum_type(SuggestionState), index=True)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    answer: str = Field(default="", max_length=2000)
    proposal_key: str | None = Field(
        default=None, max_length=43, index=True, description="working copy that took it up; several may share one"
    )


class RevisionSet(SQLModel, table=True):
    """A bulk edit: the changes of many entries that belong together and can be undone together."""

    __tablename__ = "revision_set"

    key: str = Field(primary_key=True, max_length=36)
    title: str = Field(max_length=200)
    actor: str = Field(max_length=200)
    at: datetime = Field(default_factory=now, sa_type=Moment)
    tick: int = Field(default=0)
    entries: int = Field(default=0)
    proposals: int = Field(default=0, description="changes that were submitted for review instead (four eyes)")
    undone_at: datetime | None = Field(default=None, sa_type=Moment)
    undone_by: str = Field(default="", max_length=200)


class PendingImport(SQLModel, table=True):
    """Rows of an uploaded spreadsheet between dry run and confirmation; gone after a day."""

    __tablename__ = "pending_import"

    key: str = Field(primary_key=True, max_length=43)
    person_id: int = Field(foreign_key="person.id", index=True)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", description="owns new entries")
    file: str = Field(max_length=200, description="name of the file")
    rows: list[Any] = Field(default_factory=list, sa_type=JSON, description="lines as read")
    created_at: datetime = Field(default_factory=now, sa_type=Moment, index=True)


class FailedQuery(SQLModel, table=True):
    """How often on a day a search found nothing. No person, no session, no address belongs to it."""

    __tablename__ = "failed_query"
    __table_args__ = (UniqueConstraint("text", "kind", "day", name="uq_failed_query"),)

    id: int | None = Field(default=None, primary_key=True)
    text: str = Field(max_length=100, index=True)
    kind: str = Field(max_length=20)
    day: date = Field(index=True)
    count: int = Field(default=1)


class SettledQuery(SQLModel, table=True):
    """A search text that needs no work any more: a word was added, or it is none of ours."""

    __tablename__ = "settled_query"

    text: str = Field(primary_key=True, max_length=100)
    verdict: str = Field(max_length=20, description="word_added or dismissed")
    by: str = Field(max_length=200)
    at: datetime = Field(default_factory=now, sa_type=Moment)


class LinkCheck(SQLModel, table=True):
    """What the last check of a link found."""

    __tablename__ = "link_check"

    url: str = Field(primary_key=True, max_length=1000)
    checked_at: datetime = Field(default_factory=now, sa_type=Moment)
    due_at: datetime = Field(default_factory=now, sa_type=Moment, index=True)
    status: int | None = Field(default=None, description="HTTP status; None: no answer")
    problem: str | None = Field(default=None, max_length=300, description="German; None: the link works")
    moved_to: str | None = Field(default=None, max_length=1000)
    failures: int = Field(default=0, description="in a row")
    failing_since: datetime | None = Field(default=None, sa_type=Moment)


class SiteText(SQLModel, table=True):
    """A legal page as the administrator wrote it; it comes before the operator's file and the shipped one."""

    __tablename__ = "site_text"

    name: str = Field(primary_key=True, max_length=40)
    markdown: str = Field(max_length=100_000)
    changed_at: datetime = Field(default_factory=now, sa_type=Moment)
    tick: int = Field(default=0)


class AnnouncementFields(Facts):
    """A notice on top of every page."""

    kind: AnnouncementKind = Field(sa_type=enum_type(AnnouncementKind), description="Art")
    text: Markdown = Field(max_length=1000, description="Text (Markdown)")
    starts_on: date | None = Field(default=None, description="ab")
    ends_on: date | None = Field(default=None, description="bis einschließlich")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError("Das Ende liegt vor dem Beginn.")
        return self


class Announcement(AnnouncementFields, table=True):
    """A notice on top of every page."""

    __tablename__ = "announcement"

    id: int | None = Field(default=None, primary_key=True)
    active: bool = Field(default=True)
    tick: int = Field(default=0)
    changed_at: datetime = Field(default_factory=now, sa_type=Moment)


class NotDuplicate(SQLModel, table=True):
    """Two entries that look alike and that somebody has judged to be different; `first_id` is the smaller id."""

    __tablename__ = "not_duplicate"

    first_id: int = Field(foreign_key="service_bundle.id", primary_key=True)
    second_id: int = Field(foreign_key="service_bundle.id", primary_key=True, index=True)
    by: str = Field(max_length=200, description="actor")
    at: datetime = Field(default_factory=now, sa_type=Moment)

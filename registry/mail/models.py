"""Tables of outgoing mail."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from registry.moments import Moment, now


class OutboxMail(SQLModel, table=True):
    """A mail that waits, was sent, or was given up. Written in the transaction of what it tells of."""

    __tablename__ = "outbox_mail"

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40, index=True, description="what it is for: invitation, reset, review, digest …")
    recipient: str = Field(max_length=254, index=True)
    subject: str = Field(max_length=200)
    body: str = Field(max_length=50_000, description="plain text; empty once it is sent")
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    due_at: datetime = Field(default_factory=now, sa_type=Moment, index=True, description="not tried before")
    attempts: int = Field(default=0)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    given_up_at: datetime | None = Field(default=None, sa_type=Moment)
    last_error: str | None = Field(default=None, max_length=500)


class Undeliverable(SQLModel, table=True):
    """An address to which mail cannot be delivered, as a mail server has told."""

    __tablename__ = "undeliverable"

    address: str = Field(primary_key=True, max_length=254)
    since: datetime = Field(default_factory=now, sa_type=Moment)
    reason: str = Field(max_length=500)

"""Leases: on how many nodes the registry runs, a piece of regular work is done by one of them at a time."""

from datetime import datetime

from sqlalchemy import bindparam, text, update
from sqlmodel import Field, SQLModel, col

from registry.database import Database
from registry.moments import Moment


class Lease(SQLModel, table=True):
    """Who does a piece of work (empty: nobody now), and until when nobody else begins it."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True, max_length=40)
    holder: str = Field(max_length=100)
    until: datetime = Field(sa_type=Moment)


_FIRST = text(
    "INSERT INTO lease (name, holder, until) VALUES (:name, :holder, :until) ON CONFLICT (name) DO NOTHING"
).bindparams(bindparam("until", type_=Moment()))


def take_lease(database: Database, name: str, holder: str, *, at: datetime, until: datetime) -> bool:
    """Take the lease if nobody has it `at` this time; tell whether it is ours."""
    with database.reading() as session:  # most often it is not free: that must not cost a write
        held = session.get(Lease, name)
    if held is not None and held.until > at:
        return False
    with database.noting() as session:
        if held is None:
            done = session.execute(_FIRST, {"name": name, "holder": holder, "until": until})
        else:
            free = update(Lease).where(col(Lease.name) == name, col(Lease.until) <= at)
            done = session.execute(free.values(holder=holder, until=until))
        return bool(getattr(done, "rowcount", 0) == 1)


def set_lease(database: Database, name: str, holder: str, until: datetime) -> None:
    """Give the lease back and set when the work may begin again; without effect when another one has taken it over."""
    with database.noting() as session:
        mine = update(Lease).where(col(Lease.name) == name, col(Lease.holder) == holder)
        session.execute(mine.values(holder="", until=until))


def recall_lease(database: Database, name: str, at: datetime) -> None:
    """Let work begin `at` this time that waits for a later one, unless somebody is at it."""
    with database.noting() as session:
        waiting = update(Lease).where(col(Lease.name) == name, col(Lease.holder) == "", col(Lease.until) > at)
        session.execute(waiting.values(until=at))

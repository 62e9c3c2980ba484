"""The database and its one clock.

Every write transaction begins with `UPDATE clock … RETURNING tick`. The row lock lasts
until commit, so ticks are gapless and in commit order on SQLite and on PostgreSQL.
See docs/architecture.md, „One idea carries the design“.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, Session, SQLModel

from registry.paths import PACKAGE

log = logging.getLogger(__name__)


class Clock(SQLModel, table=True):
    """One row; `tick` counts the write transactions."""

    __tablename__ = "clock"
    id: int = Field(default=1, primary_key=True)
    tick: int = Field(default=0, nullable=False)


class Stamped(Protocol):
    """A row that carries the tick of its last change."""

    tick: int


@dataclass(frozen=True)
class Write:
    """An open write transaction: its session and the tick that it stamps."""

    session: Session
    tick: int

    def stamp(self, row: Stamped) -> None:
        """Mark `row` as changed by this transaction and add it to the session."""
        row.tick = self.tick
        self.session.add(row)


class Database:
    """Engine and transactions for one database address."""

    def __init__(self, url: str) -> None:
        self.url = url
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        # Without the values of a statement in its errors: they end in logs (OWASP ASVS 5.0, 16.2.5).
        self.engine: Engine = create_engine(parsed, pool_pre_ping=not self.is_sqlite, hide_parameters=True)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session for reading: one consistent snapshot, always rolled back."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Write]:
        """Open a write transaction that has advanced the clock; commit at the end.

        An exception rolls everything back, the tick included. Raise conflicts *out of*
        the block: returning inside it commits.
        """
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            tick = session.execute(text("UPDATE clock SET tick = tick + 1 WHERE id = 1 RETURNING tick")).scalar_one()
            yield Write(session, int(tick))

    @contextmanager
    def noting(self) -> Iterator[Session]:
        """Open a write transaction that leaves the clock alone; commit at the end.

        For what no page of the catalogue and no index shows: sessions, outgoing mail, working copies, the audit
        log. The clock stands for the catalogue's content: a sign-in must not make every reader fetch it anew.
        """
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            if self.is_sqlite:
                # The lock is taken at once: a transaction that read first could no longer write after another wrote.
                session.execute(text("UPDATE clock SET tick = tick WHERE id = 1"))
            yield session

    def tick(self) -> int:
        """Return the tick of the last committed write transaction."""
        with self.engine.connect() as connection:
            return int(connection.execute(text("SELECT tick FROM clock WHERE id = 1")).scalar_one())

    @cached_property
    def _alembic(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(PACKAGE / "migrations"))
        config.attributes["engine"] = self.engine
        return config

    def migrate(self) -> None:
        """Bring the schema up to the newest migration; safe to repeat."""
        command.upgrade(self._alembic, "head")

    def schema_is_current(self) -> bool:
        """Tell whether the schema is that of the newest migration. False when unreachable."""
        try:
            with self.engine.connect() as connection:
                current = MigrationContext.configure(connection).get_current_revision()
        except SQLAlchemyError:
            log.warning("database is not reachable", exc_info=True)
            return False
        return current == ScriptDirectory.from_config(self._alembic).get_current_head()

    def check_models(self) -> None:
        """Raise alembic.util.AutogenerateDiffsDetected when models and migrations differ."""
        command.check(self._alembic)

    def write_migration(self, message: str) -> None:
        """Write the difference between models and this database as a new migration."""
        command.revision(self._alembic, message=message, autogenerate=True)

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def contains(needle: str) -> str:
    """Return the LIKE pattern (escape sign backslash) of texts that contain `needle`."""
    escaped = needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # SQLAlchemy opens the transactions itself (below); the driver must not.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 15000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")

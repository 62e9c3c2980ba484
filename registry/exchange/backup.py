"""Backups of an SQLite database: one consistent file, taken and restored by SQLite's online backup.

https://www.sqlite.org/backup.html: copies page by page under SQLite's own locks, so that
writers may go on meanwhile. PostgreSQL has pg_dump.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url, text

from registry.database import Database


class BackupError(Exception):
    """A backup cannot be taken or restored; the message is one German sentence."""


def back_up(database: Database, file: Path, *, force: bool = False) -> int:
    """Copy the database into `file` and return its size in bytes.

    The file appears only when it is complete. Raises BackupError when it exists already
    (unless `force`) or cannot be written.
    """
    _not_itself(database, file)
    if file.exists() and not force:
        raise BackupError(f"{file} gibt es schon. Mit --force wird die Datei ersetzt.")
    unfinished = file.with_name(file.name + ".unfertig")
    try:
        unfinished.unlink(missing_ok=True)
        # Readable by its owner alone: a backup holds all that the database holds.
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(_path(database))) as source, closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, no companions
        unfinished.replace(file)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise BackupError(f"{file} lässt sich nicht schreiben ({_cause(error)}).") from None
    return file.stat().st_size


def restore_from(database: Database, file: Path, *, force: bool = False) -> None:
    """Replace the database by the backup in `file`, migrated to this version.

    The clock is set past both states, so that neither caches nor feeds mistake the restored
    rows for ones that they know; the index must be rebuilt. Raises BackupError when the
    file is no sound backup of a registry or a database exists already (unless `force`).
    """
    _check(file)
    _not_itself(database, file)
    path = _path(database)
    before = 0
    if path.exists() and path.stat().st_size:
        if not force:
            raise BackupError(f"{path} gibt es schon. Mit --force wird die Datenbank ersetzt.")
        before = _tick(path)
    database.dispose()
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(path, timeout=15)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise BackupError(f"{path} lässt sich nicht schreiben ({error}). Läuft der Server noch?") from None
    database.migrate()
    with database.writing() as write:
        write.session.execute(text("UPDATE clock SET tick = :tick WHERE tick < :tick"), {"tick": before + 1})


def _path(database: Database) -> Path:
    name = make_url(database.url).database
    if not name or name == ":memory:":
        raise BackupError("Eine Datenbank im Arbeitsspeicher lässt sich nicht sichern.")
    return Path(name)


def _not_itself(database: Database, file: Path) -> None:
    if file.resolve() == _path(database).resolve():
        raise BackupError(f"{file} ist die Datenbank selbst.")


def _check(file: Path) -> None:
    if not file.is_file():
        raise BackupError(f"Die Sicherung {file} gibt es nicht.")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
            connection.execute("SELECT tick FROM clock").fetchone()
    except sqlite3.Error:
        raise BackupError(f"{file} ist keine Sicherung dieses Registers.") from None
    if not sound:
        raise BackupError(f"{file} ist beschädigt.")


def _tick(path: Path) -> int:
    try:
        with closing(sqlite3.connect(path)) as connection:
            return int(connection.execute("SELECT tick FROM clock").fetchone()[0])
    except (sqlite3.Error, TypeError):  # a database that was never set up
        return 0


def _cause(error: OSError | sqlite3.Error) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)

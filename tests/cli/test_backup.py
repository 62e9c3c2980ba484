"""Backup and restore: one consistent file, never half a one."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from registry.catalogue.reference import TopicField
from registry.database import Database
from registry.exchange.backup import BackupError, back_up, restore_from

from .conftest import Run

pytestmark = pytest.mark.sqlite_only


def _add(database: Database, slug: str) -> int:
    with database.writing() as write:
        write.stamp(TopicField(slug=slug, name=slug))
        return write.tick


def _slugs(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.execute(select(TopicField.slug)).scalars())


def test_a_backup_is_one_file_with_all_rows_for_its_owner_alone(database: Database, tmp_path: Path) -> None:
    _add(database, "umwelt")
    file = tmp_path / "sicherung.db"
    assert back_up(database, file) == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT slug FROM topic_field").fetchall() == [("umwelt",)]
    assert [one.name for one in tmp_path.iterdir()] == ["sicherung.db"]


def test_a_backup_waits_for_nobody_and_holds_only_what_is_committed(database: Database, tmp_path: Path) -> None:
    _add(database, "umwelt")
    file = tmp_path / "sicherung.db"
    with database.writing() as write:
        write.stamp(TopicField(slug="offen", name="Offen"))
        write.session.flush()
        back_up(database, file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT slug FROM topic_field").fetchall() == [("umwelt",)]


def test_restoring_brings_the_rows_back_and_sets_the_clock_past_both_states(database: Database, tmp_path: Path) -> None:
    _add(database, "umwelt")
    file = tmp_path / "sicherung.db"
    back_up(database, file)
    later = [_add(database, f"feld-{number}") for number in range(5)]
    restore_from(database, file, force=True)
    assert _slugs(database) == ["umwelt"]
    assert database.tick() > later[-1]
    assert _add(database, "danach") > later[-1]


def test_restoring_into_an_empty_place_makes_the_database(database: Database, tmp_path: Path) -> None:
    _add(database, "umwelt")
    file = tmp_path / "sicherung.db"
    back_up(database, file)
    fresh = Database(f"sqlite:///{tmp_path / 'neu' / 'registry.db'}")
    restore_from(fresh, file)
    assert _slugs(fresh) == ["umwelt"]
    assert fresh.schema_is_current()
    fresh.dispose()


def test_nothing_is_overwritten_without_being_told_so(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "sicherung.db"
    back_up(database, file)
    with pytest.raises(BackupError, match="--force"):
        back_up(database, file)
    with pytest.raises(BackupError, match="--force"):
        restore_from(database, file)
    assert back_up(database, file, force=True) > 0


@pytest.mark.parametrize("content", [b"", b"kein SQLite", b"SQLite format 3\x00" + b"\x00" * 200])
def test_what_is_no_backup_is_refused_and_the_database_stays(
    database: Database, tmp_path: Path, content: bytes
) -> None:
    _add(database, "umwelt")
    file = tmp_path / "kaputt.db"
    file.write_bytes(content)
    with pytest.raises(BackupError, match=r"keine Sicherung|beschädigt"):
        restore_from(database, file, force=True)
    assert _slugs(database) == ["umwelt"]


def test_a_foreign_database_and_a_missing_file_are_refused(database: Database, tmp_path: Path) -> None:
    foreign = tmp_path / "fremd.db"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(BackupError, match="keine Sicherung"):
        restore_from(database, foreign, force=True)
    with pytest.raises(BackupError, match="gibt es nicht"):
        restore_from(database, tmp_path / "fehlt.db", force=True)


def test_a_place_that_cannot_be_written_is_named(database: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="lässt sich nicht schreiben"):
        back_up(database, tmp_path / "fehlt" / "sicherung.db")


def test_the_database_is_never_its_own_backup(database: Database) -> None:
    path = Path(database.url.removeprefix("sqlite:///"))
    for act in (back_up, restore_from):
        with pytest.raises(BackupError, match="die Datenbank selbst"):
            act(database, path, force=True)


def test_the_commands_back_up_and_refuse_postgresql_with_the_right_tool(run: Run, database: Database) -> None:
    done = run("backup", "s.db", database_url=database.url)
    assert (done.exit_code, done.stdout[:15]) == (0, "Gesichert: s.db")
    again = run("backup", "s.db", database_url=database.url)
    assert (again.exit_code, again.stderr) == (1, "s.db gibt es schon. Mit --force wird die Datei ersetzt.\n")
    other = run("restore", "s.db", database_url="postgresql://127.0.0.1:1/x")
    assert other.exit_code == 1
    assert "pg_restore" in other.stderr

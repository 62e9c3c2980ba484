"""The clock orders all change, on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from sqlalchemy import func, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from registry.catalogue.models import ServiceBundle
from registry.catalogue.reference import TopicField
from registry.database import Database
from registry.reuse.models import BundleRequirement, Capability, TransferabilityProfile


def _add(database: Database, number: int) -> int:
    with database.writing() as write:
        write.stamp(TopicField(slug=f"feld-{number}", name=f"Feld {number}"))
        return write.tick


def test_a_new_database_stands_at_tick_zero_with_the_newest_schema(database: Database) -> None:
    assert database.tick() == 0
    assert database.schema_is_current()


def test_models_equal_migrations(database: Database) -> None:
    database.check_models()


def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate()
    assert database.schema_is_current()


def test_a_filled_database_goes_back_one_release_and_forth_again_and_keeps_its_rows(
    catalogue_database: Database,
) -> None:
    def counts() -> list[int]:
        with catalogue_database.reading() as session:
            tables = (ServiceBundle, BundleRequirement, TransferabilityProfile, Capability)
            return [session.exec(select(func.count()).select_from(table)).one() for table in tables]

    before = counts()
    command.downgrade(catalogue_database._alembic, "0003")
    assert not catalogue_database.schema_is_current()
    catalogue_database.migrate()
    assert catalogue_database.schema_is_current()
    assert counts() == before
    assert all(before)


def test_each_write_transaction_advances_the_clock_and_stamps_its_rows(database: Database) -> None:
    assert [_add(database, number) for number in range(3)] == [1, 2, 3]
    with database.reading() as session:
        rows = session.exec(select(TopicField).order_by(TopicField.slug)).all()
    assert [row.tick for row in rows] == [1, 2, 3]


def test_a_failed_write_leaves_neither_rows_nor_a_tick(database: Database) -> None:
    def fail() -> None:
        with database.writing() as write:
            write.stamp(TopicField(slug="verloren", name="Verloren"))
            write.session.flush()
            raise RuntimeError("conflict")

    with pytest.raises(RuntimeError, match="conflict"):
        fail()
    assert database.tick() == 0
    with database.reading() as session:
        assert session.get(TopicField, "verloren") is None


def test_parallel_writers_get_gapless_ticks_and_lose_nothing(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        ticks = list(pool.map(lambda number: _add(database, number), range(80)))
    assert sorted(ticks) == list(range(1, 81))
    with database.reading() as session:
        assert sorted(row.tick for row in session.exec(select(TopicField))) == list(range(1, 81))


def test_a_reader_that_follows_by_tick_misses_no_change_of_parallel_writers(database: Database) -> None:
    seen: set[str] = set()
    reached = 0

    def follow(reached: int) -> int:
        with database.reading() as session:
            rows = session.exec(select(TopicField).where(TopicField.tick > reached)).all()
            seen.update(row.slug for row in rows)
            return max([reached, *(row.tick for row in rows)])

    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(_add, database, number) for number in range(60)]
        while not all(one.done() for one in work):
            reached = follow(reached)
        follow(reached)
    assert len(seen) == 60


def test_read_modify_write_of_many_threads_keeps_every_increment(database: Database) -> None:
    _add(database, 0)

    def increment(_: int) -> None:
        with database.writing() as write:
            row = write.session.exec(select(TopicField).where(TopicField.slug == "feld-0")).one()
            row.name = str(int(row.name.split()[-1]) + 1)
            write.stamp(row)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(increment, range(50)))
    with database.reading() as session:
        assert session.exec(select(TopicField)).one().name == "50"


@pytest.mark.sqlite_only
def test_an_unreachable_database_is_told_not_to_be_current() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")
    assert not database.schema_is_current()


def test_an_error_of_the_database_does_not_tell_the_values(database: Database) -> None:
    with pytest.raises(SQLAlchemyError) as caught, database.reading() as session:
        session.execute(text("SELECT * FROM gibt_es_nicht WHERE x = :value"), {"value": "geheime Angabe"})
    assert "gibt_es_nicht" in str(caught.value)
    assert "geheime Angabe" not in str(caught.value)

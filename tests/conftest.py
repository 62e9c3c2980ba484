"""Shared fixtures: real databases, one a test, copied from templates that are filled once a session.

SQLite in a temporary folder by default; PostgreSQL when OZG_REGISTRY_TEST_DATABASE_URL names a
server on which the tests may create databases.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Protocol

import hypothesis
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from registry.database import Database
from registry.exchange.reference import load_reference
from registry.exchange.starter import load_starter

TEST_DATABASE_URL = os.environ.get("OZG_REGISTRY_TEST_DATABASE_URL", "")

# The time of a property test depends on the machine; a blob repeats a failure found elsewhere.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")

Fill = Callable[[Database], object]


class Store(Protocol):
    """Where test databases are made."""

    def template(self, name: str, fill: Fill, base: str | None = None) -> str:
        """Make a template (on top of another one) and return its name."""

    def copy(self, template: str) -> tuple[str, Callable[[], None]]:
        """Return the address of a fresh copy of a template, and what removes it."""


class SqliteStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def template(self, name: str, fill: Fill, base: str | None = None) -> str:
        path = self._folder / f"{name}.db"
        if base:
            shutil.copyfile(self._folder / f"{base}.db", path)
        _fill(f"sqlite:///{path}", fill)
        return name

    def copy(self, template: str) -> tuple[str, Callable[[], None]]:
        path = self._folder / f"{template}-{next(self._numbers)}.db"
        shutil.copyfile(self._folder / f"{template}.db", path)

        def remove() -> None:
            for file in path.parent.glob(path.name + "*"):
                file.unlink()

        return f"sqlite:///{path}", remove


class PostgresStore:
    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql")
        self._prefix = f"registry_test_{os.getpid()}"
        self._numbers = itertools.count()

    def template(self, name: str, fill: Fill, base: str | None = None) -> str:
        self._create(self._name(name), self._name(base) if base else "template0")
        _fill(self._address(self._name(name)), fill)
        return name

    def copy(self, template: str) -> tuple[str, Callable[[], None]]:
        name = self._name(f"{template}_{next(self._numbers)}")
        self._create(name, self._name(template))
        return self._address(name), lambda: self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def remove_templates(self, names: list[str]) -> None:
        for name in names:
            self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._name(name))

    def _create(self, name: str, template: str) -> None:
        self._run(f"CREATE DATABASE {{}} TEMPLATE {{}}{self._strategy}", name, template)

    @cached_property
    def _strategy(self) -> str:
        """Return how to copy: files, which takes half as long as the log that PostgreSQL 15 and newer would write."""
        with psycopg.connect(self._url.render_as_string(hide_password=False)) as connection:
            return " STRATEGY file_copy" if connection.info.server_version >= 150000 else ""

    def _name(self, name: str) -> str:
        return f"{self._prefix}_{name}"

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _fill(url: str, fill: Fill) -> None:
    database = Database(url)
    try:
        fill(database)
    finally:
        database.dispose()


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Return where databases are made, with the template `empty`: migrated, without a row."""
    if not TEST_DATABASE_URL:
        local = SqliteStore(tmp_path_factory.mktemp("databases"))
        local.template("empty", lambda database: database.migrate())
        yield local
        return
    server = PostgresStore(TEST_DATABASE_URL)
    server.template("empty", lambda database: database.migrate())
    yield server
    server.remove_templates(["office", "catalogue", "reference", "empty"])


@pytest.fixture(scope="session")
def reference_template(store: Store) -> str:
    """Return the template with all reference facts."""
    return store.template("reference", load_reference, base="empty")


@pytest.fixture(scope="session")
def catalogue_template(store: Store, reference_template: str) -> str:
    """Return the template with reference facts and the starter catalogue."""
    return store.template("catalogue", load_starter, base=reference_template)


@pytest.fixture(scope="session")
def office_template(store: Store, catalogue_template: str) -> str:
    """Return the template with catalogue, organisations and accounts."""
    from tests.office.world import fill

    return store.template("office", fill, base=catalogue_template)


def _open(store: Store, template: str) -> Iterator[Database]:
    url, remove = store.copy(template)
    database = Database(url)
    yield database
    database.dispose()
    remove()


@pytest.fixture
def database(store: Store) -> Iterator[Database]:
    """Return a migrated database without a row."""
    yield from _open(store, "empty")


@pytest.fixture
def reference_database(store: Store, reference_template: str) -> Iterator[Database]:
    """Return a database of its own with all reference facts that ship."""
    yield from _open(store, reference_template)


@pytest.fixture
def catalogue_database(store: Store, catalogue_template: str) -> Iterator[Database]:
    """Return a database of its own with reference facts and the starter catalogue."""
    yield from _open(store, catalogue_template)


@pytest.fixture(scope="module")
def shared_catalogue(store: Store, catalogue_template: str) -> Iterator[Database]:
    """Return a loaded database that the tests of a module share: for reading only."""
    yield from _open(store, catalogue_template)

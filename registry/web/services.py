"""What views need from the application: settings, database, search."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from flask import current_app, g
from sqlmodel import Session

from registry.database import Database
from registry.search.service import SearchService
from registry.settings import Settings

EXTENSION = "registry"


@dataclass(frozen=True)
class Services:
    """The parts that `create_app` wires together, one set an application."""

    settings: Settings
    database: Database
    search: SearchService


def services() -> Services:
    """Return the services of the current application."""
    return cast(Services, current_app.extensions[EXTENSION])


@contextmanager
def reading() -> Iterator[Session]:
    """Open a read session on the application's database."""
    with services().database.reading() as session:
        yield session


def catalogue_tick() -> int:
    """Return the clock's tick, read once a request: the version of all that pages show."""
    if "catalogue_tick" not in g:
        g.catalogue_tick = services().database.tick()
    return int(g.catalogue_tick)

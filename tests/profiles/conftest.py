"""A database with organisations and accounts, for each test its own."""

from collections.abc import Iterator

import pytest

from registry.database import Database
from tests.conftest import Store


@pytest.fixture
def office_database(store: Store, office_template: str) -> Iterator[Database]:
    """Return a copy of the database with catalogue, organisations and accounts."""
    url, remove = store.copy(office_template)
    database = Database(url)
    yield database
    database.dispose()
    remove()

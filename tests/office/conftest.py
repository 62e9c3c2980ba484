"""A site with organisations and accounts."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Store
from tests.office.world import Office
from tests.web.site import open_site


@pytest.fixture(scope="module")
def shared_office(store: Store, office_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return a site that the tests of a module share: for reading only."""
    folder = tmp_path_factory.mktemp("office")
    with open_site(store, office_template, folder) as app:
        yield Office(app, folder)


@pytest.fixture
def office(own_office: Callable[..., Office]) -> Office:
    """Return a site of the test's own."""
    return own_office()


@pytest.fixture
def own_office(store: Store, office_template: str, tmp_path: Path) -> Iterator[Callable[..., Office]]:
    """Return a function that opens a site of the test's own, with settings."""
    with ExitStack() as stack:

        def opened(**settings: Any) -> Office:
            return Office(stack.enter_context(open_site(store, office_template, tmp_path, **settings)), tmp_path)

        yield opened

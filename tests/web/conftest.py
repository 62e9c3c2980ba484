"""The site, shared by all page tests of a run; and fresh ones for tests that change something."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Store
from tests.web.client import PageClient
from tests.web.site import open_site

Site = Callable[..., Flask]


@pytest.fixture(scope="session")
def app(store: Store, catalogue_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return the site on the starter catalogue: for reading only."""
    with open_site(store, catalogue_template, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def pages(app: Flask) -> PageClient:
    """Return a client that checks every page it fetches."""
    return PageClient(app)


@pytest.fixture
def own_site(store: Store, catalogue_template: str, tmp_path: Path) -> Iterator[Site]:
    """Return a function that opens a site of the test's own, with settings."""
    with ExitStack() as stack:

        def opened(**settings: Any) -> Flask:
            return stack.enter_context(open_site(store, catalogue_template, tmp_path, **settings))

        yield opened

"""A server on the office world, and windows of people who are signed in there."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from registry.app import create_app
from registry.database import Database
from registry.settings import Settings
from registry.web.services import EXTENSION
from tests.browser.serving import PATIENCE, listen, serving
from tests.conftest import Store
from tests.office.world import sign_in
from tests.web.site import KEY

COOKIE = "sitzung"


@dataclass(frozen=True)
class OfficeServer:
    """A running server: its address, and an application of the same key on the same database."""

    address: str
    app: Flask

    @property
    def database(self) -> Database:
        """Return the database that the server works on."""
        found: Database = self.app.extensions[EXTENSION].database
        return found

    def sign_in(self, context: BrowserContext, role: str) -> None:
        """Sign a browser in as a role of tests.office.world, without the sign-in page."""
        if role == "anonymous":
            return
        client = self.app.test_client()
        sign_in(self.app, client, role)
        cookie = client.get_cookie(COOKIE)
        assert cookie is not None
        context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": self.address, "httpOnly": True}])


OfficeVisit = Callable[..., Page]
"""`office_visit(role, path, width=1280, status=200, expected=(), **options)`: a page in a window of its own."""


@pytest.fixture(scope="module")
def office_server(
    store: Store, office_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OfficeServer]:
    """Run a server on an office world that the tests of a module share."""
    folder: Path = tmp_path_factory.mktemp("served-office")
    url, remove = store.copy(office_template)
    app = create_app(Settings(database_url=url, index_dir=folder / "own-index", secret_key=KEY))
    with serving(url, folder) as address:
        yield OfficeServer(address, app)
    app.extensions[EXTENSION].search.close()
    app.extensions[EXTENSION].database.dispose()
    remove()


@pytest.fixture
def office_visit(browser: Browser, office_server: OfficeServer) -> Iterator[OfficeVisit]:
    """Return a function that opens a page as a person of the world in a window of its own.

    A message on the console, an error in a script, or a request to another host fails the test; the error status
    that the page has, and those that are `expected` later, are no such messages.
    """
    noise: list[str] = []
    with ExitStack() as stack:

        def opened(
            role: str,
            path: str,
            width: int = 1280,
            status: int = 200,
            expected: tuple[int, ...] = (),
            **options: Any,
        ) -> Page:
            context = browser.new_context(
                base_url=office_server.address, viewport={"width": width, "height": 800}, **options
            )
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            office_server.sign_in(context, role)
            listen(context, office_server.address, noise, status, *expected)
            page = context.new_page()
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == status, answer.status
            return page

        yield opened
    assert not noise

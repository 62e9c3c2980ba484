"""One Chromium and one server on the starter catalogue for all browser tests."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from registry.database import Database
from registry.reuse.operations import withdraw_bundle
from tests.browser.office import office_server, office_visit
from tests.browser.reading import WITHDRAWN
from tests.browser.serving import PATIENCE, listen, serving
from tests.conftest import Store

__all__ = ["office_server", "office_visit"]

# Chromium shall not phone home, and needs no sandbox inside a container that runs as root.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Visit = Callable[..., Page]


@pytest.fixture(scope="package")
def server(store: Store, catalogue_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run `ozg-registry serve` on the starter catalogue, one entry of it withdrawn; return its address."""
    url, remove = store.copy(catalogue_template)
    database = Database(url)
    with database.writing() as write:
        withdraw_bundle(write, WITHDRAWN, actor="prüfung", reason="Der Dienst ist abgelöst.", successor=None)
    database.dispose()
    with serving(url, tmp_path_factory.mktemp("served")) as address:
        yield address
    remove()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is missing. Please install: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Visit]:
    """Return a function that opens a page in a window of its own.

    Whatever the test does there: a message on the console, an error in a script, or a request
    to another host fails it.
    """
    noise: list[str] = []
    with ExitStack() as stack:

        def opened(path: str, width: int = 1280, status: int = 200, **options: Any) -> Page:
            context = browser.new_context(base_url=server, viewport={"width": width, "height": 800}, **options)
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            listen(context, server, noise, status)
            page = context.new_page()
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == status
            return page

        yield opened
    assert not noise

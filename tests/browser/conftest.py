"""One Chromium and one server on the starter catalogue for all browser tests."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from registry.database import Database
from registry.reuse.operations import withdraw_bundle
from tests.browser.reading import WITHDRAWN
from tests.conftest import Store

ROOT = Path(__file__).parents[2]
# Chromium shall not phone home, and needs no sandbox inside a container that runs as root.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 10_000  # ms: a condition that takes longer has failed
Visit = Callable[..., Page]


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        with suppress(OSError), urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            if json.load(answer)["status"] == "ok":
                return
        time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="package")
def server(store: Store, catalogue_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run `ozg-registry serve` on the starter catalogue, one entry of it withdrawn; return its address."""
    folder = tmp_path_factory.mktemp("served")
    url, remove = store.copy(catalogue_template)
    database = Database(url)
    with database.writing() as write:
        withdraw_bundle(write, WITHDRAWN, actor="prüfung", reason="Der Dienst ist abgelöst.", successor=None)
    database.dispose()
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OZG_REGISTRY_")}
    environment |= {
        "OZG_REGISTRY_DATABASE_URL": url,
        "OZG_REGISTRY_INDEX_DIR": str(folder / "index"),
        "OZG_REGISTRY_SECRET_KEY": "k" * 32,
        "OZG_REGISTRY_PORT": str(port),
    }
    command = [sys.executable, "-W", "error", "-c", "from registry.cli import main; main()", "serve"]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=30)
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
            _listen(context, server, noise, status)
            page = context.new_page()
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == status
            return page

        yield opened
    assert not noise


def _listen(context: BrowserContext, server: str, noise: list[str], status: int) -> None:
    home = urlsplit(server).netloc

    def console(text: str) -> None:
        # Chromium reports the error status of a page that the test asks for.
        if status < 400 or f"status of {status}" not in text:
            noise.append(text)

    context.on("console", lambda message: console(message.text))
    context.on("weberror", lambda error: noise.append(str(error.error)))
    context.on(
        "request",
        lambda request: (
            None
            if urlsplit(request.url).netloc == home or request.url.startswith("data:")
            else noise.append(f"a request to {request.url}")
        ),
    )

"""The server as a process of its own, and windows of a browser in front of it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext

from tests.web.site import KEY

ROOT = Path(__file__).parents[2]
PATIENCE = 10_000  # ms: a condition that takes longer has failed
OFFLINE = 0  # the `expected` status of a request that finds no network


def free_port() -> int:
    """Return a port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(url: str, folder: Path, **settings: str) -> Iterator[str]:
    """Run `ozg-registry serve` on a database while the context lasts; yield its address.

    `settings`: further ones by their name without prefix, `mail_url="smtp://…"`.
    """
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OZG_REGISTRY_")}
    environment |= {
        "OZG_REGISTRY_DATABASE_URL": url,
        "OZG_REGISTRY_INDEX_DIR": str(folder / "index"),
        "OZG_REGISTRY_SECRET_KEY": KEY,
        "OZG_REGISTRY_PORT": str(port),
    }
    environment |= {f"OZG_REGISTRY_{name.upper()}": value for name, value in settings.items()}
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


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        with suppress(OSError), urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            if json.load(answer)["status"] == "ok":
                return
        time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text(encoding='utf-8')}")


def listen(context: BrowserContext, server: str, noise: list[str], *expected: int) -> None:
    """Note messages on the console, errors in scripts and requests to other hosts, but not `expected` statuses."""
    home = urlsplit(server).netloc

    def console(text: str) -> None:
        # Chromium reports the error status of an answer that the test asks for.
        told = [f"status of {status}" for status in expected if status >= 400]
        if OFFLINE in expected:
            told.append("ERR_INTERNET_DISCONNECTED")
        if not any(words in text for words in told):
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

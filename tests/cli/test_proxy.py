"""The server behind a reverse proxy: its headers count for the set number of hops, and not without."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.database import Database

pytestmark = pytest.mark.sqlite_only
PROXY = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "register.example"}


@contextmanager
def _served(database: Database, folder: Path, hops: int) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shutil.copyfile(database.url.removeprefix("sqlite:///"), folder / "registry.db")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OZG_REGISTRY_")}
    environment |= {"OZG_REGISTRY_PORT": str(port), "OZG_REGISTRY_PROXY_HOPS": str(hops)}
    command = [sys.executable, "-m", "registry.cli", "serve"]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _robots(site: str) -> str:
    for _ in range(150):
        try:
            with urllib.request.urlopen(
                urllib.request.Request(f"{site}/robots.txt", headers=PROXY), timeout=5
            ) as found:
                return str(found.read().decode())
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.mark.parametrize(("hops", "counts"), [(1, True), (0, False)])
def test_the_running_server_takes_over_what_its_proxy_says_and_nobody_else(
    shared_catalogue: Database, tmp_path: Path, hops: int, counts: bool
) -> None:
    with _served(shared_catalogue, tmp_path, hops) as site:
        assert ("https://register.example/sitemap.xml" in _robots(site)) is counts

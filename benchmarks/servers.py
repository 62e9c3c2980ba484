"""Start the servers that are compared, on free loopback ports, with data in a temporary folder."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent
SECRET = "benchmark" * 5


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], ready: str, **environment: str) -> Iterator[None]:
    """Run a server until the block ends; wait until the address `ready` answers."""
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(ready, timeout=10).close()
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):  # it builds its index first
                if process.poll() is not None:
                    raise RuntimeError(f"{command[0]} ended with {process.returncode}") from None
                time.sleep(0.2)
        else:
            raise RuntimeError(f"{command[0]} did not become ready")
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def registry(folder: Path, database: Path) -> Iterator[int]:
    """Serve a registry database with one process, as `ozg-registry serve` does."""
    port = free_port()
    environment = {
        "OZG_REGISTRY_DATABASE_URL": f"sqlite:///{database}",
        "OZG_REGISTRY_INDEX_DIR": str(folder / "index"),
        "OZG_REGISTRY_SECRET_KEY": SECRET,
        "OZG_REGISTRY_PORT": str(port),
        "OZG_REGISTRY_LOG_LEVEL": "WARNING",
    }
    with running([str(BIN / "ozg-registry"), "serve"], f"http://127.0.0.1:{port}/readyz", **environment):
        yield port


@contextmanager
def datasette(database: Path) -> Iterator[int]:
    """Serve a SQLite file with Datasette, one process."""
    port = free_port()
    command = [
        str(BIN / "datasette"),
        "serve",
        str(database),
        "-p",
        str(port),
        "--setting",
        "facet_time_limit_ms",
        "5000",
    ]
    command += ["--setting", "sql_time_limit_ms", "20000"]
    with running(command, f"http://127.0.0.1:{port}/-/versions.json"):
        yield port

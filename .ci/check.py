"""Every check, in the order of their speed; ends at the first that fails.

The tests on PostgreSQL run beside those on SQLite and in the browser.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from postgres import server

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
STATIC_CHECKS = {
    "format": ["ruff", "format", "--check", "-q", "."],
    "lint": ["ruff", "check", "-q", "."],
    "types": ["mypy"],
    "import contracts": ["lint-imports"],
}


def step(name: str, command: list[str], **environment: str) -> None:
    """Run one check and say how long it took."""
    print(f"[check] {name}", flush=True)
    started = time.monotonic()
    program = [str(BIN / command[0]), *command[1:]]
    done = subprocess.run(program, cwd=ROOT, env={**os.environ, **environment}, check=False)
    if done.returncode:
        sys.exit(f"[check] {name} failed")
    print(f"[check] {name}: {time.monotonic() - started:.0f} s", flush=True)


@contextmanager
def beside(name: str, command: list[str], **environment: str) -> Iterator[None]:
    """Run one check while the block runs; its output is shown at the end, when it has failed."""
    program = [str(BIN / command[0]), *command[1:]]
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            program, cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield
            failed = process.wait()
        finally:
            process.kill()
            process.wait()
        output.seek(0)
        if failed:
            sys.exit(f"{output.read()}\n[check] {name} failed")
    print(f"[check] {name}: {time.monotonic() - started:.0f} s", flush=True)


def main() -> None:
    for name, command in STATIC_CHECKS.items():
        step(name, command)
    everywhere = ["pytest", "-p", "no:cacheprovider", "-m", "not browser and not wheel and not sqlite_only"]
    with (
        server() as address,
        beside("tests that touch the database, on PostgreSQL", everywhere, OZG_REGISTRY_TEST_DATABASE_URL=address),
    ):
        step("tests without a browser, on SQLite", ["pytest", "-m", "not browser and not wheel"])
        step("tests in a browser and of the wheel", ["pytest", "-m", "browser or wheel"])


if __name__ == "__main__":
    main()

"""Every check, in the order of their speed; ends at the first that fails.

The tests on PostgreSQL, and after them those in the browser, run beside those on SQLite.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
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


Check = tuple[str, list[str], dict[str, str]]
"""Name, command, and what is added to the environment."""


class Beside:
    """Checks that run one after the other beside the main ones; their output is shown only when one has failed."""

    def __init__(self, checks: list[Check]) -> None:
        self._checks = checks
        self._process: subprocess.Popen[str] | None = None
        self._ended = False
        self.failure = ""
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        if kind is not None:
            self._ended = True
            if self._process is not None:
                self._process.kill()
        self._thread.join()
        if kind is None and self.failure:
            sys.exit(self.failure)

    def _run(self) -> None:
        for name, command, environment in self._checks:
            if self._ended or self.failure:
                return
            started = time.monotonic()
            with tempfile.TemporaryFile("w+") as output:
                self._process = subprocess.Popen(
                    [str(BIN / command[0]), *command[1:]],
                    cwd=ROOT,
                    env={**os.environ, **environment},
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
                if self._ended:  # the main check failed while this one was starting
                    self._process.kill()
                failed = self._process.wait()
                output.seek(0)
                text = output.read()
            if failed:
                self.failure = f"{text}\n[check] {name} failed"
            else:
                last = text.strip().splitlines()[-1] if text.strip() else ""
                print(f"\n[check] {name}: {time.monotonic() - started:.0f} s: {last}", flush=True)


def main() -> None:
    for name, command in STATIC_CHECKS.items():
        step(name, command)
    everywhere = ["pytest", "-p", "no:cacheprovider", "-m", "not browser and not wheel and not sqlite_only"]
    browser = ["pytest", "-p", "no:cacheprovider", "-m", "browser or wheel"]
    with server() as address:
        others: list[Check] = [
            ("tests that touch the database, on PostgreSQL", everywhere, {"OZG_REGISTRY_TEST_DATABASE_URL": address}),
            ("tests in a browser and of the wheel", browser, {}),
        ]
        with Beside(others):
            step("tests without a browser, on SQLite", ["pytest", "-m", "not browser and not wheel"])


if __name__ == "__main__":
    main()

"""Every check, in the order of their speed; ends at the first that fails."""

import os
import subprocess
import sys
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


def main() -> None:
    for name, command in STATIC_CHECKS.items():
        step(name, command)
    with server() as address:
        step(
            "tests that touch the database, on PostgreSQL",
            ["pytest", "-m", "not browser and not wheel and not sqlite_only"],
            OZG_REGISTRY_TEST_DATABASE_URL=address,
        )
    step("all tests, on SQLite", ["pytest"])


if __name__ == "__main__":
    main()

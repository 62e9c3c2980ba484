"""Runs `ozg-registry` in a folder of its own."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.cli import main

Run = Callable[..., Result]


@pytest.fixture
def quiet_log() -> Iterator[None]:
    """Put the log back as it was: commands send it to their own error stream."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_log: None) -> Run:
    """Return a function that runs a command; settings are given as keywords (`database_url=…`)."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path, stdin: bytes | None = None, **settings: str) -> Result:
        environment = {f"OZG_REGISTRY_{name.upper()}": value for name, value in settings.items()}
        return CliRunner(env=environment).invoke(main, [str(one) for one in arguments], input=stdin)

    return call

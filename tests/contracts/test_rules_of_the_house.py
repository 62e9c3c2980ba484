"""House rules that a machine can watch."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite_only

ROOT = Path(__file__).parents[2]


def _python(*code: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OZG_REGISTRY_")}
    return subprocess.run(
        [sys.executable, "-W", "error", *code],
        capture_output=True,
        text=True,
        cwd=cwd or ROOT,
        env=environment,
        check=False,
    )


def test_no_module_is_longer_than_400_lines() -> None:
    long = [
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "registry").rglob("*.py")
        if "versions" not in file.parts and len(file.read_text(encoding="utf-8").splitlines()) > 400
    ]
    assert long == []


def test_starting_up_raises_no_warning() -> None:
    done = _python("-c", "import registry.cli, registry.app")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "room", ["catalogue.queries", "reuse.queries", "search.contract", "exchange.starter", "history"]
)
def test_the_lower_rooms_do_not_load_flask(room: str) -> None:
    done = _python("-c", f"import sys, registry.{room}; assert 'flask' not in sys.modules")
    assert done.returncode == 0, done.stderr


def test_pure_rules_load_neither_database_driver_nor_flask() -> None:
    done = _python("-c", "import sys, registry.search.german; assert not {'flask', 'sqlalchemy'} & sys.modules.keys()")
    assert done.returncode == 0, done.stderr


def test_lock_files_name_hashes_and_no_package_index() -> None:
    for lock in ROOT.glob("requirements*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text, lock.name
        assert "://" not in text, lock.name
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_pages_and_styles_load_nothing_from_other_hosts() -> None:
    for folder in ("templates", "static"):
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in (".html", ".css", ".js") and "vendor" not in file.parts:
                text = file.read_text(encoding="utf-8")
                assert "@import" not in text, file
                for start in ('src="http', 'src="//', "url(http", "url(//", 'from "http', 'import("http'):
                    assert start not in text, f"{file}: {start}"

"""The built wheel, installed into an empty environment and started elsewhere, serves pages with CSS."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.wheel, pytest.mark.sqlite_only]

ROOT = Path(__file__).parents[2]


def _run(*command: str | Path, cwd: Path, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OZG_REGISTRY_")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and install it, with the locked dependencies of this environment, into an empty one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    _run(*build, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    _run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    target = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index"]
    _run(*pip, str(wheel), cwd=folder)
    # The dependencies are those of this environment, whose hashes were checked when it was made; the checkout
    # itself is linked by an editable install, which must stay out.
    source = Path(
        _run(sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    for entry in source.iterdir():
        if not entry.name.startswith(("_editable", "__editable__", "_ozg_registry", "ozg_registry", "pip")):
            destination = Path(target) / entry.name
            if not destination.exists() and entry.suffix != ".pth":
                (shutil.copytree if entry.is_dir() else shutil.copy2)(entry, destination)
    return folder


@pytest.fixture(scope="module")
def address(installed: Path) -> Iterator[str]:
    elsewhere = installed / "elsewhere"
    elsewhere.mkdir()
    command = installed / "venv" / "bin" / "ozg-registry"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    _run(command, "init", cwd=elsewhere)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OZG_REGISTRY_")}
    process = subprocess.Popen(
        [str(command), "serve"],
        cwd=elsewhere,
        env={**environment, "OZG_REGISTRY_PORT": port, "PYTHONWARNINGS": "error"},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(timeout=20) in (0, -15)


def _wait(address: str) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server did not become ready")


def _get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=10) as response:
        content: bytes = response.read()
    return content


def test_the_installed_wheel_serves_a_page_with_its_styles_and_scripts(address: str) -> None:
    page = _get(address + "/").decode("utf-8")
    references = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert any(".css" in reference for reference in references)
    for reference in references:
        assert _get(address + reference)


def test_the_installed_wheel_finds_a_service_by_everyday_words(address: str) -> None:
    assert b"/ozg/10160" in _get(address + "/suche?art=ozg&q=hund+anmelden")

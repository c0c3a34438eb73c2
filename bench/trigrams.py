"""A PostgreSQL with pg_trgm, for a measurement: the one that the suite brings has no extensions, Debian's has."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.tables import NotMeasured

_PROGRAMS = "/usr/lib/postgresql"
_SHARED = "/usr/share/postgresql"
_NOBODY_ELSE = "postgres"
"""The account that Debian makes for it: the server refuses to be run by root."""
_WITHIN_S = 30.0


@contextmanager
def served() -> Iterator[str]:
    """The URL of an empty database of such a server. Raises NotMeasured when this machine has none."""
    programs = _installed()
    user = _NOBODY_ELSE if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="bench-trigrams-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        if user:
            shutil.chown(folder, user, user)
        data = folder / "data"
        _run([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"], user)
        options = ("-c", "listen_addresses=", "-c", "shared_buffers=256MB")
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *options],
            user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        url = f"postgresql://postgres@/postgres?host={folder}"
        try:
            _wait(server, url)
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(_WITHIN_S)


def _installed() -> Path:
    for version in sorted(Path(_PROGRAMS).glob("*"), reverse=True):
        if (Path(_SHARED) / version.name / "extension" / "pg_trgm.control").exists():
            return version / "bin"
    raise NotMeasured("this machine has no PostgreSQL with pg_trgm (Debian: postgresql)")


def _run(command: list[str | Path], user: str | None) -> None:
    done = subprocess.run(command, user=user, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        raise NotMeasured(f"{Path(command[0]).name} ended with {done.returncode}: {done.stderr.strip()[-200:]}")


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise NotMeasured(f"PostgreSQL does not start: {error}") from None
            time.sleep(0.1)
        else:
            return

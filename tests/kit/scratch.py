"""Where the tests write what nobody keeps: in memory where the machine has room for it, else in the temporary folder.

Nothing here is about power cuts, so a disk adds nothing but its waits: an fsync of every commit, and a thousand small
files for every copied PostgreSQL database.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of Linux that lies in memory; every file in it gets a random name)
ROOM = 3 << 30
"""Bytes that must be free in it: two servers, the databases of the tests that run, and those of tests that failed."""


@cache
def root() -> Path:
    """The folder in memory when it is there, open to us, lets programs run and has room; else the temporary one."""
    try:
        found = os.statvfs(MEMORY)
    except OSError:
        return Path(tempfile.gettempdir())
    fits = found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC
    return MEMORY if fits and os.access(MEMORY, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def folder(prefix: str) -> Path:
    """A new folder that is deleted when this process ends."""
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=root()))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made

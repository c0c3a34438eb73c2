"""What the file store asks of a disk: few verbs, so that a disk that loses power can stand in for a real one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


class Open(Protocol):
    """A new file that is being written."""

    def write(self, content: bytes) -> None: ...

    def sync(self) -> None:
        """Returns once what was written survives a power cut."""

    def close(self) -> None: ...


class Disk(Protocol):
    """Folders and files. Everything raises OSError; only what was synced is sure to be there after a power cut."""

    def make_folder(self, path: Path) -> bool:
        """Makes one folder (mode 0700); False when it was there."""

    def create(self, path: Path) -> Open:
        """A new file (mode 0600). Raises FileExistsError."""

    def rename(self, old: Path, new: Path) -> None:
        """In one step, replacing `new`."""

    def sync_folder(self, path: Path) -> None:
        """Returns once the names in this folder survive a power cut."""

    def read(self, path: Path) -> bytes: ...

    def remove(self, path: Path) -> None: ...

    def names(self, path: Path) -> list[str]:
        """The names in a folder, sorted; none when there is no such folder."""

    def changed_at(self, path: Path) -> datetime:
        """When a file was last written to (aware, UTC)."""


class _Writing:
    """A file of the machine."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)

    def write(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(self._handle, rest) :]

    def sync(self) -> None:
        os.fsync(self._handle)

    def close(self) -> None:
        os.close(self._handle)


class LocalDisk:
    """The machine's own disk."""

    def make_folder(self, path: Path) -> bool:
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            return False
        return True

    def create(self, path: Path) -> Open:
        return _Writing(path)

    def rename(self, old: Path, new: Path) -> None:
        os.replace(old, new)

    def sync_folder(self, path: Path) -> None:
        if os.name == "nt":  # no folder can be opened there, and its file system keeps names in its own journal
            return
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def remove(self, path: Path) -> None:
        os.unlink(path)

    def names(self, path: Path) -> list[str]:
        try:
            return sorted(os.listdir(path))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def changed_at(self, path: Path) -> datetime:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def parents(path: Path) -> Iterator[Path]:
    """`path` and the folders above it, the topmost first."""
    return reversed([path, *path.parents])

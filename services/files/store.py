"""The file store: bytes under random names, encrypted, and on the disk for good before their name is given out."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from services.files.disk import Disk, LocalDisk, parents
from services.keys import Keys, Unopened

_KEY = re.compile(r"[0-9a-f]{40}")
_PART = ".part"


class Missing(Exception):
    """There is no file of this key: never was, or dropped."""


class Unreadable(Exception):
    """A file is there and does not open: torn, changed, moved to another name, or of another DATA_KEY."""


class Store(Protocol):
    """Keeps bytes. What `put` has returned can be read until it is dropped, whatever happens to the machine."""

    def put(self, content: bytes) -> str:
        """Keeps `content` under a new random key: 40 hexadecimal digits, 160 bits. Raises OSError, keeping nothing."""

    def get(self, key: str) -> bytes:
        """The content. Raises Missing, Unreadable, OSError."""

    def drop(self, key: str) -> bool:
        """Removes it for good; False when it was not there."""

    def keys(self) -> Iterator[str]:
        """Every key that is kept, in order."""


class FolderStore:
    """A Store in a folder, as `ab/abcdef...`: files of mode 0600 in folders of mode 0700, AES-256-GCM.

    The name is bound into the encryption, so a file that was swapped for another one does not open. A file is written
    beside its place, synced, renamed and its folder synced: after a power cut it is whole under its name or not there.
    """

    def __init__(self, folder: Path, keys: Keys, disk: Disk | None = None) -> None:
        self._folder, self._keys = folder, keys
        self._disk = disk or LocalDisk()
        self._made: set[Path] = set()

    def put(self, content: bytes) -> str:
        key = secrets.token_hex(20)
        path = self._path(key)
        part = path.with_name(key + _PART)
        self._make(path.parent)
        try:
            written = self._disk.create(part)
            try:
                written.write(self._keys.encrypt_bytes(content, _place(key)))
                written.sync()
            finally:
                written.close()
            self._disk.rename(part, path)
            self._disk.sync_folder(path.parent)
        except OSError:
            for left in (part, path):
                with contextlib.suppress(OSError):  # the first error is the one to tell
                    self._disk.remove(left)
            raise
        return key

    def get(self, key: str) -> bytes:
        try:
            stored = self._disk.read(self._path(key))
        except FileNotFoundError:
            raise Missing(key) from None
        try:
            return self._keys.decrypt_bytes(stored, _place(key))
        except Unopened as why:
            raise Unreadable(str(why)) from None

    def drop(self, key: str) -> bool:
        path = self._path(key)
        try:
            self._disk.remove(path)
        except FileNotFoundError:
            return False
        self._disk.sync_folder(path.parent)
        return True

    def keys(self) -> Iterator[str]:
        for folder in self._disk.names(self._folder):
            for name in self._disk.names(self._folder / folder):
                if _KEY.fullmatch(name) and name[:2] == folder:
                    yield name

    def kept_before(self, before: datetime) -> Iterator[str]:
        """The keys of what was kept before `before` (aware)."""
        for key in self.keys():
            with contextlib.suppress(FileNotFoundError):
                if self._disk.changed_at(self._path(key)) < before:
                    yield key

    def clear_parts(self, before: datetime) -> int:
        """Removes what a power cut left of writes begun before `before` (aware); how many. None of it was promised."""
        removed = 0
        for folder in self._disk.names(self._folder):
            for name in self._disk.names(self._folder / folder):
                path = self._folder / folder / name
                if name.endswith(_PART) and _KEY.fullmatch(name.removesuffix(_PART)):
                    with contextlib.suppress(FileNotFoundError):  # another process was quicker
                        if self._disk.changed_at(path) < before:
                            self._disk.remove(path)
                            removed += 1
        return removed

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise Missing("not a key of the file store")
        return self._folder / key[:2] / key

    def _make(self, folder: Path) -> None:
        """Makes the folder and those above it, each name synced before anything relies on it."""
        if folder in self._made:
            return
        for path in parents(folder):
            # a folder found on the way may be one that another process has just made and not synced yet
            if self._disk.make_folder(path) or path in (self._folder, folder):
                self._disk.sync_folder(path.parent)
        self._made.add(folder)


def _place(key: str) -> str:
    return f"file:{key}"

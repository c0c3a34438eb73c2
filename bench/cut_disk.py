"""A disk that loses power: what was not synced comes back whole, in part, as zeros, or not at all."""

from __future__ import annotations

import errno
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

START = datetime(2026, 1, 5, tzinfo=UTC)


class PowerCut(BaseException):
    """The machine is off. Not an Exception: no program can catch its own power cut."""


@dataclass(slots=True)
class File:
    """Bytes as programs see them, and as they would be found after a cut."""

    seen: bytes = b""
    kept: bytes = b""


@dataclass(slots=True)
class Folder:
    """Names as programs see them, and as they would be found after a cut."""

    seen: dict[str, File | Folder] = field(default_factory=dict)
    kept: dict[str, File | Folder] = field(default_factory=dict)


class CutDisk:
    """A Disk in memory. `cut_at` is the number of verbs after which the power goes; `full` is how often a write fails.

    `forgets` names verbs that do nothing, to see that the experiment finds a store that does not sync.
    """

    def __init__(
        self, rng: random.Random, cut_at: int, full: float = 0.0, forgets: frozenset[str] = frozenset()
    ) -> None:
        self.root, self.verbs = Folder(), 0
        self._rng, self._cut_at, self._full, self._forgets = rng, cut_at, full, forgets

    def make_folder(self, path: Path) -> bool:
        if path == path.parent:
            return False
        folder = self._folder(path.parent)
        if path.name in folder.seen:
            return False
        self._verb()
        folder.seen[path.name] = Folder()
        return True

    def create(self, path: Path) -> _Writing:
        self._verb()
        folder = self._folder(path.parent)
        if path.name in folder.seen:
            raise FileExistsError(path)
        file = folder.seen[path.name] = File()
        return _Writing(self, file)

    def rename(self, old: Path, new: Path) -> None:
        self._verb()
        self._folder(new.parent).seen[new.name] = self._folder(old.parent).seen.pop(old.name)

    def sync_folder(self, path: Path) -> None:
        self._verb()
        if "sync_folder" not in self._forgets:
            folder = self._folder(path)
            folder.kept = dict(folder.seen)

    def read(self, path: Path) -> bytes:
        file = self._folder(path.parent).seen.get(path.name)
        if not isinstance(file, File):
            raise FileNotFoundError(path)
        return file.seen

    def remove(self, path: Path) -> None:
        self._verb()
        if self._folder(path.parent).seen.pop(path.name, None) is None:
            raise FileNotFoundError(path)

    def names(self, path: Path) -> list[str]:
        try:
            return sorted(self._folder(path).seen)
        except FileNotFoundError:
            return []

    def changed_at(self, path: Path) -> datetime:
        self.read(path)
        return START

    def write(self, file: File, content: bytes) -> None:
        """Some of the content, or all, or the disk is full."""
        for part in (content[: len(content) // 2], content[len(content) // 2 :]):
            self._verb()
            if self._rng.random() < self._full:
                raise OSError(errno.ENOSPC, "No space left on device")
            file.seen += part

    def sync(self, file: File) -> None:
        self._verb()
        if "sync" not in self._forgets:
            file.kept = file.seen

    def verb(self) -> None:
        """Another program's write on the same machine: the power may go here too."""
        self._verb()

    def back(self) -> CutDisk:
        """The disk as it is found when the power is back; it stays on from now."""
        found = CutDisk(self._rng, cut_at=-1)
        found.root = self._survived(self.root)
        return found

    def _verb(self) -> None:
        if self.verbs == self._cut_at:
            raise PowerCut
        self.verbs += 1

    def _folder(self, path: Path) -> Folder:
        here: File | Folder | None = self.root
        for part in path.parts[1:]:
            here = here.seen.get(part) if isinstance(here, Folder) else None
        if not isinstance(here, Folder):
            raise FileNotFoundError(path)
        return here

    def _survived(self, folder: Folder) -> Folder:
        """Each name's unsynced change has reached the disk or has not, in no order."""
        left = Folder()
        for name in sorted({*folder.kept, *folder.seen}):
            node = self._rng.choice((folder.kept.get(name), folder.seen.get(name)))
            if node is not None:
                left.seen[name] = self._survived(node) if isinstance(node, Folder) else self._content(node)
        left.kept = dict(left.seen)
        return left

    def _content(self, file: File) -> File:
        content = file.kept
        if file.seen != file.kept:
            length = self._rng.randint(0, len(file.seen))
            content = self._rng.choice((file.kept, file.seen, file.seen[:length], bytes(len(file.seen))))
        return File(content, content)


class _Writing:
    def __init__(self, disk: CutDisk, file: File) -> None:
        self._disk, self._file = disk, file

    def write(self, content: bytes) -> None:
        self._disk.write(self._file, content)

    def sync(self) -> None:
        self._disk.sync(self._file)

    def close(self) -> None:
        """Closing writes nothing down: only `sync` does."""

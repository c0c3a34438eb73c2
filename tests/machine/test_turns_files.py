"""Photos take time to fetch and look at: who only writes is not kept waiting, and a full disk is said kindly."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.filing import Filing
from bot.port import RemoteFile
from bot.turns import Turns
from services.files.disk import LocalDisk, Open
from services.files.intake import take
from services.files.store import FolderStore
from services.keys import Keys
from tests.kit import toy
from tests.kit.house import KEY
from tests.kit.patience import PATIENCE
from tests.kit.phone import Phone
from tests.kit.photos import photo
from tests.machine.rooms import Room


@dataclass
class Slow(Phone):
    """A platform that gives no file before it is told to."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, file: RemoteFile) -> bytes:
        await self.answers.wait()
        return photo("good")


async def test_a_slow_photo_keeps_nobody_else_waiting(room: Room, tmp_path: Path) -> None:
    slow = Slow("telegram", room.clock)
    channels: dict[tuple[str, str], Any] = {("phone", "default"): slow}
    turns = Turns(
        room.threads, room.clock, room.wake, channels, toy.dialog(), toy.PlainTexts(),
        lambda session: None, room.metrics,
        filing=Filing(room.threads, FolderStore(tmp_path / "files", Keys.read(KEY)), take),
    )  # fmt: skip
    await room.hears("1", "gửi ảnh")
    await turns.step()
    sent = {"ref": "x", "name": "a.jpg", "media": "image/jpeg", "size": 1}
    await room.hears("1", event="photo", kind="file", files=[sent])
    await room.hears("2", "chào", event="words")
    step = asyncio.create_task(turns.step())
    async with asyncio.timeout(PATIENCE):
        while {row.event_id: row.state for row in await room.inbox()}["words"] != "done":
            assert not step.done()
    assert not step.done()
    slow.answers.set()
    await step
    assert {row.state for row in await room.inbox()} == {"done"}
    await room.works()
    assert "Đã nhận 1 tệp" in room.said("1")


class Full(LocalDisk):
    """A disk without room."""

    def create(self, path: Path) -> Open:
        raise OSError("no space left on device")


async def test_a_full_disk_is_told_and_breaks_nothing(room: Room, tmp_path: Path) -> None:
    filing = Filing(room.threads, FolderStore(tmp_path / "files", Keys.read(KEY), Full()), take)
    kept = await filing.take_in(photo("good"), "a.jpg")
    assert (kept.key, kept.why_not) == ("", "file-not-had")

"""A machine room for tests: the real journal, turns and delivery around the toy conversation, on a real database."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.delivery import Sender
from bot.journal import Journal
from bot.metrics import Metrics
from bot.port import Envelope, Pace
from bot.threads import Threads
from bot.turns import Turns
from bot.wake import Wake
from services.db.machine import ChannelAccount, Inbox, Outbox
from services.db.session import Database
from tests.kit import toy
from tests.kit.clock import FakeClock
from tests.kit.phone import Phone


@dataclass
class Room:
    """One process's machine. Several rooms on one database are several processes."""

    url: str
    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    pace: Pace = field(default_factory=Pace)
    in_flight: int = 5

    def __post_init__(self) -> None:
        self.db = Database(self.url)
        self.threads = Threads(self.db)
        self.wake, self.metrics = Wake(), Metrics()
        self.phone = Phone("telegram", self.clock, pace=self.pace)
        self.journal = Journal(self.threads, self.clock, self.wake, self.folder / "spool")
        channels: dict[tuple[str, str], Any] = {("phone", "default"): self.phone}
        self.turns = Turns(
            self.threads,
            self.clock,
            self.wake,
            channels,
            toy.dialog(),
            toy.PlainTexts(),
            lambda session: None,
            self.metrics,
        )
        self.sender = Sender(
            self.phone, self.threads, self.clock, self.metrics, in_flight=self.in_flight, jitter=lambda: 1.0
        )

    async def opens(self) -> Room:
        """Register the account."""

        def add(session: Session) -> None:
            if session.get(ChannelAccount, ("phone", "default")) is None:
                session.add(ChannelAccount(channel="phone", account="default", closed_until_ms=0))

        await self.threads.write(add)
        return self

    async def hears(self, chat: str, text: str = "", *, event: str = "", **raw: Any) -> None:
        """An update arrives."""
        body = {
            "id": event or f"{chat}/{text}/{self.clock.now().timestamp()}",
            "chat": chat,
            "kind": "text",
            "text": text,
            **raw,
        }
        await self.journal.add("phone", "default", Envelope(body["id"], chat), msgspec.json.encode(body))

    async def works(self, rounds: int = 60) -> None:
        """Turns and delivery until nothing is due."""
        for _ in range(rounds):
            worked = await self.turns.step()
            worked += await self.sender.step()
            if self.sender.sending:
                await self.sender.all_sent()
                worked += 1
            if not worked:
                return
        raise AssertionError("the room never comes to rest")

    async def inbox(self) -> list[Inbox]:
        """All updates, oldest first."""
        return await self.threads.read(lambda session: list(session.scalars(select(Inbox).order_by(Inbox.id))))

    async def outbox(self) -> list[Outbox]:
        """All messages, oldest first."""
        return await self.threads.read(lambda session: list(session.scalars(select(Outbox).order_by(Outbox.id))))

    def said(self, chat: str) -> list[str]:
        """What reached the chat, in order."""
        return [page.text for where, page in self.phone.pages if where == chat]

    def close(self) -> None:
        """Give everything back."""
        self.threads.close()
        self.db.close()

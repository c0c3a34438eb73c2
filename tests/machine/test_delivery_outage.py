"""A platform to which every connection breaks: nobody knows what arrived, and still no message may be used up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.delivery import Sender
from bot.dialog.values import Message
from bot.outgoing import BULK, REPLY, STATUS, put, rows_of
from bot.port import Page, SendFailed
from services.clock import ms
from services.db.machine import Conversation
from tests.kit.databases import KINDS, new_database
from tests.kit.phone import Phone
from tests.machine.rooms import Room


@dataclass
class Cut(Phone):
    """A phone whose line is cut while `away`; `deaf` chats swallow what is sent to them and answer nothing."""

    away: bool = False
    deaf: frozenset[str] = frozenset()
    knocks: list[int] = field(default_factory=list)

    async def start(self) -> None:
        self.knocks.append(ms(self.clock.now()))
        if self.away:
            raise SendFailed("retryable", "connect")

    def answers(self, chat: str, page: Page) -> SendFailed | None:
        """What a send meets."""
        return SendFailed("unknown", "connection-lost") if self.away or chat in self.deaf else None


@dataclass
class Line:
    """A machine room with such a phone."""

    room: Room
    phone: Any

    async def queue(self, chats: int, priority: int) -> None:
        """One message for each of so many chats."""

        def write(session: Session) -> None:
            now = ms(self.room.clock.now())
            for number in range(chats):
                who = Conversation(channel="phone", account="default", chat=f"c{number:03d}", created_ms=now)
                session.add(who)
                session.flush()
                put(session, rows_of(self.phone, who.chat, who.id, [Message("tin")], now, priority))

        await self.room.threads.write(write)

    async def goes_by(self, seconds: int) -> None:
        """Time goes by, a second at a time."""
        for _ in range(seconds):
            await self.room.works()
            self.room.clock.tick(seconds=1)

    async def states(self) -> list[str]:
        """What became of the messages."""
        return [row.state for row in await self.room.outbox()]


@pytest.fixture(params=KINDS)
async def line(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Line]:
    room = Room(new_database(request.param, tmp_path), tmp_path)
    phone: Any = Cut("telegram", room.clock)
    phone.refuse = phone.answers
    room.phone = phone
    room.sender = Sender(phone, room.threads, room.clock, room.metrics, jitter=lambda: 1.0)
    await room.opens()
    yield Line(room, phone)
    room.close()


@pytest.mark.parametrize(("chats", "priority"), [(40, STATUS), (1, REPLY)])
async def test_an_outage_of_cut_connections_uses_no_message_up(line: Line, chats: int, priority: int) -> None:
    line.phone.away = True
    await line.queue(chats, priority)
    await line.goes_by(300)
    assert len(line.phone.calls) <= 5, "who cannot be asked is not sent to"
    line.phone.away = False
    back = ms(line.room.clock.now())
    await line.goes_by(12)
    assert set(await line.states()) == {"sent"}
    assert min(at for at, _ in line.phone.calls if at >= back) - back <= 10_000


async def test_an_outage_costs_bulk_no_more_than_was_in_flight(line: Line) -> None:
    line.phone.away = True
    await line.queue(40, BULK)
    await line.goes_by(60)
    line.phone.away = False
    await line.goes_by(12)
    states = await line.states()
    assert states.count("unsure") <= 5
    assert states.count("sent") == 40 - states.count("unsure")


async def test_a_platform_that_answers_to_others_is_not_asked(line: Line) -> None:
    line.phone.deaf = frozenset({"c003"})
    await line.queue(20, STATUS)
    await line.goes_by(5)
    assert (await line.states()).count("sent") == 19
    assert [chat for _, chat in line.phone.calls].count("c003") == 2, "once more, and never again"

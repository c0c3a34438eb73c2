"""Looking for the next messages beside the sending: found in time, and never a later message before an earlier one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bot.delivery import Sender
from bot.outgoing import BULK
from bot.port import Page, Receipt, SendFailed
from bot.threads import Threads
from services.clock import ms
from services.db.machine import Conversation, Outbox
from tests.kit.phone import Phone
from tests.machine.rooms import Room
from tests.machine.test_delivery import states

T = TypeVar("T")
CHATS = 900
SLOW = "c899"


class Counting(Threads):
    """Threads that count what is looked for beside the sending."""

    looks = 0

    async def read(self, work: Callable[[Session], T]) -> T:
        self.looks += 1
        return await super().read(work)


@dataclass
class SlowPhone(Phone):
    """A phone one of whose chats does not answer for long, and then refuses its first message."""

    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, chat: str, page: Page) -> Receipt:
        first = chat == SLOW and not self.answers.is_set()
        if first:
            self.calls.append((ms(self.clock.now()), chat))
            await self.answers.wait()
            raise SendFailed("retryable", "502")
        return await super().send(chat, page)


@pytest.fixture
def counting(room: Room) -> Iterator[Counting]:
    """The room's sender, with a slow chat and over threads that count."""
    threads = Counting(room.db)
    room.phone = SlowPhone("telegram", room.clock)
    room.sender = Sender(room.phone, threads, room.clock, room.metrics, in_flight=20, jitter=lambda: 1.0)
    yield threads
    threads.close()


async def fill(room: Room) -> None:
    """Two messages for each chat, the second ones behind all of the first."""
    now = ms(room.clock.now())
    row = {"channel": "phone", "account": "default", "conversation_id": 1, "priority": BULK, "created_ms": now}

    def write(session: Session) -> None:
        session.add(Conversation(channel="phone", account="default", chat="c", created_ms=0))
        page = lambda n: Page(f"tin {n}").dump()  # noqa: E731
        rows = [{**row, "chat": f"c{chat:03}", "page": page(n)} for n in range(2) for chat in range(CHATS)]
        session.execute(insert(Outbox), rows)

    await room.threads.write(write)


async def some_steps(room: Room, until: int) -> None:
    """Steps until so many calls were made; nobody waits for the slow chat."""
    for _ in range(1000):
        if len(room.phone.calls) >= until:
            return
        await room.sender.step()
        for _ in range(30):
            await asyncio.sleep(0)
    raise AssertionError("it does not go on")


async def test_what_is_next_is_found_while_messages_are_sent(room: Room, counting: Counting) -> None:
    assert isinstance(room.phone, SlowPhone)
    room.phone.answers.set()
    await fill(room)
    await room.works(300)
    assert Counter(await states(room)) == {("sent", None): 2 * CHATS}
    assert all(room.said(f"c{chat:03}") == ["tin 0", "tin 1"] for chat in range(CHATS))
    assert room.db.is_sqlite or counting.looks >= 2


async def test_a_look_beside_the_sending_never_puts_a_later_message_first(room: Room, counting: Counting) -> None:
    assert isinstance(room.phone, SlowPhone)
    await fill(room)
    await some_steps(room, 2 * CHATS - 100)  # in the second round all but the last hundred are sent
    assert [chat for _, chat in room.phone.calls].count(SLOW) == 1
    assert room.db.is_sqlite or counting.looks >= 2
    room.phone.answers.set()
    await some_steps(room, 2 * CHATS - 1)  # all the others, and those were found before the slow one had failed
    assert room.said(SLOW) == []
    room.clock.tick(seconds=120)
    await room.works(300)
    assert room.said(SLOW) == ["tin 0", "tin 1"]
    assert Counter(await states(room)) == {("sent", None): 2 * CHATS}

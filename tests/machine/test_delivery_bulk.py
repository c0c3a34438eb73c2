"""A long queue: what is sent together is written down together, and every promise of delivery holds all the same."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot import addresses
from bot.delivery import Sender
from bot.outbox import LEASE_MS, database_ms
from bot.outgoing import BULK, REPLY
from bot.port import SendFailed
from bot.threads import Threads
from services.clock import ms
from services.db.machine import ChannelAccount, Lease
from tests.machine.rooms import Room
from tests.machine.test_delivery import queue, states

T = TypeVar("T")


class Gated(Threads):
    """Threads that count, that keep what they did to themselves until the gate opens, and that can break."""

    gate: asyncio.Event | None = None
    at_gate: asyncio.Event
    breaks = False
    loses_answers = False
    statements = 0
    last: tuple[LiteralString, Mapping[str, Any]]

    async def wait(self) -> None:
        if self.gate is not None:
            self.at_gate.set()
            await self.gate.wait()
        if self.loses_answers:
            raise ConnectionError("it was done, but the line broke before we heard so")

    async def write(self, work: Callable[[Session], T]) -> T:
        if self.breaks:
            raise ConnectionError("the database is away")
        done = await super().write(work)
        await self.wait()
        return done

    async def at_once(self, statement: LiteralString, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        self.statements += 1
        self.last = statement, values
        done = await super().at_once(statement, values)
        await self.wait()
        return done


@pytest.fixture
def gated(room: Room) -> Iterator[Gated]:
    """The room's sender, over threads with a gate."""
    threads = Gated(room.db)
    room.sender = Sender(room.phone, threads, room.clock, room.metrics, in_flight=20, jitter=lambda: 1.0)
    yield threads
    threads.close()


async def long_queue(room: Room, chats: int = 60, each: int = 4) -> None:
    for chat in range(chats):
        await queue(room, f"c{chat:02}", *(f"tin {n}" for n in range(each)), priority=BULK)


async def test_a_long_queue_goes_whole_once_and_in_order(room: Room, gated: Gated) -> None:
    await long_queue(room)
    await room.works(300)
    assert all(room.said(f"c{chat:02}") == [f"tin {n}" for n in range(4)] for chat in range(60))
    assert Counter(await states(room)) == {("sent", None): 240}
    assert room.db.is_sqlite or gated.statements > 5, "in bulk one statement writes down and begins"


async def test_a_reply_overtakes_a_long_queue(room: Room, gated: Gated) -> None:
    await long_queue(room)
    for _ in range(3):
        await room.sender.step()
        await room.sender.all_sent()
    await queue(room, "zz", "trả lời", priority=REPLY)
    before = len(room.phone.calls)
    for _ in range(3):
        await room.sender.step()
        await room.sender.all_sent()
    assert "zz" in [chat for _, chat in room.phone.calls[before:]]


async def test_who_lost_the_lease_in_a_long_queue_begins_nothing_more(room: Room, gated: Gated) -> None:
    await long_queue(room)
    for _ in range(3):
        await room.sender.step()
        await room.sender.all_sent()

    def taken(session: Session) -> None:
        far = database_ms(session, ms(room.clock.now())) + 2 * LEASE_MS
        session.execute(update(Lease).where(Lease.name.like("send/%")).values(owner="another", until_ms=far))

    await room.threads.write(taken)
    # On SQLite the lease is asked for again a few seconds later at most; only one process uses such a file.
    room.clock.tick(seconds=9)
    before = len(room.phone.calls)
    for _ in range(4):
        await room.sender.step()
        await room.sender.all_sent()
    assert len(room.phone.calls) == before
    assert Counter(state for state, _ in await states(room)) == {"sent": before, "queued": 240 - before}


async def test_a_chat_that_moves_while_its_message_is_next_is_followed(room: Room, gated: Gated) -> None:
    await long_queue(room)
    for _ in range(2):
        await room.sender.step()
        await room.sender.all_sent()
    # c40 and those behind it are found now, and wait for room
    await room.threads.write(lambda session: addresses.move_chat(session, "phone", "default", "c55", "d55"))
    await room.works(300)
    assert (room.said("c55"), room.said("d55")) == ([], [f"tin {n}" for n in range(4)])
    assert Counter(await states(room)) == {("sent", None): 240}


async def test_a_long_queue_is_not_read_whole_for_every_few_messages(room: Room, gated: Gated) -> None:
    await long_queue(room, chats=300)
    for _ in range(6):
        await room.sender.step()
        await room.sender.all_sent()
    if room.db.is_sqlite:
        return  # has no such statement
    statement, values = gated.last
    plan = "\n".join(line for (line,) in await room.threads.at_once("EXPLAIN " + statement, values))
    assert plan.count("outbox_queued") == 1, "the index of all that is queued serves to find the most urgent only"


async def test_a_429_that_comes_while_others_are_being_marked_stops_them(room: Room, gated: Gated) -> None:
    room.phone.held = asyncio.Event()
    await long_queue(room, chats=3)
    await room.sender.step()
    await asyncio.sleep(0)  # three are at the platform, which does not answer yet
    await long_queue(room)
    gated.gate, gated.at_gate = asyncio.Event(), asyncio.Event()
    marking = asyncio.create_task(room.sender.step())
    await gated.at_gate.wait()  # the next twenty are marked in the database, and the sender does not know it yet
    room.phone.fails = [SendFailed("retry_after", "flood", after=40, scope="account")]
    room.phone.held.set()
    for _ in range(3):
        await asyncio.sleep(0)
    assert not room.phone.fails
    calls = len(room.phone.calls)
    gated.gate.set()
    await marking
    gated.gate = None
    for _ in range(3):
        await room.sender.step()
        await room.sender.all_sent()
    assert len(room.phone.calls) == calls, "not one call before retry_after"
    room.clock.tick(seconds=41)
    await room.works(300)
    assert Counter(state for state, _ in await states(room))["queued"] == 0


async def test_how_long_the_platform_closed_the_account_outlives_a_broken_write(
    room: Room, gated: Gated, tmp_path: Path
) -> None:
    room.phone.fails = [SendFailed("retry_after", "flood", after=40, scope="account")]
    await queue(room, "1", "một")
    await room.sender.step()
    await room.sender.all_sent()
    gated.breaks = True
    with pytest.raises(ConnectionError):
        await room.sender.step()
    gated.breaks = False
    await room.sender.step()
    closed = await room.threads.read(lambda session: session.get_one(ChannelAccount, ("phone", "default")))
    assert closed.closed_until_ms >= ms(room.clock.now()) + 40_000


@pytest.mark.parametrize("steps", [0, 3])
async def test_what_was_marked_by_a_write_whose_answer_was_lost_goes_all_the_same(
    room: Room, gated: Gated, steps: int
) -> None:
    await long_queue(room, chats=100)
    for _ in range(steps):
        await room.sender.step()
        await room.sender.all_sent()
    room.phone.held = asyncio.Event()
    if steps:
        await room.sender.step()  # twenty are at the platform, which has not answered yet
        await asyncio.sleep(0)
    gated.loses_answers = True
    for _ in range(2):
        room.phone.held.set()
        await room.sender.all_sent()
        with pytest.raises(ConnectionError):
            await room.sender.step()
    gated.loses_answers = False
    await room.works(300)
    assert Counter(await states(room)) == {("sent", None): 400}
    assert all(room.said(f"c{chat:02}") == [f"tin {n}" for n in range(4)] for chat in range(100))

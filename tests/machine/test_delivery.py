"""Delivery: in order within a chat, each failure treated as what it is, nothing lost, nothing sent twice on purpose."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.dialog.values import Message
from bot.outbox import LEASE_MS
from bot.outgoing import BULK, REPLY, STATUS, put, rows_of
from bot.port import Pace, Page, SendFailed
from services.clock import ms
from services.db.machine import ChannelAccount, Conversation, Lease
from tests.kit.databases import new_database
from tests.machine.rooms import Room


async def queue(room: Room, chat: str, *texts: str, priority: int = REPLY) -> None:
    """Put messages into the outbox as a turn does."""

    def write(session: Session) -> None:
        now = ms(room.clock.now())
        conversation = session.scalars(select(Conversation).where(Conversation.chat == chat)).first()
        if conversation is None:
            conversation = Conversation(channel="phone", account="default", chat=chat, created_ms=now)
            session.add(conversation)
            session.flush()
        put(session, rows_of(room.phone, chat, conversation.id, [Message(text) for text in texts], now, priority))

    await room.threads.write(write)


async def states(room: Room) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in await room.outbox()]


async def test_a_chat_is_written_to_in_order_even_when_a_message_must_wait(room: Room) -> None:
    room.phone.fails = [SendFailed("retryable", "502")]
    await queue(room, "1", "một", "hai", "ba")
    await room.works()
    assert room.said("1") == []
    room.clock.tick(seconds=2)
    await room.works()
    assert room.said("1") == ["một", "hai", "ba"]


async def test_one_chats_trouble_is_not_anothers(room: Room) -> None:
    room.phone.refuse = lambda chat, page: (
        SendFailed("retry_after", "flood", after=30, scope="chat") if chat == "1" else None
    )
    await queue(room, "1", "một")
    await queue(room, "2", "hai", "ba")
    await room.works()
    assert room.said("2") == ["hai", "ba"]
    calls = [chat for _, chat in room.phone.calls].count("1")
    room.clock.tick(seconds=29)
    await room.works()
    assert [chat for _, chat in room.phone.calls].count("1") == calls, "not one call before retry_after"
    room.phone.refuse = lambda chat, page: None
    room.clock.tick(seconds=3)
    await room.works()
    assert room.said("1") == ["một"]


async def test_a_429_for_the_account_stops_every_chat_until_then_and_survives_a_restart(room: Room) -> None:
    room.phone.fails = [SendFailed("retry_after", "flood", after=40, scope="account")]
    await queue(room, "1", "một")
    await room.works()
    await queue(room, "2", "hai")
    await room.works()
    assert len(room.phone.calls) == 1
    await room.sender.finish()
    again = await Room(room.url, room.folder, clock=room.clock).opens()
    try:
        await again.works()
        assert again.phone.calls == []
        room.clock.tick(seconds=41)
        await again.works()
        assert sorted(again.phone.calls[i][1] for i in range(2)) == ["1", "2"]
    finally:
        again.close()


async def test_a_blocked_chat_is_marked_and_what_waits_for_it_dropped(room: Room) -> None:
    room.phone.fails = [SendFailed("gone", "blocked")]
    await queue(room, "1", "một", "hai")
    await room.works()
    assert await states(room) == [("dead", "gone:blocked"), ("dropped", "gone")]
    reach = await room.threads.read(lambda session: session.scalars(select(Conversation.reach)).one())
    assert reach == "gone"


async def test_a_chat_that_moved_is_followed(room: Room) -> None:
    room.phone.fails = [SendFailed("moved", "migrated", moved_to="-100")]
    await queue(room, "-1", "một", "hai")
    await room.works()
    assert room.said("-100") == ["một", "hai"]


async def test_a_refused_message_is_given_up_and_the_next_goes(room: Room) -> None:
    room.phone.fails = [SendFailed("refused", "too long")]
    await queue(room, "1", "một", "hai")
    await room.works()
    assert await states(room) == [("dead", "refused:too long"), ("sent", None)]
    assert room.said("1") == ["hai"]


@pytest.mark.parametrize(("priority", "calls"), [(REPLY, 2), (STATUS, 2), (BULK, 1)])
async def test_an_answer_that_never_came_sends_a_reply_once_more_and_bulk_never(
    room: Room, priority: int, calls: int
) -> None:
    room.phone.fails = [SendFailed("unknown", "timeout"), SendFailed("unknown", "timeout")]
    await queue(room, "1", "một", priority=priority)
    for _ in range(4):
        await room.works()
        room.clock.tick(seconds=10)
    assert len(room.phone.calls) == calls
    assert (await states(room))[0][0] == "unsure"


async def test_an_outage_is_probed_gently_and_everything_goes_within_ten_seconds_after(room: Room) -> None:
    room.phone.refuse = lambda chat, page: SendFailed("retryable", "down")
    for chat in range(40):
        await queue(room, f"c{chat}", "tin")
    for _ in range(300):
        await room.works()
        room.clock.tick(seconds=1)
    room.phone.refuse = lambda chat, page: None
    ended = ms(room.clock.now())
    for _ in range(12):
        await room.works()
        room.clock.tick(seconds=1)
    assert {state for state, _ in await states(room)} == {"sent"}
    assert min(at for at, _ in room.phone.calls if at >= ended) - ended <= 10_000


async def test_a_wrong_token_stops_the_account_and_loses_nothing(room: Room) -> None:
    room.phone.fails = [SendFailed("misconfigured", "401")]
    await queue(room, "1", "một")
    await room.works()
    await queue(room, "2", "hai")
    await room.works()
    assert len(room.phone.calls) == 1
    room.clock.tick(seconds=61)
    await room.works()
    assert {state for state, _ in await states(room)} == {"sent"}


async def test_after_a_crash_what_was_in_flight_goes_once_more_in_order(room: Room) -> None:
    room.phone.held = asyncio.Event()
    await queue(room, "1", "một", "hai")
    await queue(room, "2", "tin chung", priority=BULK)
    await room.sender.step()
    await asyncio.sleep(0)
    for task in room.sender._sending.values():
        task.cancel()  # the process died here: nobody wrote down what became of these
    room.clock.tick(seconds=LEASE_MS / 1000 + 1)
    await room.threads.write(lambda session: session.execute(update(Lease).values(until_ms=0)))  # database time went by
    again = await Room(room.url, room.folder, clock=room.clock).opens()
    try:
        await again.works()
        assert again.said("1") == ["một", "hai"]
        assert again.said("2") == []
        assert (await states(again))[2] == ("unsure", "unsure")
    finally:
        again.close()


async def test_only_the_holder_of_the_lease_sends(url: str, tmp_path: Path) -> None:
    first = await Room(url, tmp_path).opens()
    second = await Room(url, tmp_path, clock=first.clock).opens()
    try:
        await queue(first, "1", "một")
        await first.works()
        await queue(first, "1", "hai")
        await second.sender.step()
        assert second.phone.calls == []
        await first.sender.finish()
        await second.works()
        assert second.said("1") == ["hai"]
    finally:
        first.close()
        second.close()


async def test_no_more_are_in_flight_than_allowed(room: Room) -> None:
    room.phone.held = asyncio.Event()
    for chat in range(20):
        await queue(room, f"c{chat}", "tin")
    for _ in range(5):
        await room.sender.step()
        await asyncio.sleep(0)
    assert len(room.phone.calls) == 5
    room.phone.held.set()
    await room.works()
    assert len(room.phone.calls) == 20


async def test_replies_go_before_bulk(room: Room) -> None:
    for chat in range(30):
        await queue(room, f"bulk{chat}", "tin chung", priority=BULK)
    await queue(room, "zz", "trả lời")
    await room.sender.step()
    assert room.phone.calls == [] or room.phone.calls[0][1] == "zz"
    await room.works()
    assert [chat for _, chat in room.phone.calls].index("zz") == 0


async def test_the_pace_of_a_platform_is_kept_and_used(tmp_path: Path) -> None:
    room = await Room(new_database("sqlite", tmp_path), tmp_path, pace=Pace(25, 1, 3, 19)).opens()
    try:
        for chat in range(60):
            await queue(room, f"c{chat}", "a", "b")
        await queue(room, "-group", *(str(n) for n in range(8)))
        began = ms(room.clock.now())
        while len(room.phone.calls) < 128 and ms(room.clock.now()) - began < 60_000:
            await room.works()
            room.clock.tick(seconds=0.01)
        times = [at for at, _ in room.phone.calls]
        assert len(times) == 128
        assert max(sum(1 for at in times if start <= at < start + 1000) for start in times) <= 26
        assert sum(1 for at in times if at - began < 4000) >= 0.85 * 100
        group = [at for at, chat in room.phone.calls if chat == "-group"]
        assert max(sum(1 for at in group if start <= at < start + 60_000) for start in group) <= 20 + 4
    finally:
        room.close()


@pytest.mark.parametrize("hours", [1, 24 * 40])
async def test_a_clock_that_is_set_back_silences_nobody(url: str, tmp_path: Path, hours: int) -> None:
    room = await Room(url, tmp_path, pace=Pace(25, 1, 1, 19)).opens()
    try:
        await queue(room, "1", "một", "hai")
        await queue(room, "2", "một")
        room.phone.refuse = lambda chat, page: SendFailed("retryable", "502") if chat == "2" else None
        await room.sender.step()
        await room.sender.all_sent()
        room.clock.tick(seconds=0.1)
        await room.sender.step()
        await room.sender.all_sent()
        await room.sender.step()
        assert room.said("1") == ["một"]
        room.phone.refuse = lambda chat, page: None
        room.clock.tick(hours=-hours)
        await queue(room, "3", "ba")
        for _ in range(50):
            await room.works()
            room.clock.tick(seconds=0.1)
        assert (room.said("1"), room.said("2"), room.said("3")) == (["một", "hai"], ["một"], ["ba"])
    finally:
        room.close()


async def test_an_account_closed_before_the_clock_was_set_back_opens_when_the_platform_said(room: Room) -> None:
    room.phone.fails = [SendFailed("retry_after", "flood", after=40, scope="account")]
    await queue(room, "1", "một")
    await room.works()
    room.clock.tick(hours=-1)
    await room.works()
    room.clock.tick(seconds=39)
    await room.works()
    assert room.said("1") == []
    closed = await room.threads.read(lambda session: session.get_one(ChannelAccount, ("phone", "default")))
    assert closed.closed_until_ms < ms(room.clock.now()) + 40_000
    room.clock.tick(seconds=2)
    await room.works()
    assert room.said("1") == ["một"]


async def test_a_hot_chat_does_not_starve_the_others(room: Room) -> None:
    await queue(room, "hot", *(f"tin {n}" for n in range(200)))
    for chat in range(10):
        await queue(room, f"z{chat}", "tin")
    await room.sender.step()
    await asyncio.sleep(0)
    assert len({chat for _, chat in room.phone.calls}) == 5
    await room.works(300)
    assert room.said("hot") == [f"tin {n}" for n in range(200)]


async def test_the_account_rows_are_there(room: Room) -> None:
    assert await room.threads.read(lambda session: session.get(ChannelAccount, ("phone", "default"))) is not None


def test_a_page_survives_being_written_down() -> None:
    page = Page("a", (("1:0", "Một"), ("1:b", "Quay lại")), True, True, {"key": "k", "name": "n", "media": "m"})
    assert Page.load(page.dump()) == page

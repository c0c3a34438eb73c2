"""What all twins share: the record, the faults (seen through aiogram's own client), limits, the virtual clock."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)

from tests.twins import Fault, Limits, TelegramTwin, VirtualTime, read_record
from tests.twins.clients import telegram_bot


@pytest.fixture
async def twin() -> AsyncIterator[TelegramTwin]:
    async with TelegramTwin() as twin:
        twin.person(101, 102)
        yield twin


@pytest.fixture
async def bot(twin: TelegramTwin) -> AsyncIterator[Bot]:
    async with telegram_bot(twin) as bot:
        yield bot


REFUSALS = [
    (Fault.rate_limited(3), TelegramRetryAfter, "3 seconds"),
    # aiogram has no name for a 429 that does not say how long
    (Fault.rate_limited(), TelegramAPIError, "Too Many Requests"),
    (Fault.rate_limited_html(), ClientDecodeError, "nginx"),
    (Fault.bad_gateway(), ClientDecodeError, "nginx"),
    (Fault.blocked(), TelegramForbiddenError, "bot was blocked by the user"),
    (Fault.deactivated(), TelegramForbiddenError, "user is deactivated"),
    (Fault.kicked(), TelegramForbiddenError, "bot was kicked"),
    (Fault.chat_not_found(), TelegramBadRequest, "chat not found"),
    (Fault.migrated(-1005), TelegramMigrateToChat, "-1005"),
    (Fault.unauthorized(), TelegramUnauthorizedError, "Unauthorized"),
    (Fault.ok_false(), TelegramAPIError, "Telegram server says"),
    (Fault.error(400, "Bad Request: PEER_ID_INVALID"), TelegramBadRequest, "PEER_ID_INVALID"),
    (Fault.raw(b"{"), ClientDecodeError, "Failed to decode"),
]


@pytest.mark.parametrize(("fault", "error", "words"), REFUSALS, ids=[fault.name for fault, _, _ in REFUSALS])
async def test_a_refusal_reaches_aiogram_as_its_own_error_and_delivers_nothing(
    twin: TelegramTwin, bot: Bot, fault: Fault, error: type[Exception], words: str
) -> None:
    twin.next("sendMessage", fault)
    with pytest.raises(error, match=re.escape(words)):
        await bot.send_message(101, "xin chào")
    assert twin.sent() == []
    assert twin.calls[-1].fault == fault.name
    assert (twin.calls[-1].accepted, twin.calls[-1].answered) == (False, True)
    await bot.send_message(101, "lần hai")
    assert twin.texts(101) == ["lần hai"]


async def test_a_500_without_description_breaks_aiograms_own_mapping(twin: TelegramTwin, bot: Bot) -> None:
    twin.next("sendMessage", Fault.server_error())
    with pytest.raises(TypeError):
        await bot.send_message(101, "xin chào")


@pytest.mark.parametrize(
    ("fault", "delivered"),
    [
        (Fault.drop_before(), False),
        (Fault.drop_after(), True),
        (Fault.cut_body(), True),
        (Fault.hang(), False),
        (Fault.hang(accept=True), True),
        (Fault.slow_body(30), True),
    ],
    ids=["drop_before", "drop_after", "cut_body", "hang", "hang_accepted", "slow_body"],
)
async def test_a_broken_network_looks_alike_and_only_the_record_knows(
    twin: TelegramTwin, bot: Bot, fault: Fault, delivered: bool
) -> None:
    await bot.get_me()  # on a connection that stands, the call arrives before its time is over
    twin.next("sendMessage", fault)
    with pytest.raises((TelegramNetworkError, aiohttp.ClientPayloadError)):
        await bot.send_message(101, "xin chào", request_timeout=0.2)  # type: ignore[arg-type]
    await twin.until(lambda: len(twin.calls) == 2 and twin.calls[1].accepted is delivered)
    assert twin.texts(101) == (["xin chào"] if delivered else [])
    assert not twin.calls[1].answered
    assert len(twin.unanswered()) == int(delivered)


async def test_a_slow_platform_delivers_although_the_caller_gave_up() -> None:
    clock = VirtualTime()
    async with TelegramTwin(now=clock.now, sleep=clock.sleep, open_chats=True) as twin, telegram_bot(twin) as bot:
        await bot.get_me()
        twin.next("sendMessage", Fault.slow(30))
        with pytest.raises(TelegramNetworkError):
            await bot.send_message(101, "xin chào", request_timeout=0.2)  # type: ignore[arg-type]
        await twin.until(lambda: clock.sleepers)
        assert twin.texts(101) == []
        await clock.advance(30)
        await twin.until_sent(1, 101)
        assert len(twin.unanswered()) == 1


async def test_slow_answers_wait_on_the_given_clock() -> None:
    clock = VirtualTime()
    async with TelegramTwin(now=clock.now, sleep=clock.sleep) as twin, aiohttp.ClientSession() as http:
        twin.person(101)
        twin.next("sendMessage", Fault.slow_answer(3600))
        url = f"{twin.url}/bot{twin.token}/sendMessage"
        call = asyncio.ensure_future(http.post(url, json={"chat_id": 101, "text": "xin chào"}))
        await twin.until(lambda: twin.texts(101) == ["xin chào"] and clock.sleepers)
        assert not call.done()
        await clock.advance(3600)
        async with await call as response:
            assert (await response.json())["ok"]


async def test_faults_are_counted_chosen_by_predicate_and_by_share(twin: TelegramTwin, bot: Bot) -> None:
    twin.next("sendMessage", Fault.blocked(), when=lambda call: call.params["chat_id"] == "102")
    twin.next("*", Fault.chat_not_found(), times=2, when=lambda call: call.params.get("text") == "sai")
    await bot.send_message(101, "đúng")
    with pytest.raises(TelegramForbiddenError):
        await bot.send_message(102, "đúng")
    for _ in range(2):
        with pytest.raises(TelegramBadRequest):
            await bot.send_message(101, "sai")
    await bot.send_message(101, "sai")
    twin.next("sendMessage", Fault.ok_false(), times=None, share=0.25)
    refused = 0
    for _ in range(80):
        try:
            await bot.send_message(101, "x")
        except TelegramAPIError:
            refused += 1
    dice = random.Random(0)
    assert refused == sum(dice.random() < 0.25 for _ in range(80))
    twin.clear_faults()
    await bot.send_message(101, "x")


async def test_held_updates_come_back_in_any_order_and_duplicates_share_their_id(twin: TelegramTwin, bot: Bot) -> None:
    twin.hold()
    for text in "abc":
        twin.user_says(101, text)
    assert await bot.get_updates() == []
    twin.release([2, 0, 1])
    twin.duplicates = 2
    twin.user_says(101, "d")
    updates = await bot.get_updates()
    assert [update.message.text for update in updates if update.message] == ["c", "a", "b", "d", "d"]
    assert updates[3].update_id == updates[4].update_id


async def test_the_record_on_disk_tells_what_was_delivered(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    async with TelegramTwin(record=path, open_chats=True) as twin, aiohttp.ClientSession() as http:
        twin.next("sendMessage", Fault.drop_after(), when=lambda call: call.params["text"] == "mất")
        twin.next("sendMessage", Fault.hang(accept=True), when=lambda call: call.params["text"] == "treo")
        url = f"{twin.url}/bot{twin.token}/sendMessage"
        async with http.post(url, data={"chat_id": "7", "text": "đến"}) as response:
            assert (await response.json())["result"]["message_id"] == 1
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await http.post(url, json={"chat_id": 7, "text": "mất"})
        with pytest.raises(TimeoutError):
            await http.post(url, json={"chat_id": 7, "text": "treo"}, timeout=aiohttp.ClientTimeout(sock_read=0.2))
        await twin.until(lambda: twin.calls[-1].accepted)
        with path.open("ab") as file:
            file.write(b'{"n": 9')  # a line that is being written
        calls = read_record(path)
    assert [(call.params["text"], call.accepted, call.answered, call.fault) for call in calls] == [
        ("đến", True, True, ""),
        ("mất", True, False, "drop_after"),
        ("treo", True, False, "hang"),
    ]
    assert calls[0].answer["result"]["text"] == "đến"


async def test_limits_of_telegram_are_enforced_on_the_clock_and_trespasses_are_counted() -> None:
    limits = Limits(bot_per_second=30, chat_burst=3, group_per_minute=20, bot_mute=5)
    assert [limits.judge("1", False, 0.0) for _ in range(4)] == [None, None, None, 1]
    assert limits.judge("1", False, 0.5) == 1  # asked to wait, and did not
    assert limits.judge("1", False, 1.0) is None
    assert [limits.judge("-1", True, 2.0 + n) for n in range(21)] == [None] * 20 + [40]
    assert [limits.judge(str(n), False, 100.0) for n in range(10, 41)] == [None] * 30 + [5]
    assert limits.judge("99", False, 104.9) == 1
    assert limits.judge("99", False, 105.0) is None
    assert [(seen.scope, seen.impatient) for seen in limits.violations] == [
        ("chat", False),
        ("chat", True),
        ("group", False),
        ("bot", False),
        ("bot", True),
    ]
    assert limits.busiest_second == 30


async def test_limits_speak_through_the_wire() -> None:
    clock = VirtualTime()
    limits = Limits(chat_burst=1)
    twin = TelegramTwin(now=clock.now, sleep=clock.sleep, limits=limits, fast=True)
    async with twin, telegram_bot(twin) as bot:
        await bot.send_message(5, "một")
        with pytest.raises(TelegramRetryAfter) as caught:
            await bot.send_message(5, "hai")
        assert caught.value.retry_after == 1
        await clock.advance(1)
        await bot.send_message(5, "hai")
    assert twin.texts(5) == ["một", "hai"]
    assert len(limits.violations) == 1


async def test_virtual_time_wakes_sleepers_in_order() -> None:
    clock = VirtualTime(start=0.0)
    woken: list[tuple[str, float]] = []

    async def nap(name: str, *seconds: float) -> None:
        for pause in seconds:
            await clock.sleep(pause)
            woken.append((name, clock.now()))

    tasks = [asyncio.ensure_future(nap("a", 5, 1)), asyncio.ensure_future(nap("b", 3, 10))]
    await clock.advance(7)
    assert woken == [("b", 3.0), ("a", 5.0), ("a", 6.0)]
    assert (clock.now(), clock.sleepers) == (7.0, 1)
    await clock.advance(6)
    await asyncio.gather(*tasks)
    assert woken[-1] == ("b", 13.0)

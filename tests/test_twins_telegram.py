"""The Telegram twin, driven by aiogram: polling, webhooks, the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramConflictError, TelegramNotFound, TelegramUnauthorizedError
from aiogram.types import BotCommand, Message

from tests.twins import TelegramTwin, VirtualTime
from tests.twins.clients import telegram_bot
from tests.twins.receiver import Receiver


@pytest.fixture
async def twin() -> AsyncIterator[TelegramTwin]:
    async with TelegramTwin() as twin:
        twin.person(101)
        yield twin


@pytest.fixture
async def bot(twin: TelegramTwin) -> AsyncIterator[Bot]:
    async with telegram_bot(twin) as bot:
        yield bot


async def test_offset_acknowledges_limit_cuts_and_kinds_are_chosen(twin: TelegramTwin, bot: Bot) -> None:
    for text in "abc":
        twin.user_says(101, text)
    first, second = await bot.get_updates(limit=2)
    assert second.update_id == first.update_id + 1
    assert [update.update_id for update in await bot.get_updates(limit=1)] == [first.update_id]
    assert len(await bot.get_updates(offset=second.update_id)) == 2
    assert len(twin.pending) == 2
    assert await bot.get_updates(offset=second.update_id + 2, allowed_updates=["callback_query"]) == []
    twin.user_says(101, "d")
    assert len(twin.unasked) == 1
    assert twin.pending == []


async def test_a_long_poll_ends_with_an_update_or_with_its_time() -> None:
    clock = VirtualTime()
    twin = TelegramTwin(now=clock.now, sleep=clock.sleep)
    async with twin, telegram_bot(twin) as bot:
        poll = asyncio.ensure_future(bot.get_updates(timeout=30))
        await twin.until(lambda: clock.sleepers)
        twin.user_says(101, "xin chào")
        assert len(await poll) == 1
        poll = asyncio.ensure_future(bot.get_updates(offset=-1 + 2**31, timeout=30))
        await twin.until(lambda: clock.sleepers)
        await clock.advance(30)
        assert await poll == []
        twin.user_says(101, "chưa ai lấy")
        await clock.advance(24 * 3600)
        assert await bot.get_updates() == []  # kept for a day


async def test_of_two_pollers_the_older_is_sent_away(twin: TelegramTwin, bot: Bot) -> None:
    older = asyncio.ensure_future(bot.get_updates(timeout=20))
    await twin.until(lambda: twin.calls)
    newer = asyncio.ensure_future(bot.get_updates(timeout=20))
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates"):
        await older
    twin.user_says(101, "xin chào")
    assert len(await newer) == 1


async def test_aiograms_dispatcher_polls_and_answers(twin: TelegramTwin, bot: Bot) -> None:
    dispatcher = Dispatcher(disable_fsm=True)

    @dispatcher.message()
    async def echo(message: Message) -> None:
        await message.answer(f"nghe: {message.text}")

    running = asyncio.ensure_future(dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False))
    twin.user_says(101, "xin chào")
    assert [sent.text for sent in await twin.until_sent(1, 101)] == ["nghe: xin chào"]
    await dispatcher.stop_polling()
    await running


async def test_a_webhook_gets_the_secret_the_order_of_a_chat_and_retries() -> None:
    clock = VirtualTime()
    twin = TelegramTwin(now=clock.now, sleep=clock.sleep)
    async with twin, Receiver() as app, telegram_bot(twin) as bot:
        twin.user_says(101, "trước khi đặt")
        await bot.set_webhook(f"{app.url}/hook", secret_token="bí-mật".encode().hex())
        with pytest.raises(TelegramConflictError, match="webhook is active"):
            await bot.get_updates()
        await twin.until_acknowledged()
        assert app.got[0].headers["X-Telegram-Bot-Api-Secret-Token"] == "bí-mật".encode().hex()
        app.answers = [503, 500]
        twin.user_says(101, "a")
        twin.user_says(101, "b")
        await twin.until(lambda: clock.sleepers)
        assert (await bot.get_webhook_info()).pending_update_count == 2
        await clock.advance(1)
        await twin.until(lambda: len(twin.posted) == 3 and clock.sleepers)
        await clock.advance(2)
        await twin.until_acknowledged()
        assert [got.json()["message"]["text"] for got in app.got] == ["trước khi đặt", "a", "a", "a", "b"]
        assert [(post.status, post.attempt) for post in twin.posted[1:4]] == [(503, 1), (500, 2), (200, 3)]
        app.reply = b'{"method":"sendMessage","chat_id":101,"text":"tr\xe1\xba\xa3 l\xe1\xbb\x9di"}'
        twin.user_says(101, "c")
        await twin.until_sent(1, 101)
        assert twin.texts(101) == ["trả lời"]
        await bot.delete_webhook()
        twin.user_says(101, "d")
        assert len(await bot.get_updates()) == 1


async def test_duplicates_and_a_changed_order_reach_the_webhook(twin: TelegramTwin, bot: Bot) -> None:
    async with Receiver() as app:
        await bot.set_webhook(app.url)
        twin.hold()
        twin.duplicates = 2
        twin.user_says(101, "a")
        twin.user_says(101, "b")
        twin.release("reversed")
        await twin.until_acknowledged()
        assert [got.json()["message"]["text"] for got in app.got] == ["b", "b", "a", "a"]


async def test_the_small_methods(twin: TelegramTwin, bot: Bot) -> None:
    assert (await bot.get_me()).username == "motcua_twin_bot"
    assert await bot.set_my_commands([BotCommand(command="menu", description="Việc chính")])
    assert (await bot.get_my_commands())[0].command == "menu"
    assert await bot.send_chat_action(101, "typing")
    assert twin.actions == [("101", "typing")]
    with pytest.raises(TelegramNotFound):
        await bot.get_user_profile_photos(101)
    stranger = telegram_bot(TelegramTwin(token="1:WRONG"))
    stranger.session.api = bot.session.api
    async with stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()


@pytest.mark.parametrize("send", ["query", "form", "json", "multipart"])
async def test_every_way_to_write_parameters(twin: TelegramTwin, send: str) -> None:
    values = {"chat_id": "101", "text": "Chào bà"}
    url = f"{twin.url}/bot{twin.token}/sendmessage"
    async with aiohttp.ClientSession() as http:
        if send == "query":
            request = http.get(url, params=values)
        elif send == "form":
            request = http.post(url, data=values)
        elif send == "json":
            request = http.post(url, json={**values, "chat_id": 101})
        else:
            form = aiohttp.FormData(default_to_multipart=True)
            for key, value in values.items():
                form.add_field(key, value)
            request = http.post(url, data=form)
        async with request as response:
            assert (await response.json())["result"]["text"] == "Chào bà"
        async with http.post(url, data=b"[", headers={"Content-Type": "application/json"}) as response:
            assert response.status == 400
        async with http.get(f"{twin.url}/") as response:
            assert response.status == 404
    assert twin.calls[0].method == "sendMessage"

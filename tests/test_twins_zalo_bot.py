"""The Zalo Bot twin, driven by python-zalo-bot: polling, sending, photos, refusals."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from zalo_bot import Bot
from zalo_bot.error import BadRequest, Forbidden, InvalidToken, NetworkError, ZaloError

from tests.twins import Fault, VirtualTime, ZaloBotTwin
from tests.twins.receiver import Receiver

JPEG = b"\xff\xd8\xff" + b"\0" * 40


@pytest.fixture(autouse=True)
def quiet() -> None:
    # the package logs whole updates and addresses with the token in them
    for name in ("zaloBot.", "zaloBaseRequest", "zaloHTTPXRequest", "httpx"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@pytest.fixture
def clock() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
async def twin(clock: VirtualTime) -> AsyncIterator[ZaloBotTwin]:
    async with ZaloBotTwin(now=clock.now, sleep=clock.sleep) as twin:
        twin.person("6ede9afa66b88fe6d6a9")
        yield twin


@pytest.fixture
async def bot(twin: ZaloBotTwin) -> AsyncIterator[Bot]:
    async with Bot(twin.token, base_url=twin.url) as bot:
        yield bot


CHAT = "6ede9afa66b88fe6d6a9"


async def call(twin: ZaloBotTwin, method: str, **params: Any) -> tuple[int, Any]:
    """(HTTP status, body) of a JSON call."""
    url = f"{twin.url}/bot{twin.token}/{method}"
    async with aiohttp.ClientSession() as http, http.post(url, json=params) as response:
        return response.status, json.loads(await response.read())


async def test_the_package_sends_forms_and_reads_one_update_at_a_time(twin: ZaloBotTwin, bot: Bot) -> None:
    assert twin.calls[0].method == "getMe"
    assert (twin.calls[0].params, twin.calls[0].headers["Connection"]) == ({}, "close")
    sent = await bot.send_message(CHAT, "Chào bà")
    assert twin.texts(CHAT) == ["Chào bà"]
    assert sent.message_id == twin.last(CHAT).message_id
    twin.user_says(CHAT, "một")
    twin.user_says(CHAT, "hai")
    first, second = await bot.get_update(timeout=5), await bot.get_update(timeout=5)
    assert (first.message.text, second.message.text) == ("một", "hai")
    assert twin.pending == []
    assert twin.calls[-1].headers["User-Agent"].startswith("zalo-bot")
    await bot.send_chat_action(CHAT, "typing")
    await bot.send_sticker(CHAT, "0e078a2fb66a5f34067b")
    assert (twin.actions, twin.last(CHAT).method) == ([(CHAT, "typing")], "sendSticker")


async def test_an_idle_poll_has_three_faces(twin: ZaloBotTwin, bot: Bot, clock: VirtualTime) -> None:
    async def idle() -> Any:
        poll = asyncio.ensure_future(bot.get_update(timeout=30))
        await twin.until(lambda: clock.sleepers)
        await clock.advance(30)
        return await poll

    with pytest.raises(NetworkError, match="408"):
        await idle()
    assert (twin.calls[-1].status, twin.calls[-1].answer["error_code"]) == (408, 408)
    twin.http_status_mode = "always200"
    twin.error_code_as = "str"
    assert await idle() is None
    assert (twin.calls[-1].status, twin.calls[-1].answer["error_code"]) == (200, "408")
    twin.idle_as = "empty"
    await idle()
    assert twin.calls[-1].answer == {"ok": True, "result": {}, "error_code": 0}


async def test_an_update_is_gone_once_it_was_handed_over(twin: ZaloBotTwin, bot: Bot) -> None:
    twin.next("getUpdates", Fault.drop_after())
    twin.user_says(CHAT, "mất")
    with pytest.raises(NetworkError):
        await bot.get_update(timeout=5)
    assert [update["message"]["text"] for update in twin.lost] == ["mất"]
    twin.updates_as = "list"
    twin.user_says(CHAT, "trong danh sách")
    with pytest.raises(AttributeError):
        await bot.get_update(timeout=5)
    twin.keeps_while_offline = False
    twin.user_says(CHAT, "không ai nghe")
    assert len(twin.lost) == 2


async def test_two_pollers_at_once_are_noticed(twin: ZaloBotTwin) -> None:
    polls = [asyncio.ensure_future(call(twin, "getUpdates", timeout="20")) for _ in range(2)]
    await twin.until(lambda: twin.overlapping_polls == 1)
    twin.user_says(CHAT, "a")
    twin.user_says(CHAT, "b")
    answers = await asyncio.gather(*polls)
    assert {answer[1]["result"]["message"]["text"] for answer in answers} == {"a", "b"}


async def test_texts_and_chats_are_checked(twin: ZaloBotTwin, bot: Bot) -> None:
    await bot.send_message(CHAT, "x" * 2000)
    for text in ("", " ", "x" * 2001):
        with pytest.raises(BadRequest, match="text must not be"):
            await bot.send_message(CHAT, text)
    with pytest.raises(BadRequest, match="chat_id must not be empty"):
        await bot.send_message("", "x")
    with pytest.raises(BadRequest, match="chat_id is invalid"):
        await bot.send_message("người lạ", "x")
    twin.user_blocks(CHAT)
    with pytest.raises(BadRequest, match="blocked"):
        await bot.send_message(CHAT, "x")
    twin.user_unblocks(CHAT)
    assert (await call(twin, "sendMessage", chat_id=CHAT, text="x", parse_mode="html"))[0] == 200
    styled = await call(twin, "sendMessage", chat_id=CHAT, text="xy", text_styles=[{"start": 0, "len": 1, "st": ["b"]}])
    assert styled[1]["ok"]
    assert (await call(twin, "sendMessage", chat_id=CHAT, text="x", parse_mode="MarkdownV2"))[0] == 400
    assert (await call(twin, "sendMessage", chat_id=CHAT, text="x", text_styles="{"))[0] == 400
    assert (await call(twin, "sendVoice", chat_id=CHAT, voice_url="https://a.vn/1.mp3"))[0] == 400
    assert (await call(twin, "sendVoice", chat_id=CHAT, voice_url="https://a.vn/1.aac"))[0] == 200
    twin.group("nhóm")
    assert (await call(twin, "sendVoice", chat_id="nhóm", voice_url="https://a.vn/1.aac"))[0] == 200
    assert twin.sent("nhóm") == []
    assert (await call(twin, "sendDocument", chat_id=CHAT))[0] == 404
    assert (await call(twin, "sendmessage", chat_id=CHAT))[0] == 404


async def test_a_photo_is_looked_at_three_times(twin: ZaloBotTwin, bot: Bot, clock: VirtualTime) -> None:
    async with Receiver() as web:
        web.files["/qr.png"] = JPEG
        twin.second_fetch_after = 5.0
        await bot.send_photo(CHAT, "Mã QR", f"{web.url}/qr.png")
        lived = twin.last(CHAT)
        await twin.until(lambda: clock.sleepers)
        await clock.advance(5)
        await twin.until(lambda: lived.message_id in twin.pictures)
        looks = [(fetch.verb, fetch.status) for fetch in twin.photo_fetches]
        assert looks == [("HEAD", 200), ("GET", 200), ("GET", 200)]
        assert web.got[0].headers["User-Agent"].startswith("Java/")
        assert twin.pictures[lived.message_id] == JPEG
        await bot.send_photo(CHAT, "Mã QR", f"{web.url}/qr.png")
        del web.files["/qr.png"]  # a link that is good for one look only
        await twin.until(lambda: clock.sleepers)
        await clock.advance(5)
        await twin.until(lambda: len(twin.pictures) == 2)
        assert twin.pictures[twin.last(CHAT).message_id] is None
        with pytest.raises(BadRequest, match="could not be fetched"):
            await bot.send_photo(CHAT, "Mã QR", f"{web.url}/none.png")
        with pytest.raises(BadRequest, match="caption must not be empty"):
            await bot.send_photo(CHAT, "", f"{web.url}/none.png")
        assert (await call(twin, "sendPhoto", chat_id=CHAT, photo="AgAC"))[0] == 400


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault.rate_limited(), NetworkError, "Quota exceeded"),
        (Fault.rate_limited_html(), ZaloError, "Invalid server response"),
        (Fault.bad_gateway(), ZaloError, "Invalid server response"),
        (Fault.error(403, "Internal server error"), Forbidden, "Internal server error"),
        (Fault.unauthorized(), InvalidToken, "Unauthorized"),
        (Fault.server_error(), ZaloError, "500"),
        (Fault.drop_before(), NetworkError, "disconnected"),
    ],
    ids=["429", "429 html", "502 html", "403", "401", "500", "drop"],
)
async def test_refusals_as_the_package_sees_them(
    twin: ZaloBotTwin, bot: Bot, fault: Fault, error: type[Exception], words: str
) -> None:
    twin.next("sendMessage", fault)
    with pytest.raises(error, match=words):
        await bot.send_message(CHAT, "x")
    assert twin.sent() == []


async def test_a_refusal_with_status_200_looks_like_nothing_to_the_package(twin: ZaloBotTwin, bot: Bot) -> None:
    twin.next("sendMessage", Fault.ok_false())
    assert await bot.send_message(CHAT, "x") is None
    twin.http_status_mode = "always200"
    assert await bot.send_message("người lạ", "x") is None
    assert (twin.calls[-1].status, twin.calls[-1].answer["error_code"]) == (200, 400)
    assert twin.sent() == []


async def test_a_result_without_a_date_was_delivered_all_the_same(twin: ZaloBotTwin, bot: Bot) -> None:
    twin.next("sendMessage", Fault.reshaped(lambda body: {"ok": True, "result": {"message_id": "8a"}}))
    with pytest.raises(KeyError):
        await bot.send_message(CHAT, "x")
    assert twin.texts(CHAT) == ["x"]

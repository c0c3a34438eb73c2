"""The Zalo Bot twin over plain HTTP: hosts and paths, the webhook, the shapes of events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from zalo_bot import Bot
from zalo_bot.error import InvalidToken

from tests.twins import VirtualTime, ZaloBotTwin
from tests.twins.receiver import Receiver

JPEG = b"\xff\xd8\xff" + b"\0" * 40
CHAT = "6ede9afa66b88fe6d6a9"


@pytest.fixture
def clock() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
async def twin(clock: VirtualTime) -> AsyncIterator[ZaloBotTwin]:
    async with ZaloBotTwin(now=clock.now, sleep=clock.sleep) as twin:
        twin.person("6ede9afa66b88fe6d6a9")
        yield twin


async def call(twin: ZaloBotTwin, method: str, **params: Any) -> tuple[int, Any]:
    """(HTTP status, body) of a JSON call."""
    url = f"{twin.url}/bot{twin.token}/{method}"
    async with aiohttp.ClientSession() as http, http.post(url, json=params) as response:
        return response.status, json.loads(await response.read())


async def test_wrong_tokens_hosts_and_paths(twin: ZaloBotTwin) -> None:
    stranger = Bot("1:WRONG", base_url=twin.url)
    with pytest.raises(InvalidToken):
        await stranger.get_me()
    await stranger.shutdown()
    twin.legacy_host = True
    assert (await call(twin, "getUpdates"))[0] == 404
    assert (await call(twin, "getWebhookInfo"))[0] == 404
    assert (await call(twin, "getMe"))[0] == 200
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{twin.url}//bot{twin.token}/getMe") as response:
            assert response.status == 404
        query = {"chat_id": CHAT, "text": "x"}
        async with http.get(f"{twin.url}/bot{twin.token}/sendMessage", params=query) as response:
            assert response.status == 200


async def test_the_webhook_is_checked_and_tried(twin: ZaloBotTwin) -> None:
    assert await call(twin, "getWebhookInfo") == (404, {"ok": False, "description": "Not Found", "error_code": 404})
    assert (await call(twin, "deleteWebhook"))[0] == 400
    async with Receiver() as app:
        assert (await call(twin, "setWebhook", url=app.url, secret_token="ngắn"))[0] == 400
        assert (await call(twin, "setWebhook", url="http://a.vn/", secret_token="s" * 8))[0] == 400
        status, body = await call(twin, "setWebhook", url=f"{app.url}/hook", secret_token="s" * 8)
        assert (status, body["result"]["verification"]["outcome"]) == (200, "webhook.ok")
        assert app.got[0].headers["X-Bot-Api-Secret-Token"] == "s" * 8
        assert (await call(twin, "getUpdates", timeout=1))[0] == 400
        assert (await call(twin, "getWebhookInfo"))[1]["result"]["url"] == f"{app.url}/hook"
        app.answers = [403, 503]
        assert (await call(twin, "testWebhook"))[1]["result"]["outcome"] == "webhook.http.403"
        assert (await call(twin, "testWebhook"))[1]["result"]["outcome"] == "webhook.http.5xx"
        twin.tests_a_day = 2
        assert (await call(twin, "testWebhook"))[1]["error_code"] == 426
    assert (await call(twin, "deleteWebhook"))[1]["result"]["url"] == ""
    assert (await call(twin, "setWebhook", url="http://127.0.0.1:9/", secret_token="s" * 8))[1]["result"][
        "verification"
    ]["outcome"] == "webhook.err.unreachable"
    twin.has_test_webhook = False
    assert (await call(twin, "testWebhook"))[0] == 404


async def test_events_are_posted_wrapped_or_bare_once_or_twice_and_never_again(
    twin: ZaloBotTwin, clock: VirtualTime
) -> None:
    async with Receiver() as app:
        twin.probe = "none"
        await call(twin, "setWebhook", url=app.url, secret_token="s" * 8)
        twin.user_says(CHAT, "wrapped")
        await twin.until_acknowledged()
        twin.webhook_body = "bare"
        twin.duplicates = 2
        twin.user_says(CHAT, "bare")
        await twin.until_acknowledged()
        wrapped, bare, again = (got.json() for got in app.got)
        assert (wrapped["ok"], wrapped["result"]["message"]["text"]) == (True, "wrapped")
        assert bare["message"]["text"] == "bare"
        assert bare == again
        assert app.got[0].headers["User-Agent"].startswith("Java/17")
        assert app.got[0].headers["X-Bot-Api-Secret-Token"] == "s" * 8
        twin.duplicates = 1
        app.answers = [503, 503]
        twin.user_says(CHAT, "không thử lại")
        await twin.until_acknowledged()
        assert len(twin.lost) == 1
        twin.webhook_retries = (30.0,)
        twin.user_says(CHAT, "thử lại một lần")
        await twin.until(lambda: clock.sleepers)
        await clock.advance(30)
        await twin.until_acknowledged()
        assert [post.status for post in twin.posted[-3:]] == [503, 503, 200]


async def test_the_shapes_of_events_vary(twin: ZaloBotTwin) -> None:
    async def heard() -> Any:
        return (await call(twin, "getUpdates", timeout=1))[1]["result"]

    twin.user_sends_photo(CHAT, JPEG, caption="CCCD")
    event = await heard()
    assert event["event_name"] == "message.image.received"
    async with aiohttp.ClientSession() as http, http.get(event["message"]["photo_url"]) as response:
        assert await response.read() == JPEG
    twin.photo_field, twin.name_field, twin.date_unit = "photo", "first_name", "s"
    twin.with_event_name = twin.with_message_type = False
    twin.user_sends_photo(CHAT, "https://photo.zalo.example/1.jpg")
    assert await heard() == {
        "message": {
            "from": {"id": CHAT, "first_name": "Người dân", "is_bot": False},
            "chat": {"id": CHAT, "chat_type": "PRIVATE"},
            "photo": "https://photo.zalo.example/1.jpg",
            "message_id": twin.update_log[-1]["message"]["message_id"],
            "date": int(twin.now()),
        }
    }
    twin.with_event_name = True
    twin.user_sends_unsupported(CHAT, with_message_id=False)
    event = await heard()
    assert event["event_name"] == "message.unsupported.received"
    assert "message_id" not in event["message"]
    for send in (twin.user_sends_document, twin.user_sends_location, twin.user_sends_contact):
        send(CHAT)
        assert (await heard())["event_name"] == "message.unsupported.received"
    twin.user_sends_voice(CHAT)
    assert (await heard())["message"]["voice_url"].endswith(".aac")
    twin.user_sends_sticker(CHAT)
    assert "sticker" in (await heard())["message"]
    twin.person("trẻ em", protected=True)
    twin.user_says("trẻ em", "chào")
    assert "text" not in (await heard())["message"]
    twin.group("nhóm")
    twin.user_says("nhóm", "ăn cơm chưa", user_id=CHAT)
    twin.user_says("nhóm", "@bot 123456", user_id=CHAT, mention=True)
    event = await heard()
    assert (event["message"]["text"], event["message"]["chat"]["chat_type"]) == ("@bot 123456", "GROUP")
    assert twin.pending == []

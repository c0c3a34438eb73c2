"""Zalo Bot's channel against its twin, in every mood that the platform was seen in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import pytest
from pydantic import SecretStr
from zalo_bot import Bot

from bot.channels.zalo_bot import ZaloBotChannel
from bot.dialog.values import Message, SendFile
from bot.port import Inbound, Page, RemoteFile, SendFailed
from tests.channels.subjects import FAULTS, PICTURE, Json, ZaloBot
from tests.twins import Fault, VirtualTime, ZaloBotTwin
from tests.twins.receiver import Receiver

START_MS = 1_795_654_800_000
SECRET = SecretStr("bi-mat-2026")
PERSON = {"private": True, "sender": "z101"}


@pytest.fixture
async def twin() -> AsyncIterator[ZaloBotTwin]:
    async with ZaloBotTwin(token=ZaloBot.token, now=VirtualTime().now) as twin:
        twin.person("z101")
        yield twin


@asynccontextmanager
async def connect(url: str, *, start: bool = True, **more: Any) -> AsyncIterator[ZaloBotChannel]:
    channel = ZaloBot().channel(url, **more)
    try:
        if start:
            await channel.start()
        yield channel
    finally:
        await channel.stop()


@pytest.fixture
async def channel(twin: ZaloBotTwin) -> AsyncIterator[ZaloBotChannel]:
    async with connect(twin.url) as channel:
        yield channel


async def kind_and_reason(call: Any) -> tuple[str, str]:
    with pytest.raises(SendFailed) as caught:
        await call
    return caught.value.kind, caught.value.reason


def test_the_library_is_the_one_whose_insides_are_used() -> None:
    assert version("python-zalo-bot") == "0.1.9"
    bot = Bot("1:x", base_url="http://127.0.0.1:9")
    assert isinstance(bot._request, tuple)
    assert callable(bot._post)


# --- hearing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "wrapped"])
@pytest.mark.parametrize("date_unit", ["ms", "s"])
@pytest.mark.parametrize("named", [True, False], ids=["event named", "event unnamed"])
async def test_everything_is_heard_in_every_shape(
    channel: ZaloBotChannel, twin: ZaloBotTwin, wrapped: bool, date_unit: Any, named: bool
) -> None:
    twin.date_unit, twin.with_event_name, twin.with_message_type = date_unit, named, named
    twin.photo_field, twin.name_field = ("photo_url", "display_name") if named else ("photo", "first_name")
    twin.group("g1")
    rows: list[tuple[Json, dict[str, Any]]] = [
        (twin.user_says("z101", "Xin chào"), {"kind": "text", "text": "Xin chào"}),
        (twin.user_says("z101", "/start MOI-1"), {"kind": "start", "text": "MOI-1"}),
        (twin.user_says("z101", "/menu"), {"kind": "text", "text": "menu"}),
        (
            twin.user_sends_photo("z101", "https://photo.zalo.example/1.jpg", caption="CCCD"),
            {
                "kind": "file",
                "text": "CCCD",
                "files": (RemoteFile("https://photo.zalo.example/1.jpg", "photo.jpg", "image/jpeg"),),
            },
        ),
        (twin.user_sends_sticker("z101"), {"kind": "sticker"}),
        (twin.user_sends_voice("z101"), {"kind": "voice"}),
        (twin.user_sends_unsupported("z101"), {"kind": "protected" if named else "other"}),
        (twin.user_says("g1", "xin chào", user_id="z101", mention=True), {"kind": "text", "text": "xin chào"}),
    ]
    for update, expected in rows:
        raw = {"ok": True, "result": update} if wrapped else update
        message = update["message"]
        where = {"private": False} if message["chat"]["id"] == "g1" else {}
        heard = Inbound(
            chat=message["chat"]["id"],
            at_ms=START_MS,
            message_id=message["message_id"],
            **{**PERSON, **where, **expected},
        )
        assert await channel.hear(raw) == heard
        envelope = channel.envelope(raw)
        assert (envelope.event_id, envelope.chat) == (message["message_id"], message["chat"]["id"])


async def test_what_a_protected_person_sends_is_heard_although_nothing_of_it_arrives(
    channel: ZaloBotChannel, twin: ZaloBotTwin
) -> None:
    twin.person("child", protected=True)
    heard = await channel.hear(twin.user_says("child", "Xin chào"))
    assert heard is not None
    assert (heard.kind, heard.chat, heard.text) == ("protected", "child", "")
    raw = twin.user_sends_unsupported("z101", with_message_id=False)
    envelope = channel.envelope(raw)
    assert envelope.event_id.startswith("body-")
    assert envelope == channel.envelope({"ok": True, "result": raw, "error_code": 0})
    later = {**raw, "message": {**raw["message"], "date": raw["message"]["date"] + 1}}
    assert channel.envelope(later).event_id != envelope.event_id


@pytest.mark.parametrize(
    ("date", "at_ms"),
    [("1795654800000", START_MS), (1795654800, START_MS), (1795654800.5, START_MS + 500), (0, None), (-5, None),
     (True, None), ("hôm qua", None), (float("nan"), None), (1 << 70, None), (None, None)],
)  # fmt: skip
async def test_dates(channel: ZaloBotChannel, date: object, at_ms: int | None) -> None:
    heard = await channel.hear({"message": {"from": {"id": "z101"}, "text": "x", "date": date}})
    assert heard is not None
    assert (heard.chat, heard.at_ms) == ("z101", at_ms)


@pytest.mark.parametrize(
    "raw", [{}, {"ok": True, "result": {}}, {"ok": True, "result": None}, {"event_name": "user.follow"},
            {"message": {"text": "x"}}, {"message": {"from": {"id": "9", "is_bot": True}, "text": "x"}}]
)  # fmt: skip
async def test_nothing_means_nothing(channel: ZaloBotChannel, raw: Json) -> None:
    assert await channel.hear(raw) is None


# --- how updates come -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("updates_as", ["object", "list"])
async def test_polling_brings_one_update_at_a_time(channel: ZaloBotChannel, twin: ZaloBotTwin, updates_as: Any) -> None:
    twin.updates_as = updates_as
    first, second = twin.user_says("z101", "một"), twin.user_sends_unsupported("z101", with_message_id=False)
    assert await channel.poll(None) == ([first], None)
    assert await channel.poll(None) == ([second], None)
    assert twin.lost == []


@pytest.mark.parametrize("idle_as", ["408", "empty"])
@pytest.mark.parametrize("status", ["mirror", "always200"])
@pytest.mark.parametrize("code", ["int", "str"])
async def test_an_idle_poll_is_no_error(
    channel: ZaloBotChannel, twin: ZaloBotTwin, idle_as: Any, status: Any, code: Any
) -> None:
    twin.idle_as, twin.http_status_mode, twin.error_code_as = idle_as, status, code
    assert await channel.poll(None) == ([], None)
    assert await channel.poll("x") == ([], "x")


async def test_polling_leaves_a_webhook_alone_and_says_so(twin: ZaloBotTwin) -> None:
    async with Receiver() as receiver:
        async with connect(
            twin.url, receive="webhook", webhook_url=f"{receiver.url}/hooks/zalo-bot", webhook_secret=SECRET
        ):
            pass
        async with connect(twin.url, start=False) as channel:
            assert await kind_and_reason(channel.start()) == ("misconfigured", "webhook-is-set")
            assert await kind_and_reason(channel.poll(None)) == ("misconfigured", "webhook-is-set")
        assert twin._hook is not None


async def test_the_retired_host_is_recognised(twin: ZaloBotTwin, channel: ZaloBotChannel) -> None:
    twin.legacy_host = True
    assert await kind_and_reason(channel.poll(None)) == ("misconfigured", "not-found")


@pytest.mark.parametrize("body", ["wrapped", "bare"])
async def test_a_webhook_is_set_with_its_secret(twin: ZaloBotTwin, body: Any) -> None:
    twin.webhook_body = body
    async with (
        Receiver() as receiver,
        connect(
            twin.url, receive="webhook", webhook_url=f"{receiver.url}/hooks/zalo-bot", webhook_secret=SECRET
        ) as channel,
    ):
        raw = twin.user_says("z101", "Xin chào")
        await twin.until_acknowledged()
        probe, got = receiver.got
        assert await channel.hear(probe.json()) is None
        assert channel.verify_hook(got.headers, got.body)
        assert not channel.verify_hook({**got.headers, "X-Bot-Api-Secret-Token": "x"}, got.body)
        heard = await channel.hear(got.json())
        assert heard is not None
        assert heard.text == "Xin chào"
        assert channel.envelope(got.json()) == channel.envelope(raw)


async def test_a_webhook_that_does_not_answer_yet_is_set_all_the_same(twin: ZaloBotTwin) -> None:
    address = "http://127.0.0.1:9/hooks/zalo-bot"
    async with connect(twin.url, receive="webhook", webhook_url=address, webhook_secret=SECRET):
        assert twin._hook is not None
        assert twin._hook["url"] == address
    async with connect(
        twin.url, start=False, receive="webhook", webhook_url="ftp://motcua.example/", webhook_secret=SECRET
    ) as channel:
        assert await kind_and_reason(channel.start()) == ("misconfigured", "webhook-refused")


# --- sending ----------------------------------------------------------------------------------------------------------


async def test_choices_are_a_list_of_numbers(channel: ZaloBotChannel, twin: ZaloBotTwin) -> None:
    (page,) = channel.lay_out(Message("Ông/Bà cần gì?", (("7:0", "Lệ phí"), ("7:b", "Quay lại"))))
    receipt = await channel.send("z101", page)
    sent = twin.last("z101")
    assert sent.text == "Ông/Bà cần gì?\n\n1. Lệ phí\n0. Quay lại"
    assert (receipt.message_id, receipt.at_ms) == (sent.message_id, START_MS)
    assert set(sent.params) == {"chat_id", "text"}


@pytest.mark.parametrize("date_unit", [1, 1000])
async def test_a_receipts_time_in_either_unit(channel: ZaloBotChannel, twin: ZaloBotTwin, date_unit: int) -> None:
    result = {"message_id": "m", "date": START_MS // date_unit}
    twin.next("sendMessage", Fault.reshaped(lambda answer: {"ok": True, "result": result}))
    assert (await channel.send("z101", Page("x"))).at_ms == START_MS


@pytest.mark.parametrize("fault", FAULTS)
async def test_errors_mean_the_same_with_status_200_and_codes_as_text(twin: ZaloBotTwin, fault: str) -> None:
    make, expected = FAULTS[fault]
    twin.http_status_mode, twin.error_code_as = "always200", "str"
    async with connect(twin.url, send_seconds=0.3) as channel:
        twin.next("sendMessage", make())
        kind, _ = await kind_and_reason(channel.send("z101", Page("x")))
        assert kind == expected["zalo-bot"][0]


async def test_people_who_cannot_be_reached(channel: ZaloBotChannel, twin: ZaloBotTwin) -> None:
    assert await kind_and_reason(channel.send("z404", Page("x"))) == ("gone", "chat-not-found")
    twin.user_blocks("z101")
    assert await kind_and_reason(channel.send("z101", Page("x"))) == ("gone", "blocked")
    assert await kind_and_reason(channel.send("", Page("x"))) == ("refused", "bad-request")
    assert not channel.is_group("g1")


async def test_pictures_go_by_their_public_address(twin: ZaloBotTwin) -> None:
    async with Receiver() as receiver:
        receiver.files["/files/qr"] = PICTURE
        async with connect(twin.url, file_url=lambda key: f"{receiver.url}/files/{key}" if key else "") as channel:
            file = SendFile("qr", "ma.png", "image/png")
            for caption in ("Mã của Ông/Bà", ""):
                (page,) = channel.lay_out(Message(caption, file=file))
                receipt = await channel.send("z101", page)
                sent = twin.last("z101")
                assert (sent.method, sent.text, sent.message_id) == ("sendPhoto", caption, receipt.message_id)
                assert ("caption" in sent.params) == bool(caption)
            await twin.until(lambda: len(twin.pictures) == 2)
            assert set(twin.pictures.values()) == {PICTURE}
            twin.next("sendPhoto", Fault.error(400, "Bad request: The photo could not be fetched"))
            assert await kind_and_reason(channel.send("z101", page)) == ("refused", "bad-request")
            nowhere = Page("", file={"key": "", "name": "ma.png", "media": "image/png"})
            assert await kind_and_reason(channel.send("z101", nowhere)) == ("refused", "no-public-address")


async def test_a_document_goes_as_its_address(twin: ZaloBotTwin) -> None:
    async with connect(twin.url, file_url=lambda key: f"https://motcua.example/f/{key}") as channel:
        message = Message("Phiếu hẹn của Ông/Bà", file=SendFile("k1", "phieu-hen.pdf", "application/pdf"))
        (page,) = channel.lay_out(message)
        await channel.send("z101", page)
        assert twin.texts("z101") == ["Phiếu hẹn của Ông/Bà\nphieu-hen.pdf\nhttps://motcua.example/f/k1"]


async def test_without_a_public_address_no_file_goes(channel: ZaloBotChannel, twin: ZaloBotTwin) -> None:
    page = Page("", file={"key": "k", "name": "x", "media": "image/png"})
    assert await kind_and_reason(channel.send("z101", page)) == ("refused", "no-public-address")
    assert not twin.sent()


# --- fetching ---------------------------------------------------------------------------------------------------------


async def test_a_picture_is_fetched(channel: ZaloBotChannel, twin: ZaloBotTwin) -> None:
    heard = await channel.hear(twin.user_sends_photo("z101", PICTURE))
    assert heard is not None
    (file,) = heard.files
    assert await channel.fetch(file) == PICTURE
    twin.next("file", Fault.html(404, "Not Found"))
    assert await kind_and_reason(channel.fetch(file)) == ("refused", "no-such-file")
    twin.next("file", Fault.bad_gateway())
    assert await kind_and_reason(channel.fetch(file)) == ("retryable", "http-502")
    twin.next("file", Fault.cut_body())
    assert await kind_and_reason(channel.fetch(file)) == ("retryable", "connection-lost")
    twin.next("file", Fault.raw(b"x" * ((20 << 20) + 1)))
    assert await kind_and_reason(channel.fetch(file)) == ("refused", "too-large")


@pytest.mark.parametrize("address", ["", "file:///etc/hostname", "ftp://x.example/a", "http://[", "https://", "không"])
async def test_only_the_web_is_fetched(channel: ZaloBotChannel, address: str) -> None:
    assert await kind_and_reason(channel.fetch(RemoteFile(address, "x", "image/jpeg"))) == ("refused", "bad-address")


async def test_the_real_platforms_pictures_need_tls() -> None:
    async with connect("https://bot-api.zaloplatforms.com", start=False) as channel:
        file = RemoteFile("http://127.0.0.1:9/a.jpg", "x", "image/jpeg")
        assert await kind_and_reason(channel.fetch(file)) == ("refused", "bad-address")


async def test_it_can_be_started_again(twin: ZaloBotTwin) -> None:
    async with connect(twin.url) as channel:
        await channel.stop()
        await channel.start()
        await channel.send("z101", Page("Xin chào"))
        assert twin.texts("z101") == ["Xin chào"]


def test_no_token_is_refused_at_once() -> None:
    with pytest.raises(SendFailed, match="misconfigured: bad-token"):
        ZaloBotChannel("default", SecretStr(""))

"""Telegram's channel against its twin: hearing, updates, sending, files, and the way to the network."""

from __future__ import annotations

import asyncio
import json
import socket
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from bot.channels.telegram import TelegramChannel
from bot.dialog.values import Message, SendFile
from bot.port import Inbound, Page, RemoteFile, SendFailed
from tests.channels.subjects import PICTURE, Json, Telegram
from tests.twins import Fault, Limits, TelegramTwin, VirtualTime
from tests.twins.receiver import Receiver

START = 1_795_654_800  # the virtual clock's first second
PERSON: dict[str, Any] = {"private": True, "sender": "101", "language": "vi"}
SECRET = SecretStr("bi-mat_2026")


@pytest.fixture
async def twin() -> AsyncIterator[TelegramTwin]:
    async with TelegramTwin(token=Telegram.token, now=VirtualTime().now) as twin:
        twin.person(101)
        yield twin


@asynccontextmanager
async def connect(url: str, *, start: bool = True, **more: Any) -> AsyncIterator[TelegramChannel]:
    channel = Telegram().channel(url, **more)
    try:
        if start:
            await channel.start()
        yield channel
    finally:
        await channel.stop()


@pytest.fixture
async def channel(twin: TelegramTwin) -> AsyncIterator[TelegramChannel]:
    async with connect(twin.url) as channel:
        yield channel


async def kind_and_reason(call: Any) -> tuple[str, str]:
    with pytest.raises(SendFailed) as caught:
        await call
    return caught.value.kind, caught.value.reason


# --- hearing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kind", "text"),
    [
        ("Xin chào", "text", "Xin chào"),
        ("/menu", "text", "menu"),
        ("/hoi@motcua_twin_bot  khai sinh", "text", "hoi khai sinh"),
        ("/start", "start", ""),
        ("/start MOI-123", "start", "MOI-123"),
        ("/START@MotCua_Twin_Bot MOI-123", "start", "MOI-123"),
        ("/", "text", "/"),
        ("1/2", "text", "1/2"),
        ("<b>đậm</b> & _nghiêng_", "text", "<b>đậm</b> & _nghiêng_"),
    ],
)
async def test_texts_and_commands(
    channel: TelegramChannel, twin: TelegramTwin, typed: str, kind: Any, text: str
) -> None:
    raw = twin.user_says(101, typed)
    heard = await channel.hear(raw)
    assert heard == Inbound(
        kind, "101", START * 1000, text=text, message_id=str(raw["message"]["message_id"]), **PERSON
    )


async def test_in_a_group_its_own_name_goes_and_anothers_commands_are_not_heard(
    channel: TelegramChannel, twin: TelegramTwin
) -> None:
    twin.group(-1001, sees_all=True)

    async def heard(text: str) -> tuple[str, str] | None:
        inbound = await channel.hear(twin.user_says(-1001, text, user_id=101))
        assert inbound is None or not inbound.private
        return (inbound.kind, inbound.text) if inbound else None

    assert await heard("@motcua_twin_bot MOI-123") == ("text", "MOI-123")
    assert await heard("MOI-123 @MotCua_Twin_Bot") == ("text", "MOI-123")
    assert await heard("@motcua_twin_bot /menu") == ("text", "menu")
    assert await heard("/start@motcua_twin_bot MOI-123") == ("start", "MOI-123")
    assert await heard("/menu@another_bot") is None
    assert await heard("hỏi @binh_nguyen nhé") == ("text", "hỏi @binh_nguyen nhé")


async def test_before_the_start_any_bots_name_goes(twin: TelegramTwin) -> None:
    async with connect(twin.url, start=False) as channel:
        twin.group(-1001, sees_all=True)
        inbound = await channel.hear(twin.user_says(-1001, "@motcua_twin_bot MOI-123", user_id=101))
        assert inbound is not None
        assert inbound.text == "MOI-123"


async def test_files_with_their_captions(channel: TelegramChannel, twin: TelegramTwin) -> None:
    photo = twin.user_sends_photo(101, PICTURE, caption="Giấy khai sinh", album="77")
    heard = await channel.hear(photo)
    assert heard is not None
    big = photo["message"]["photo"][-1]["file_id"]
    assert (heard.kind, heard.text) == ("file", "Giấy khai sinh")
    assert heard.files == (RemoteFile(big, "photo.jpg", "image/jpeg", len(PICTURE)),)
    heard = await channel.hear(twin.user_sends_document(101, b"%PDF-1.7", "đơn.pdf"))
    assert heard is not None
    assert replace(heard.files[0], ref="") == RemoteFile("", "đơn.pdf", "application/pdf", 8)


async def test_contents_that_can_only_be_named(channel: TelegramChannel, twin: TelegramTwin) -> None:
    base = twin.user_says(101, "x")["message"]
    bare = {key: base[key] for key in ("message_id", "from", "chat", "date")}
    clip = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1, "duration": 1}
    paper = {"file_id": "f", "file_unique_id": "u"}
    rows: list[tuple[Json, str | None]] = [
        (twin.user_sends_sticker(101), "sticker"),
        (twin.user_sends_voice(101), "voice"),
        (twin.user_sends_location(101, 21.03, 105.85), "location"),
        (twin.user_sends_contact(101, "+84900000000"), "contact"),
        (
            {"update_id": 1, "message": {**bare, "video": clip}},
            "video",
        ),
        ({"update_id": 1, "message": {**bare, "animation": clip, "document": paper}}, "video"),
        ({"update_id": 1, "message": {**bare, "dice": {"emoji": "🎲", "value": 3}}}, "other"),
        ({"update_id": 1, "message": {**bare, "a_content_of_tomorrow": {"x": 1}}}, "other"),
        ({"update_id": 1, "message": {**bare, "new_chat_members": [base["from"]]}}, None),
        ({"update_id": 1, "message": {**bare, "pinned_message": base}}, None),
        ({"update_id": 1, "edited_message": base}, None),
        ({"update_id": 1, "channel_post": {**bare, "text": "Tin"}}, None),
    ]
    for raw, kind in rows:
        heard = await channel.hear(raw)
        assert (heard and heard.kind) == kind, raw
        assert heard is None or (heard.text, heard.files) == ("", ())


async def test_coming_and_going(channel: TelegramChannel, twin: TelegramTwin) -> None:
    blocked, back = await channel.hear(twin.user_blocks(101)), await channel.hear(twin.user_unblocks(101))
    assert blocked == Inbound("left", "101", START * 1000, **PERSON)
    assert back == Inbound("joined", "101", START * 1000, **PERSON)
    joined = await channel.hear(twin.group(-7, kind="group", by=101))
    assert joined == Inbound("joined", "-7", START * 1000, **{**PERSON, "private": False})
    twin.group_migrates(-7, -1007, by=101)
    away, here = twin.pending[-2:]
    moved = await channel.hear(away)
    assert moved is not None
    assert (moved.kind, moved.chat, moved.moved_to, moved.private) == ("moved", "-7", "-1007", False)
    assert await channel.hear(here) is None
    left = await channel.hear(twin.bot_is_kicked(-1007, by=101))
    assert left is not None
    assert (left.kind, left.chat) == ("left", "-1007")
    promoted = twin._membership(-1007, 101, "member", "administrator")
    assert await channel.hear(promoted) is None


async def test_a_tap_is_heard_and_acknowledged_once(channel: TelegramChannel, twin: TelegramTwin) -> None:
    receipt = await channel.send("101", Page("Chọn", (("7:0", "Lệ phí"),), buttons=True))
    heard = await channel.hear(twin.user_taps_label(101, "Lệ phí"))
    assert heard is not None
    assert (heard.kind, heard.tap, heard.at_ms, heard.private) == ("tap", "7:0", None, True)
    assert heard.message_id == receipt.message_id
    await channel.acknowledge(heard)
    assert [answer["callback_query_id"] for answer in twin.answered_taps] == [heard.to_ack]
    await channel.acknowledge(replace(heard, to_ack="long ago"))
    twin.next("answerCallbackQuery", Fault.bad_gateway())
    await channel.acknowledge(heard)
    await channel.acknowledge(replace(heard, to_ack=""))
    assert len(twin.calls_of("answerCallbackQuery")) == 3


async def test_an_update_that_aiogram_cannot_read_still_gets_an_answer(channel: TelegramChannel) -> None:
    chat = {"id": 101, "type": "private"}
    said = {"update_id": 1, "message": {"message_id": "?", "chat": chat, "date": "?", "text": "Xin chào"}}
    assert await channel.hear(said) == Inbound("text", "101", text="Xin chào")
    odd = {"update_id": 1, "message": {"message_id": "?", "chat": chat, "date": "?", "sticker": 3}}
    assert await channel.hear(odd) == Inbound("other", "101")
    group = {"update_id": 1, "message": {"message_id": "?", "chat": {"id": -5, "type": "group"}, "date": "?"}}
    assert await channel.hear(group) is None


async def test_an_update_of_an_unknown_kind_is_passed_over_without_a_word(channel: TelegramChannel) -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert await channel.hear({"update_id": 1, "a_kind_of_tomorrow": {"chat": {"id": 101}}}) is None
        assert await channel.hear({}) is None
    assert not said


# --- how updates come -------------------------------------------------------------------------------------------------


async def test_polling_acknowledges_only_what_was_asked_past(channel: TelegramChannel, twin: TelegramTwin) -> None:
    assert await channel.poll(None) == ([], None)
    first, second = twin.user_says(101, "một"), twin.user_says(101, "hai")
    twin._update("message_reaction", 101, {"emoji": "👍"})
    updates, cursor = await channel.poll(None)
    assert updates == [first, second]
    assert cursor == str(second["update_id"] + 1)
    assert (await channel.poll(None))[0] == updates  # not acknowledged yet
    assert await channel.poll(cursor) == ([], cursor)
    assert twin.pending == []
    asked = twin.calls_of("getUpdates")[-1].params["allowed_updates"]
    assert asked == '["callback_query", "message", "my_chat_member"]'


async def test_polling_survives_updates_of_unknown_kinds(channel: TelegramChannel, twin: TelegramTwin) -> None:
    strange = [{"update_id": 5, "message": {"x": 1}}, {"update_id": 6, "a_kind_of_tomorrow": {}}, "rubbish", {"y": 2}]
    twin.next("getUpdates", Fault.reshaped(lambda answer: {"ok": True, "result": strange}))
    updates, cursor = await channel.poll("3")
    assert (updates, cursor) == ([strange[0], strange[1], strange[3]], "7")


async def test_of_two_pollers_the_older_is_told_so() -> None:
    clock = VirtualTime()
    async with (
        TelegramTwin(token=Telegram.token, now=clock.now, sleep=clock.sleep) as twin,
        connect(twin.url, poll_seconds=20) as older,
        connect(twin.url) as newer,
    ):
        poll = asyncio.ensure_future(older.poll(None))
        await twin.until(lambda: twin.calls_of("getUpdates"))
        await newer.poll(None)
        assert await kind_and_reason(poll) == ("retryable", "another-poll")


async def test_polling_takes_a_forgotten_webhook_away(twin: TelegramTwin) -> None:
    async with Receiver() as receiver:
        twin._set_webhook({"url": receiver.url})
        async with connect(twin.url, start=False) as channel:
            assert await kind_and_reason(channel.poll(None)) == ("misconfigured", "webhook-is-set")
            await channel.start()
            assert await channel.poll(None) == ([], None)


async def test_a_webhook_is_set_with_its_secret_and_kinds(twin: TelegramTwin) -> None:
    async with (
        Receiver() as receiver,
        connect(
            twin.url, receive="webhook", webhook_url=f"{receiver.url}/hooks/telegram", webhook_secret=SECRET
        ) as channel,
    ):
        raw = twin.user_says(101, "Xin chào")
        await twin.until_acknowledged()
        (got,) = receiver.got
        assert got.path == "/hooks/telegram"
        assert channel.verify_hook(got.headers, got.body)
        assert got.json() == raw
        assert twin._allowed == ["callback_query", "message", "my_chat_member"]
        assert channel.envelope(got.json()).event_id == str(raw["update_id"])


async def test_a_webhook_that_telegram_refuses_is_our_mistake(twin: TelegramTwin) -> None:
    async with connect(
        twin.url, start=False, receive="webhook", webhook_url="http://motcua.example/", webhook_secret=SECRET
    ) as channel:
        assert await kind_and_reason(channel.start()) == ("misconfigured", "webhook-refused")


# --- sending ----------------------------------------------------------------------------------------------------------


async def test_a_page_is_sent_as_it_is_with_its_buttons(channel: TelegramChannel, twin: TelegramTwin) -> None:
    choices = (("7:0", "Giấy tờ"), ("7:1", "Lệ phí"), ("7:2", "Thời gian giải quyết"), ("7:b", "Quay lại"))
    (page,) = channel.lay_out(Message("<b>Khai sinh</b> & _1_ [x](https://x.example)", choices))
    receipt = await channel.send("101", page)
    sent = twin.last(101)
    assert sent.text == "<b>Khai sinh</b> & _1_ [x](https://x.example)"
    assert receipt.message_id == sent.message_id
    assert receipt.at_ms == START * 1000
    assert "parse_mode" not in sent.params
    assert json.loads(sent.params["link_preview_options"]) == {"is_disabled": True}
    markup = twin.chats[101].messages[int(sent.message_id)]["reply_markup"]["inline_keyboard"]
    assert [[(b["text"], b["callback_data"]) for b in row] for row in markup] == [
        [("Giấy tờ", "7:0"), ("Lệ phí", "7:1")],
        [("Thời gian giải quyết", "7:2")],
        [("Quay lại", "7:b")],
    ]


async def test_files_go_as_pictures_or_documents(twin: TelegramTwin) -> None:
    store = {"qr": PICTURE, "pdf": b"%PDF-1.7", "odd": b"not a picture", "empty": b""}
    async with connect(twin.url, files=store.__getitem__) as channel:

        async def sent(key: str, media: str, text: str = "") -> tuple[str, str, bytes]:
            (page,) = channel.lay_out(Message(text, (("7:0", "Có"),), file=SendFile(key, "phieu", media)))
            receipt = await channel.send("101", page)
            got = twin.last(101)
            assert receipt.message_id == got.message_id
            assert got.file is not None
            assert [b["text"] for b in twin.buttons(101, int(got.message_id))] == ["Có"]
            return got.method, got.text, got.file.data

        assert await sent("qr", "image/png", "Mã của Ông/Bà") == ("sendPhoto", "Mã của Ông/Bà", PICTURE)
        assert await sent("pdf", "application/pdf") == ("sendDocument", "", b"%PDF-1.7")
        assert await sent("odd", "image/png") == ("sendDocument", "", b"not a picture")
        for key in ("missing", "empty"):
            page = Page("", file={"key": key, "name": "x", "media": "image/png"})
            assert await kind_and_reason(channel.send("101", page)) == ("refused", "no-such-file")
    async with connect(twin.url) as channel:
        page = Page("", file={"key": "qr", "name": "x", "media": "image/png"})
        assert await kind_and_reason(channel.send("101", page)) == ("refused", "no-files")


async def test_a_wait_closes_only_its_own_scope() -> None:
    clock = VirtualTime()
    async with (
        TelegramTwin(token=Telegram.token, now=clock.now, limits=Limits(group_per_minute=1), open_chats=True) as twin,
        connect(twin.url) as channel,
    ):
        await channel.send("-1001", Page("một"))
        with pytest.raises(SendFailed) as caught:
            await channel.send("-1001", Page("hai"))
        assert (caught.value.kind, caught.value.after, caught.value.scope) == ("retry_after", 60, "chat")
        await channel.send("101", Page("một"))
        twin.next("sendMessage", Fault.rate_limited(9))
        with pytest.raises(SendFailed) as caught:
            await channel.send("101", Page("hai"))
        assert (caught.value.after, caught.value.scope) == (9, "account")


@pytest.mark.parametrize(
    ("words", "kind", "reason"),
    [
        ("Bad Request: message is too long", "refused", "too-long"),
        ("Bad Request: message text is empty", "refused", "empty"),
        ("Bad Request: PEER_ID_INVALID", "gone", "chat-not-found"),
        ("Bad Request: not enough rights to send text messages to the chat", "refused", "no-rights"),
        ("Bad Request: something new", "refused", "bad-request"),
        ("Forbidden: bot can't initiate conversation with a user", "gone", "never-wrote"),
        ("Forbidden: bot is not a member of the supergroup chat", "gone", "kicked"),
        ("Forbidden: something new", "gone", "forbidden"),
    ],
)
async def test_telegrams_words(
    channel: TelegramChannel, twin: TelegramTwin, words: str, kind: str, reason: str
) -> None:
    twin.next("sendMessage", Fault.error(403 if words.startswith("Forbidden") else 400, words))
    assert await kind_and_reason(channel.send("101", Page("x"))) == (kind, reason)


async def test_chats_that_went_away(channel: TelegramChannel, twin: TelegramTwin) -> None:
    twin.person(102, 103)
    twin.user_blocks(102)
    twin.account_deleted(103)
    twin.group(-7, kind="group")
    twin.group_migrates(-7, -1007)
    assert await kind_and_reason(channel.send("102", Page("x"))) == ("gone", "blocked")
    assert await kind_and_reason(channel.send("103", Page("x"))) == ("gone", "deactivated")
    assert await kind_and_reason(channel.send("104", Page("x"))) == ("gone", "chat-not-found")
    with pytest.raises(SendFailed) as caught:
        await channel.send("-7", Page("x"))
    assert (caught.value.kind, caught.value.moved_to) == ("moved", "-1007")
    assert channel.is_group("-1007")
    assert not channel.is_group("101")


# --- fetching ---------------------------------------------------------------------------------------------------------


async def test_a_file_is_fetched(channel: TelegramChannel, twin: TelegramTwin) -> None:
    heard = await channel.hear(twin.user_sends_document(101, b"%PDF-1.7 ..."))
    assert heard is not None
    (file,) = heard.files
    assert await channel.fetch(file) == b"%PDF-1.7 ..."
    twin.next("getFile", Fault.bad_gateway())
    assert await kind_and_reason(channel.fetch(file)) == ("retryable", "server-error")
    twin.next("file", Fault.cut_body())
    assert await kind_and_reason(channel.fetch(file)) == ("retryable", "connection-lost")
    twin.next("file", Fault.html(404, "Not Found"))
    assert await kind_and_reason(channel.fetch(file)) == ("refused", "no-such-file")
    assert await kind_and_reason(channel.fetch(replace(file, ref="?"))) == ("refused", "no-such-file")


async def test_a_file_of_more_than_20_mb_is_not_even_asked_for(channel: TelegramChannel, twin: TelegramTwin) -> None:
    heard = await channel.hear(twin.user_sends_document(101, b"%PDF", size=21 << 20))
    assert heard is not None
    assert await kind_and_reason(channel.fetch(heard.files[0])) == ("refused", "too-large")
    assert not twin.calls_of("getFile")
    assert await kind_and_reason(channel.fetch(replace(heard.files[0], size=0))) == ("refused", "too-large")


# --- the way to the network -------------------------------------------------------------------------------------------


class ConnectProxy:
    """An HTTP proxy that knows CONNECT and nothing else."""

    def __init__(self, answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.url = ""

    async def __aenter__(self) -> ConnectProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split()[1])
        writer.write(self.answer)
        await writer.drain()
        if b" 200 " in self.answer:
            host, port = self.asked[-1].split(":")
            back, forth = await asyncio.open_connection(host, int(port))
            await asyncio.gather(self._pass(reader, forth), self._pass(back, writer))
        writer.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(4096):
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            return
        finally:
            sink.close()


async def test_everything_goes_through_the_proxy(twin: TelegramTwin) -> None:
    async with ConnectProxy() as proxy, connect(twin.url, proxy=SecretStr(proxy.url)) as channel:
        await channel.send("101", Page("Xin chào"))
        assert twin.texts(101) == ["Xin chào"]
        assert set(proxy.asked) == {f"127.0.0.1:{twin.port}"}


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"HTTP/1.1 502 No\r\n\r\n"])
async def test_a_proxy_that_refuses_means_not_sent(twin: TelegramTwin, answer: bytes) -> None:
    async with (
        ConnectProxy(answer) as proxy,
        connect(twin.url, start=False, proxy=SecretStr(proxy.url)) as channel,
    ):
        assert await kind_and_reason(channel.send("101", Page("x"))) == ("retryable", "connect")
        assert not twin.calls


async def test_no_proxy_at_the_address_means_not_sent(twin: TelegramTwin) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        proxy = SecretStr(f"socks5://127.0.0.1:{taken.getsockname()[1]}")
        async with connect(twin.url, start=False, proxy=proxy) as channel:
            assert await kind_and_reason(channel.send("101", Page("x"))) == ("retryable", "connect")


async def test_packets_that_vanish_mean_not_sent() -> None:
    """Where Telegram is blocked nothing answers, not even a refusal: a full queue of connections does the same."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        async with connect(f"http://127.0.0.1:{full.getsockname()[1]}", start=False, send_seconds=0.4) as channel:
            assert await kind_and_reason(channel.send("101", Page("x"))) == ("retryable", "connect")
        for one in crowd:
            one.close()


@pytest.mark.parametrize("token", ["", "no token", "12:34 56", "abc:def"])
def test_a_token_that_cannot_be_one_is_refused_at_once(token: str) -> None:
    with pytest.raises(SendFailed, match="misconfigured: bad-token"):
        TelegramChannel("default", SecretStr(token))

"""The contract of the port, for every channel: what comes in never breaks it, what goes out keeps the limits, and every
failure of the wire is one of the documented kinds."""

from __future__ import annotations

import asyncio
import copy
import logging
import random
import socket
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.channels.web import WebChannel
from bot.channels.zalo_oa import ZaloOAChannel
from bot.dialog.values import Message, SendFile
from bot.port import Channel, Envelope, Inbound, Page, Receipt, RemoteFile, SendFailed
from bot.threads import Threads
from bot.wake import Wake
from services.db.session import Database
from tests.channels.subjects import FAULTS, PICTURE, SUBJECTS, Expected, Json, Subject
from tests.channels.test_layout import MESSAGES
from tests.kit.clock import FakeClock
from tests.kit.house import KEY
from tests.twins import Fault, Twin, ZaloOATwin

NOWHERE = "http://127.0.0.1:9"
MUTATIONS = 10_000
PRIVATE = Page("Chuyện riêng của bà Hoa")


def web_channel() -> WebChannel:
    """The chat page's channel; hearing and laying out touch no database."""
    return WebChannel(Threads(Database("sqlite://")), FakeClock(), Wake())


WEB_SHAPES: list[Json] = [
    {"session": "s1", "id": "a", "kind": "text", "text": "Xin chào", "at": 1_795_654_800_000, "language": "vi"},
    {"session": "s1", "id": "b", "kind": "tap", "tap": "7:2", "at": 1_795_654_800_000},
    {"session": "s1", "id": "c", "kind": "file", "ref": "k", "name": "don.pdf", "media": "application/pdf"},
]


def oa_channel() -> ZaloOAChannel:
    """An Official Account's channel; hearing and laying out touch neither the database nor the platform."""
    return ZaloOAChannel(
        "default", "1", SecretStr("x"), threads=Threads(Database("sqlite://")), clock=FakeClock(),
        data_key=SecretStr(KEY), api_url=NOWHERE, oauth_url=NOWHERE, zbs_url=NOWHERE,
    )  # fmt: skip


def oa_shapes() -> list[Json]:
    """What people do at an Official Account, and what it tells of messages."""
    twin, user = ZaloOATwin(), "246845883529197922"
    return [
        twin.user_says(user, "Xin chào"),
        twin.user_says(user, "#q:7:2"),
        twin.user_says(user, "/start MOI-123"),
        twin.user_sends_photo(user, PICTURE, caption="Giấy khai sinh"),
        twin.user_sends_document(user, b"%PDF", "Đơn.pdf"),
        twin.user_sends_sticker(user),
        twin.user_sends_voice(user),
        twin.user_sends_location(user, 21.0, 105.8),
        twin.user_sends_contact(user, "84900000000"),
        twin.user_submits_info(user, "Nguyễn Thị Lan", "84900000001"),
        twin.user_follows(user),
        twin.user_sees(user, "m1", "m2"),
        twin.user_unfollows(user),
        twin.user_withdraws(user),
    ]


every_channel = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)


def hearing() -> list[Any]:
    """Every channel, with what its platform sends, without a connection."""
    made = [pytest.param(lambda s=s: s.channel(NOWHERE), s.shapes(), id=s.name) for s in SUBJECTS]
    others = [pytest.param(oa_channel, oa_shapes(), id="zalo-oa"), pytest.param(web_channel, WEB_SHAPES, id="web")]
    return [*made, *others]


# --- what comes in ----------------------------------------------------------------------------------------------------

JUNK: tuple[Any, ...] = (
    None, "", 0, -1, True, 1 << 40, 1 << 64, 10**4000, 1e308, float("inf"), float("nan"), [], {}, [[]], {"id": {}},
    "x" * 5000, "\x00", "101", " 7 ", "/start", "/", "@", "https://[", "\ud800", "1e5", [None],
    {"chat": {"id": 5, "type": "private"}},
)  # fmt: skip


def mutated(update: Json, dice: random.Random) -> Json:
    """A copy of `update` with one to four things wrong somewhere in it."""
    made = copy.deepcopy(update)
    for _ in range(dice.randint(1, 4)):
        spots = places(made)
        if not spots:
            break
        holder, key = dice.choice(spots)
        match dice.randrange(5):
            case 0:
                del holder[key]
            case 1:
                holder[key] = copy.deepcopy(dice.choice(JUNK))
            case 2:
                holder[key] = [holder[key], holder[key]]
            case 3:
                other, name = dice.choice(spots)
                holder[key] = copy.deepcopy(other.get(name) if isinstance(other, dict) else other)
            case _:
                holder[key] = {"result": holder[key], "message": holder[key]}
    return made


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (holder, key) of a JSON object or array."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):  # most are leaves: no call for those
            found += places(value[key])
    return found


def assert_sound(envelope: Envelope, heard: Inbound | None) -> None:
    """Everything has the type that it says, so that the machine behind it can trust it."""
    assert isinstance(envelope.event_id, str)
    assert isinstance(envelope.chat, str)
    if heard is None:
        return
    for text in (heard.kind, heard.chat, heard.text, heard.tap, heard.message_id, heard.sender, heard.moved_to):
        assert isinstance(text, str)
    assert isinstance(heard.language, str)
    assert isinstance(heard.to_ack, str)
    assert isinstance(heard.private, bool)
    assert heard.at_ms is None or isinstance(heard.at_ms, int)
    assert all(isinstance(file, RemoteFile) and file.ref.__class__ is str for file in heard.files)


@pytest.mark.parametrize(("make", "shapes"), hearing())
async def test_what_the_platform_sends_is_heard_in_the_chat_of_its_envelope(
    make: Callable[[], Channel], shapes: list[Json]
) -> None:
    channel = make()
    ids = set()
    for raw in shapes:
        envelope, heard = channel.envelope(raw), await channel.hear(raw)
        assert_sound(envelope, heard)
        ids.add(envelope.event_id)
        if heard is not None:
            assert heard.chat == envelope.chat != ""
    assert "" not in ids


@pytest.mark.parametrize(("make", "shapes"), hearing())
async def test_no_mutated_update_breaks_the_channel(make: Callable[[], Channel], shapes: list[Json]) -> None:
    channel, dice = make(), random.Random(20_261_126)
    heard = 0
    for _ in range(MUTATIONS):
        raw = mutated(dice.choice(shapes), dice)
        inbound = await channel.hear(raw)
        assert_sound(channel.envelope(raw), inbound)
        heard += inbound is not None
    assert heard > MUTATIONS // 5  # the mutations are mild enough to reach the handlers


KEYS = ["message", "result", "update_id", "chat", "id", "from", "text", "date", "photo", "callback_query", "type"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=5),
    max_leaves=25,
)


@pytest.mark.parametrize(("make", "shapes"), hearing())
def test_no_json_breaks_the_channel(make: Callable[[], Channel], shapes: list[Json]) -> None:
    channel = make()
    with asyncio.Runner() as runner:

        @settings(deadline=None)
        @given(raw=st.dictionaries(st.sampled_from(["message", "result", "update_id", "callback_query"]), JSON))
        def listen(raw: Json) -> None:
            assert_sound(channel.envelope(raw), runner.run(channel.hear(raw)))

        listen()


async def test_deep_nesting_breaks_nobody() -> None:
    for subject in SUBJECTS:
        raw: Json = {"update_id": 1, "message": {"text": "x"}}
        for _ in range(600):
            raw["message"] = {"reply_to_message": raw["message"], "text": "x", "chat": {"id": 5, "type": "private"}}
        channel = subject.channel(NOWHERE)
        assert_sound(channel.envelope(raw), await channel.hear(raw))


@asynccontextmanager
async def connected(subject: Subject, *, start: bool = True, **more: Any) -> AsyncIterator[tuple[Twin, Any]]:
    """A twin and a channel that talks to it."""
    async with subject.twin() as twin:
        channel = subject.channel(twin.url, **more)
        try:
            if start:
                await channel.start()
            yield twin, channel
        finally:
            await channel.stop()


# --- what goes out ----------------------------------------------------------------------------------------------------


@every_channel
def test_the_platform_takes_every_page(subject: Subject) -> None:
    with asyncio.Runner() as runner:
        twin = runner.run(subject.twin().start())
        channel = subject.channel(twin.url)

        @settings(max_examples=50, deadline=None)
        @given(message=MESSAGES)
        def send(message: Message) -> None:
            before = len(twin.sent())
            pages = [page for page in channel.lay_out(message) if page.file is None]
            for page in pages:
                runner.run(channel.send(subject.chat, page))
            assert len(twin.sent()) - before == len(pages)

        try:
            send()
        finally:
            runner.run(channel.stop())
            runner.run(twin.stop())


def nothing_leaks(error: BaseException, subject: Subject) -> None:
    """Neither the token nor what was written, in any way of looking at the error."""
    shown = "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))
    assert subject.token not in shown
    assert subject.token.partition(":")[2] not in shown
    assert PRIVATE.text not in shown
    assert error.__cause__ is None


def check(failure: SendFailed, expected: Expected) -> None:
    """The failure is the documented one."""
    assert failure.kind == expected[0], failure
    if failure.kind == "retry_after":
        assert (failure.after, failure.scope) == expected[1:]
    if failure.kind == "moved":
        assert failure.moved_to == expected[1]
    assert 0 < len(failure.reason) <= 40
    assert not failure.reason.startswith("hole")


@every_channel
@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_is_a_documented_kind(subject: Subject, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    make, expected = FAULTS[fault]
    async with connected(subject, send_seconds=0.3) as (twin, channel):
        twin.next(subject.method, make())
        with pytest.raises(SendFailed) as caught:
            await channel.send(subject.chat, PRIVATE)
        check(caught.value, expected[subject.name])
        nothing_leaks(caught.value, subject)
        receipt = await channel.send(subject.chat, PRIVATE)
        assert receipt.message_id == twin.last(subject.chat).message_id
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("asyncio"))
    assert subject.token not in ours
    assert PRIVATE.text not in ours


@every_channel
def test_a_picture_that_cannot_be_sent_is_told_in_words(subject: Subject) -> None:
    channel = subject.channel(NOWHERE)  # with no way to the file store
    message = Message("Mã của Ông/Bà", file=SendFile("k", "ma.png", "image/png", instead="Mã: CB-1"))
    assert channel.lay_out(message) == [Page("Mã: CB-1")]


@every_channel
@pytest.mark.parametrize("shape", ["slow", "slow answer", "slow body", "no date", "no id", "another result"])
async def test_what_was_delivered_is_never_an_error(subject: Subject, shape: str) -> None:
    def without(key: str) -> Fault:
        return Fault.reshaped(
            lambda answer: {**answer, "result": {k: v for k, v in answer["result"].items() if k != key}}
        )

    faults = {
        "slow": Fault.slow(0.05),
        "slow answer": Fault.slow_answer(0.05),
        "slow body": Fault.slow_body(0.05),
        "no date": without("date"),
        "no id": without("message_id"),
        "another result": Fault.reshaped(lambda answer: {**answer, "result": ["x"]}),
    }
    async with connected(subject) as (twin, channel):
        twin.next(subject.method, faults[shape])
        receipt = await channel.send(subject.chat, Page("Xin chào"))
        assert isinstance(receipt, Receipt)
        assert twin.texts(subject.chat) == ["Xin chào"]
        if shape.startswith("slow"):
            assert receipt.message_id == twin.last(subject.chat).message_id
            assert receipt.at_ms is not None
            assert abs(receipt.at_ms - twin.last(subject.chat).at * 1000) < 2000


@every_channel
async def test_nobody_at_the_address_means_not_sent(subject: Subject) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        channel = subject.channel(f"http://127.0.0.1:{taken.getsockname()[1]}")
        for attempt in (channel.start(), channel.send(subject.chat, Page("Xin chào"))):
            with pytest.raises(SendFailed) as caught:
                await attempt
            assert (caught.value.kind, caught.value.reason) == ("retryable", "connect")
            nothing_leaks(caught.value, subject)
        await channel.stop()


@every_channel
async def test_a_withdrawn_token_stops_the_start(subject: Subject) -> None:
    async with connected(subject, start=False) as (twin, channel):
        twin.next("*", Fault.unauthorized())
        with pytest.raises(SendFailed) as caught:
            await channel.start()
        assert (caught.value.kind, caught.value.reason) == ("misconfigured", "bad-token")
        nothing_leaks(caught.value, subject)
        await channel.start()  # and again when it was put right


@every_channel
@pytest.mark.parametrize(
    "fault", ["429 with seconds", "unauthorized", "502 as a page", "dropped after", "200 as a page"]
)
async def test_a_failed_poll_is_a_kind_too_and_never_unknown(subject: Subject, fault: str) -> None:
    async with connected(subject, send_seconds=0.3) as (twin, channel):
        twin.next("getUpdates", FAULTS[fault][0]())
        with pytest.raises(SendFailed) as caught:
            await channel.poll(None)
        expected = FAULTS[fault][1][subject.name]
        check(caught.value, ("retryable",) if expected[0] == "unknown" else expected)
        nothing_leaks(caught.value, subject)


@every_channel
def test_a_hook_needs_the_secret(subject: Subject) -> None:
    header = {"telegram": "X-Telegram-Bot-Api-Secret-Token", "zalo-bot": "X-Bot-Api-Secret-Token"}[subject.name]
    channel: Any = subject.channel(NOWHERE, receive="webhook", webhook_secret=SecretStr("bi-mat-2026"))
    assert channel.verify_hook({header: "bi-mat-2026"}, b"{}")
    assert channel.verify_hook({header.lower(): "bi-mat-2026"})
    for wrong in ({}, {header: ""}, {header: "bi-mat"}, {header: "bí-mật-2026"}, {"Other": "bi-mat-2026"}):
        assert not channel.verify_hook(wrong)
    for secret in (None, SecretStr("")):
        open_door: Any = subject.channel(NOWHERE, webhook_secret=secret)
        assert not open_door.verify_hook({header: ""})


@every_channel
async def test_webhooks_need_an_address_and_a_secret(subject: Subject) -> None:
    channel = subject.channel(NOWHERE, receive="webhook")
    with pytest.raises(SendFailed, match="misconfigured: webhook-without-address-or-secret"):
        await channel.start()

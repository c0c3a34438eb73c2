"""The signed webhook of the Official Account twin."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.kit.patience import PATIENCE
from tests.twins import VirtualTime, ZaloOATwin
from tests.twins.clients import OAClient
from tests.twins.receiver import Receiver
from tests.twins.zalo_oa_events import sign

USER = "246845883529197922"


@pytest.fixture
def clock() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
async def twin(clock: VirtualTime) -> AsyncIterator[ZaloOATwin]:
    async with ZaloOATwin(now=clock.now, sleep=clock.sleep) as twin:
        twin.person(USER)
        twin.postman.deadline = PATIENCE
        yield twin


@pytest.fixture
async def client(twin: ZaloOATwin) -> AsyncIterator[OAClient]:
    async with aiohttp.ClientSession() as http:
        yield OAClient(twin, http)


def buttons(count: int, payload: Any = "#tracuu", kind: str = "oa.query.show") -> Any:
    rows = [{"title": f"Nút {n}", "type": kind, "payload": payload} for n in range(count)]
    return {"text": "Chọn", "attachment": {"type": "template", "payload": {"buttons": rows}}}


async def test_the_signature_is_a_plain_hash() -> None:
    body = (
        '{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"user_id_by_app":"552177279717587730",'
        '"recipient":{"id":"388613280878808645"},"event_name":"user_send_text",'
        '"message":{"text":"Xin chào","msg_id":"96d3cdf3af150460909"},"timestamp":"1751100041636"}'
    ).encode()
    assert len(body) == 266
    expected = "mac=c8711b330f90e49f0f7c16fb5b22353141b89173d856b3d5031492f6de44f9d3"
    assert sign("360846524940903967", body, "1751100041636", "test-oa-secret-key") == expected


async def test_everything_a_person_does_is_posted_and_signed(twin: ZaloOATwin, client: OAClient) -> None:
    async with Receiver() as app:
        twin.webhook_url = f"{app.url}/hooks/zalo-oa"
        twin.user_says(USER, "xin chào", quote="m0")
        sent = await client.consult(buttons(2))
        message_id = sent["data"]["message_id"]
        await twin.until(lambda: len(twin.posted) == 3)
        twin.user_taps_label(USER, "Nút 1")
        with pytest.raises(LookupError):
            twin.user_taps(USER, message_id, "#khác")
        twin.user_sees(USER, message_id)
        twin.body_style = "spaced"
        twin.user_sends_document(USER, b"%PDF", "đơn.pdf")
        twin.user_sends_photo(USER, b"\xff\xd8\xff", caption="CCCD")
        twin.user_sends_sticker(USER)
        twin.user_sends_voice(USER)
        twin.user_sends_location(USER, 10.7923119, 106.7820651, "Quán")
        twin.user_sends_contact(USER, "84912345678")
        twin.user_submits_info(USER, "Người dân", "84912345678")
        twin.user_withdraws(USER)
        twin.staff_types(USER, "Chào bà")
        await twin.until_acknowledged()
        for got in app.got:
            signed = sign(twin.app_id, got.body, got.json()["timestamp"], twin.oa_secret)
            assert got.headers["X-ZEvent-Signature"] == signed
        events = [got.json() for got in app.got]
        assert [event["event_name"] for event in events] == [
            "user_send_text",
            "oa_send_text",
            "user_received_message",
            "user_send_text",
            "user_seen_message",
            "user_send_file",
            "user_send_image",
            "user_send_sticker",
            "user_send_audio",
            "user_send_location",
            "user_send_business_card",
            "user_submit_info",
            "user_withdraw",
            "oa_send_text",
        ]
        assert events[3]["message"]["text"] == "#tracuu"
        assert events[4]["message"]["msg_ids"] == [message_id]
        file = events[5]["message"]["attachments"][0]["payload"]
        async with client.http.get(file["url"]) as response:
            assert hashlib.md5(await response.read(), usedforsecurity=False).hexdigest() == file["checksum"]
        assert events[9]["message"]["attachments"][0]["payload"]["coordinates"]["latitude"] == "10.7923119"
        assert json.loads(events[10]["message"]["attachments"][0]["payload"]["description"])["phone"] == "84912345678"
        assert app.got[5].body != json.dumps(events[5], separators=(",", ":")).encode()


async def test_the_webhook_is_tried_six_times_and_then_the_app_is_unsubscribed(
    twin: ZaloOATwin, clock: VirtualTime
) -> None:
    async with Receiver() as app:
        twin.webhook_url = app.url
        app.answers = [503]
        twin.user_says(USER, "a")
        twin.user_says(USER, "b")
        await twin.until(lambda: len(twin.posted) == 2 and clock.sleepers)
        await clock.advance(30)
        await twin.until_acknowledged()
        assert [got.json()["message"]["text"] for got in app.got] == ["a", "b", "a"]  # overtaken
        assert [got.headers.get("num_retry") for got in app.got] == [None, None, "1"]
        twin.postman.deadline = 0.2
        app.answers = [PATIENCE, 500, 500, 500, 500, 500]  # the first answer comes too late
        twin.user_says(USER, "c")
        await twin.until(lambda: clock.sleepers)
        twin.postman.deadline = PATIENCE
        for pause in (30, 300, 900, 1800, 3600):
            await twin.until(lambda: clock.sleepers)
            await clock.advance(pause)
        await twin.until(lambda: twin.unsubscribed)
        assert [post.headers.get("num_retry") for post in twin.posted[3:]] == [None, "1", "2", "3", "4", "5"]
        twin.user_says(USER, "d")
        assert not twin.postman.busy
        assert len(twin.posted) == 9

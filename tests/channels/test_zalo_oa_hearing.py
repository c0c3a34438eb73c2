"""What an Official Account's webhook tells: events from the twin and from elsewhere, and their signature."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from pydantic import SecretStr

from bot.channels.zalo_oa_hearing import ACCOUNT_LANE
from bot.port import Inbound, Page, SendFailed
from tests.channels.oa_place import JPG, PDF, TEMPLATES, USER, Place, heard, started
from tests.twins.receiver import Receiver
from tests.twins.zalo_oa_events import sign

# --- events -----------------------------------------------------------------------------------------------------------


async def test_what_people_send(place: Place) -> None:
    twin, at = place.twin, int(place.clock.now().timestamp() * 1000)
    said = await heard(place, twin.user_says(USER, "làm giấy khai sinh"))
    assert said is not None
    assert said == Inbound("text", USER, at, "làm giấy khai sinh", message_id=said.message_id, sender=USER)
    tap = await heard(place, twin.user_says(USER, "#q:12:3"))
    assert tap is not None
    assert (tap.kind, tap.tap, tap.text) == ("tap", "12:3", "")
    for text in ("#q:12", "#q:12:3 ", " #q:12:3", "#q:x:3", "#nộp"):
        typed = await heard(place, twin.user_says(USER, text))
        assert typed is not None
        assert (typed.kind, typed.text) == ("text", text)
    start = await heard(place, twin.user_says(USER, "/start MOI-123"))
    assert start is not None
    assert (start.kind, start.text) == ("start", "MOI-123")
    photo = await heard(place, twin.user_sends_photo(USER, JPG, caption="Giấy khai sinh"))
    assert photo is not None
    assert (photo.kind, photo.text, photo.files[0].media) == ("file", "Giấy khai sinh", "image/jpeg")
    paper = await heard(place, twin.user_sends_document(USER, PDF, "Đơn đề nghị.pdf"))
    assert paper is not None
    assert (paper.files[0].name, paper.files[0].media, paper.files[0].size) == (
        "Đơn đề nghị.pdf", "application/pdf", len(PDF),
    )  # fmt: skip
    others = {
        "sticker": twin.user_sends_sticker(USER),
        "voice": twin.user_sends_voice(USER),
        "location": twin.user_sends_location(USER, 21.0, 105.8, "Hồ Gươm"),
        "contact": twin.user_sends_contact(USER, "84900000000"),
        "other": twin.user_submits_info(USER, "Nguyễn Thị Lan", "84900000001"),
    }
    for kind, event in others.items():
        inbound = await heard(place, event)
        assert inbound is not None
        assert (inbound.kind, inbound.text, inbound.chat, inbound.sender) == (kind, "", USER, USER)


async def test_shapes_that_were_seen_elsewhere(place: Place) -> None:
    base = place.twin.user_says(USER, "x")

    async def sent(kind: str, **message: Any) -> Inbound | None:
        return await heard(place, {**base, "event_name": f"user_send_{kind}", "message": message})

    photo = await sent("image", msg_id="1", attachments=[{"type": "photo", "payload": {"url": "https://a.vn/1"}}])
    assert photo is not None
    assert [file.ref for file in photo.files] == ["https://a.vn/1"]
    link = await sent("link", attachments=[{"type": "link", "payload": {"url": "https://a.vn", "description": "d"}}])
    assert link is not None
    assert (link.kind, link.text) == ("text", "https://a.vn")
    for kind, expected in (("video", "video"), ("gif", "sticker"), ("hologram", "other"), ("image", "other")):
        inbound = await sent(kind, attachments=[])
        assert inbound is not None
        assert inbound.kind == expected
    assert await sent("group_text", text="chào") is None
    old = {**base, "timestamp": "154390853474"}  # the documentation's own sample, of the year 1974
    inbound = await heard(place, old)
    assert inbound is not None
    assert inbound.at_ms is None


async def test_comings_and_goings_and_receipts(place: Place) -> None:
    twin = place.twin
    kinds = []
    for event in (
        twin.user_follows(USER),
        twin.user_unfollows(USER),
        twin.user_withdraws(USER),
        twin.event(USER, {"event_name": "user_click_chatnow", "oa_id": twin.oa_id, "user_id": USER}),
    ):
        inbound = await heard(place, event)
        assert inbound is not None
        assert inbound.chat == USER
        kinds.append((inbound.kind, inbound.text))
    assert kinds == [("joined", ""), ("left", ""), ("left", "withdrawn"), ("joined", "")]
    seen = await heard(place, twin.user_sees(USER, "a1", "a2"))
    assert seen is not None
    assert (seen.kind, seen.chat, seen.text, seen.message_id) == ("receipt", USER, "seen", "a1 a2")


async def test_what_means_nothing_to_a_conversation(place: Place) -> None:
    twin = place.twin
    ends = {"sender": {"id": twin.oa_id}, "recipient": {"id": USER}}
    events = [
        twin.staff_types(USER, "Chào bà"),
        {**ends, "event_name": "oa_send_image", "message": {"msg_id": "1"}},
        {
            "event_name": "user_reacted_message",
            "sender": {"id": USER},
            "message": {"msg_id": "1", "react_icon": "/-heart"},
        },
        {"event_name": "change_template_status", "oa_id": twin.oa_id, "template_id": "1"},
        {"event_name": "change_oa_daily_quota", "oaId": twin.oa_id},
        {"event_name": "anonymous_send_text", "message": {"msg_id": "2", "conversation_id": "c"}},
        {"event_name": "of_tomorrow", "sender": {"id": USER}},
        {},
    ]
    assert [await heard(place, event) for event in events] == [None] * len(events)


async def test_template_receipts_and_ratings_never_name_a_phone(place: Place) -> None:
    twin, channel = place.twin, await started(place, templates=TEMPLATES)
    twin.template("11", "code")
    twin.template("12", "code", kind=5)
    twin.phone("84912345678")
    await channel.send_template_by_phone("0912 345 678", "ready", {"code": "H45-1"}, "hs-1")
    await twin.until(lambda: len(twin.events) == 1)
    receipt = await heard(place, twin.events[0])
    assert receipt is not None
    assert (receipt.kind, receipt.chat, receipt.text) == ("receipt", ACCOUNT_LANE, "received")
    assert receipt.message_id == twin.last("84912345678").message_id
    rated = await channel.send_template_by_uid(USER, "rate", {"code": "H45-1"})
    rating = twin.user_rates(rated.message_id, 5, "Tốt")
    assert await channel.hear(rating) is None
    assert channel.envelope(rating).chat == ACCOUNT_LANE
    delivered = [event for event in twin.events if event["event_name"] == "user_received_message"][1]
    assert channel.envelope(delivered).chat == USER


async def test_ids_keep_apart_what_differs_and_together_what_is_the_same(place: Place) -> None:
    twin, channel = place.twin, await started(place)
    sent = await channel.send(USER, Page("Xin chào"))
    await twin.until(lambda: len(twin.events) == 2)
    echo, receipt = (channel.envelope(event) for event in twin.events)
    assert echo.event_id != receipt.event_id  # both carry the id of our message
    assert {sent.message_id in echo.event_id, sent.message_id in receipt.event_id} == {True}
    said = twin.user_says(USER, "x")
    assert channel.envelope(said).event_id == said["message"]["msg_id"]
    follow = twin.user_follows(USER)
    assert channel.envelope(follow) == channel.envelope(json.loads(json.dumps(follow)))
    others = [twin.user_unfollows(USER), twin.user_follows("2"), {**follow, "timestamp": "1795654800001"}]
    assert len({channel.envelope(event).event_id for event in (follow, *others)}) == 4


async def test_no_mutated_event_breaks_the_channel(place: Place) -> None:
    twin, channel, dice = place.twin, place.process(), random.Random(20_261_126)
    shapes = [
        twin.user_says(USER, "#q:1:2"), twin.user_sends_photo(USER, "https://a.vn/1"), twin.user_follows(USER),
        twin.user_sends_document(USER, PDF), twin.user_sees(USER, "1"), twin.user_withdraws(USER),
        twin.user_sends_location(USER, 1, 2), twin.staff_types(USER, "x"), twin.user_sends_contact(USER, "84"),
    ]  # fmt: skip
    junk: tuple[Any, ...] = (
        None,
        "",
        0,
        -1,
        True,
        1 << 70,
        10**4000,
        float("nan"),
        [],
        {},
        "x" * 5000,
        "\ud800",
        [None],
        "#q:1:1",
    )
    for _ in range(5_000):
        event = json.loads(json.dumps(dice.choice(shapes)))
        spots = [(event, key) for key in event]
        for holder, key in list(spots):
            inner = holder[key]
            spots += [(inner, k) for k in inner] if isinstance(inner, dict) else []
        for holder, key in dice.sample(spots, min(3, len(spots))):
            holder[key] = dice.choice(junk)
        envelope, inbound = channel.envelope(event), await channel.hear(event)
        assert (type(envelope.event_id), type(envelope.chat)) == (str, str)
        if inbound is not None:
            assert {type(inbound.text), type(inbound.tap), type(inbound.chat), type(inbound.message_id)} == {str}
            assert inbound.at_ms is None or type(inbound.at_ms) is int


async def test_files_are_fetched_and_checked(place: Place) -> None:
    channel, twin = await started(place), place.twin
    for event, data in ((twin.user_sends_document(USER, PDF), PDF), (twin.user_sends_photo(USER, JPG), JPG)):
        inbound = await channel.hear(event)
        assert inbound is not None
        assert await channel.fetch(inbound.files[0]) == data
    async with Receiver() as shelf:  # an empty one
        wrong = {
            "checksum": twin.user_sends_document(USER, PDF, checksum="0" * 32),
            "no-such-file": twin.user_sends_photo(USER, f"{shelf.url}/x.jpg"),
            "bad-address": twin.user_sends_photo(USER, "file:///etc/passwd"),
            "too-large": twin.user_sends_document(USER, b"x" * ((20 << 20) + 1)),
        }
        for reason, event in wrong.items():
            inbound = await channel.hear(event)
            assert inbound is not None
            with pytest.raises(SendFailed, match=reason):
                await channel.fetch(inbound.files[0])


# --- the signature ----------------------------------------------------------------------------------------------------

VECTOR = (
    '{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"user_id_by_app":"552177279717587730",'
    '"recipient":{"id":"388613280878808645"},"event_name":"user_send_text","message":{"text":"Xin chào",'
    '"msg_id":"96d3cdf3af150460909"},"timestamp":"1751100041636"}'
).encode()
MAC = "mac=c8711b330f90e49f0f7c16fb5b22353141b89173d856b3d5031492f6de44f9d3"


async def test_the_signature_over_the_raw_body(place: Place) -> None:
    channel = place.process(secret_key=SecretStr("test-oa-secret-key"))
    assert channel.verify_hook({"X-ZEvent-Signature": MAC}, VECTOR)
    assert channel.verify_hook({"x-zevent-signature": MAC.upper()}, VECTOR)
    for body in (
        VECTOR.replace(b"Xin", b"xin"),
        VECTOR.replace(b":", b": "),
        VECTOR + b" ",
        b"",
        b"[]",
        b"\xff",
        b"{}",
    ):
        assert not channel.verify_hook({"X-ZEvent-Signature": MAC}, body)
    for headers in ({}, {"X-ZEvent-Signature": MAC[4:]}, {"mac": MAC}, {"X-ZEvent-Signature": "mac=à"}):
        assert not channel.verify_hook(headers, VECTOR)
    assert channel.hooks == {"app": 2, "wrong": 11}
    spaced = b'{ "timestamp" : 1751100041636 , "a": "\\u0041" }'  # a number, and not as any serialiser writes it
    mac = sign(place.twin.app_id, spaced, "1751100041636", "test-oa-secret-key")
    assert channel.verify_hook({"X-ZEvent-Signature": mac}, spaced)


async def test_the_secret_falls_back_to_the_apps_and_the_first_term_to_the_accounts_id(place: Place) -> None:
    channel = place.process(secret_key=SecretStr(""))
    twin = place.twin
    mac = sign(twin.app_id, VECTOR, "1751100041636", twin.app_secret)
    assert channel.verify_hook({"X-ZEvent-Signature": mac}, VECTOR)
    with_oa = {"X-ZEvent-Signature": sign(twin.oa_id, VECTOR, "1751100041636", twin.app_secret)}
    assert not channel.verify_hook(with_oa, VECTOR)  # nobody has said yet which account it is
    await channel.start()
    assert channel.verify_hook(with_oa, VECTOR)
    assert channel.hooks == {"app": 1, "wrong": 1, "oa": 1}

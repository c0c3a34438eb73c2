"""Four thousand broken updates through the real hooks of the real channels: no 5xx, and none that breaks a turn."""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path

import pytest

from tests.twins.zalo_oa_events import sign
from tests.web.place import Place, opened

TELEGRAM = (
    '{"update_id": 41, "message": {"message_id": 7, "date": 1795140000, "chat": {"id": 1001, "type": "private"}, '
    '"from": {"id": 1001, "is_bot": false, "first_name": "A", "language_code": "vi"}, "text": "làm giấy khai sinh"}}',
    '{"update_id": 42, "callback_query": {"id": "77", "from": {"id": 1001, "is_bot": false, "first_name": "A"}, '
    '"chat_instance": "5", "data": "1:0", "message": {"message_id": 8, "date": 1795140000, "text": "…", '
    '"chat": {"id": 1001, "type": "private"}}}}',
    '{"update_id": 43, "my_chat_member": {"chat": {"id": 1001, "type": "private"}, "date": 1795140000, '
    '"from": {"id": 1001, "is_bot": false, "first_name": "A"}, '
    '"old_chat_member": {"status": "member", "user": {"id": 9, "is_bot": true, "first_name": "B"}}, '
    '"new_chat_member": {"status": "kicked", "until_date": 0, "user": {"id": 9, "is_bot": true, "first_name": "B"}}}}',
)
ZALO = (
    '{"ok": true, "result": {"event_name": "message.text.received", "message": {"message_id": "m1", "date": '
    '1795140000000, "chat": {"id": "u1", "chat_type": "PRIVATE"}, "from": {"id": "u1", "display_name": "A", '
    '"is_bot": false}, "text": "làm giấy khai sinh"}}}',
    '{"event_name": "message.image.received", "message": {"message_id": "m2", "date": 1795140000, "photo": '
    '"https://127.0.0.1/a.jpg", "caption": "đây", "chat": {"id": "u1", "chat_type": "PRIVATE"}, "from": {"id": "u1"}}}',
    '{"event_name": "message.unsupported.received", "message": {"message_id": "m3", "chat": {"id": "u1"}}}',
)
OFFICIAL = (
    '{"app_id": "360846524940903967", "sender": {"id": "u1"}, "recipient": {"id": "oa"}, "event_name": '
    '"user_send_text", "message": {"text": "làm giấy khai sinh", "msg_id": "m1"}, "timestamp": "1795140000000", '
    '"user_id_by_app": "55"}',
    '{"app_id": "360846524940903967", "sender": {"id": "u1"}, "recipient": {"id": "oa"}, "event_name": '
    '"user_send_image", "message": {"msg_id": "m2", "text": "đây", "attachments": [{"type": "image", "payload": '
    '{"url": "https://127.0.0.1/a.jpg", "thumbnail": "https://127.0.0.1/b.jpg"}}]}, "timestamp": "1795140000001"}',
    '{"app_id": "360846524940903967", "sender": {"id": "oa"}, "recipient": {"id": "u1"}, "event_name": '
    '"user_seen_message", "message": {"msg_ids": ["m7", "m8"]}, "timestamp": "1795140000002"}',
    '{"app_id": "360846524940903967", "follower": {"id": "u1"}, "oa_id": "oa", "event_name": "unfollow", '
    '"source": "testing", "timestamp": "1795140000003"}',
    '{"app_id": "360846524940903967", "user_id": "u1", "oa_id": "oa", "event_name": "user_withdraw", '
    '"timestamp": "1795140000004"}',
)
APP, SECRET = "360846524940903967", "a-secret-of-this-hook"
WORDS = (b"null", b"[]", b"{}", b"-1", b"1e400", b"99999999999999999999999", b'""', b"true", b'"\\u0000"', b'"\\ud83d"')


def mutated(chance: random.Random, body: bytes) -> bytes:
    """`body` with one to four small accidents."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body) + 1)
        match chance.randrange(6):
            case 0:
                body = body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
            case 1:
                body = body[:at] + body[at + chance.randint(1, 40) :]
            case 2:
                body = body[:at] + body[max(0, at - 30) :]
            case 3:
                body = body[:at] + chance.choice(WORDS) + body[at:]
            case _:  # a value changed for another one, which mostly leaves good JSON
                colon = body.find(b": ", at)
                end = min((e for e in (body.find(sign, colon) for sign in (b",", b"}")) if e > 0), default=-1)
                if 0 < colon < end:
                    body = body[: colon + 2] + chance.choice(WORDS) + body[end:]
    return body


def signed(header: str, body: bytes) -> dict[str, str]:
    """The headers with which the platform sends `body`. One whose time was hurt has a signature that does not fit."""
    if not header.startswith("X-ZEvent"):
        return {header: SECRET}
    stamp = re.search(rb'"timestamp": "(\d+)"', body)
    return {header: sign(APP, body, stamp[1].decode() if stamp else "", SECRET)}


@pytest.mark.parametrize(
    ("path", "header", "samples"),
    [
        ("/hooks/telegram", "X-Telegram-Bot-Api-Secret-Token", TELEGRAM),
        ("/hooks/zalo-bot", "X-Bot-Api-Secret-Token", ZALO),
        ("/hooks/zalo-oa", "X-ZEvent-Signature", OFFICIAL),
    ],
    ids=["telegram", "zalo-bot", "zalo-oa"],
)
async def test_no_mutated_update_is_a_5xx(tmp_path: Path, path: str, header: str, samples: tuple[str, ...]) -> None:
    chance = random.Random(20261121)
    bodies = [mutated(chance, chance.choice(samples).encode()) for _ in range(2_000 if samples is OFFICIAL else 1_000)]
    nowhere = "http://127.0.0.1:9"
    connected = {
        "zalo_oa_app_id": APP, "zalo_oa_app_secret": SECRET, "zalo_oa_secret_key": SECRET,
        "zalo_oa_api_url": nowhere, "zalo_oa_oauth_url": nowhere, "zalo_zbs_api_url": nowhere,
    } | {
        f"{name}_{key}": value
        for name in ("telegram", "zalo_bot")
        for key, value in {
            "token": "123456789:abcdefghijklmnopqrstuvwxyzABCDEFGHI", "api_url": nowhere, "receive": "webhook",
            "webhook_secret": SECRET,
        }.items()
    }  # fmt: skip
    async with opened(tmp_path, **connected) as place:
        statuses: dict[int, int] = {}

        async def post(part: list[bytes]) -> None:
            for body in part:
                answer = await place.post(path, data=body, headers=signed(header, body))
                statuses[answer.status] = statuses.get(answer.status, 0) + 1

        await asyncio.gather(*(post(bodies[n::20]) for n in range(20)))
        unsigned = statuses.pop(401, 0)  # only where the signature is over the body and its time
        assert bool(unsigned) == (samples is OFFICIAL)
        assert set(statuses) == {200, 400}
        assert min(statuses[200], statuses[400] + unsigned) > 100, (
            "the mutations should leave some updates readable and break others"
        )
        await takes_all(place)
        rows = await place.inbox()
        assert {row.state for row in rows} <= {"done", "aside"}
        assert {row.reason for row in rows} <= {None, "no-meaning", "group"}


async def takes_all(place: Place) -> None:
    """All turns; nothing is sent."""
    while await place.house.app.turns.step():
        pass

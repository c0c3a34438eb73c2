"""Two thousand broken updates through the real hooks of the real channels: no 5xx, and none that breaks a turn."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    ("path", "header", "samples"),
    [
        ("/hooks/telegram", "X-Telegram-Bot-Api-Secret-Token", TELEGRAM),
        ("/hooks/zalo-bot", "X-Bot-Api-Secret-Token", ZALO),
    ],
    ids=["telegram", "zalo-bot"],
)
async def test_no_mutated_update_is_a_5xx(tmp_path: Path, path: str, header: str, samples: tuple[str, ...]) -> None:
    chance = random.Random(20261121)
    bodies = [mutated(chance, chance.choice(samples).encode()) for _ in range(1_000)]
    secret, nowhere = "a-secret-of-this-hook", "http://127.0.0.1:9"
    connected = {
        f"{name}_{key}": value
        for name in ("telegram", "zalo_bot")
        for key, value in {
            "token": "123456789:abcdefghijklmnopqrstuvwxyzABCDEFGHI", "api_url": nowhere, "receive": "webhook",
            "webhook_secret": secret,
        }.items()
    }  # fmt: skip
    async with opened(tmp_path, **connected) as place:
        statuses: dict[int, int] = {}

        async def post(part: list[bytes]) -> None:
            for body in part:
                answer = await place.post(path, data=body, headers={header: secret})
                statuses[answer.status] = statuses.get(answer.status, 0) + 1

        await asyncio.gather(*(post(bodies[n::20]) for n in range(20)))
        assert set(statuses) == {200, 400}
        assert min(statuses.values()) > 100, "the mutations should leave some updates readable and break others"
        await takes_all(place)
        rows = await place.inbox()
        assert {row.state for row in rows} <= {"done", "aside"}
        assert {row.reason for row in rows} <= {None, "no-meaning", "group"}


async def takes_all(place: Place) -> None:
    """All turns; nothing is sent."""
    while await place.house.app.turns.step():
        pass

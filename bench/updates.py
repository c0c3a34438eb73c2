"""Telegram's updates as bytes: what a person types, as the platform tells it. https://core.telegram.org/bots/api#update"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import msgspec

_numbers = itertools.count(1)


def typed(chat: int, text: str) -> bytes:
    """A private text message, about 400 bytes; every call makes an update of its own."""
    number = next(_numbers)
    person = {"id": chat, "is_bot": False, "first_name": "Lan", "last_name": "Trần Thị", "username": f"lan{chat}"}
    return msgspec.json.encode(
        {
            "update_id": 800_000_000 + number,
            "message": {
                "message_id": number,
                "from": {**person, "language_code": "vi"},
                "chat": {**person, "type": "private"},
                "date": int(time.time()),
                "text": text,
            },
        }
    )


def many(count: int, text: str, *, chats: int, first_chat: int = 100_000) -> Iterator[bytes]:
    """`count` times the same words, from `chats` people in turn."""
    for number in range(count):
        yield typed(first_chat + number % chats, text)

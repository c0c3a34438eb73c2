"""Spoiled hook calls: updates as platforms send them, changed at random, byte by byte or value by value."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bench.programs import SECRET
from tests.twins import TWINS
from tests.twins.zalo_oa_events import sign

_PHOTO = b"\xff\xd8\xff\xe0 a picture"
_JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**300, 1.5, -0.0, 1e308, "", " ", "0", "\x00",
    "a\x00b", "\u202e\u200fabc", "e\u0301\u0323", "👩‍👩‍👧‍👦" * 40,
    "<b>&amp;</b> *_`[", "x" * 100_000, "null", "/start", "/start " + "y" * 300,
    [], {}, [[]], [None], {"id": None}, {"id": "x"}, {"": ""}, [0] * 200, {"chat": {"id": 1}},
)  # fmt: skip
_BYTES = (
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"{", b"}", b"[", b"]", b'"', b"NaN", b"1e999", b"\r\n",
)  # fmt: skip


def samples(platform: str) -> list[dict[str, Any]]:
    """One update of each kind that people cause, from the platform's twin."""
    twin: Any = TWINS[platform]()
    chat = 4711
    if platform == "zalo-oa":
        twin.person(chat)
    made = [
        twin.user_says(chat, "làm giấy khai sinh cần gì"),
        twin.user_sends_photo(chat, "https://photo.example/1.jpg" if platform == "zalo-oa" else _PHOTO),
        twin.user_sends_sticker(chat),
        twin.user_sends_voice(chat),
    ]
    if platform == "telegram":
        made += [
            twin.user_says(chat, "/start 1.001193"), twin.user_sends_document(chat, b"%PDF-1.7"),
            twin.user_sends_location(chat, 21.03, 105.85), twin.user_sends_contact(chat, "0912345678"),
            twin.user_blocks(chat), twin.user_unblocks(chat), twin.group(-5), _tap(chat),
        ]  # fmt: skip
    if platform == "zalo-oa":
        made += [twin.user_follows(chat), twin.user_unfollows(chat), twin.user_submits_info(chat, "Lan", "0912345678")]
    return [json.loads(json.dumps(update)) for update in made]


def _tap(chat: int) -> dict[str, Any]:
    person = {"id": chat, "is_bot": False, "first_name": "Lan"}
    shown = {"message_id": 9, "date": 1_790_000_000, "chat": {"id": chat, "type": "private"}, "text": "?"}
    return {
        "update_id": 1,
        "callback_query": {"id": "77", "from": person, "message": shown, "chat_instance": "1", "data": "1:0"},
    }


def spoiled(platform: str, count: int, seed: int) -> Iterator[bytes]:
    """`count` bodies: a few changed not at all, most in one to four places."""
    dice, seeds = random.Random(seed), samples(platform)
    for number in range(count):
        update = json.loads(json.dumps(dice.choice(seeds)))
        _renumber(update, 900_000_000 + number)
        for _ in range(dice.randrange(0, 4)):
            _spoil_value(update, dice)
        body = json.dumps(update, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
        if dice.random() < 0.3:
            body = _spoil_bytes(body, dice)
        yield body


def _renumber(update: dict[str, Any], number: int) -> None:
    """A new id, or everything after the first would be known already."""
    if "update_id" in update:
        update["update_id"] = number
    for holder in (update, update.get("result")):
        if isinstance(holder, dict) and isinstance(message := holder.get("message"), dict):
            for name in ("message_id", "msg_id"):
                if name in message and "update_id" not in update:
                    message[name] = str(number)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) inside `value`."""
    keys: Any = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from _places(value[key])


def _spoil_value(update: dict[str, Any], dice: random.Random) -> None:
    places = list(_places(update))
    if not places:
        return
    holder, key = dice.choice(places)
    match dice.randrange(6):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[f"{key}_"] = holder.pop(key)
        case 2:
            other, from_key = dice.choice(places)
            if from_key in other if isinstance(other, dict) else from_key < len(other):
                holder[key] = json.loads(json.dumps(other[from_key]))
        case 3:
            holder[key] = _deep(dice.choice((3, 20, 60)))
        case _:
            holder[key] = copy.deepcopy(dice.choice(_JUNK))


def _deep(levels: int) -> Any:
    value: Any = "bottom"
    for level in range(levels):
        value = [value] if level % 2 else {"message": value}
    return value


def _spoil_bytes(body: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(body) + 1)
    match dice.randrange(8):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + dice.choice(_BYTES) + body[at:]
        case 2:
            return body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]
        case 3:
            return body[:at] + body[at // 2 :]
        case 4:
            return body.decode("utf-8", "replace").encode("utf-16" if dice.random() < 0.5 else "utf-8-sig", "replace")
        case 5:
            levels = dice.choice((1, 100, 500, 5_000, 100_000))
            closed = b"]" * levels if dice.random() < 0.7 else b""
            return b'{"update_id":%d,"message":' % dice.randrange(2**31) + b"[" * levels + closed + b"}"
        case 6:
            return dice.choice((b"", b"null", b"[]", b"1", b'"x"', b"{}", b"{" * 1000, b'{"a":1}' + body))
        case _:
            longer = 2**20 - len(body) + dice.randrange(2) if dice.random() < 0.05 else dice.choice((1, 50, 5_000))
            return body + b" " * max(1, longer)


def telegram(body: bytes) -> Mapping[str, str]:
    """What Telegram says besides the body."""
    return {"X-Telegram-Bot-Api-Secret-Token": SECRET}


def zalo_bot(body: bytes) -> Mapping[str, str]:
    """What the Zalo Bot Platform says besides the body."""
    return {"X-Bot-Api-Secret-Token": SECRET}


def zalo_oa(app_id: str, secret: str) -> Callable[[bytes], Mapping[str, str]]:
    """A Zalo Official Account signs each body together with the time that stands in it."""

    def headers(body: bytes) -> Mapping[str, str]:
        found = re.search(rb'"timestamp"\s*:\s*"?(\d+)', body)
        stamp = found[1].decode() if found else hashlib.sha256(body).hexdigest()[:13]
        return {"X-ZEvent-Signature": sign(app_id, body, stamp, secret)}

    return headers

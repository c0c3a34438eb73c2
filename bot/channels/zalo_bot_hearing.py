"""What people do in front of a Zalo bot, read from updates whose shape varies.

They come wrapped (`{"ok": true, "result": {...}}`) or bare, with times in milliseconds or seconds, with and without the
fields that the documentation promises. https://docs.zaloplatforms.com/docs/BOT
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bot.channels.reading import id_text, read_command
from bot.dialog.values import HeardKind
from bot.port import Envelope, Inbound, Receipt, RemoteFile

_SECONDS_BELOW = 10**11
"""A date below this is in seconds: in milliseconds it would lie in 1973."""
_LATEST = 10**14
_EVENTS: Mapping[str, HeardKind] = {
    "message.sticker.received": "sticker",
    "message.voice.received": "voice",
    # Also what comes instead of anything that a protected person (a child) sends, and may then lack everything else.
    "message.unsupported.received": "protected",
}
_FIELDS: Mapping[str, HeardKind] = {"sticker": "sticker", "voice_url": "voice"}


def envelope_of(raw: Mapping[str, Any]) -> Envelope:
    """message_id, or a hash of the update where there is none (the same for a wrapped and a bare one); and the chat."""
    update = _unwrapped(raw)
    message = _mapping(update.get("message"))
    return Envelope(id_text(message.get("message_id")) or _hash(update), _chat(message))


def inbound_of(raw: Mapping[str, Any]) -> Inbound | None:
    """What the update means; None when it means nothing. Without an event's name the contents tell the kind."""
    update = _unwrapped(raw)
    message = _mapping(update.get("message"))
    sender, chat = _mapping(message.get("from")), _chat(message)
    if not chat or sender.get("is_bot") is True:
        return None
    kind, text, files = _contents(update.get("event_name"), message)
    return Inbound(
        kind,
        chat,
        _ms(message.get("date")),
        text=text,
        files=files,
        message_id=id_text(message.get("message_id")),
        private=id_text(_mapping(message.get("chat")).get("chat_type")).upper() != "GROUP",
        sender=id_text(sender.get("id")),
    )


def receipt_of(result: Any) -> Receipt:
    """Of a send's result. Whatever it lacks, the message was delivered."""
    sent = _mapping(result[0] if isinstance(result, list) and result else result)
    return Receipt(id_text(sent.get("message_id")), _ms(sent.get("date")))


def _contents(event: object, message: Mapping[str, Any]) -> tuple[HeardKind, str, tuple[RemoteFile, ...]]:
    """Kind, text and files. What stands in the message counts more than the name of the event."""
    text = message.get("text")
    if isinstance(text, str) and text:
        command = read_command(text)
        if command is None:
            return "text", text, ()
        return ("start", command.rest, ()) if command.name == "start" else ("text", command.words, ())
    # `photo_url` is what comes, `photo` what is documented.
    url = message.get("photo_url") or message.get("photo")
    if isinstance(url, str) and url:
        return "file", id_text(message.get("caption")), (RemoteFile(url, "photo.jpg", "image/jpeg"),)
    if isinstance(event, str) and event in _EVENTS:
        return _EVENTS[event], "", ()
    return next((kind for field, kind in _FIELDS.items() if message.get(field)), "other"), "", ()


def _unwrapped(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    result = raw.get("result")
    return result if isinstance(result, Mapping) and "message" not in raw else raw


def _chat(message: Mapping[str, Any]) -> str:
    return id_text(_mapping(message.get("chat")).get("id")) or id_text(_mapping(message.get("from")).get("id"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _ms(date: object) -> int | None:
    """A date in milliseconds, whichever unit it came in; None when it is none."""
    if isinstance(date, str) and date.isascii() and date.isdigit() and len(date) < 16:
        date = int(date)
    if not isinstance(date, int | float) or isinstance(date, bool) or not 0 < date < _LATEST:
        return None
    return int(date * 1000) if date < _SECONDS_BELOW else int(date)


def _hash(update: Mapping[str, Any]) -> str:
    try:
        body = json.dumps(update, sort_keys=True, default=str)
    except (TypeError, ValueError, RecursionError):
        return ""
    return f"body-{hashlib.sha256(body.encode()).hexdigest()[:40]}"

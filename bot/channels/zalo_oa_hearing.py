"""What people do in front of an Official Account, read from its signed webhook events.

All ids and times are strings. Events: https://docs.zaloplatforms.com/docs/OA (webhook), docs/connecting-zalo-oa.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urldefrag

import msgspec

from bot.channels.reading import id_text, read_command
from bot.dialog.values import HeardKind
from bot.port import WITHDRAWN, Envelope, Inbound, Receipt, RemoteFile

SIGNATURE_HEADER = "X-ZEvent-Signature"
ACCOUNT_LANE = "account"
"""The chat of events that belong to no chat: receipts and ratings of template messages, quotas, template reviews.

Receipts by phone name the number as their recipient, which must not become the name of a conversation.
"""

_TAP = re.compile(r"#q:(\d+:\w+)", re.ASCII)
_KINDS: Mapping[str, HeardKind] = {
    "user_send_sticker": "sticker",
    "user_send_gif": "sticker",
    "user_send_audio": "voice",
    "user_send_video": "video",
    "user_send_location": "location",
    "user_send_business_card": "contact",
    "user_submit_info": "other",
}
MEDIA: Mapping[str, str] = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "txt": "text/plain",
    "zip": "application/zip",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
}
"""The MIME types of the endings that papers come with; what the machine has installed differs from office to office."""
_EARLIEST, _LATEST = 10**12, 10**14
"""Times in milliseconds that can be true: from 2001 on."""


class _Stamped(msgspec.Struct):
    timestamp: msgspec.Raw = msgspec.Raw()


def signed_with(headers: Mapping[str, str], body: bytes, first_terms: Sequence[str], secret: str) -> str:
    """Which of `first_terms` the signature of `body` was made with; "" when it is no signature of ours.

    `mac=` and the SHA-256 (plain, not HMAC) of: app id, raw body, the body's own timestamp, secret, joined. The
    timestamp is cut out of the raw body as it stands there.
    """
    given = next((value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER.lower()), "")
    stamp = _timestamp(body)
    if not secret or stamp is None:
        return ""
    found = ""
    for first in first_terms:
        mac = "mac=" + hashlib.sha256(first.encode() + body + stamp + secret.encode()).hexdigest()
        if first and hmac.compare_digest(given.strip().lower().encode(errors="replace"), mac.encode()):
            found = found or first
    return found


def envelope_of(raw: Mapping[str, Any]) -> Envelope:
    """The id of an event and its chat.

    What a person sent has its message's id. News of a message carry the id of the message that they are about, so the
    event's name is put before it; anything else is known by name, time and content.
    """
    event, message = id_text(raw.get("event_name")), _mapping(raw.get("message"))
    message_id = id_text(message.get("msg_id"))
    if message_id and event.startswith(("user_send_", "anonymous_send_")):
        return Envelope(message_id, _chat(event, raw, message))
    about = message_id or f"{id_text(raw.get('timestamp'))}:{_digest(raw)}"
    return Envelope(f"{event}:{about}", _chat(event, raw, message))


def inbound_of(raw: Mapping[str, Any]) -> Inbound | None:
    """What the event means; None when it means nothing to a conversation: echoes, reactions, ratings, the unknown."""
    event, message = id_text(raw.get("event_name")), _mapping(raw.get("message"))
    chat, at = _chat(event, raw, message), _ms(raw.get("timestamp"))
    if not chat:
        return None
    match event:
        case "follow" | "user_click_chatnow":
            return Inbound("joined", chat, at, sender=chat)
        case "unfollow":
            return Inbound("left", chat, at, sender=chat)
        case "user_withdraw":
            return Inbound("left", chat, at, text=WITHDRAWN, sender=chat)
        case "user_received_message" | "user_seen_message":
            ids = message.get("msg_ids")
            told = [id_text(one) for one in ids] if isinstance(ids, list) else [id_text(message.get("msg_id"))]
            news = "seen" if event == "user_seen_message" else "received"
            at = _ms(message.get("delivery_time")) or at
            return Inbound("receipt", chat, at, text=news, message_id=" ".join(one for one in told if one))
    if event not in _KINDS and not (event.startswith("user_send_") and "group" not in event):
        return None
    kind, text, tap, files = _contents(event, message)
    return Inbound(kind, chat, at, text, tap, files, id_text(message.get("msg_id")), sender=chat)


def receipt_of(answer: Mapping[str, Any]) -> Receipt:
    """Of a send's answer, consultation or template. Whatever it lacks, the message was delivered."""
    sent = _mapping(answer.get("data"))
    at = _ms(sent.get("sent_time")) or _ms(answer.get("sent_time"))
    return Receipt(id_text(sent.get("message_id")) or id_text(sent.get("msg_id")), at)


def checksum_of(ref: str) -> tuple[str, str]:
    """The address of a file and the MD5 that Zalo gave for it, "" when it gave none."""
    url, fragment = urldefrag(ref)
    return url, fragment.removeprefix("md5=") if fragment.startswith("md5=") else ""


# --- contents ---------------------------------------------------------------------------------------------------------


def _contents(event: str, message: Mapping[str, Any]) -> tuple[HeardKind, str, str, tuple[RemoteFile, ...]]:
    """Kind, text, tap and files."""
    written = message.get("text")
    text = written if isinstance(written, str) else ""
    found = message.get("attachments")
    attached = [_mapping(one) for one in found] if isinstance(found, list) else []
    if event in ("user_send_image", "user_send_file"):
        files = tuple(file for one in attached if (file := _file(one)))
        return ("file", text, "", files) if files else ("other", text, "", ())
    if event in _KINDS:
        return _KINDS[event], "", "", ()
    if event == "user_send_link" and not text:
        text = next((id_text(_mapping(one.get("payload")).get("url")) for one in attached), "")
    if not text.strip():
        return "other", "", "", ()
    if tap := _TAP.fullmatch(text):
        return "tap", "", tap[1], ()
    command = read_command(text)
    if command is None:
        return "text", text, "", ()
    return ("start", command.rest, "", ()) if command.name == "start" else ("text", command.words, "", ())


def _file(attachment: Mapping[str, Any]) -> RemoteFile | None:
    payload, kind = _mapping(attachment.get("payload")), attachment.get("type")
    url = id_text(payload.get("url"))
    if not url:
        return None
    if kind in ("image", "photo"):  # documented and seen
        return RemoteFile(url, "photo.jpg", "image/jpeg")
    name = id_text(payload.get("name")) or "file"
    told = id_text(payload.get("type")).lower()
    media = MEDIA.get(told) or MEDIA.get(name.rpartition(".")[2].lower()) or "application/octet-stream"
    checksum = id_text(payload.get("checksum")).lower()
    ref = f"{url}#md5={checksum}" if re.fullmatch(r"[0-9a-f]{32}", checksum) else url
    return RemoteFile(ref, name, media, _whole(payload.get("size")) or 0)


# --- parts ------------------------------------------------------------------------------------------------------------


def _chat(event: str, raw: Mapping[str, Any], message: Mapping[str, Any]) -> str:
    """The person an event is about; each kind names her elsewhere."""
    if event in ("follow", "unfollow"):
        return _id(raw.get("follower")) or ACCOUNT_LANE
    if event in ("user_click_chatnow", "user_withdraw"):
        return id_text(raw.get("user_id")) or ACCOUNT_LANE
    if event == "user_received_message" and ("tracking_id" in message or "delivery_time" in message):
        return ACCOUNT_LANE
    if event.startswith("oa_send_") or event in ("user_received_message", "user_seen_message"):
        return _id(raw.get("recipient")) or ACCOUNT_LANE
    if event.startswith(("user_send_", "user_submit_", "user_reacted_")):
        return _id(raw.get("sender"))
    return ACCOUNT_LANE


def _id(end: object) -> str:
    return id_text(_mapping(end).get("id"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _whole(value: object) -> int | None:
    """A whole number, which comes as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 18:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _ms(value: object) -> int | None:
    """A time in milliseconds; None when it cannot be one."""
    at = _whole(value)
    return at if at is not None and _EARLIEST <= at < _LATEST else None


def _timestamp(body: bytes) -> bytes | None:
    """The timestamp of a raw body, the characters as they stand there; None when there is none."""
    try:
        raw = bytes(msgspec.json.decode(body, type=_Stamped).timestamp)
        stamp = msgspec.json.decode(raw, type=str).encode() if raw.startswith(b'"') else raw
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return stamp or None


def _digest(raw: Mapping[str, Any]) -> str:
    try:
        body = json.dumps(raw, sort_keys=True, default=str)
    except (TypeError, ValueError, RecursionError):
        return ""
    return hashlib.sha256(body.encode(errors="replace")).hexdigest()[:32]

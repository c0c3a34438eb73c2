"""What people do in Telegram, as the machine understands it: an aiogram router whose handlers return Inbound.

Filters and handlers are coroutines: aiogram runs anything else in a thread, which costs time and order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiogram import Router
from aiogram.enums import ChatMemberStatus, ChatType, ContentType
from aiogram.types import CallbackQuery, Chat, ChatMemberUpdated, Message

from bot.channels.reading import Command, id_text, read_command
from bot.dialog.values import HeardKind
from bot.port import Envelope, Inbound, RemoteFile

_THERE = {
    ChatMemberStatus.CREATOR,
    ChatMemberStatus.ADMINISTRATOR,
    ChatMemberStatus.MEMBER,
    ChatMemberStatus.RESTRICTED,
}
_WITH_CHAT = ("message", "edited_message", "my_chat_member", "chat_member", "channel_post", "edited_channel_post")
_ANY_BOT = re.compile(r"@\w+bot\b", re.IGNORECASE)  # every bot's name ends so

# Neither text nor a file that can be fetched. Contents that are not here are news about the chat, not a message.
_KINDS: Mapping[str, HeardKind] = {
    ContentType.STICKER: "sticker",
    ContentType.VOICE: "voice",
    ContentType.AUDIO: "voice",
    ContentType.VIDEO: "video",
    ContentType.VIDEO_NOTE: "video",
    ContentType.ANIMATION: "video",
    ContentType.LIVE_PHOTO: "video",
    ContentType.LOCATION: "location",
    ContentType.VENUE: "location",
    ContentType.CONTACT: "contact",
    ContentType.DICE: "other",
    ContentType.GAME: "other",
    ContentType.POLL: "other",
    ContentType.STORY: "other",
    ContentType.CHECKLIST: "other",
    ContentType.PAID_MEDIA: "other",
    ContentType.RICH_MESSAGE: "other",
    ContentType.UNKNOWN: "other",
}


def envelope_of(raw: Mapping[str, Any]) -> Envelope:
    """update_id, and the chat of whatever the update carries; "" where there is none."""
    query = raw.get("callback_query")
    carriers = [raw.get(kind) for kind in _WITH_CHAT]
    carriers.append(query.get("message") if isinstance(query, Mapping) else None)
    chats = (carrier.get("chat") for carrier in carriers if isinstance(carrier, Mapping))
    chat = next((id_text(chat.get("id")) for chat in chats if isinstance(chat, Mapping)), "")
    return Envelope(id_text(raw.get("update_id")), chat)


# --- filters --------------------------------------------------------------------------------------------------------


async def has_moved(message: Message) -> bool:
    """The group has got a new id."""
    return message.migrate_to_chat_id is not None


async def is_for_another(message: Message, username: str) -> bool:
    """A command that names another bot, in a group with several."""
    command = read_command(message.text or "")
    return bool(command and command.to and username and command.to.lower() != username.lower())


async def starts(message: Message) -> bool | dict[str, Any]:
    """`/start`, with or without the payload of a deep link."""
    command = read_command(message.text or "")
    return {"command": command} if command and command.name == "start" else False


async def has_text(message: Message) -> bool:
    """A text."""
    return message.text is not None


async def has_file(message: Message) -> bool | dict[str, Any]:
    """A photo or a document. An animation also comes as a document; it is none."""
    file = None if message.animation else _file(message)
    return {"file": file} if file else False


# --- handlers -------------------------------------------------------------------------------------------------------


async def moved(message: Message) -> Inbound:
    """The chat's new id."""
    return _inbound(message, "moved", moved_to=str(message.migrate_to_chat_id))


async def not_ours(message: Message) -> None:
    """Nothing: it was said to somebody else."""


async def started(message: Message, command: Command) -> Inbound:
    """The person opened the bot; the text is the payload."""
    return _inbound(message, "start", text=command.rest)


async def said(message: Message, username: str) -> Inbound:
    """A text. A command loses its slash, and in a group the bot's own name goes."""
    text = message.text or ""
    if message.chat.type != ChatType.PRIVATE:
        ours = re.compile(rf"@{re.escape(username)}\b", re.IGNORECASE) if username else _ANY_BOT
        text = ours.sub("", text, count=1).strip()
    command = read_command(text)
    return _inbound(message, "text", text=command.words if command else text)


async def sent_file(message: Message, file: RemoteFile) -> Inbound:
    """A file with what is written under it."""
    return _inbound(message, "file", text=message.caption or "", files=(file,))


async def did_something(message: Message) -> Inbound | None:
    """A sticker, a voice, a place: things that a conversation can only name."""
    kind = _KINDS.get(message.content_type)
    return _inbound(message, kind) if kind else None


async def tapped(query: CallbackQuery) -> Inbound | None:
    """A button. Telegram does not say when it was pressed."""
    if query.message is None or query.data is None:
        return None
    return Inbound(
        "tap",
        str(query.message.chat.id),
        tap=query.data,
        message_id=str(query.message.message_id),
        private=query.message.chat.type == ChatType.PRIVATE,
        sender=str(query.from_user.id),
        language=query.from_user.language_code or "",
        to_ack=query.id,
    )


async def membership(change: ChatMemberUpdated) -> Inbound | None:
    """The bot was blocked, unblocked, put into a group or out of one."""
    before, after = change.old_chat_member.status in _THERE, change.new_chat_member.status in _THERE
    if before == after or change.chat.type == ChatType.CHANNEL:
        return None
    return Inbound(
        "joined" if after else "left",
        str(change.chat.id),
        _ms(change.date),
        private=_private(change.chat),
        sender=str(change.from_user.id),
        language=change.from_user.language_code or "",
    )


def router() -> Router:
    """The handlers in the order in which they look at an update. Needs `username` (the bot's own, may be empty)."""
    made = Router(name="telegram")
    made.message.register(moved, has_moved)
    made.message.register(not_ours, is_for_another)
    made.message.register(started, starts)
    made.message.register(said, has_text)
    made.message.register(sent_file, has_file)
    made.message.register(did_something)
    made.callback_query.register(tapped)
    made.my_chat_member.register(membership)
    return made


def salvage(raw: Mapping[str, Any], chat: str) -> Inbound | None:
    """What can be made of an update that aiogram could not read: a person in a private chat is never ignored."""
    message = raw.get("message")
    if not chat or not isinstance(message, Mapping) or chat.startswith("-"):
        return None
    text = message.get("text")
    return Inbound("text", chat, text=text) if isinstance(text, str) and text else Inbound("other", chat)


# --- parts ----------------------------------------------------------------------------------------------------------


def _inbound(message: Message, kind: Any, **more: Any) -> Inbound:
    user = message.from_user
    return Inbound(
        kind,
        str(message.chat.id),
        _ms(message.date),
        message_id=str(message.message_id),
        private=_private(message.chat),
        sender=str(user.id) if user else "",
        language=(user.language_code if user else None) or "",
        **more,
    )


def _file(message: Message) -> RemoteFile | None:
    if message.photo:
        best = max(message.photo, key=lambda size: size.width * size.height)
        return RemoteFile(best.file_id, "photo.jpg", "image/jpeg", best.file_size or 0)
    if paper := message.document:
        media = paper.mime_type or "application/octet-stream"
        return RemoteFile(paper.file_id, paper.file_name or "file", media, paper.file_size or 0)
    return None


def _private(chat: Chat) -> bool:
    return chat.type == ChatType.PRIVATE


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)

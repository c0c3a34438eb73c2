"""The chats, messages and files on Telegram's side. Shapes: https://core.telegram.org/bots/api#message, #file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from tests.twins.base import Json
from tests.twins.faults import RefusalError, refuse
from tests.twins.records import Upload
from tests.twins.telegram_updates import TelegramUpdates


@dataclass(slots=True)
class Chat:
    """A chat as the bot could see it. `state`: whether the bot may write there."""

    id: int
    kind: str
    name: str
    username: str = ""
    state: str = "open"  # open | blocked | deactivated | kicked
    migrated_to: int | None = None
    sees_all: bool = True
    messages: dict[int, Json] = field(default_factory=dict)
    next_id: int = 1

    def face(self) -> Json:
        """The Chat object inside messages."""
        named = {"first_name": self.name} if self.kind == "private" else {"title": self.name}
        return {"id": self.id, **named, **({"username": self.username} if self.username else {}), "type": self.kind}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on Telegram's side; `path` as in `/file/bot<token>/<path>`."""

    upload: Upload
    file_id: str
    unique_id: str
    path: str
    size: int


class TelegramWorld(TelegramUpdates):
    """What there is: chats with their messages, and files."""

    def __init__(self, *, token: str = "1000001:TWIN", username: str = "motcua_twin_bot", **common: Any) -> None:
        super().__init__(**common)
        self.token = token
        self.me: Json = {
            "id": int(token.split(":")[0]),
            "is_bot": True,
            "first_name": "Một Cửa",
            "username": username,
        }
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self._file_paths: dict[str, StoredFile] = {}
        self._callbacks: dict[str, float] = {}

    # --- who is there -------------------------------------------------------------------------------------------------

    def person(self, *chat_ids: int, name: str = "Người dân") -> None:
        """People who have written to the bot before, so that it may write to them."""
        for chat_id in chat_ids:
            if chat_id not in self.chats:
                self.chats[chat_id] = Chat(chat_id, "private", name)

    def _user(self, user_id: int) -> Json:
        chat = self.chats.get(user_id)
        name = chat.name if chat else "Cán bộ"
        return {"id": user_id, "is_bot": False, "first_name": name, "language_code": "vi"}

    def _open_chat(self, chat_id: object) -> Chat:
        """The chat that a method may write to. Raises Telegram's refusal."""
        try:
            chat = self.chats.get(int(str(chat_id)))
        except ValueError:
            chat = None
        if chat is None:
            raise RefusalError("chat_not_found")
        if chat.migrated_to is not None:
            raise RefusalError("migrated", migrate_to=chat.migrated_to)
        if chat.state == "blocked":
            raise RefusalError("blocked")
        if chat.state == "deactivated":
            raise RefusalError("deactivated")
        if chat.state == "kicked":
            raise RefusalError("kicked")
        return chat

    def _message(self, chat: Chat, sender: int, content: Json) -> Json:
        message_id, chat.next_id = chat.next_id, chat.next_id + 1
        who = self.me if sender == self.me["id"] else self._user(sender)
        message = {
            "message_id": message_id,
            "from": who,
            "chat": chat.face(),
            "date": int(self.now()),
            **content,
        }
        chat.messages[message_id] = message
        return message

    # --- files --------------------------------------------------------------------------------------------------------

    def _store(self, upload: Upload, folder: str, size: int | None = None) -> StoredFile:
        number = len(self.files)
        unique = hashlib.sha256(upload.data).hexdigest()[:16]
        suffix = upload.name.rpartition(".")[2] or "bin"
        stored = StoredFile(
            upload,
            f"Twin{number:06d}{unique}",
            f"AQ{unique}",
            f"{folder}/file_{number}.{suffix}",
            size or len(upload.data),
        )
        self.files[stored.file_id] = self._file_paths[stored.path] = stored
        return stored

    def _stored(self, file_id: object) -> StoredFile:
        stored = self.files.get(str(file_id))
        if stored is None:
            raise refuse(400, "Bad Request: wrong file identifier/HTTP URL specified")
        return stored

    @staticmethod
    def _file_face(stored: StoredFile) -> Json:
        return {"file_id": stored.file_id, "file_unique_id": stored.unique_id, "file_size": stored.size}

    def _sizes(self, stored: StoredFile) -> list[Json]:
        face = self._file_face(stored)
        return [{**face, "width": 90, "height": 120}, {**face, "width": 960, "height": 1280}]

    def _document(self, stored: StoredFile) -> Json:
        return {**self._file_face(stored), "file_name": stored.upload.name, "mime_type": stored.upload.mime}

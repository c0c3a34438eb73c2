"""What people do in front of a Zalo bot, and the events that the platform makes of it.

The shapes and their variants are those seen in the documentation and in the wild: text, image (`photo_url` in the
wild, `photo` in the documentation), sticker, voice, and `message.unsupported.received` for everything else and for
protected people.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from tests.twins.base import Json, Twin, encode
from tests.twins.postman import Letter, Postman
from tests.twins.records import Posted


@dataclass(slots=True)
class ZaloChat:
    """A chat with the bot. `protected`: the platform hides what this person sends (children, data protection)."""

    id: str
    kind: Literal["PRIVATE", "GROUP"]
    name: str
    state: Literal["open", "blocked"] = "open"
    protected: bool = False


class ZaloBotPeople(Twin):
    """Chats, and the helpers that speak as a person. The attributes are the platform's moods; set them at any time."""

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self.chats: dict[str, ZaloChat] = {}
        self.photo_field: Literal["photo_url", "photo"] = "photo_url"
        self.name_field: Literal["display_name", "first_name", "name"] = "display_name"
        self.date_unit: Literal["ms", "s"] = "ms"
        self.with_event_name = True
        self.with_message_type = True
        self.webhook_body: Literal["wrapped", "bare"] = "wrapped"
        self.webhook_retries: tuple[float, ...] = ()
        """Seconds before each further attempt to post an event; none is documented."""
        self.keeps_while_offline = True
        """False: an event that nobody is polling for is gone."""
        self.lost: list[Json] = []
        """Events that nobody will ever get: handed to a caller who had gone, or not kept while nobody polled."""
        self.update_log: list[Json] = []
        self._queue: list[Json] = []
        self._polls = 0
        self._news = asyncio.Event()
        self._hook: Json | None = None
        self._ids = 0
        self.postman = Postman(
            self,
            address=lambda: str(self._hook["url"]) if self._hook else None,
            delay=lambda tries: self.webhook_retries[tries - 1] if tries <= len(self.webhook_retries) else None,
            deadline=10.0,
            given_up=lambda letter: self.lost.append({"ident": letter.ident}),
        )

    @property
    def pending(self) -> list[Json]:
        """Events that wait for a poll, oldest first."""
        return list(self._queue)

    @property
    def posted(self) -> list[Posted]:
        """Every attempt to post an event to the webhook."""
        return self.postman.posted

    async def until_acknowledged(self, within: float = 60.0) -> None:
        """Returns once no event waits for a poll or is on its way. TimeoutError after `within` real seconds."""
        await self.until(lambda: not self._queue and not self.postman.busy, within)

    # --- who is there -------------------------------------------------------------------------------------------------

    def person(self, *chat_ids: int | str, name: str = "Người dân", protected: bool = False) -> None:
        """People who have written to the bot before, so that it may write to them."""
        for chat_id in chat_ids:
            self.chats.setdefault(str(chat_id), ZaloChat(str(chat_id), "PRIVATE", name, protected=protected))

    def group(self, chat_id: int | str, title: str = "Tổ một cửa") -> None:
        """A group with the bot in it; no event tells of it."""
        self.chats[str(chat_id)] = ZaloChat(str(chat_id), "GROUP", title)

    # --- what people do -----------------------------------------------------------------------------------------------

    def user_says(
        self, chat_id: int | str, text: str, *, user_id: int | str | None = None, mention: bool = False
    ) -> Json:
        """A text. In a group the bot hears it only with `mention` (or as a reply, which looks the same)."""
        return self._speaks(chat_id, "message.text.received", {"text": text}, user_id, heard=mention)

    def user_sends_photo(
        self, chat_id: int | str, photo: str | bytes, *, caption: str = "", user_id: int | str | None = None
    ) -> Json:
        """A photo, as bytes or as an address; the event carries the address where it lies."""
        url = self.host(photo) if isinstance(photo, bytes) else photo
        content = {self.photo_field: url, **({"caption": caption} if caption else {})}
        return self._speaks(chat_id, "message.image.received", content, user_id)

    def user_sends_sticker(self, chat_id: int | str, *, user_id: int | str | None = None) -> Json:
        """A sticker."""
        content = {"sticker": "0e078a2fb66a5f34067b", "url": "https://zalo-api.zdn.vn/api/emoticon/sticker/webpc?eid=1"}
        return self._speaks(chat_id, "message.sticker.received", content, user_id)

    def user_sends_voice(
        self, chat_id: int | str, url: str = "https://voice.zalo.example/1.aac", *, user_id: int | str | None = None
    ) -> Json:
        """A voice message; the event carries the address where it lies."""
        return self._speaks(chat_id, "message.voice.received", {"voice_url": url}, user_id)

    def user_sends_unsupported(
        self, chat_id: int | str, *, with_message_id: bool = True, user_id: int | str | None = None
    ) -> Json:
        """Anything the platform does not pass on; the event may lack even the message's id."""
        return self._speaks(chat_id, "message.unsupported.received", {}, user_id, with_message_id=with_message_id)

    def user_sends_document(self, chat_id: int | str, **_: Any) -> Json:
        """A file: nothing usable of it arrives."""
        return self.user_sends_unsupported(chat_id)

    def user_sends_location(self, chat_id: int | str, *_: Any) -> Json:
        """A place: nothing usable of it arrives."""
        return self.user_sends_unsupported(chat_id)

    def user_sends_contact(self, chat_id: int | str, *_: Any) -> Json:
        """A name card: nothing usable of it arrives."""
        return self.user_sends_unsupported(chat_id)

    def user_blocks(self, chat_id: int | str) -> None:
        """Sends are refused from now on; no event tells of it."""
        self.chats[str(chat_id)].state = "blocked"

    def user_unblocks(self, chat_id: int | str) -> None:
        """Sends pass again."""
        self.chats[str(chat_id)].state = "open"

    # --- the parts ----------------------------------------------------------------------------------------------------

    def _new_id(self) -> str:
        self._ids += 1
        return hashlib.sha256(f"{self.platform} {self._ids}".encode()).hexdigest()[:20]

    def _date(self) -> int:
        return int(self.now() * (1000 if self.date_unit == "ms" else 1))

    def _speaks(
        self,
        chat_id: int | str,
        event: str,
        content: Json,
        user_id: int | str | None,
        *,
        with_message_id: bool = True,
        heard: bool = False,
    ) -> Json:
        key = str(chat_id)
        if key not in self.chats:
            self.person(key)
        chat = self.chats[key]
        sender = self.chats.get(str(user_id)) if user_id is not None else chat
        if chat.protected:
            event, content = "message.unsupported.received", {}
        who = {"id": str(user_id or chat.id), self.name_field: sender.name if sender else "Người dân", "is_bot": False}
        message: Json = {"from": who, "chat": {"id": chat.id, "chat_type": chat.kind}, **content}
        if self.with_message_type:
            message["message_type"] = "CHAT_MESSAGE"
        if with_message_id:
            message["message_id"] = self._new_id()
        message["date"] = self._date()
        update: Json = {"event_name": event} if self.with_event_name else {}
        update["message"] = message
        if chat.kind == "GROUP" and not heard:
            return update
        return self._incoming(chat.id, update)

    def _admit(self, lane: str, update: Json) -> None:
        self.update_log.append(update)
        if self._hook is not None:
            body = {"ok": True, "result": update} if self.webhook_body == "wrapped" else update
            headers = {"X-Bot-Api-Secret-Token": self._hook["secret"], "User-Agent": "Java/17.0.12"}
            self.postman.post(lane, Letter(str(update["message"].get("message_id", "")), encode(body), headers))
        elif self.keeps_while_offline or self._polls:
            self._queue.append(update)
            self._news.set()
        else:
            self.lost.append(update)

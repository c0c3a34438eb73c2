"""What people do in Telegram.

Every `user_…` helper is what a finger on a phone would cause: it makes the update that Telegram makes of it.
Shapes: https://core.telegram.org/bots/api#update, #chatmemberupdated, #callbackquery.
"""

from __future__ import annotations

from tests.twins.base import Json
from tests.twins.records import Upload
from tests.twins.telegram_text import plain_entities
from tests.twins.telegram_world import Chat, TelegramWorld


class TelegramPeople(TelegramWorld):
    """The helpers that speak, tap and send as a person."""

    def group(
        self, chat_id: int, title: str = "Tổ một cửa", *, by: int = 1, kind: str = "supergroup", sees_all: bool = False
    ) -> Json:
        """Person `by` puts the bot into a group (id below zero). With `sees_all` privacy mode is off."""
        self.chats[chat_id] = Chat(chat_id, kind, title, sees_all=sees_all)
        return self._membership(chat_id, by, "left", "member")

    def group_migrates(self, chat_id: int, to: int, *, by: int = 1) -> Json:
        """A basic group becomes the supergroup `to`; sends to the old id are refused with the new one."""
        old = self.chats[chat_id]
        old.migrated_to = to
        self.chats[to] = Chat(to, "supergroup", old.name, sees_all=old.sees_all)
        self._update("message", chat_id, self._message(old, by, {"migrate_to_chat_id": to}))
        return self._update("message", to, self._message(self.chats[to], by, {"migrate_from_chat_id": chat_id}))

    def user_says(self, chat_id: int, text: str, *, user_id: int | None = None, reply_to: int | None = None) -> Json:
        """A text; in a group `user_id` says who. Returns the update. A group with privacy mode swallows small talk."""
        entities = plain_entities(text)
        return self._speaks(chat_id, {"text": text, **({"entities": entities} if entities else {})}, user_id, reply_to)

    def user_edits(self, chat_id: int, message_id: int, text: str) -> Json:
        """Changes an earlier text of theirs: `edited_message`."""
        message = self.chats[chat_id].messages[message_id]
        message.update(text=text, edit_date=int(self.now()))
        return self._update("edited_message", chat_id, dict(message))

    def user_taps(
        self, chat_id: int, message_id: int, data: str, *, user_id: int | None = None, stale: bool = False
    ) -> Json:
        """A press on an inline button. LookupError when the message does not show it now, unless `stale`."""
        message = self.chats[chat_id].messages[message_id]
        if not stale and data not in {button.get("callback_data") for button in self.buttons(chat_id, message_id)}:
            raise LookupError(f"message {message_id} of chat {chat_id} shows no button with {data!r}")
        query_id = str(4_000_000_000_000 + len(self._callbacks))
        self._callbacks[query_id] = self.now()
        query = {
            "id": query_id,
            "from": self._user(user_id or chat_id),
            "message": dict(message),
            "chat_instance": str(-chat_id),
            "data": data,
        }
        return self._update("callback_query", chat_id, query)

    def user_taps_label(self, chat_id: int, label: str, *, user_id: int | None = None) -> Json:
        """Presses the button with this label on the newest message that has one. LookupError when there is none."""
        for message_id in sorted(self.chats[chat_id].messages, reverse=True):
            for button in self.buttons(chat_id, message_id):
                if button["text"] == label:
                    return self.user_taps(chat_id, message_id, button["callback_data"], user_id=user_id)
        raise LookupError(f"no message in chat {chat_id} shows a button {label!r}")

    def buttons(self, chat_id: int, message_id: int) -> list[Json]:
        """The inline buttons that a message shows now, row by row."""
        markup = self.chats[chat_id].messages[message_id].get("reply_markup", {})
        return [button for row in markup.get("inline_keyboard", ()) for button in row]

    def user_sends_photo(
        self, chat_id: int, data: bytes, *, caption: str = "", album: str = "", user_id: int | None = None
    ) -> Json:
        """A photo (two sizes of the same bytes). `album`: a media_group_id shared by the photos of one album."""
        stored = self._store(Upload("photo.jpg", "image/jpeg", data), "photos")
        content = {"photo": self._sizes(stored), **({"caption": caption} if caption else {})}
        return self._speaks(chat_id, {**content, **({"media_group_id": album} if album else {})}, user_id)

    def user_sends_document(
        self,
        chat_id: int,
        data: bytes,
        name: str = "giay-to.pdf",
        mime: str = "application/pdf",
        *,
        size: int | None = None,
        caption: str = "",
        user_id: int | None = None,
    ) -> Json:
        """A file. `size` pretends another size in bytes (above 20 MB the bot cannot fetch it)."""
        stored = self._store(Upload(name, mime, data), "documents", size)
        content = {"document": self._document(stored), **({"caption": caption} if caption else {})}
        return self._speaks(chat_id, content, user_id)

    def user_sends_sticker(self, chat_id: int, *, user_id: int | None = None) -> Json:
        """A sticker."""
        stored = self._store(Upload("sticker.webp", "image/webp", b"RIFF\0\0\0\0WEBP"), "stickers")
        look = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": "👍"}
        return self._speaks(chat_id, {"sticker": {**self._file_face(stored), **look}}, user_id)

    def user_sends_voice(self, chat_id: int, seconds: int = 3, *, user_id: int | None = None) -> Json:
        """A voice message."""
        stored = self._store(Upload("voice.oga", "audio/ogg", b"OggS"), "voice")
        voice = {**self._file_face(stored), "duration": seconds, "mime_type": "audio/ogg"}
        return self._speaks(chat_id, {"voice": voice}, user_id)

    def user_sends_location(
        self, chat_id: int, latitude: float, longitude: float, *, user_id: int | None = None
    ) -> Json:
        """A place, in degrees."""
        return self._speaks(chat_id, {"location": {"latitude": latitude, "longitude": longitude}}, user_id)

    def user_sends_contact(self, chat_id: int, phone: str, *, own: bool = True, user_id: int | None = None) -> Json:
        """A phone number from the address book; `own`: the one behind the account (user_id equals the sender's)."""
        sender = user_id or chat_id
        contact: Json = {"phone_number": phone, "first_name": self._user(sender)["first_name"]}
        return self._speaks(chat_id, {"contact": {**contact, **({"user_id": sender} if own else {})}}, user_id)

    def user_blocks(self, chat_id: int) -> Json:
        """Stops the bot: `my_chat_member` with status `kicked`; sends are refused with 403."""
        self.chats[chat_id].state = "blocked"
        return self._membership(chat_id, chat_id, "member", "kicked")

    def user_unblocks(self, chat_id: int) -> Json:
        """Lets the bot write again."""
        self.chats[chat_id].state = "open"
        return self._membership(chat_id, chat_id, "kicked", "member")

    def bot_is_kicked(self, chat_id: int, *, by: int = 1) -> Json:
        """Somebody puts the bot out of a group."""
        self.chats[chat_id].state = "kicked"
        return self._membership(chat_id, by, "member", "kicked")

    def account_deleted(self, chat_id: int) -> None:
        """The person deletes the account; no update tells of it, sends are refused with 403."""
        self.chats[chat_id].state = "deactivated"

    # --- the parts ----------------------------------------------------------------------------------------------------

    def _speaks(self, chat_id: int, content: Json, user_id: int | None, reply_to: int | None = None) -> Json:
        if chat_id not in self.chats:
            if chat_id < 0:
                raise LookupError(f"group {chat_id} does not exist; call group() first")
            self.person(chat_id)
        chat = self.chats[chat_id]
        if chat.state != "open":
            raise LookupError(f"chat {chat_id} is {chat.state}; nobody can write to the bot there")
        if reply_to is not None:
            content["reply_to_message"] = chat.messages[reply_to]
        message = self._message(chat, user_id or chat_id, content)
        if chat.kind != "private" and not chat.sees_all and not self._meant_for_bot(message):
            return {"update_id": 0, "message": message}
        return self._update("message", chat_id, message)

    def _meant_for_bot(self, message: Json) -> bool:
        if message.get("reply_to_message", {}).get("from", {}).get("id") == self.me["id"]:
            return True
        text = str(message.get("text", message.get("caption", "")))
        name = f"@{self.me['username']}".lower()
        return any(
            word == name or (word.startswith("/") and word.partition("@")[2] in ("", name[1:]))
            for word in text.lower().split()
        )

    def _membership(self, chat_id: int, by: int, before: str, after: str) -> Json:
        chat = self.chats[chat_id]

        def member(status: str) -> Json:
            return {"user": self.me, "status": status, **({"until_date": 0} if status == "kicked" else {})}

        change = {
            "chat": chat.face(),
            "from": self._user(by),
            "date": int(self.now()),
            "old_chat_member": member(before),
            "new_chat_member": member(after),
        }
        return self._update("my_chat_member", chat_id, change)

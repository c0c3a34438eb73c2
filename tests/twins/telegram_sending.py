"""The methods of Telegram that put a message into a chat, and those that change one."""

from __future__ import annotations

import mimetypes
from typing import Any

import aiohttp

from tests.twins.base import Json, structured
from tests.twins.faults import refuse
from tests.twins.reading import whole
from tests.twins.records import Call, Sent, Upload
from tests.twins.telegram_people import TelegramPeople
from tests.twins.telegram_text import checked_markup, formatted
from tests.twins.telegram_world import Chat, StoredFile

_DELETABLE_FOR = 48 * 3600
_IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF", b"BM")


class TelegramSending(TelegramPeople):
    """sendMessage, sendPhoto, sendDocument, editMessageText, editMessageReplyMarkup, deleteMessage."""

    def __init__(self, *, open_chats: bool = False, **common: Any) -> None:
        super().__init__(**common)
        self.open_chats = open_chats

    # --- sending ------------------------------------------------------------------------------------------------------

    def _target(self, call: Call) -> Chat:
        chat_id = call.params.get("chat_id")
        if chat_id in (None, ""):
            raise refuse(400, "Bad Request: chat_id is empty")
        if self.open_chats and str(chat_id).lstrip("-").isdigit() and int(str(chat_id)) not in self.chats:
            number = int(str(chat_id))
            self.chats[number] = Chat(number, "private" if number > 0 else "supergroup", "Người dân")
        return self._open_chat(chat_id)

    def _deliver(self, call: Call, chat: Chat, content: Json, text: str, file: Upload | None = None) -> Json:
        reply_to = call.params.get("reply_to_message_id")
        if reply_parameters := structured(call.params.get("reply_parameters") or "null"):
            reply_to = reply_parameters.get("message_id")
        if reply_to:
            answered = chat.messages.get(int(str(reply_to)))
            if answered is None:
                raise refuse(400, "Bad Request: message to be replied not found")
            content["reply_to_message"] = {key: answered[key] for key in answered if key != "reply_to_message"}
        markup = checked_markup(call.params, chat.kind == "private")
        if markup and "inline_keyboard" in markup:
            content["reply_markup"] = {"inline_keyboard": markup["inline_keyboard"]}
        message = self._message(chat, self.me["id"], content)
        self._delivered(
            Sent(call.n, call.at, str(chat.id), str(message["message_id"]), call.method, text, call.params, file)
        )
        return message

    def _send_message(self, call: Call) -> Json:
        chat = self._target(call)
        text, entities = formatted(call.params, "text", 4096)
        return self._deliver(call, chat, {"text": text, **({"entities": entities} if entities else {})}, text)

    async def _send_file(self, call: Call) -> Json:
        chat = self._target(call)
        field = "photo" if call.method == "sendPhoto" else "document"
        caption, entities = formatted(call.params, "caption", 1024)
        stored = await self._given_file(call, field)
        if field == "photo":
            if stored.size > 10 * 1024 * 1024:
                raise refuse(413, "Request Entity Too Large")
            if not stored.upload.data.startswith(_IMAGE_STARTS):
                raise refuse(400, "Bad Request: IMAGE_PROCESS_FAILED")
            content: Json = {"photo": self._sizes(stored)}
        else:
            content = {"document": self._document(stored)}
        if caption:
            content |= {"caption": caption, **({"caption_entities": entities} if entities else {})}
        return self._deliver(call, chat, content, caption, stored.upload)

    async def _given_file(self, call: Call, field: str) -> StoredFile:
        """A file that came as a part of the form, as `attach://part`, as a URL, or as the id of an earlier one."""
        folder = f"{field}s"
        given = str(call.params.get(field, ""))
        upload = call.files.get(given.removeprefix("attach://") if given else field)
        if upload is not None:
            if not upload.data:
                raise refuse(400, "Bad Request: file must be non-empty")
            # Telegram goes by the name, not by what the part of the form says.
            mime = mimetypes.guess_type(upload.name)[0] or "application/octet-stream"
            return self._store(Upload(upload.name, mime, upload.data), folder)
        if not given.startswith(("http://", "https://")):
            if not given:
                raise refuse(400, f"Bad Request: there is no {field} in the request")
            return self._stored(given)
        try:
            async with self._session().get(given, timeout=aiohttp.ClientTimeout(total=60)) as response:
                data = await response.read()
                if response.status != 200:
                    raise refuse(400, "Bad Request: failed to get HTTP URL content")
                return self._store(Upload(given.rpartition("/")[2], response.content_type, data), folder)
        except (aiohttp.ClientError, TimeoutError):
            raise refuse(400, "Bad Request: failed to get HTTP URL content") from None

    # --- changing what was sent ---------------------------------------------------------------------------------------

    def _own_message(self, call: Call, verb: str) -> tuple[Chat, Json]:
        chat = self._open_chat(call.params.get("chat_id"))
        message = chat.messages.get(whole(call.params, "message_id"))
        if message is None:
            raise refuse(400, f"Bad Request: message to {verb} not found")
        return chat, message

    def _edit(self, call: Call, change: Json) -> Json:
        chat, message = self._own_message(call, "edit")
        if message["from"]["id"] != self.me["id"]:
            raise refuse(400, "Bad Request: message can't be edited")
        markup = checked_markup(call.params, chat.kind == "private")
        after = {key: message[key] for key in message if key not in ("reply_markup", "entities", "edit_date")}
        if "text" not in change and "entities" in message:
            after["entities"] = message["entities"]
        after |= change
        if markup and markup.get("inline_keyboard"):
            after["reply_markup"] = markup
        if after == {key: message[key] for key in message if key != "edit_date"}:
            raise refuse(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )
        after["edit_date"] = int(self.now())
        chat.messages[message["message_id"]] = after
        return after

    def _edit_text(self, call: Call) -> Json:
        text, entities = formatted(call.params, "text", 4096)
        _, message = self._own_message(call, "edit")
        if "text" not in message:
            raise refuse(400, "Bad Request: there is no text in the message to edit")
        return self._edit(call, {"text": text, **({"entities": entities} if entities else {})})

    def _edit_markup(self, call: Call) -> Json:
        return self._edit(call, {})

    def _delete_message(self, call: Call) -> bool:
        chat, message = self._own_message(call, "delete")
        if self.now() - message["date"] > _DELETABLE_FOR:
            raise refuse(400, "Bad Request: message can't be deleted for everyone")
        del chat.messages[message["message_id"]]
        return True

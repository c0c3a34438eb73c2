"""A Zalo Bot Platform server on loopback: its eleven methods, its one-at-a-time long poll and its odd answers.

Methods and shapes: https://docs.zaloplatforms.com/docs/BOT. Where the documentation and the field disagree, both
behaviours exist and an attribute chooses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import aiohttp
from aiohttp import web

from tests.twins.base import Json, encode, structured
from tests.twins.faults import RefusalError, Reply, refuse
from tests.twins.reading import read_parameters
from tests.twins.records import Call, Sent, Upload
from tests.twins.telegram_text import units
from tests.twins.zalo_bot_people import ZaloChat
from tests.twins.zalo_bot_updates import JAVA, ZaloBotUpdates

# The platform publishes no code for a person who blocked the bot; 403 is its "Internal server error".
_WORDS: dict[str, tuple[int, str]] = {
    "blocked": (400, "Bad request: The user has blocked the bot"),
    "deactivated": (400, "Bad request: The chat_id is invalid"),
    "kicked": (400, "Bad request: The chat_id is invalid"),
    "chat_not_found": (400, "Bad request: The chat_id is invalid"),
    "migrated": (400, "Bad request: The chat_id is invalid"),
    "unauthorized": (401, "Unauthorized"),
    "rate_limited": (429, "Quota exceeded"),
}


@dataclass(frozen=True, slots=True)
class PhotoFetch:
    """One look of the platform at the address of a photo we sent. `status` 0: no answer."""

    at: float
    verb: str
    url: str
    status: int
    size: int


class ZaloBotTwin(ZaloBotUpdates):
    """Zalo's Bot wire at `<url>/bot<token>/<method>`; for python-zalo-bot: `Bot(twin.token, base_url=twin.url)`.

    Attributes to set at any time, besides those of `ZaloBotPeople` and `ZaloBotUpdates`:
    `http_status_mode`: errors go out with their own HTTP status, or always with 200; `error_code_as`: a number or a
    string; `legacy_host`: the retired host, which knows neither getUpdates nor getWebhookInfo;
    `second_fetch_after`: seconds between the answer to sendPhoto and the platform's second GET of the picture.
    """

    platform: ClassVar[str] = "zalo-bot"

    def __init__(self, *, token: str = "2000002:TWIN", open_chats: bool = False, **common: Any) -> None:
        super().__init__(**common)
        self.token = token
        self.open_chats = open_chats
        self.http_status_mode: Literal["mirror", "always200"] = "mirror"
        self.error_code_as: Literal["int", "str"] = "int"
        self.legacy_host = False
        self.has_test_webhook = True
        self.second_fetch_after = 0.0
        self.photo_fetches: list[PhotoFetch] = []
        self.pictures: dict[str, bytes | None] = {}
        """message id -> what the reader sees; None: a black picture, since the address had died."""
        self.actions: list[tuple[str, str]] = []
        """(chat id, action) of every sendChatAction."""
        self._prefix = f"/bot{token}/"
        self._methods: dict[str, Callable[[Call], Any]] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "getWebhookInfo": self._webhook_info,
            "deleteWebhook": self._delete_webhook,
            "testWebhook": self._test_webhook,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendSticker": self._send_sticker,
            "sendVoice": self._send_voice,
            "sendChatAction": self._chat_action,
        }

    # --- the wire -----------------------------------------------------------------------------------------------------

    async def _identify(self, request: web.BaseRequest, call: Call) -> Reply | None:
        path = request.path
        call.method = path.rpartition("/")[2]
        if not path.startswith("/bot") or path.count("/") != 2:
            raise refuse(404, "Not Found")
        if not path.startswith(self._prefix):
            raise RefusalError("unauthorized")
        await read_parameters(request, call)
        gone = self.legacy_host and call.method in ("getUpdates", "getWebhookInfo")
        if call.method not in self._methods or gone or (call.method == "testWebhook" and not self.has_test_webhook):
            raise refuse(404, "Not Found")
        return None

    async def _serve(self, request: web.BaseRequest, call: Call) -> Reply:
        result = self._methods[call.method](call)
        if asyncio.iscoroutine(result):
            result = await result
        value: Json = {"ok": True, "error_code": 0}
        if result is not None:
            value = {"ok": True, "result": result, "error_code": 0}
        return Reply(200, encode(value), value)

    def _refusal(self, call: Call, refusal: RefusalError) -> Reply:
        if refusal.kind == "ok_false":
            return Reply(200, b'{"ok":false}', {"ok": False})
        code, text = _WORDS.get(refusal.kind, (refusal.code or 400, refusal.text or "Bad request"))
        value = {"ok": False, "description": text, "error_code": str(code) if self.error_code_as == "str" else code}
        status = refusal.http_status or (code if self.http_status_mode == "mirror" else 200)
        return Reply(status, encode(value), value)

    def _finished(self, call: Call) -> None:
        if call.method == "getUpdates" and call.accepted and not call.answered and call.answer["result"]:
            self.lost.append(call.answer["result"])  # handed to a caller who had gone; the platform does not keep it

    def _get_me(self, call: Call) -> Json:
        ident = self.token.partition(":")[0]
        return {"id": ident, "account_name": "bot.MotCua", "account_type": "BASIC", "can_join_groups": False}

    # --- sending ------------------------------------------------------------------------------------------------------

    def _target(self, call: Call) -> ZaloChat:
        chat_id = str(call.params.get("chat_id") or "")
        if not chat_id:
            raise refuse(400, "Bad request: The chat_id must not be empty")
        if self.open_chats:
            self.person(chat_id)
        chat = self.chats.get(chat_id)
        if chat is None:
            raise RefusalError("chat_not_found")
        if chat.state == "blocked":
            raise RefusalError("blocked")
        return chat

    def _deliver(self, call: Call, chat: ZaloChat, text: str, file: Upload | None = None) -> Json:
        message_id = self._new_id()
        self._delivered(Sent(call.n, call.at, chat.id, message_id, call.method, text, call.params, file))
        return {"message_id": message_id, "date": int(self.now() * 1000)}

    @staticmethod
    def _text(call: Call, key: str) -> str:
        text = str(call.params.get(key, ""))
        if not text.strip():
            raise refuse(400, f"Bad request: The {key} must not be empty")
        if units(text) > 2000:
            raise refuse(400, f"Bad request: The {key} must not be longer than 2000 characters")
        return text

    def _send_message(self, call: Call) -> Json:
        chat = self._target(call)
        if call.params.get("parse_mode") not in (None, "markdown", "html"):
            raise refuse(400, "Bad request: The parse_mode is invalid")
        try:
            styles = structured(call.params.get("text_styles") or "[]")
        except ValueError:
            styles = None
        if not isinstance(styles, list):
            raise refuse(400, "Bad request: The text_styles is invalid")
        return self._deliver(call, chat, self._text(call, "text"))

    async def _send_photo(self, call: Call) -> Json:
        chat = self._target(call)
        url = str(call.params.get("photo", ""))
        if not url.startswith(("http://", "https://")):
            raise refuse(400, "Bad request: The photo must be a URL")
        caption = self._text(call, "caption") if "caption" in call.params else ""
        if await self._look("HEAD", url) is None or (data := await self._look("GET", url)) is None:
            raise refuse(400, "Bad request: The photo could not be fetched")
        answer = self._deliver(call, chat, caption, Upload(url.rpartition("/")[2], "image/jpeg", data))
        self._spawn(self._look_again(answer["message_id"], url))
        return answer

    async def _look_again(self, message_id: str, url: str) -> None:
        """The second GET, after the answer: what the reader sees is what it brings."""
        await self.sleep(self.second_fetch_after)
        self.pictures[message_id] = await self._look("GET", url)
        self._changed()

    async def _look(self, verb: str, url: str) -> bytes | None:
        status, data = 0, b""
        try:
            async with self._session().request(
                verb, url, headers=JAVA, timeout=aiohttp.ClientTimeout(total=60)
            ) as response:
                status, data = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        self.photo_fetches.append(PhotoFetch(self.now(), verb, url, status, len(data)))
        return data if status == 200 else None

    def _send_sticker(self, call: Call) -> Json:
        chat = self._target(call)
        return self._deliver(call, chat, self._text(call, "sticker"))

    def _send_voice(self, call: Call) -> Json:
        chat = self._target(call)
        url = self._text(call, "voice_url")
        if not url.endswith(".aac"):
            raise refuse(400, "Bad request: The voice_url must end with .aac")
        if chat.kind == "GROUP":
            # The platform says yes and delivers nothing.
            return {"message_id": self._new_id(), "date": int(self.now() * 1000)}
        return self._deliver(call, chat, url)

    def _chat_action(self, call: Call) -> None:
        chat = self._target(call)
        if call.params.get("action") != "typing":
            raise refuse(400, "Bad request: The action is invalid")
        self.actions.append((chat.id, "typing"))

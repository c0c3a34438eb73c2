"""A Telegram Bot API server on loopback: its methods, answers and complaints.

Shapes and limits: https://core.telegram.org/bots/api. What it is not: media groups sent by the bot, inline mode,
payments, Markdown. Text lengths are counted in UTF-16 units.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from aiohttp import web

from tests.twins.base import Json, encode, structured
from tests.twins.faults import RefusalError, Reply, refuse
from tests.twins.limits import Limits
from tests.twins.reading import read_parameters
from tests.twins.records import Call, Sent
from tests.twins.telegram_sending import TelegramSending

_CAN_FETCH = 20 * 1024 * 1024
_CALLBACK_LIVES = 15 * 60.0  # seconds; Telegram gives no figure
_NO_HEADERS: dict[str, str] = {}
_COUNTED = {"sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageReplyMarkup"}

_WORDS: dict[str, tuple[int, str]] = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "kicked": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "chat_not_found": (400, "Bad Request: chat not found"),
    "migrated": (400, "Bad Request: group chat was upgraded to a supergroup chat"),
    "unauthorized": (401, "Unauthorized"),
}


class TelegramTwin(TelegramSending):
    """Telegram's wire at `<url>/bot<token>/<method>`; for aiogram: `TelegramAPIServer.from_base(twin.url)`.

    `open_chats`: the bot may write to chats nobody has written from; `limits`: rates to enforce, None for none;
    `fast`: sendMessage is recorded and answered without looking at it (implies open chats; limits still hold).
    """

    platform: ClassVar[str] = "telegram"

    def __init__(
        self,
        *,
        token: str = "1000001:TWIN",
        username: str = "motcua_twin_bot",
        open_chats: bool = False,
        limits: Limits | None = None,
        fast: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(token=token, username=username, open_chats=open_chats or fast, **common)
        self.limits = limits
        self.fast = fast
        self.actions: list[tuple[str, str]] = []
        """(chat id, action) of every sendChatAction."""
        self.answered_taps: list[Json] = []
        """The parameters of every answerCallbackQuery that was taken."""
        self.commands: list[Json] = []
        self._prefix = f"/bot{token}/"
        self._file_prefix = f"/file/bot{token}/"
        self._fast_ids: dict[str, int] = {}
        self._methods: dict[str, tuple[str, Callable[[Call], Any]]] = {
            name.lower(): (name, method)
            for name, method in {
                "getMe": lambda call: self.me | {"can_join_groups": True, "can_read_all_group_messages": False},
                "setWebhook": lambda call: self._set_webhook(call.params),
                "deleteWebhook": lambda call: self._delete_webhook(call.params),
                "getWebhookInfo": lambda call: self._webhook_info(call.params),
                "sendMessage": self._send_message,
                "editMessageText": self._edit_text,
                "editMessageReplyMarkup": self._edit_markup,
                "deleteMessage": self._delete_message,
                "answerCallbackQuery": self._answer_callback,
                "sendChatAction": self._chat_action,
                "getFile": self._get_file,
                "getChat": lambda call: self._open_chat(call.params.get("chat_id")).face(),
                "setMyCommands": self._set_commands,
                "getMyCommands": lambda call: self.commands,
                "deleteMyCommands": lambda call: True,
                "setMyDescription": lambda call: True,
                "setMyShortDescription": lambda call: True,
                "setChatMenuButton": lambda call: True,
                "close": lambda call: True,
                "logOut": lambda call: True,
            }.items()
        }
        for name in ("getUpdates", "sendPhoto", "sendDocument"):
            self._methods[name.lower()] = (name, self._never)

    # --- the wire -----------------------------------------------------------------------------------------------------

    async def _identify(self, request: web.BaseRequest, call: Call) -> Reply | None:
        path = request.path
        if path.startswith(self._file_prefix):
            call.method = "file"
            stored = self._file_paths.get(path[len(self._file_prefix) :])
            if stored is None:
                raise refuse(404, "Not Found")
            call.params["path"] = stored.path
            return None
        if not path.startswith(self._prefix):
            if path.startswith(("/bot", "/file/bot")) and path.count("/") >= 2:
                call.method = path.rpartition("/")[2]
                raise RefusalError("unauthorized")
            raise refuse(404, "Not Found")
        asked = path[len(self._prefix) :]
        known = self._methods.get(asked.lower())
        call.method = known[0] if known else asked
        await read_parameters(request, call)
        if known is None:
            raise refuse(404, "Not Found")
        return None

    async def _serve(self, request: web.BaseRequest, call: Call) -> Reply:
        name = call.method
        if name == "file":
            upload = self._file_paths[call.params["path"]].upload
            return Reply(200, upload.data, None, upload.mime)
        if self.limits is not None and name in _COUNTED:
            chat_id = str(call.params.get("chat_id"))
            wait = self.limits.judge(chat_id, chat_id.startswith("-"), call.at)
            if wait is not None:
                raise RefusalError("rate_limited", retry_after=wait)
        if self.fast and name == "sendMessage":
            return self._fast_send(call)
        if name == "getUpdates":
            result: Any = await self._get_updates(call.params)
        elif name in ("sendPhoto", "sendDocument"):
            result = await self._send_file(call)
        else:
            result = self._methods[name.lower()][1](call)
        value = {"ok": True, "result": result}
        return Reply(200, encode(value), value)

    def _refusal(self, call: Call, refusal: RefusalError) -> Reply:
        if refusal.kind == "ok_false":
            value: Json = {"ok": False}
            return Reply(200, encode(value), value)
        code, text = _WORDS.get(refusal.kind, (refusal.code or 400, refusal.text or "Bad Request"))
        value = {"ok": False, "error_code": code, "description": text}
        if refusal.kind == "rate_limited":
            value |= {"error_code": 429, "description": "Too Many Requests"}
            if refusal.retry_after is not None:
                value["description"] += f": retry after {refusal.retry_after}"
                value["parameters"] = {"retry_after": refusal.retry_after}
        if refusal.migrate_to is not None:
            value["parameters"] = {"migrate_to_chat_id": refusal.migrate_to}
        return Reply(refusal.http_status or value["error_code"], encode(value), value)

    @staticmethod
    def _never(call: Call) -> Any:
        raise AssertionError(f"{call.method} is answered before the table is asked")

    def _reply_in_webhook(self, body: Json) -> None:
        call = Call(len(self.calls) + 1, self.now(), str(body["method"]), body)
        self.calls.append(call)
        known = self._methods.get(call.method.lower())
        try:
            if known is not None:
                known[1](call)
                call.accepted = True
        except RefusalError as refusal:
            call.answer = self._refusal(call, refusal).value
        self._settle(call)

    def _fast_send(self, call: Call) -> Reply:
        call.headers = _NO_HEADERS  # half of what a call weighs
        params = call.params
        chat_id = str(params.get("chat_id"))
        text = str(params.get("text"))
        number = self._fast_ids[chat_id] = self._fast_ids.get(chat_id, 0) + 1
        self._delivered(Sent(call.n, call.at, chat_id, str(number), "sendMessage", text, params))
        result = {
            "message_id": number,
            "from": self.me,
            "chat": {"id": int(chat_id), "first_name": "Người dân", "type": "private"},
            "date": int(call.at),
            "text": text,
        }
        value = {"ok": True, "result": result}
        return Reply(200, encode(value), value)

    # --- the rest -----------------------------------------------------------------------------------------------------

    def _answer_callback(self, call: Call) -> bool:
        made = self._callbacks.get(str(call.params.get("callback_query_id")))
        if made is None or self.now() - made > _CALLBACK_LIVES:
            raise refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(str(call.params.get("text", ""))) > 200:
            raise refuse(400, "Bad Request: MESSAGE_TOO_LONG")
        self.answered_taps.append(call.params)
        return True

    def _chat_action(self, call: Call) -> bool:
        chat = self._target(call)
        self.actions.append((str(chat.id), str(call.params.get("action", ""))))
        return True

    def _get_file(self, call: Call) -> Json:
        stored = self.files.get(str(call.params.get("file_id")))
        if stored is None:
            raise refuse(400, "Bad Request: invalid file_id")
        if stored.size > _CAN_FETCH:
            raise refuse(400, "Bad Request: file is too big")
        return {**self._file_face(stored), "file_path": stored.path}

    def _set_commands(self, call: Call) -> bool:
        self.commands = list(structured(call.params.get("commands") or "[]"))
        return True

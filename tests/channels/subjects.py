"""The channels under the contract: for each its twin, a channel over it, and updates as the platform makes them.

A new channel adds one entry to SUBJECTS and passes tests/channels/test_contract.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from pydantic import SecretStr

from bot.channels.telegram import TelegramChannel
from bot.channels.zalo_bot import ZaloBotChannel
from bot.port import Channel
from tests.twins import Fault, TelegramTwin, Twin, ZaloBotTwin

Json = dict[str, Any]
PICTURE = b"\xff\xd8\xff\xe0 a picture"


class Subject(ABC):
    """One channel and its twin. `token` never shows in anything that is raised or logged."""

    name: ClassVar[str]
    chat: ClassVar[str]
    method: ClassVar[str]
    """The method of the wire that sends a text."""
    token: ClassVar[str]

    @abstractmethod
    def twin(self) -> Twin:
        """A twin that accepts a message to `chat`, not started."""

    @abstractmethod
    def channel(self, url: str, **more: Any) -> Channel:
        """The channel over a twin at `url`."""

    @abstractmethod
    def shapes(self) -> list[Json]:
        """Updates as the platform sends them, each of a kind of its own."""


class Telegram(Subject):
    """Telegram."""

    name, chat, method, token = "telegram", "101", "sendMessage", "1000001:AAtelegramSecret"

    def twin(self) -> TelegramTwin:
        """A twin with one person."""
        twin = TelegramTwin(token=self.token, open_chats=True)
        twin.person(101)
        return twin

    def channel(self, url: str, **more: Any) -> TelegramChannel:
        """A polling channel."""
        return TelegramChannel("default", SecretStr(self.token), api_url=url, **{"poll_seconds": 0, **more})

    def shapes(self) -> list[Json]:
        """What people do, and some news that is not for us."""
        twin = self.twin()
        said = twin.user_says(101, "Xin chào @motcua_twin_bot")
        message: Json = said["message"]
        photo = twin.user_sends_photo(101, PICTURE, caption="Giấy khai sinh")
        query = {"id": "9", "from": message["from"], "chat_instance": "1", "data": "7:2"}
        member = {"user": twin.me, "status": "member"}
        change = {"chat": message["chat"], "from": message["from"], "date": 1_795_654_800}
        people: list[Json] = [
            said,
            twin.user_says(101, "/start MOI-123"),
            twin.user_edits(101, message["message_id"], "Xin chào"),
            photo,
            twin.user_sends_document(101, b"%PDF", caption="Đơn"),
            twin.user_sends_sticker(101),
            twin.user_sends_voice(101),
            twin.user_sends_location(101, 21.0, 105.8),
            twin.user_sends_contact(101, "+84900000000"),
            twin.group(-1001, by=101),
            twin.user_says(-1001, "/menu@motcua_twin_bot", user_id=101),
            twin.group_migrates(-1001, -1002),
            twin.user_blocks(101),
        ]
        contents: list[Json] = [
            {"video": {**photo["message"]["photo"][0], "duration": 3}},
            {"dice": {"emoji": "🎲", "value": 3}},
            {"new_chat_members": [message["from"]]},
            {"reply_to_message": message, "quote": {"text": "Xin", "position": 0}, "text": "Dạ"},
            {"forward_origin": {"type": "hidden_user", "sender_user_name": "Hoa", "date": 1}, "text": "Chuyển tiếp"},
            {"a_content_of_tomorrow": {"x": 1}},
        ]
        bare = {key: message[key] for key in ("message_id", "from", "chat", "date")}
        others: list[Json] = [
            {"callback_query": {**query, "message": message}},
            {"callback_query": {**query, "message": {"chat": message["chat"], "message_id": 3, "date": 0}}},
            {"callback_query": {**query, "inline_message_id": "x"}},
            {"my_chat_member": {**change, "old_chat_member": member, "new_chat_member": {**member, "status": "left"}}},
            {"channel_post": {**bare, "text": "Tin"}},
            {"poll_answer": {"poll_id": "1", "option_ids": [0], "user": message["from"]}},
            {"a_kind_of_tomorrow": {"chat": message["chat"]}},
            *({"message": {**bare, **content}} for content in contents),
        ]
        return [*people, *({"update_id": 900 + n, **other} for n, other in enumerate(others))]


class ZaloBot(Subject):
    """Zalo Bot."""

    name, chat, method, token = "zalo-bot", "z101", "sendMessage", "2000002:AAzaloBotSecret"

    def twin(self) -> ZaloBotTwin:
        """A twin with one person."""
        twin = ZaloBotTwin(token=self.token, open_chats=True)
        twin.person("z101")
        return twin

    def channel(self, url: str, **more: Any) -> ZaloBotChannel:
        """A polling channel."""
        return ZaloBotChannel("default", SecretStr(self.token), api_url=url, **{"poll_seconds": 0, **more})

    def shapes(self) -> list[Json]:
        """What people do, in the platform's moods, bare and wrapped."""
        twin = self.twin()

        def people() -> list[Json]:
            twin.group("g1")
            return [
                twin.user_says("z101", "/start MOI-123"),
                twin.user_sends_photo("z101", "https://photo.zalo.example/1.jpg", caption="Giấy khai sinh"),
                twin.user_sends_sticker("z101"),
                twin.user_sends_voice("z101"),
                twin.user_sends_unsupported("z101", with_message_id=False),
                twin.user_says("g1", "@Một Cửa xin chào", user_id="z101", mention=True),
            ]

        made = people()
        twin.photo_field, twin.name_field, twin.date_unit = "photo", "first_name", "s"
        twin.with_event_name = twin.with_message_type = False
        made += people()
        made += [{"ok": True, "result": update, "error_code": 0} for update in made]
        return [*made, {"ok": True, "result": {}}, {"event_name": "user.follow", "from": {"id": "z101"}}]


SUBJECTS: tuple[Subject, ...] = (Telegram(), ZaloBot())

# What a fault of the wire means, for each channel: the kind of SendFailed, with seconds and scope of a wait.
Expected = tuple[Any, ...]
_HTML_404 = Fault.html(404, "Not Found")
_LOST = ("unknown",)
_AGAIN = ("retryable",)
FAULTS: dict[str, tuple[Callable[[], Fault], dict[str, Expected]]] = {
    "429 with seconds": (
        lambda: Fault.rate_limited(7),
        {"telegram": ("retry_after", 7, "account"), "zalo-bot": ("retry_after", 60, "account")},
    ),
    "429 without": (
        Fault.rate_limited,
        {"telegram": ("retry_after", 30, "account"), "zalo-bot": ("retry_after", 60, "account")},
    ),
    "429 as a page": (
        Fault.rate_limited_html,
        {"telegram": ("retry_after", 30, "account"), "zalo-bot": ("retry_after", 60, "account")},
    ),
    "blocked": (Fault.blocked, {"telegram": ("gone",), "zalo-bot": ("gone",)}),
    "deactivated": (Fault.deactivated, {"telegram": ("gone",), "zalo-bot": ("gone",)}),
    "kicked": (Fault.kicked, {"telegram": ("gone",), "zalo-bot": ("gone",)}),
    "chat not found": (Fault.chat_not_found, {"telegram": ("gone",), "zalo-bot": ("gone",)}),
    "migrated": (lambda: Fault.migrated(-1002), {"telegram": ("moved", "-1002"), "zalo-bot": ("gone",)}),
    "unauthorized": (Fault.unauthorized, {"telegram": ("misconfigured",), "zalo-bot": ("misconfigured",)}),
    "200 that says no": (Fault.ok_false, {"telegram": _AGAIN, "zalo-bot": _AGAIN}),
    "bad request": (
        lambda: Fault.error(400, "Bad Request: message is too long"),
        {"telegram": ("refused",), "zalo-bot": ("refused",)},
    ),
    "403 of Zalo's own": (
        lambda: Fault.error(403, "Internal server error"),
        {"telegram": ("gone",), "zalo-bot": _AGAIN},
    ),
    "404 in JSON": (
        lambda: Fault.error(404, "Not Found"),
        {"telegram": ("misconfigured",), "zalo-bot": ("misconfigured",)},
    ),
    "404 as a page": (lambda: _HTML_404, {"telegram": _AGAIN, "zalo-bot": _AGAIN}),
    "408": (lambda: Fault.error(408, "Request timeout"), {"telegram": _LOST, "zalo-bot": _LOST}),
    "413": (lambda: Fault.error(413, "Request Entity Too Large"), {"telegram": ("refused",), "zalo-bot": ("refused",)}),
    "500 without words": (Fault.server_error, {"telegram": _AGAIN, "zalo-bot": _AGAIN}),
    "502 as a page": (Fault.bad_gateway, {"telegram": _AGAIN, "zalo-bot": _AGAIN}),
    "504 as a page": (lambda: Fault.html(504, "Gateway Time-out"), {"telegram": _LOST, "zalo-bot": _LOST}),
    "200 as a page": (lambda: Fault.html(200, "Welcome"), {"telegram": _LOST, "zalo-bot": _LOST}),
    "200 with rubbish": (lambda: Fault.raw(b"\xff\xfe[", accept=True), {"telegram": _LOST, "zalo-bot": _LOST}),
    "200 with a list": (lambda: Fault.raw(b"[1]", accept=True), {"telegram": _LOST, "zalo-bot": _LOST}),
    "dropped before": (Fault.drop_before, {"telegram": _LOST, "zalo-bot": _LOST}),
    "dropped after": (Fault.drop_after, {"telegram": _LOST, "zalo-bot": _LOST}),
    "cut body": (Fault.cut_body, {"telegram": _LOST, "zalo-bot": _LOST}),
    "hangs": (Fault.hang, {"telegram": _LOST, "zalo-bot": _LOST}),
    "hangs after": (lambda: Fault.hang(accept=True), {"telegram": _LOST, "zalo-bot": _LOST}),
}

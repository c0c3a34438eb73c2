"""Telegram's wire under aiogram: a session with time limits of its own, that knows every answer."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp
import msgspec
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.methods import Response, SendMessage, TelegramMethod
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.channels.reading import id_text
from bot.channels.telegram_errors import Answer
from bot.port import Receipt

T = TypeVar("T")
Rows = Sequence[Sequence[tuple[str, str]]]
"""Buttons as (token, label)."""

# Held for good: pydantic forgets a generic's form as soon as nobody holds it, and makes it anew for each answer.
_ANY = Response[Any]
_HELD = (Response[Message], Response[bool], Response[dict[str, Any]], Response[list[Any]])

CONNECT_SECONDS = 5.0
"""The most that opening a connection may take. Where Telegram is blocked packets vanish; such a message never left."""
_FORM = "application/x-www-form-urlencoded"
_NO_PREVIEW = '{"is_disabled":true}'  # a preview would fetch, and so show around, a personal link


class GetRawUpdates(TelegramMethod[list[Any]]):
    """getUpdates with the updates as they came: one of a kind that aiogram does not know yet stops nobody."""

    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


class Session(AiohttpSession):
    """aiogram's session with a time limit of its own for connecting, and without the holes of its error mapping."""

    def __init__(self, api_url: str = "", proxy: str | None = None, seconds: float = 20.0) -> None:
        """`api_url` "" is Telegram's own; `proxy` an http, socks4 or socks5 address; `seconds` for a whole request."""
        api = TelegramAPIServer.from_base(api_url) if api_url else PRODUCTION
        super().__init__(proxy=proxy or None, api=api, timeout=seconds)
        self._limits: Any = _limits(seconds)

    async def make_request(self, bot: Bot, method: TelegramMethod[T], timeout: float | None = None) -> T:  # noqa: ASYNC109
        """One request; `timeout` in seconds."""
        limits: Any = self._limits if timeout is None else _limits(timeout)
        return await super().make_request(bot, method, timeout=limits)

    async def send_text(self, bot: Bot, chat: str, text: str, markup: str | None) -> Any:
        """sendMessage; `markup` is JSON. Returns the message as it came. Raises like any call.

        The way of every notice, and past aiogram's models: those of the message, its buttons and the answer cost more
        than the request itself, and all that is wanted is a number and a time.
        """
        fields = {"chat_id": chat, "text": text, "link_preview_options": _NO_PREVIEW}
        if markup:
            fields["reply_markup"] = markup
        body = aiohttp.BytesPayload(urlencode(fields).encode("ascii"), content_type=_FORM)
        session = await self.create_session()
        url = self.api.api_url(token=bot.token, method=SendMessage.__api_method__)
        async with session.post(url, data=body, timeout=self._limits) as answer:
            sent = _performed(await answer.read()) if answer.status == HTTPStatus.OK else None
            if sent is not None:
                return sent
            said = await answer.text()
        return self.check_response(bot, SendMessage(chat_id=chat, text=text), answer.status, said).result

    def check_response(self, bot: Bot, method: TelegramMethod[T], status_code: int, content: str) -> Response[T]:
        """The answer, or an error that says what it was. Raises aiogram's errors and Answer."""
        readable = False
        try:
            return super().check_response(bot, method, status_code, content)
        except ClientDecodeError as error:
            done = (
                isinstance(error.data, dict)
                and error.data.get("ok") is True
                and status_code < HTTPStatus.MULTIPLE_CHOICES
            )
            if done:
                # Performed, only told in a shape that aiogram does not know. An error here would send it twice.
                return _ANY.model_construct(ok=True, result=error.data.get("result"))
        except TypeError:
            readable = True  # a 5xx without a description
        except TelegramAPIError as error:
            if type(error) is not TelegramAPIError:
                raise
            readable = True
        raise Answer(method, status_code, readable=readable)

    async def close(self) -> None:
        """Close the connections; aiohttp itself waits until TLS has said goodbye."""
        if self._session is not None and not self._session.closed:
            await self._session.close()


def _limits(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, sock_connect=min(CONNECT_SECONDS, seconds / 2))


def _performed(content: bytes) -> dict[str, Any] | None:
    """What a call that was performed gave back; None where the answer is anything else."""
    try:
        answer = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return None
    result = answer.get("result") if isinstance(answer, dict) and answer.get("ok") is True else None
    return result if isinstance(result, dict) else None


def receipt_of(sent: Any) -> Receipt:
    """Of a message as aiogram understood it, or as it came when aiogram could not."""
    if isinstance(sent, Message):
        return Receipt(str(sent.message_id), int(sent.date.timestamp() * 1000))
    raw = sent if isinstance(sent, dict) else {}
    date = raw.get("date")
    return Receipt(id_text(raw.get("message_id")), date * 1000 if isinstance(date, int) else None)


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """Buttons for aiogram's own calls."""
    made = [[InlineKeyboardButton(text=label, callback_data=token) for token, label in row] for row in rows]
    return InlineKeyboardMarkup(inline_keyboard=made) if made else None


def keyboard_json(rows: Rows) -> str | None:
    """The same as it goes over the wire."""
    made = [[{"text": label, "callback_data": token} for token, label in row] for row in rows]
    return msgspec.json.encode({"inline_keyboard": made}).decode() if made else None

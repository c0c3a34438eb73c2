"""What each of Telegram's errors means to the outbox.

aiogram's own mapping has holes: an HTML page of a proxy, a 500 without words, a 429 without its seconds and a 200 that
says no become errors that tell nothing. Here each keeps its HTTP status, and no error keeps a body or an address.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import aiohttp
import aiohttp_socks
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod

from bot.port import SendFailed

MUTED_SECONDS = 30.0
"""How long to wait after a 429 that does not say it."""

_NEVER_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp_socks.ProxyConnectionError,
    aiohttp_socks.ProxyError,
    aiohttp_socks.ProxyTimeoutError,
)
# What Telegram says, in its own words, of a chat that nobody can write to, or of a message it does not take.
_GONE = {
    "chat not found": "chat-not-found",
    "user not found": "chat-not-found",
    "peer_id_invalid": "chat-not-found",
    "group chat was deactivated": "deactivated",
    "bot was kicked": "kicked",
    "bot is not a member": "kicked",
    "blocked by the user": "blocked",
    "user is deactivated": "deactivated",
    "can't initiate conversation": "never-wrote",
}
_REFUSED = {
    "is too long": "too-long",
    "is empty": "empty",
    "not enough rights": "no-rights",
    "file is too big": "too-large",
    "invalid file_id": "no-such-file",
    "wrong file": "no-such-file",
}

_NOT_A_PICTURE = dict.fromkeys(("image_process_failed", "photo_invalid", "photo_ext"), "not-a-picture")


class Answer(TelegramAPIError):
    """An answer that aiogram has no name for. `readable`: it was Telegram's JSON, and not somebody else's page."""

    def __init__(self, method: TelegramMethod[Any], status: int, *, readable: bool) -> None:
        super().__init__(method, f"HTTP {status}")
        self.status, self.readable = status, readable


def failure_of(error: Exception, *, group: bool = False) -> SendFailed:
    """What an error of a call means: see `SendFailed`. `group`: the call was for a group chat."""
    match error:
        case Answer():
            return _by_status(error.status, readable=error.readable, group=group)
        case TelegramRetryAfter():
            # aiogram puts the chat's id before Telegram's own words.
            said = error.message.rpartition("Original description: ")[2].lower()
            own = group or "chat" in said or "group" in said
            return SendFailed(
                "retry_after", "too-many", after=float(error.retry_after), scope="chat" if own else "account"
            )
        case TelegramMigrateToChat():
            return SendFailed("moved", "migrated", moved_to=str(error.migrate_to_chat_id))
        case TelegramForbiddenError():
            return SendFailed("gone", _code(error, _GONE) or "forbidden")
        case TelegramBadRequest():
            gone = _code(error, _GONE)
            return SendFailed("gone", gone) if gone else SendFailed("refused", _code(error, _REFUSED) or "bad-request")
        case TelegramEntityTooLarge():
            return SendFailed("refused", "too-large")
        case TelegramUnauthorizedError():
            return SendFailed("misconfigured", "bad-token")
        case TelegramNotFound():
            return SendFailed("misconfigured", "not-found")
        case TelegramConflictError():
            webhook = "webhook" in (error.message or "").lower()
            return SendFailed("misconfigured", "webhook-is-set") if webhook else SendFailed("retryable", "another-poll")
        case TelegramServerError():
            return SendFailed("retryable", "server-error")
        case TelegramNetworkError():
            return _by_network(error.__cause__)
        case aiohttp.ClientResponseError():
            return _by_status(error.status, readable=False, group=group)
        case _:
            return _by_network(error)


def is_not_a_picture(error: Exception) -> bool:
    """Whether Telegram could not make a photo of a file; it may still take it as a document."""
    return isinstance(error, TelegramBadRequest) and bool(_code(error, _NOT_A_PICTURE))


def _code(error: TelegramAPIError, table: dict[str, str]) -> str:
    said = (error.message or "").lower()
    return next((code for words, code in table.items() if words in said), "")


def _by_status(status: int, *, readable: bool, group: bool) -> SendFailed:
    """By the HTTP status alone. A page that is not Telegram's decides nothing for good."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return SendFailed(
            "retry_after", "too-many", after=MUTED_SECONDS, scope="chat" if group and readable else "account"
        )
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT):
        return SendFailed("unknown", f"http-{status}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return SendFailed("retryable", "server-error")
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return SendFailed("retryable", "ok-false") if readable else SendFailed("unknown", "unreadable")
    return SendFailed("refused" if readable else "retryable", f"http-{status}")


def _by_network(cause: BaseException | None) -> SendFailed:
    """By what broke: before the request had left it surely did not arrive, afterwards nobody knows."""
    match cause:
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return SendFailed("misconfigured", "bad-url")
        case _ if isinstance(cause, _NEVER_LEFT):
            return SendFailed("retryable", "connect")
        case aiohttp.ClientError():
            return SendFailed("unknown", "connection-lost")
        case TimeoutError():
            return SendFailed("unknown", "timeout")
        case UnicodeError() | LookupError():
            return SendFailed("unknown", "unreadable")  # a body in letters that are none, or of an unknown kind
        case OSError():
            # aiohttp wraps what breaks on an open connection; bare, it comes from a proxy's handshake.
            return SendFailed("retryable", "connect")
        case _:
            return SendFailed("unknown", f"hole-{type(cause).__name__}")

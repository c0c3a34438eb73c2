"""Zalo Bot's wire: python-zalo-bot's Bot as HTTP client, and what each error means to the outbox.

The library drops a refusal that comes with HTTP 200, takes an idle poll for an error, and fails on updates and results
without the fields it expects, after the message was delivered. So only its transport is used: results are taken raw
through `Bot._post`, and the request class below judges every answer before the library can. Both names are private to
the library; its version is pinned and tests/channels/test_zalo_bot.py keeps watch.
"""

from __future__ import annotations

import json
import logging
import ssl
from functools import cache
from typing import Any

import httpx
from zalo_bot import Bot
from zalo_bot.error import NetworkError, ZaloError
from zalo_bot.request import HTTPXRequest

from bot.port import SendFailed

CONNECT_SECONDS = 5.0
MUTED_SECONDS = 60.0
"""How long to wait after a 429: the platform never says."""

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

# The address of every call holds the token, and the library writes addresses, messages and whole updates into its logs.
for _name in ("httpx", "httpcore", "zaloBot", "zaloBaseRequest", "zaloHTTPXRequest"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class Answer(ZaloError):  # type: ignore[misc]  # the library is untyped
    """An answer that is not a yes. `code` is the platform's, else the HTTP status; `said` are its words, never logged.

    `readable`: it was the platform's JSON, and not somebody else's page.
    """

    def __init__(self, code: int, said: str = "", *, readable: bool = True) -> None:
        super().__init__(f"answer {code}")
        self.code, self.said, self.readable = code, said.lower(), readable


class CheckedRequest(HTTPXRequest):  # type: ignore[misc]
    """The library's transport, which lets only `ok: true` pass, whatever the HTTP status."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """One request: (200, the body of a yes). Raises Answer, and the library's NetworkError."""
        status, body = await super().do_request(*args, **kwargs)
        try:
            answer = json.loads(body)
        except ValueError:
            raise Answer(status, readable=False) from None
        if not isinstance(answer, dict):
            raise Answer(status, readable=False)
        if answer.get("ok") is True:
            return 200, body
        raise Answer(_number(answer.get("error_code")) or status, str(answer.get("description") or ""))


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities of certifi: read once, for it takes a fortieth of a second for each of the two transports."""
    return httpx.create_ssl_context(trust_env=False)


class Wire:
    """The calls of one bot. `seconds` bounds one call."""

    def __init__(self, token: str, api_url: str, seconds: float = 20.0) -> None:
        self._seconds = seconds
        self._bot = Bot(token, base_url=api_url.rstrip("/"))
        limits: dict[str, Any] = {
            "connect_timeout": min(CONNECT_SECONDS, seconds / 2),
            "read_timeout": seconds,
            "write_timeout": seconds,
            "pool_timeout": seconds,
            # The environment is read in one place only, and that is not here.
            "httpx_kwargs": {"trust_env": False, "verify": _trusted()},
        }
        # The library asks [0] for updates and [1] for everything else.
        self._requests = (
            CheckedRequest(connection_pool_size=1, **limits),
            CheckedRequest(connection_pool_size=100, **limits),
        )
        self._bot._request = self._requests

    async def call(self, method: str, *, seconds: float | None = None, **parameters: Any) -> Any:
        """The result of a method as it came, None when there is none. Raises SendFailed, which holds nothing of the
        library's errors, for they may hold the token."""
        try:
            return await self._bot._post(method, parameters, read_timeout=seconds or self._seconds)
        except Exception as error:
            failure = failure_of(error)
        raise failure

    async def open(self) -> None:
        """Open the connections, again after `close`."""
        for request in self._requests:
            await request.initialize()

    async def close(self) -> None:
        """Close the connections."""
        for request in self._requests:
            await request.shutdown()


def failure_of(error: Exception) -> SendFailed:
    """What an error of a call means: see `SendFailed`."""
    match error:
        case Answer():
            return _by_answer(error)
        case NetworkError():
            cause = error.__cause__
            if isinstance(cause, _NEVER_LEFT):
                return SendFailed("retryable", "connect")
            if isinstance(cause, httpx.InvalidURL | httpx.UnsupportedProtocol):
                return SendFailed("misconfigured", "bad-url")
            return SendFailed("unknown", "timeout" if isinstance(cause, httpx.TimeoutException) else "connection-lost")
        case _:
            return SendFailed("unknown", f"hole-{type(error).__name__}")


def _by_answer(answer: Answer) -> SendFailed:
    said, code = answer.said, answer.code
    if code == 429:
        return SendFailed("retry_after", "too-many", after=MUTED_SECONDS)
    if code in (408, 504):
        return SendFailed("unknown", f"answer-{code}")
    if code >= 500:
        return SendFailed("retryable", "server-error")
    if not answer.readable:
        # A page of somebody in between decides nothing for good; after a 2xx the message may have got through.
        return SendFailed("unknown", "unreadable") if code < 300 else SendFailed("retryable", f"http-{code}")
    if "webhook" in said and code == 400:
        return SendFailed("misconfigured", "webhook-is-set")
    if code in (400, 403) and "block" in said:
        return SendFailed("gone", "blocked")
    if code == 400 and "chat_id" in said and "empty" not in said:
        return SendFailed("gone", "chat-not-found")
    if code == 403:
        return SendFailed("retryable", "server-error")  # so the platform names its own failures
    if code in (401, 404):
        return SendFailed("misconfigured", "bad-token" if code == 401 else "not-found")
    if code < 300:
        return SendFailed("retryable", "ok-false")
    return SendFailed("refused", "bad-request" if code == 400 else f"answer-{code}")


def _number(value: object) -> int:
    """An error code, which comes as a number or as text; 0 for anything else."""
    try:
        return int(value) if isinstance(value, int | str) else 0
    except ValueError:
        return 0

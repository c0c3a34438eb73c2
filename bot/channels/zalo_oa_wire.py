"""Zalo's Official Account over aiohttp: JSON calls, uploads, the exchange of tokens.

The token goes in a header of its own, errors come with HTTP 200, and nothing of a request or an answer is ever logged.
https://docs.zaloplatforms.com/docs/OA
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import msgspec

from bot.channels import zalo_oa_errors as errors
from bot.channels.reading import asked_only
from bot.port import SendFailed
from services.clock import Clock, ms

log = logging.getLogger("motcua.zalo-oa")

CONSULT = "/v3.0/oa/message/cs"
TEMPLATE_BY_UID = "/v3.0/oa/message/template"
TEMPLATE_BY_PHONE = "/message/template"
GET_OA = "/v2.0/oa/getoa"
UPLOAD = "/v2.0/oa/upload/"
TOKEN = "/v4/oa/access_token"
CONSENT = "/v4/oa/permission"

CONNECT_SECONDS = 5.0
TOKEN_SECONDS = 10.0
UPLOAD_SECONDS = 60.0
ACCESS_LIVES_S = 25 * 3600
"""What an access token lives when its answer does not say."""
_ALARM_EVERY_MS = 600_000
_NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


@dataclass(frozen=True, slots=True)
class Grant:
    """A new pair of tokens. `lives_s`: how long the access token is good, in seconds."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lives_s: int


class Wire:
    """The calls of one app for one account. `seconds` bounds one call; `jitter` gives 0 to 1.

    `zone` names the office's time zone, by which Zalo's night and days are counted.
    """

    def __init__(
        self, *, app_id: str, app_secret: str, api_url: str, oauth_url: str, zbs_url: str, clock: Clock,
        zone: str = "Asia/Ho_Chi_Minh", seconds: float = 20.0, jitter: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self._app_id, self._app_secret = app_id, app_secret
        self._api, self._oauth, self._zbs = (url.rstrip("/") for url in (api_url, oauth_url, zbs_url))
        self._clock, self._zone, self._seconds, self._jitter = clock, ZoneInfo(zone), seconds, jitter
        self._session: aiohttp.ClientSession | None = None
        self._alarmed: dict[int, int] = {}

    # --- calls --------------------------------------------------------------------------------------------------------

    async def get(self, access: str, path: str) -> Mapping[str, Any]:
        """A question to openapi.zalo.me: the whole answer. Raises SendFailed, never `unknown`."""
        try:
            return await self._call(errors.OA, "GET", self._api + path, headers={"access_token": access})
        except SendFailed as failure:
            raise asked_only(failure) from None

    async def post(self, access: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """A message: the whole answer. Raises SendFailed, TokenRejected among them."""
        base = self._zbs if path == TEMPLATE_BY_PHONE else self._api
        table = errors.OA if path == CONSULT else errors.ZBS
        headers = {"access_token": access, "Content-Type": "application/json"}
        try:
            data = msgspec.json.encode(body)
        except UnicodeEncodeError:  # half a character
            data = b""
        if not data:
            raise SendFailed("refused", "bad-text")
        return await self._call(table, "POST", base + path, headers=headers, data=data)

    async def upload(self, access: str, kind: str, name: str, media: str, data: bytes) -> str:
        """Upload an "image" or a "file": what a message names it by, for seven days. Raises SendFailed."""
        form = aiohttp.FormData(quote_fields=False)  # a name in Vietnamese goes as it is, as browsers send it
        form.add_field("file", data, filename=name, content_type=media)
        try:
            answer = await self._call(
                errors.OA, "POST", f"{self._api}{UPLOAD}{kind}", headers={"access_token": access}, data=form,
                seconds=UPLOAD_SECONDS,
            )  # fmt: skip
        except SendFailed as failure:
            raise asked_only(failure) from None
        told = answer.get("data")
        token = (told.get("token") or told.get("attachment_id")) if isinstance(told, dict) else None
        if not isinstance(token, str) or not token:
            raise SendFailed("retryable", "unreadable")
        return token

    async def _call(self, table: Mapping[int, errors.Meaning], verb: str, url: str, **request: Any) -> dict[str, Any]:
        """One call that carries a token: the answer of a success. Raises SendFailed."""
        status, body = await self._fetch(verb, url, **request)
        answer = _json(body)
        if answer is None:
            raise errors.by_status(status, readable=False)
        code = _number(answer.get("error", 0 if "data" in answer else None))
        if code == 0:
            return answer
        if code is None or code > 0:  # an HTTP status in the place of a code
            raise errors.by_status(code or status, readable=True)
        if code in errors.TOKEN_REJECTED:
            raise errors.TokenRejected()
        meaning = errors.meaning_of(code, str(answer.get("message") or ""), table)
        if meaning.alarm:
            self._alarm(code, meaning)
        raise errors.failure_of(meaning, self._clock.now().astimezone(self._zone), self._jitter())

    def _alarm(self, code: int, meaning: errors.Meaning) -> None:
        """Tell the operator, about each code once in ten minutes."""
        now = ms(self._clock.now())
        if now - self._alarmed.get(code, -_ALARM_EVERY_MS) >= _ALARM_EVERY_MS:
            self._alarmed[code] = now
            log.error("Zalo refuses: somebody has to look", extra={"code": code, "reason": meaning.reason})

    # --- tokens -------------------------------------------------------------------------------------------------------

    async def refresh(self, refresh_token: str) -> Grant:
        """A new pair for a refresh token, which is spent by this. Raises SendFailed.

        `refused` is Zalo's final no; with `unknown` the token may be spent or not.
        """
        return await self._grant(grant_type="refresh_token", refresh_token=refresh_token)

    async def exchange(self, code: str, verifier: str) -> Grant:
        """The first pair for the code of a consent (10 minutes, one use). Raises SendFailed as `refresh` does."""
        return await self._grant(grant_type="authorization_code", code=code, code_verifier=verifier)

    async def _grant(self, **form: str) -> Grant:
        status, body = await self._fetch(
            "POST", self._oauth + TOKEN, headers={"secret_key": self._app_secret},
            data={"app_id": self._app_id, **form}, seconds=TOKEN_SECONDS,
        )  # fmt: skip
        answer = _json(body)
        if answer is None:
            raise errors.by_status(status, readable=False)
        access, refresh = answer.get("access_token"), answer.get("refresh_token")
        if isinstance(access, str) and isinstance(refresh, str) and access and refresh:
            lives_s = _number(answer.get("expires_in")) or 0
            return Grant(access, refresh, lives_s if lives_s > 0 else ACCESS_LIVES_S)
        code = _number(answer.get("error"))
        if code is None or status >= 500 or status == 429:
            raise errors.by_status(status, readable=True)
        if code == -32:
            raise SendFailed("retry_after", "per-minute", after=errors.MINUTE_SECONDS)
        raise SendFailed("refused", f"oauth{code}")

    # --- the network --------------------------------------------------------------------------------------------------

    async def _fetch(self, verb: str, url: str, *, seconds: float = 0, **request: Any) -> tuple[int, bytes]:
        """Status and body. Raises SendFailed, which holds nothing of the request."""
        total = min(seconds, self._seconds * 3) if seconds else self._seconds
        timeout = aiohttp.ClientTimeout(total=total, sock_connect=min(CONNECT_SECONDS, total))
        try:
            async with self._open().request(
                verb, url, timeout=timeout, allow_redirects=False, **request
            ) as response:  # fmt: skip
                return response.status, await response.read()
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError):
            failure = SendFailed("misconfigured", "bad-url")
        except _NEVER_LEFT:
            failure = SendFailed("retryable", "connect")
        except TimeoutError:
            failure = SendFailed("unknown", "timeout")
        except (aiohttp.ClientError, OSError):
            failure = SendFailed("unknown", "connection-lost")
        raise failure

    async def download(self, url: str, largest: int) -> bytes:
        """A file that a person sent, at most `largest` bytes. Raises SendFailed, never `unknown`."""
        timeout = aiohttp.ClientTimeout(total=max(30.0, self._seconds), sock_connect=CONNECT_SECONDS)
        data = bytearray()
        try:
            # Files lie at https addresses; only a platform that is itself reached without TLS (a local one) may differ.
            if not url.startswith(("https://", "http://") if self._api.startswith("http:") else "https://"):
                raise SendFailed("refused", "bad-address")
            async with self._open().get(url, timeout=timeout, max_redirects=3) as response:
                if response.status == 429 or response.status >= 500:
                    raise SendFailed("retryable", f"http-{response.status}")
                if response.status != 200:
                    raise SendFailed("refused", "no-such-file")
                async for chunk in response.content.iter_chunked(1 << 16):
                    data += chunk
                    if len(data) > largest:
                        raise SendFailed("refused", "too-large")
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, aiohttp.TooManyRedirects, ValueError):
            raise SendFailed("refused", "bad-address") from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise SendFailed("retryable", "connection-lost") from None
        return bytes(data)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(headers={"User-Agent": "motcua"}, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Close the connections; the next call opens them again."""
        if self._session is not None:
            await self._session.close()


def _json(body: bytes) -> dict[str, Any] | None:
    """The JSON object that `body` is; None for anything else."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _number(value: object) -> int | None:
    """A number that may come as text."""
    try:
        return int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
    except ValueError:
        return None

"""Zalo Bot Platform through python-zalo-bot: https://docs.zaloplatforms.com/docs/BOT

Text, and pictures by public address; no buttons, no files, and at most one update a poll.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from bot.channels import zalo_bot_hearing as hearing
from bot.channels.profiles import ZALO_BOT
from bot.channels.reading import asked_only, carries_secret
from bot.channels.zalo_bot_wire import Wire
from bot.dialog.values import Message
from bot.layout import lay_out
from bot.port import Envelope, Inbound, Page, Receipt, RemoteFile, SendFailed

log = logging.getLogger("motcua.zalo-bot")

API_URL = "https://bot-api.zaloplatforms.com"
"""The platform's present address; the library still carries the one before."""
SECRET_HEADER = "X-Bot-Api-Secret-Token"
_PHOTO_SECONDS = 150  # the platform fetches the picture, more than once, before it answers
_FETCH = aiohttp.ClientTimeout(total=30, sock_connect=5)
_LARGEST = 20 << 20


class ZaloBotChannel:
    """One bot. Raises SendFailed("misconfigured") when there is no token.

    `receive` is "polling" or "webhook" (then with `webhook_url` and `webhook_secret`); `file_url` gives the public
    address of a file to be sent by its key in the file store, "" when it has none; the address must outlive the send,
    for the platform fetches it again. Without the function no picture can be sent, and the limits say so.
    `send_seconds` bounds one send.
    """

    name = "zalo-bot"
    pace = ZALO_BOT.pace
    retries_hooks = False

    def __init__(
        self,
        account: str,
        token: SecretStr,
        *,
        api_url: str = API_URL,
        receive: str = "polling",
        webhook_url: str = "",
        webhook_secret: SecretStr | None = None,
        file_url: Callable[[str], str] | None = None,
        send_seconds: float = 20.0,
        poll_seconds: int = 10,
    ) -> None:
        if not token.get_secret_value():
            raise SendFailed("misconfigured", "bad-token")
        self.account, self.poll_seconds = account, poll_seconds
        self.limits = ZALO_BOT.limits if file_url else replace(ZALO_BOT.limits, photo=0)
        self.receive, self._webhook_url, self._file_url = receive, webhook_url, file_url
        self._secret = webhook_secret.get_secret_value() if webhook_secret else ""
        # Pictures lie at https addresses; only a platform that is itself reached without TLS (a local one) may differ.
        self._schemes = ("https", "http") if api_url.startswith("http:") else ("https",)
        self._wire = Wire(token.get_secret_value(), api_url or API_URL, send_seconds)

    # --- hearing ------------------------------------------------------------------------------------------------------

    def is_group(self, chat: str) -> bool:
        """Never: an id does not tell, and no rate of their own is published for groups."""
        return False

    def envelope(self, raw: Mapping[str, Any]) -> Envelope:
        """message_id, else a hash of the update."""
        return hearing.envelope_of(raw)

    async def hear(self, raw: Mapping[str, Any]) -> Inbound | None:
        """What the update means, wrapped or bare."""
        return hearing.inbound_of(raw)

    async def poll(self, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """One long poll of `poll_seconds`: at most one update. There is no cursor.

        The platform forgets an update as soon as it is handed over: let the call end, and keep what it brings before
        anything else. Raises SendFailed.
        """
        try:
            result = await self._wire.call("getUpdates", timeout=self.poll_seconds, seconds=self.poll_seconds + 10)
        except SendFailed as failure:
            if failure.reason == "answer-408":  # nobody wrote
                return [], cursor
            raise asked_only(failure) from None
        found = result if isinstance(result, list) else [result]
        return [update for update in found if isinstance(update, dict) and update], cursor

    def verify_hook(self, headers: Mapping[str, str], body: bytes = b"") -> bool:
        """Whether a webhook call carries our secret; never when there is none."""
        return carries_secret(headers, SECRET_HEADER, self._secret)

    # --- sending ------------------------------------------------------------------------------------------------------

    def lay_out(self, message: Message) -> list[Page]:
        """Numbered lists: there are no buttons."""
        return lay_out(message, self.limits)

    async def send(self, chat: str, page: Page) -> Receipt:
        """Send one page; a file that is no picture goes as its address. Raises SendFailed."""
        text = page.full_text()
        if page.file is None:
            return hearing.receipt_of(await self._wire.call("sendMessage", chat_id=chat, text=text))
        url = self._file_url(page.file.get("key", "")) if self._file_url else ""
        if not url:
            raise SendFailed("refused", "no-public-address")
        if page.file.get("media", "").startswith("image/"):
            caption = {"caption": text} if text else {}
            sent = await self._wire.call("sendPhoto", chat_id=chat, photo=url, seconds=_PHOTO_SECONDS, **caption)
        else:
            words = "\n".join(part for part in (text, page.file.get("name", ""), url) if part)
            sent = await self._wire.call("sendMessage", chat_id=chat, text=words)
        return hearing.receipt_of(sent)

    async def acknowledge(self, inbound: Inbound) -> None:
        """Nothing to do: there are no buttons."""

    async def fetch(self, file: RemoteFile) -> bytes:
        """The picture behind the address that the update gave, at most 20 MB. Raises SendFailed."""
        data = bytearray()
        try:
            if urlsplit(file.ref).scheme not in self._schemes:
                raise SendFailed("refused", "bad-address")
            async with (
                aiohttp.ClientSession(timeout=_FETCH) as session,
                session.get(file.ref, max_redirects=3) as response,
            ):
                if response.status == 429 or response.status >= 500:
                    raise SendFailed("retryable", f"http-{response.status}")
                if response.status != 200:
                    raise SendFailed("refused", "no-such-file")
                async for chunk in response.content.iter_chunked(1 << 16):
                    data += chunk
                    if len(data) > _LARGEST:
                        raise SendFailed("refused", "too-large")
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, aiohttp.TooManyRedirects, ValueError):
            raise SendFailed("refused", "bad-address") from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise SendFailed("retryable", "connection-lost") from None
        return bytes(data)

    # --- the account --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Check the token and choose how updates come. Can be called again after a failure.

        Raises SendFailed: misconfigured for good, any other kind when the platform could not be asked.
        """
        if self.receive == "webhook" and not (self._webhook_url and self._secret):
            raise SendFailed("misconfigured", "webhook-without-address-or-secret")
        await self._wire.open()
        try:
            await self._wire.call("getMe")
            if self.receive == "webhook":
                await self._set_webhook()
            elif await self._has_webhook():
                # It keeps every update from a poll, and may be somebody else's: the operator decides.
                raise SendFailed("misconfigured", "webhook-is-set")
        except SendFailed as failure:
            if failure.kind == "refused":
                raise SendFailed("misconfigured", "webhook-refused") from None
            raise asked_only(failure) from None

    async def stop(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def _has_webhook(self) -> bool:
        try:
            info = await self._wire.call("getWebhookInfo")
        except SendFailed as failure:
            if failure.reason == "not-found":  # so the platform says that there is none
                return False
            raise
        return bool(isinstance(info, dict) and info.get("url"))

    async def _set_webhook(self) -> None:
        answer = await self._wire.call("setWebhook", url=self._webhook_url, secret_token=self._secret)
        probe = answer.get("verification") if isinstance(answer, dict) else None
        if isinstance(probe, dict) and probe.get("ok") is False:
            # Not fatal: while we are starting, the address may not answer yet.
            log.warning("the platform could not reach the webhook", extra={"reason": str(probe.get("outcome"))[:40]})

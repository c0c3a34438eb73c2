"""Zalo's Official Account and its template messages (ZBS): https://docs.zaloplatforms.com/docs/OA, .../docs/ZBS

Answers go as consultation messages, free for two days after the person last wrote and refused after seven; later news
need a template. Buttons are not documented for the present API: they are a setting, and every choice can be typed.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import unicodedata
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import SecretStr

from bot.channels import zalo_oa_hearing as hearing
from bot.channels.profiles import ZALO_OA
from bot.channels.zalo_oa_assets import PICTURES, Assets
from bot.channels.zalo_oa_errors import TokenRejected
from bot.channels.zalo_oa_templates import Template, body_by_phone, body_by_uid, told_by
from bot.channels.zalo_oa_tokens import Tokens
from bot.channels.zalo_oa_wire import CONSULT, GET_OA, TEMPLATE_BY_PHONE, TEMPLATE_BY_UID, Wire
from bot.dialog.values import Message
from bot.layout import lay_out
from bot.port import Envelope, Inbound, Page, Receipt, RemoteFile, SendFailed
from bot.threads import Threads
from services.clock import Clock
from services.keys import BadKey, Keys

log = logging.getLogger("motcua.zalo-oa")

T = TypeVar("T")

API_URL = "https://openapi.zalo.me"
OAUTH_URL = "https://oauth.zaloapp.com"
ZBS_URL = "https://business.openapi.zalo.me"
NAME = "zalo-oa"
_TITLE = 100
_LARGEST = 20 << 20


class ZaloOAChannel:
    """One Official Account. Raises SendFailed("misconfigured") without app id and secret.

    `secret_key` signs the webhook, by default the app's secret; `refresh_token` is the first one, later ones live in
    the database, encrypted under `data_key`; `templates`: event -> template; `files` reads a file to be sent by its
    key in the file store and may raise LookupError or OSError; `zone` names the office's time zone; `send_seconds`
    bounds one call; `closing` is called when the channel has stopped.
    """

    name = NAME
    pace = ZALO_OA.pace
    retries_hooks = True

    def __init__(
        self, account: str, app_id: str, app_secret: SecretStr, *, threads: Threads, clock: Clock, data_key: SecretStr,
        secret_key: SecretStr | None = None, refresh_token: SecretStr | None = None, api_url: str = API_URL,
        oauth_url: str = OAUTH_URL, zbs_url: str = ZBS_URL, buttons: bool = False,
        templates: Mapping[str, Template] | None = None, files: Callable[[str], bytes] | None = None,
        zone: str = "Asia/Ho_Chi_Minh", send_seconds: float = 20.0, jitter: Callable[[], float] = random.random,
        closing: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        secret = app_secret.get_secret_value()
        if not app_id or not secret:
            raise SendFailed("misconfigured", "no-app")
        self.account = account
        limits = ZALO_OA.limits if buttons else replace(ZALO_OA.limits, buttons=0)
        self.limits = limits if files else replace(limits, photo=0)  # nothing to read pictures from: words instead
        self.templates = templates or {}
        self.hooks: Counter[str] = Counter()
        """How hook calls were signed: `app`, `oa` (the account's id as the first term), `wrong`."""
        self._app_id, self._closing = app_id, closing
        self._hook_secret = (secret_key.get_secret_value() if secret_key else "") or secret
        self._wire = Wire(
            app_id=app_id, app_secret=secret, api_url=api_url, oauth_url=oauth_url, zbs_url=zbs_url, clock=clock,
            zone=zone, seconds=send_seconds, jitter=jitter,
        )  # fmt: skip
        self._assets = Assets(files, clock, self.limits)
        self._oa_id = ""
        self._tokens: Tokens | None = None
        try:
            keys = Keys.read(data_key.get_secret_value())
        except BadKey:
            return  # said when the channel is opened: the office is served on its other channels
        seed = refresh_token.get_secret_value() if refresh_token else ""
        self._tokens = Tokens(threads, keys, self._wire, clock, channel=self.name, account=account, seed=seed)

    # --- hearing ------------------------------------------------------------------------------------------------------

    def is_group(self, chat: str) -> bool:
        """Never: groups are another product."""
        return False

    def envelope(self, raw: Mapping[str, Any]) -> Envelope:
        """The message's id where a person sent one, else the event's; and whom the event is about."""
        return hearing.envelope_of(raw)

    async def hear(self, raw: Mapping[str, Any]) -> Inbound | None:
        """What the event means."""
        return hearing.inbound_of(raw)

    def verify_hook(self, headers: Mapping[str, str], body: bytes = b"") -> bool:
        """Whether the call is signed by Zalo. Some accounts are reported to sign with their own id first."""
        subject = self._oa_id or (self._tokens.subject if self._tokens else "")
        found = hearing.signed_with(headers, body, [self._app_id, subject], self._hook_secret)
        how = {"": "wrong", self._app_id: "app"}.get(found, "oa")
        self.hooks[how] += 1
        if how == "oa" and self.hooks[how] == 1:
            log.warning("the webhook is signed with the account's id", extra={"channel": self.name})
        return how != "wrong"

    # --- sending ------------------------------------------------------------------------------------------------------

    def lay_out(self, message: Message) -> list[Page]:
        """Up to five buttons where the account may have them, else numbered lists; lengths after composition.

        A file that can carry no words, or no buttons beside it, goes before them as a page of its own.
        """
        choices = tuple((token, _nfc(label)) for token, label in message.choices)
        composed, file = replace(message, text=_nfc(message.text), choices=choices), message.file
        if file is None:
            return lay_out(composed, self.limits)
        if file.media not in PICTURES and file.media.startswith("image/"):
            return lay_out(composed, replace(self.limits, photo=0))  # no picture that Zalo takes: its words go instead
        if file.media in PICTURES and not (choices and self.limits.buttons and self.limits.photo):
            return lay_out(composed, self.limits)
        alone = lay_out(Message("", file=file), self.limits)[:1]
        if not message.text.strip() and not choices:
            return alone
        return [*alone, *lay_out(replace(composed, file=None), self.limits)]

    async def send(self, chat: str, page: Page) -> Receipt:
        """Send one page as a consultation message. Raises SendFailed.

        After seven days without a word from her Zalo takes none: then the page's template goes, where the office has
        one for its event, else ("refused", "window").
        """
        try:
            return await self._consult(chat, page)
        except SendFailed as failure:
            known = told_by(self.templates, page.template) if failure.reason == "window" else None
            if known is None:
                raise
            return await self.send_template_by_uid(chat, *known)

    async def _consult(self, chat: str, page: Page) -> Receipt:
        body = {"recipient": {"user_id": chat}, "message": await self._message(page)}
        try:
            answer = await self._call(CONSULT, body)
        except SendFailed as failure:
            if page.file is None or failure.reason not in ("attachment-expired", "bad-field"):
                raise
            if not self._assets.forget(page.file):
                raise
            # What had been uploaded days ago has gone at Zalo: upload it anew, once.
            body["message"] = await self._message(page)
            answer = await self._call(CONSULT, body)
        return hearing.receipt_of(answer)

    async def _message(self, page: Page) -> dict[str, Any]:
        shown = page if self.limits.buttons or not page.buttons else replace(page, buttons=False, numbered=True)
        text = _nfc(shown.full_text())
        words = {"text": text} if text else {}
        if page.file is not None:
            asset = await self._assets.of(page.file, self._upload)
            return {**(words if asset.is_picture else {}), "attachment": asset.attachment}
        buttons = [
            {"title": label[:_TITLE], "type": "oa.query.hide", "payload": f"#q:{token}"}
            for row in shown.button_rows()
            for token, label in row
        ]
        if not buttons:
            return words
        return {**words, "attachment": {"type": "template", "payload": {"buttons": buttons}}}

    async def send_template_by_uid(self, chat: str, event: str, data: Mapping[str, str]) -> Receipt:
        """Tell a follower of `event` by its template. Raises SendFailed.

        ("refused", "no-template" | "no-uid" | ...-param) before anything is sent; "no-uid": try the phone.
        """
        body = body_by_uid(self.templates, chat, event, data)
        return hearing.receipt_of(await self._call(TEMPLATE_BY_UID, body))

    async def send_template_by_phone(
        self, phone: str, event: str, data: Mapping[str, str], tracking_id: str
    ) -> Receipt:
        """Tell whoever has `phone` (any Vietnamese way of writing it) of `event` by its template. Raises SendFailed.

        `tracking_id`: see `zalo_oa_templates.tracking_id`; receipt and rating come back with it.
        """
        body = body_by_phone(self.templates, phone, event, data, tracking_id)
        return hearing.receipt_of(await self._call(TEMPLATE_BY_PHONE, body))

    async def acknowledge(self, inbound: Inbound) -> None:
        """Nothing to do: a press comes as a text."""

    async def fetch(self, file: RemoteFile) -> bytes:
        """The bytes of a file, at most 20 MB, equal to the checksum that came with it. Raises SendFailed."""
        url, checksum = hearing.checksum_of(file.ref)
        if file.size > _LARGEST:
            raise SendFailed("refused", "too-large")
        data = await self._wire.download(url, _LARGEST)
        if checksum and hashlib.md5(data, usedforsecurity=False).hexdigest() != checksum:
            raise SendFailed("retryable", "checksum")
        return data

    # --- the account --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Get a token and ask whose account it is. Can be called again after a failure. Raises SendFailed."""
        await self._the_tokens().access(again=True)
        try:
            answer = await self._renewing(lambda access: self._wire.get(access, GET_OA))
        except SendFailed as failure:
            if failure.kind in ("refused", "gone"):
                raise SendFailed("misconfigured", failure.reason) from None
            raise
        told = answer.get("data")
        if isinstance(told, dict):
            self._oa_id = str(told.get("oaid") or told.get("oa_id") or "")

    async def tend(self) -> None:
        """Renew the tokens when it is time, also while nobody writes. Call it every few minutes. Never raises."""
        if self._tokens is not None:
            await self._tokens.tend()

    async def stop(self) -> None:
        """Let a renewal of the tokens end, close the connections."""
        if self._tokens is not None:
            await self._tokens.close()
        await self._wire.close()
        if self._closing is not None:
            await asyncio.to_thread(self._closing)

    def _the_tokens(self) -> Tokens:
        if self._tokens is None:
            raise SendFailed("misconfigured", "data-key")
        return self._tokens

    async def _call(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self._renewing(lambda access: self._wire.post(access, path, body))

    async def _upload(self, kind: str, name: str, media: str, data: bytes) -> str:
        return await self._renewing(lambda access: self._wire.upload(access, kind, name, media, data))

    async def _renewing(self, call: Callable[[str], Awaitable[T]]) -> T:
        """`call` with an access token, once more with a new one where Zalo refuses the first."""
        tokens = self._the_tokens()
        access = await tokens.access()
        try:
            return await call(access)
        except TokenRejected:
            access = await tokens.access(rejected=access)
        return await call(access)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)

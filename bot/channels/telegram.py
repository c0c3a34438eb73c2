"""Telegram through aiogram: https://core.telegram.org/bots/api

Texts go out as they are, without a parse mode, so nothing that a person typed can turn into markup.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    File,
    InlineKeyboardMarkup,
    Update,
    User,
)
from aiogram.types.update import UpdateTypeLookupError
from aiogram.utils.token import TokenValidationError
from pydantic import SecretStr

from bot.channels import telegram_hearing as hearing
from bot.channels.profiles import TELEGRAM
from bot.channels.reading import asked_only, carries_secret
from bot.channels.telegram_errors import failure_of, is_not_a_picture
from bot.channels.telegram_wire import GetRawUpdates, Session, keyboard, keyboard_json, receipt_of
from bot.dialog.values import Message
from bot.layout import lay_out
from bot.port import Envelope, Inbound, Page, Receipt, RemoteFile, SendFailed

log = logging.getLogger("motcua.telegram")

T = TypeVar("T")

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_FILE_SECONDS = 120


class TelegramChannel:
    """One bot. Raises SendFailed("misconfigured") when the token cannot be one.

    `receive` is "polling" or "webhook" (then with `webhook_url` and `webhook_secret`); `files` reads a file to be sent
    by its key, on a thread, and may raise LookupError or OSError; `send_seconds` bounds one send.
    """

    name = "telegram"
    limits = TELEGRAM.limits
    pace = TELEGRAM.pace
    retries_hooks = True

    def __init__(
        self,
        account: str,
        token: SecretStr,
        *,
        api_url: str = "",
        proxy: SecretStr | None = None,
        receive: str = "polling",
        webhook_url: str = "",
        webhook_secret: SecretStr | None = None,
        files: Callable[[str], bytes] | None = None,
        send_seconds: float = 20.0,
        poll_seconds: int = 25,
    ) -> None:
        self.account, self.poll_seconds = account, poll_seconds
        self.receive, self._webhook_url, self._files = receive, webhook_url, files
        if files is None:
            self.limits = replace(TELEGRAM.limits, photo=0)  # nothing to read pictures from: their words go instead
        self._secret = webhook_secret.get_secret_value() if webhook_secret else ""
        self._session = Session(api_url, proxy.get_secret_value() if proxy else None, send_seconds)
        self._dispatcher = Dispatcher(disable_fsm=True)
        self._dispatcher.include_router(hearing.router())
        self._dispatcher["username"] = ""
        self._kinds = self._dispatcher.resolve_used_update_types()
        bot = _bot(token.get_secret_value(), self._session)
        if bot is None:
            raise SendFailed("misconfigured", "bad-token")
        self._bot = bot

    # --- hearing ------------------------------------------------------------------------------------------------------

    @property
    def deep_link(self) -> str:
        """A link that opens a chat with this bot and hands `{token}` over; "" before the bot's name is known."""
        username = self._dispatcher["username"]
        return f"https://t.me/{username}?start={{token}}" if username else ""

    def is_group(self, chat: str) -> bool:
        """Groups have ids below zero."""
        return chat.startswith("-")

    def envelope(self, raw: Mapping[str, Any]) -> Envelope:
        """update_id, and the chat of whatever the update carries."""
        return hearing.envelope_of(raw)

    async def hear(self, raw: Mapping[str, Any]) -> Inbound | None:
        """aiogram's dispatcher as the translator: the handler that takes the update returns what it means."""
        try:
            update = Update.model_validate(raw, context={"bot": self._bot})
            _ = update.event_type  # the dispatcher would print an update of a kind that it does not know
            heard = await self._dispatcher.feed_update(self._bot, update)
        except UpdateTypeLookupError:
            return None
        except Exception as error:  # whatever is odd about one update, the chat goes on
            log.warning("an update could not be read", extra={"channel": self.name, "reason": type(error).__name__})
            return hearing.salvage(raw, self.envelope(raw).chat)
        return heard if isinstance(heard, Inbound) else None

    async def poll(self, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """One long poll of `poll_seconds`: the raw updates and the cursor of the next poll.

        Asking with the new cursor tells Telegram that these were taken: keep them first. Raises SendFailed.
        """
        ask = GetRawUpdates(
            offset=int(cursor) if cursor else None, timeout=self.poll_seconds, allowed_updates=self._kinds
        )
        try:
            got = await self._answer(self._bot(ask, request_timeout=self.poll_seconds + 10))
        except SendFailed as failure:
            raise asked_only(failure) from None
        updates = [update for update in got if isinstance(update, dict)]
        ids = [update["update_id"] for update in updates if isinstance(update.get("update_id"), int)]
        return updates, str(max(ids) + 1) if ids else cursor

    def verify_hook(self, headers: Mapping[str, str], body: bytes = b"") -> bool:
        """Whether a webhook call carries our secret; never when there is none."""
        return carries_secret(headers, SECRET_HEADER, self._secret)

    # --- sending ------------------------------------------------------------------------------------------------------

    def lay_out(self, message: Message) -> list[Page]:
        """Buttons for up to 24 choices; numbers on them when a label is long."""
        return lay_out(message, self.limits)

    async def send(self, chat: str, page: Page) -> Receipt:
        """Send one page. Raises SendFailed."""
        rows = page.button_rows()
        if page.file is not None:
            return await self._send_file(chat, page, page.file, keyboard(rows))
        call = self._session.send_text(self._bot, chat, page.full_text(), keyboard_json(rows))
        return receipt_of(await self._answer(call, chat))

    async def _send_file(
        self, chat: str, page: Page, file: Mapping[str, str], markup: InlineKeyboardMarkup | None
    ) -> Receipt:
        if self._files is None:
            raise SendFailed("refused", "no-files")
        try:
            data = await asyncio.to_thread(self._files, file.get("key", ""))
        except (LookupError, OSError):
            data = b""
        if not data:
            raise SendFailed("refused", "no-such-file")
        upload = BufferedInputFile(data, file.get("name") or "file")
        caption = page.full_text() or None
        if file.get("media", "").startswith("image/") and len(data) <= self.limits.photo:
            photo = self._bot.send_photo(
                chat, upload, caption=caption, reply_markup=markup, request_timeout=_FILE_SECONDS
            )
            try:
                return receipt_of(await self._answer(photo, chat, but=is_not_a_picture))
            except TelegramBadRequest:
                log.info("a picture goes as a document", extra={"channel": self.name})
        paper = self._bot.send_document(
            chat, upload, caption=caption, reply_markup=markup, request_timeout=_FILE_SECONDS
        )
        return receipt_of(await self._answer(paper, chat))

    async def acknowledge(self, inbound: Inbound) -> None:
        """Stop the button's clock. Telegram forgets a press after a while; that is no failure of ours."""
        if not inbound.to_ack:
            return
        try:
            await self._answer(self._bot.answer_callback_query(inbound.to_ack, request_timeout=3))
        except SendFailed as failure:
            log.info("a button press was not acknowledged", extra={"channel": self.name, "reason": failure.reason})

    async def fetch(self, file: RemoteFile) -> bytes:
        """The bytes of a file, at most 20 MB. Raises SendFailed."""
        if file.size > self.limits.file:
            raise SendFailed("refused", "too-large")
        try:
            found = await self._answer(self._bot.get_file(file.ref))
            path = found.file_path if isinstance(found, File) else None
            if not path:
                raise SendFailed("refused", "no-such-file")
            stream = await self._answer(self._bot.download_file(path))
        except SendFailed as failure:
            if failure.reason in ("not-found", "http-404"):  # the token was good a moment ago: the file has gone
                raise SendFailed("refused", "no-such-file") from None
            raise asked_only(failure) from None
        return stream.read() if stream else b""

    # --- the account --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Check the token and choose how updates come. Can be called again after a failure.

        Raises SendFailed: misconfigured for good, any other kind when Telegram could not be asked.
        """
        if self.receive == "webhook" and not (self._webhook_url and self._secret):
            raise SendFailed("misconfigured", "webhook-without-address-or-secret")
        try:
            me = await self._answer(self._bot.get_me())
            if isinstance(me, User):
                self._dispatcher["username"] = me.username or ""
            if self.receive == "webhook":
                await self._answer(
                    self._bot.set_webhook(
                        self._webhook_url, allowed_updates=self._kinds, secret_token=self._secret, max_connections=40
                    )
                )
            else:
                # A forgotten webhook would keep every update from us. Telegram keeps what it could not deliver there.
                await self._answer(self._bot.delete_webhook(drop_pending_updates=False))
        except SendFailed as failure:
            if failure.kind == "refused":
                raise SendFailed("misconfigured", "webhook-refused") from None
            raise asked_only(failure) from None

    async def stop(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def _answer(
        self, call: Awaitable[T], chat: str = "", *, but: Callable[[Exception], bool] = lambda error: False
    ) -> T:
        """The answer to a call. Raises SendFailed, which holds nothing of the error, for that may hold the token; an
        error that `but` claims passes as it is."""
        try:
            return await call
        except Exception as error:
            if but(error):
                raise
            failure = failure_of(error, group=self.is_group(chat))
        if failure.reason.startswith("hole-"):
            log.error("an error without a name", extra={"channel": self.name, "reason": failure.reason})
        raise failure


def _bot(token: str, session: Session) -> Bot | None:
    try:
        return Bot(token, session=session)
    except TokenValidationError:
        return None

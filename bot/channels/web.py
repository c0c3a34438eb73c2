"""The chat page as a channel: sending writes the message where the page fetches it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.channels.profiles import WEB
from bot.dialog.values import Message
from bot.layout import lay_out
from bot.port import Envelope, Inbound, Pace, Page, Receipt, RemoteFile, SendFailed
from bot.threads import Threads
from bot.wake import Wake
from services.clock import Clock, ms
from services.db.machine import WebMessage, WebSession
from services.files.store import Missing, Unreadable

LIMITS = WEB.limits
_KINDS = {"text": "text", "tap": "tap", "file": "file"}


class WebChannel:
    """The chat page. Its updates are made by our own routes, so they have one shape."""

    name = "web"
    limits = LIMITS
    pace = Pace()
    retries_hooks = False

    def __init__(
        self, threads: Threads, clock: Clock, wake: Wake, account: str = "default",
        *, files: Callable[[str], Awaitable[bytes]] | None = None,
    ) -> None:  # fmt: skip
        self.account, self._threads, self._clock, self._wake = account, threads, clock, wake
        self._files = files

    def is_group(self, chat: str) -> bool:
        """Never: a session is one person."""
        return False

    def envelope(self, raw: Mapping[str, Any]) -> Envelope:
        """The client's own id, unique within its session."""
        chat = str(raw.get("session", ""))
        return Envelope(f"{chat}/{raw.get('id', '')}", chat)

    async def hear(self, raw: Mapping[str, Any]) -> Inbound | None:
        """What the page sent."""
        kind = _KINDS.get(str(raw.get("kind")))
        if kind is None:
            return None
        at = raw.get("at")
        return Inbound(
            kind,  # type: ignore[arg-type]
            str(raw.get("session", "")),
            at if isinstance(at, int) else None,
            text=str(raw.get("text", "")),
            tap=str(raw.get("tap", "")),
            language=str(raw.get("language", "")),
            files=(RemoteFile(str(raw.get("ref", "")), str(raw.get("name", "")), str(raw.get("media", ""))),)
            if kind == "file"
            else (),
        )

    def lay_out(self, message: Message) -> list[Page]:
        """One page, as long as it fits."""
        return lay_out(message, self.limits)

    async def send(self, chat: str, page: Page) -> Receipt:
        """Put the page where the session's reader finds it."""
        now = ms(self._clock.now())

        def write(session: Session) -> int | None:
            n = session.scalar(
                update(WebSession)
                .where(WebSession.id == chat, WebSession.ended_ms.is_(None))
                .values(last_n=WebSession.last_n + 1)
                .returning(WebSession.last_n)
            )
            if n is not None:
                session.add(WebMessage(session_id=chat, n=n, page=page.dump(), at_ms=now))
            return n

        try:
            n = await self._threads.write(write)
        except SQLAlchemyError:
            raise SendFailed("retryable", "database") from None
        if n is None:
            raise SendFailed("gone", "session-ended")
        self._wake.web({chat})
        return Receipt(str(n), now)

    async def fetch(self, file: RemoteFile) -> bytes:
        """What the page's own route kept before the update was journalled."""
        if self._files is None or not file.ref:
            raise SendFailed("refused", "no-such-file")
        try:
            return await self._files(file.ref)
        except (Missing, Unreadable):
            raise SendFailed("refused", "no-such-file") from None

    async def acknowledge(self, inbound: Inbound) -> None:
        """Nothing to do: the page shows a tap by itself."""

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

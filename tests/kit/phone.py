"""A phone for tests: a channel that implements the whole port with a platform's limits, and remembers all it showed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels.profiles import PROFILES
from bot.dialog.values import Message
from bot.layout import lay_out, length
from bot.port import Envelope, Inbound, Limits, Pace, Page, Receipt, RemoteFile, SendFailed
from services.clock import Clock, ms


@dataclass
class Phone:
    """One person's phone on a platform of `profile`. `fails` are raised by the next sends, in order."""

    profile: str
    clock: Clock
    name: str = "phone"
    account: str = "default"
    pace: Pace = field(default_factory=Pace)
    retries_hooks: bool = False
    shown: list[Message] = field(default_factory=list)
    pages: list[tuple[str, Page]] = field(default_factory=list)
    laid_by_message: list[list[Page]] = field(default_factory=list)
    """The pages of each message of `shown`."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What people sent, by reference; the reference's own text stands in for what is not here."""
    fails: list[SendFailed] = field(default_factory=list)
    refuse: Callable[[str, Page], SendFailed | None] = lambda chat, page: None
    calls: list[tuple[int, str]] = field(default_factory=list)
    held: asyncio.Event | None = None

    @property
    def limits(self) -> Limits:
        """The platform's limits."""
        return PROFILES[self.profile].limits

    def is_group(self, chat: str) -> bool:
        """Groups begin with a minus."""
        return chat.startswith("-")

    def envelope(self, raw: Mapping[str, Any]) -> Envelope:
        """As the tests wrote it."""
        return Envelope(str(raw.get("id", "")), str(raw.get("chat", "")))

    async def hear(self, raw: Mapping[str, Any]) -> Inbound | None:
        """As the tests wrote it."""
        if "kind" not in raw:
            return None
        files = tuple(RemoteFile(**file) for file in raw.get("files", ()))
        names = ("text", "tap", "private", "sender", "moved_to", "language")
        known = {name: raw[name] for name in names if name in raw}
        known.setdefault("private", not self.is_group(str(raw["chat"])))
        return Inbound(raw["kind"], str(raw["chat"]), raw.get("at"), files=files, **known)

    def lay_out(self, message: Message) -> list[Page]:
        """As the platform's limits say; every page is checked against them."""
        pages = lay_out(message, self.limits)
        for page in pages:
            assert length(page.full_text(), self.limits) <= self.limits.text
            assert len(page.choices) <= self.limits.buttons or not page.buttons
            rows = [cell for row in page.button_rows() for cell in row]
            assert all(len(token.encode()) <= 64 for token, _ in rows)
            reachable = {token for token, _ in rows} if page.buttons else set()
            listed = page.full_text() if page.numbered else ""
            for token, label in page.choices:
                assert token in reachable or f". {label}" in listed, f"{label!r} cannot be chosen on {self.profile}"
        self.shown.append(message)
        self.laid_by_message.append(list(pages))
        return pages

    async def send(self, chat: str, page: Page) -> Receipt:
        """Shown at once, unless a failure was asked for; `held` keeps the platform's answer back."""
        self.calls.append((ms(self.clock.now()), chat))
        if self.held is not None:
            await self.held.wait()
        failure = self.fails.pop(0) if self.fails else self.refuse(chat, page)
        if failure is not None:
            raise failure
        self.pages.append((chat, page))
        return Receipt(str(len(self.pages)), ms(self.clock.now()))

    async def fetch(self, file: RemoteFile) -> bytes:
        """What was sent under this reference."""
        return self.files.get(file.ref, file.ref.encode())

    async def acknowledge(self, inbound: Inbound) -> None:
        """Nothing to see."""

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

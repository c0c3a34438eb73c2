"""The terminal as a channel, laid out as any other platform would: for trying conversations without a token."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

from bot.channels.profiles import PROFILES
from bot.dialog.values import Message
from bot.layout import lay_out
from bot.port import Envelope, Inbound, Pace, Page, Receipt, RemoteFile, SendFailed


class TerminalChannel:
    """One chat on stdin and stdout. A line like `[Lệ phí]` or `!2` presses a button where the profile has any."""

    name = "terminal"
    pace = Pace()
    retries_hooks = False

    def __init__(
        self, profile: str, write: Callable[[str], None], account: str = "default", chat: str = "terminal"
    ) -> None:
        self.account, self._write, self.chat = account, write, chat
        self.limits = PROFILES[profile].limits
        self._taps: dict[str, str] = {}

    def is_group(self, chat: str) -> bool:
        """Never."""
        return False

    def typed(self, line: str, number: int) -> dict[str, Any]:
        """A line as a raw update."""
        tap = self._taps.get(line.strip())
        body = {"tap": tap} if tap else {"text": line}
        return {"id": str(number), "chat": self.chat, "at": number // 1_000_000, **body}

    def envelope(self, raw: Mapping[str, Any]) -> Envelope:
        """The line's number."""
        return Envelope(str(raw.get("id", "")), str(raw.get("chat", "")))

    async def hear(self, raw: Mapping[str, Any]) -> Inbound | None:
        """A line as text or as a pressed button."""
        kind: Literal["tap", "text"] = "tap" if "tap" in raw else "text"
        return Inbound(
            kind, str(raw.get("chat", "")), raw.get("at"), text=str(raw.get("text", "")), tap=str(raw.get("tap", ""))
        )

    def lay_out(self, message: Message) -> list[Page]:
        """As the profile's platform would."""
        return lay_out(message, self.limits)

    async def send(self, chat: str, page: Page) -> Receipt:
        """Print a page."""
        rows = page.button_rows()
        buttons = "\n".join(" ".join(f"[{label}]" for _, label in row) for row in rows)
        self._taps.update({f"[{label}]": token for row in rows for token, label in row})
        self._taps.update(
            {f"!{number}": token for number, (token, _) in enumerate((b for row in rows for b in row), 1)}
        )
        file = f"({page.file.get('name', '')})" if page.file else ""
        self._write("\n".join(part for part in (page.full_text(), file, buttons) if part) + "\n")
        return Receipt(str(time.monotonic_ns()), int(time.time() * 1000))

    async def fetch(self, file: RemoteFile) -> bytes:
        """A terminal has no files."""
        raise SendFailed("refused", "no-such-file")

    async def acknowledge(self, inbound: Inbound) -> None:
        """Nothing to do."""

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

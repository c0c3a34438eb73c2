"""How fast an account may send: a generic cell rate algorithm for the account, for each chat and for each group.

Platforms count in their own windows and see our jitter, so accounts are paced a little under the published limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.port import Pace

_GROUP_BURST = 4


@dataclass(slots=True)
class Pacer:
    """The pace of one account. Times are milliseconds of one clock; `tat` is a theoretical arrival time."""

    pace: Pace
    tat: float = 0.0
    chats: dict[str, float] = field(default_factory=dict)
    _swept: float = 0.0

    def account_free_at(self) -> float:
        """When the account may send next."""
        return self.tat

    def busy_chats(self, now: float) -> list[str]:
        """The chats that have to wait."""
        if now - self._swept > 1000:
            self._swept = now
            self.chats = {chat: tat for chat, tat in self.chats.items() if tat > now}
        return [chat for chat, tat in self.chats.items() if tat - self._tolerance(chat) > now]

    def chat_free_at(self, now: float) -> float | None:
        """When the first of the chats that have to wait may be written to again; None when none has to."""
        free = (tat - self._tolerance(chat) for chat, tat in self.chats.items())
        return min((at for at in free if at > now), default=None)

    def room(self, now: float, most: int) -> int:
        """How many messages may go now, at most `most`."""
        if not self.pace.account_per_s:
            return most
        return 1 if self.tat <= now else 0

    def sent(self, chat: str, now: float, *, group: bool) -> None:
        """A message goes to `chat` now."""
        if self.pace.account_per_s:
            interval = 1000 / self.pace.account_per_s
            # A wake-up that came late is caught up with, by one message: a second never holds more than one too many.
            self.tat = max(self.tat, now - interval) + interval
        gap = self._gap(group)
        if gap:
            key = f"#{chat}" if group else chat
            self.chats[key] = max(self.chats.get(key, 0.0), now) + gap

    def set_back(self, by: int) -> None:
        """The clock went back."""
        self.tat -= by
        self._swept -= by
        self.chats = {chat: tat - by for chat, tat in self.chats.items()}

    def chat_of(self, key: str) -> str:
        """The chat behind a key of `busy_chats`."""
        return key.removeprefix("#")

    def _gap(self, group: bool) -> float:
        if group and self.pace.group_per_min:
            return 60_000 / self.pace.group_per_min
        return 1000 / self.pace.chat_per_s if self.pace.chat_per_s else 0.0

    def _tolerance(self, key: str) -> float:
        group = key.startswith("#")
        burst = _GROUP_BURST if group else max(1, self.pace.chat_burst)
        return self._gap(group) * (burst - 1)

"""The rates a platform allows, enforced and with every trespass written down.

Telegram gives no exact figures: about 30 messages a second to different chats, one a second in one chat with short
bursts allowed, 20 a minute in a group (https://core.telegram.org/bots/faq#broadcasting-to-users).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Violation:
    """A message that came too soon. `impatient`: it came although the platform had said how long to wait."""

    at: float
    scope: Literal["bot", "chat", "group"]
    chat_id: str
    retry_after: int
    impatient: bool


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Limits:
    """Judges each message by the time it comes. All rates per second unless the name says otherwise."""

    def __init__(
        self,
        *,
        bot_per_second: int = 30,
        chat_per_second: float = 1.0,
        chat_burst: int = 3,
        group_per_minute: int = 20,
        bot_mute: int = 5,
    ) -> None:
        """`chat_burst`: messages that one private chat takes at once; `bot_mute`: retry_after of the whole bot."""
        self.bot_per_second = bot_per_second
        self.chat_per_second = chat_per_second
        self.chat_burst = chat_burst
        self.group_per_minute = group_per_minute
        self.bot_mute = bot_mute
        self.violations: list[Violation] = []
        self.busiest_second = 0
        self._bot: deque[float] = deque()
        self._chats: dict[str, _Bucket] = {}
        self._groups: dict[str, deque[float]] = {}
        self._muted: dict[str, float] = {}

    def judge(self, chat_id: str, group: bool, at: float) -> int | None:
        """None: the message may pass. Else `retry_after` in whole seconds, and the trespass is recorded.

        A refused message does not count against the rates; calling again before the time is a trespass of its own.
        """
        chat_scope: Literal["chat", "group"] = "group" if group else "chat"
        for key, scope in (("", "bot"), (chat_id, chat_scope)):
            until = self._muted.get(key, 0.0)
            if at < until:
                return self._refuse(at, "bot" if scope == "bot" else chat_scope, chat_id, until - at, impatient=True)
        window = self._slide(self._bot, at, 1.0)
        if len(window) >= self.bot_per_second:
            return self._refuse(at, "bot", chat_id, self.bot_mute)
        if group:
            minute = self._slide(self._groups.setdefault(chat_id, deque()), at, 60.0)
            if len(minute) >= self.group_per_minute:
                return self._refuse(at, "group", chat_id, minute[0] + 60.0 - at)
            minute.append(at)
        else:
            bucket = self._chats.setdefault(chat_id, _Bucket(float(self.chat_burst), at))
            bucket.tokens = min(self.chat_burst, bucket.tokens + (at - bucket.at) * self.chat_per_second)
            bucket.at = at
            if bucket.tokens < 1.0 - 1e-9:
                return self._refuse(at, "chat", chat_id, (1.0 - bucket.tokens) / self.chat_per_second)
            bucket.tokens -= 1.0
        window.append(at)
        self.busiest_second = max(self.busiest_second, len(window))
        return None

    @staticmethod
    def _slide(window: deque[float], at: float, length: float) -> deque[float]:
        while window and window[0] <= at - length:
            window.popleft()
        return window

    def _refuse(
        self, at: float, scope: Literal["bot", "chat", "group"], chat_id: str, wait: float, impatient: bool = False
    ) -> int:
        retry_after = max(1, math.ceil(wait - 1e-9))
        if not impatient:
            self._muted["" if scope == "bot" else chat_id] = at + retry_after
        self.violations.append(Violation(at, scope, chat_id, retry_after, impatient))
        return retry_after

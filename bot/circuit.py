"""What the failures of an account say about its platform: it asked us to wait, it is away, or it no longer answers.

After a few failures in a row the platform is only probed: one message at a time, and more and more seldom.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from bot import outbox
from bot.outbox import Outcome, Work
from bot.port import SendFailed

_AWAY_AFTER = 3
_DEAF_MS = 200
"""An answer that never came, and none to anybody else for so long: then the platform is asked whether it is there."""
_OUTAGE_CAP_MS = 8_000
_HEALTHY_CAP_MS = 600_000
_REFUSED_MS = 60_000


class Circuit:
    """The standing of one account with its platform. Times are milliseconds; `jitter` gives numbers from 0 to 1."""

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._jitter = jitter
        self._failures = 0
        self._probe_at = 0
        self._deaf_at: int | None = None
        self.closed_until = 0
        """Until when the platform asked the whole account to wait."""
        self._closing: int | None = None

    @property
    def troubled(self) -> bool:
        """Whether the last call failed."""
        return self._failures > 0

    def take_closing(self) -> int | None:
        """Until when the account was closed, once, to be written down."""
        closing, self._closing = self._closing, None
        return closing

    def keep(self, closing: int | None) -> None:
        """It could not be written down: give it out again."""
        if closing is not None and self._closing is None:
            self._closing = closing

    def set_back(self, by: int) -> None:
        """The clock went back: what was to end in half a minute still does."""
        self._probe_at -= by
        if self._deaf_at is not None:
            self._deaf_at -= by
        if self.closed_until:
            self.closed_until = self._closing = self.closed_until - by

    def room(self, now: int, room: int, *, idle: bool) -> int:
        """How many of `room` messages may go now; `idle`: none is under way."""
        if now < self.closed_until or self.is_deaf(now):
            return 0
        if self._failures >= _AWAY_AFTER:
            return min(room, 1 if now >= self._probe_at and idle else 0)
        return room

    def is_deaf(self, now: int) -> bool:
        """Whether it must be asked whether it is there before anything more is sent."""
        return self._deaf_at is not None and now >= self._deaf_at

    def may_ask(self, now: int) -> bool:
        """Whether that may be asked now."""
        return self.is_deaf(now) and now >= max(self._probe_at, self.closed_until)

    def opens(self, now: int) -> list[float]:
        """The moments to come at which something may be allowed that is not allowed now."""
        return [moment for moment in (self._probe_at, self._deaf_at or 0) if moment > now]

    def answers(self) -> None:
        """It took a message: all is well."""
        self._failures, self._deaf_at = 0, None

    def hears(self) -> None:
        """It answers when asked; what it has against us it says of a message too."""
        self._deaf_at = None

    def fails(self, now: int) -> None:
        """It did not answer as it should."""
        self._failures += 1
        if self._failures >= _AWAY_AFTER:
            self._probe_at = now + self.backoff(self._failures - _AWAY_AFTER + 1)

    def failed(self, work: Work, failure: SendFailed, now: int) -> Outcome:
        """The failure as an outcome of the message; closes the scope it speaks of."""
        reason = f"{failure.kind}:{failure.reason}"[:80]
        match failure.kind:
            case "gone":
                return Outcome(work, "dead", reason, gone=True)
            case "moved" if failure.moved_to:
                return Outcome(work, "queued", reason, moved_to=failure.moved_to)
            case "refused" | "moved":
                return Outcome(work, "dead", reason)
            case "unknown":
                self.fails(now)
                if self._deaf_at is None:
                    self._deaf_at = now + _DEAF_MS
                if work.unsure or work.priority >= 2:
                    return Outcome(work, "unsure", reason)
                return Outcome(work, "queued", "unsure", next_ms=now + self.backoff(work.attempts))
            case "retry_after":
                until = now + int(failure.after * 1000) + 250
                if failure.scope == "account":
                    self.closed_until = self._closing = max(self.closed_until, until)
                return Outcome(work, "queued", reason, next_ms=until)
            case "misconfigured":
                self.closed_until = self._closing = now + _REFUSED_MS
                return Outcome(work, "queued", reason)
            case _:
                self.fails(now)
                if now - work.created_ms > outbox.GIVE_UP_MS:
                    return Outcome(work, "dead", reason)
                return Outcome(work, "queued", reason, next_ms=now + self.backoff(work.attempts))

    def backoff(self, attempts: int) -> int:
        """Half a second doubled each time, with jitter. While the whole platform is away it stays under 8 seconds."""
        cap = _OUTAGE_CAP_MS if self._failures >= _AWAY_AFTER else _HEALTHY_CAP_MS
        return int(min(cap, 500 * 2 ** min(attempts - 1, 12)) * (0.5 + self._jitter() / 2))

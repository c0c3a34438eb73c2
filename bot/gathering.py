"""Finished sends that wait a moment for one another, so that one writing serves them all.

With few under way a writing takes longer than all of them: then it waits for the last. With many it waits as long as a
writing takes, and the next ones are sent meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_LONGEST_S = 0.01


class Gathering:
    """Rings the sender's bell when what has finished is worth a writing."""

    def __init__(self) -> None:
        self.ring: Callable[[], None] = lambda: None
        self._takes_s = _LONGEST_S
        self._writing = False
        self._soon: asyncio.TimerHandle | None = None

    def begins(self) -> None:
        """A writing begins. What finishes before it ends waits for those that it lets begin."""
        self._writing = True
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None

    def ends(self, seconds: float) -> None:
        """It took so long."""
        self._writing = False
        self._takes_s = min(_LONGEST_S, 0.8 * self._takes_s + 0.2 * seconds)

    def finished(self, *, last: bool) -> None:
        """A send has finished; `last`: no other is under way."""
        if self._writing:
            return
        if last:
            self.ring()
        elif self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(self._takes_s, self._ring_now)

    def _ring_now(self) -> None:
        self._soon = None
        self.ring()

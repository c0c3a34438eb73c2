"""Finished sends that wait a moment for one another, so that one writing serves them all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_TOGETHER_S = 0.01
"""What ends within the time that one writing takes is written down together; never waited for longer than this."""


class Gathering:
    """Rings the sender's bell: at once, or as long after the first finished send as a writing takes."""

    def __init__(self) -> None:
        self.ring: Callable[[], None] = lambda: None
        self._writing_s = _TOGETHER_S
        self._soon: asyncio.TimerHandle | None = None

    def took(self, seconds: float) -> None:
        """A writing took so long."""
        self._writing_s = min(_TOGETHER_S, 0.8 * self._writing_s + 0.2 * seconds)

    def finished(self, *, at_once: bool) -> None:
        """A send has finished."""
        if at_once:
            self.ring()
        elif self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(self._writing_s, self._ring_now)

    def _ring_now(self) -> None:
        self._soon = None
        self.ring()

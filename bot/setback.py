"""A machine's clock that was set back: what waits by the old time must not wait for that time to come again."""

from __future__ import annotations

_NOTICED_MS = 1_000
"""Less than this is the clock being led to the right time, and costs nobody more than that."""


class Setback:
    """By how much the clock of one sender went back, in milliseconds."""

    def __init__(self) -> None:
        self._latest = 0
        self.owed = 0
        """How much of it the messages that wait in the database do not know yet."""

    def seen(self, now: int) -> int:
        """Look at the clock; by how much it went back since it was last looked at."""
        back, self._latest = self._latest - now, now
        if back < _NOTICED_MS:
            return 0
        self.owed += back
        return back

    def settled(self, owed: int) -> None:
        """So much of what was owed is written down."""
        self.owed -= owed

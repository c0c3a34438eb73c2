"""Time is given: every service takes a `Clock`, so that tests and replays set it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


def ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC, the unit of every machine table."""
    return int(moment.timestamp() * 1000)

"""A clock that stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Fulfils `services.clock.Clock`."""

    def __init__(self, now: datetime = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        """The moment it was set to."""
        return self._now

    def tick(self, **span: float) -> None:
        """Move on: `tick(hours=24)`."""
        self._now += timedelta(**span)

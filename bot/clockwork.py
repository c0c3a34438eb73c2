"""APScheduler as a metronome: it ticks, and nothing else. What is due is a row, never a job."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger("motcua.clock")

Tick = Callable[[], Awaitable[object]]


class Clockwork:
    """Calls functions at intervals in this process. A missed tick is not made up for; one never overlaps itself."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def every(self, seconds: float, name: str, tick: Tick) -> None:
        """Call `tick` every `seconds`."""

        async def guarded() -> None:
            try:
                await tick()
            except Exception:
                log.exception("a tick broke; it comes again", extra={"reason": name})

        self._scheduler.add_job(guarded, "interval", seconds=seconds, id=name)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

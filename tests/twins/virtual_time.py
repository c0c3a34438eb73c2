"""Time that a test moves by hand: `now` and `sleep` for everything that is given its time."""

from __future__ import annotations

import asyncio
import heapq
import itertools


class VirtualTime:
    """A clock that stands still until `advance` is called.

    `now` and `sleep` have the shapes of `time.time` and `asyncio.sleep`, so both can be passed on as they are.
    """

    def __init__(self, start: float = 1_795_654_800.0) -> None:
        """`start`: unix seconds; the default is Thursday 26 November 2026, 08:00 in Viet Nam."""
        self._now = start
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Unix seconds."""
        return self._now

    @property
    def sleepers(self) -> int:
        """How many tasks are asleep."""
        return sum(1 for _, _, future in self._sleepers if not future.done())

    async def sleep(self, seconds: float) -> None:
        """Returns once the clock has been moved `seconds` forward; at once for zero or less."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), future))
        await future

    async def advance(self, seconds: float) -> None:
        """Moves the clock, waking sleepers in the order of their time; each runs before the next one wakes.

        A woken task that talks to a socket is not waited for: use the twin's `until`.
        """
        goal = self._now + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= goal:
            due, _, future = heapq.heappop(self._sleepers)
            self._now = max(self._now, due)
            if not future.done():
                future.set_result(None)
                await self._settle()
        self._now = goal
        await self._settle()

    @staticmethod
    async def _settle() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

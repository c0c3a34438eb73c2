"""What comes due by itself: lists, reminders, ratings, visits, cards that wait. Any process may run it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.threads import Threads
from bot.wake import Wake
from services import due_notices, ratings, talks, telling
from services.appointments import watch
from services.clock import Clock
from services.complaints import writing
from services.desk import clock as desk_clock
from services.desk import troubles

SWEEP_EVERY = timedelta(hours=1)


class Part(NamedTuple):
    """One kind of due work: whether there is any (on a reader), and doing it (in one transaction)."""

    waiting: Callable[[Session, datetime], bool]
    tick: Callable[[Session, datetime], int]


PARTS = (
    Part(due_notices.waiting, due_notices.tick),
    Part(ratings.waiting, ratings.tick),
    Part(watch.waiting, watch.tick),
    Part(desk_clock.waiting, desk_clock.tick),
    Part(talks.waiting_to_close, talks.close_quiet),
    Part(troubles.waiting, troubles.tick),
)


class Aftercare:
    """Looks whether something is due, and writes tellings, each with a key that makes it said once."""

    def __init__(self, threads: Threads, clock: Clock, wake: Wake) -> None:
        self._threads, self._clock, self._wake = threads, clock, wake
        self._swept: datetime | None = None

    async def step(self) -> int:
        """One look at everything; returns how many messages were written."""
        now = self._clock.now()
        due = await self._threads.read(lambda session: [part for part in PARTS if part.waiting(session, now)])
        told = 0
        for part in due:
            told += await self._threads.write(lambda session: self._tick(part, session, now))  # noqa: B023
        if self._swept is None or now - self._swept >= SWEEP_EVERY:
            self._swept = now
            await self._threads.write(lambda session: writing.sweep(session, now))
        if told:
            self._wake.told()
        return told

    @staticmethod
    def _tick(part: Part, session: Session, now: datetime) -> int:
        told = part.tick(session, now)
        telling.rang(session)
        return told

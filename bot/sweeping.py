"""The file store follows the rows: what was erased goes, and so does what no turn ever wrote down."""

from __future__ import annotations

import logging
from itertools import islice

from bot.threads import Threads
from services import retention
from services.clock import Clock
from services.files.store import FolderStore

log = logging.getLogger("motcua.erasing")

_TOGETHER = 500


class Sweeper:
    """Erases personal data on its day. Any number of processes may run it."""

    def __init__(self, threads: Threads, clock: Clock, store: FolderStore) -> None:
        self._threads, self._clock, self._store = threads, clock, store

    async def erase(self) -> None:
        """Erase what has had its time, rows first."""
        now = self._clock.now()
        done = await self._threads.write(lambda session: retention.erase_due(session, now))
        for key in done.files:
            await self._threads.aside(lambda key=key: self._store.drop(key))  # type: ignore[misc]
        if done.anything:
            log.info(
                "erased on their day: %d files, %d pre-submissions, %d messages to officers",
                len(done.files), done.presubmissions, done.messages,
            )  # fmt: skip

    async def sweep(self) -> int:
        """Remove what no row knows and is older than a day; returns how many files went."""
        before, gone = self._clock.now() - retention.LOST, 0
        await self._threads.aside(lambda: self._store.clear_parts(before))
        keys = iter(await self._threads.aside(lambda: list(self._store.kept_before(before))))
        while some := list(islice(keys, _TOGETHER)):
            lost = await self._threads.read(lambda session, some=some: retention.unknown(session, some))  # type: ignore[misc]
            for key in lost:
                await self._threads.aside(lambda key=key: self._store.drop(key))  # type: ignore[misc]
            gone += len(lost)
        if gone:
            log.info("removed %d files that no turn wrote down", gone)
        return gone

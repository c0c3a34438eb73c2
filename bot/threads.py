"""The one hop between the asynchronous edges and the synchronous core.

On SQLite a single writer thread takes whole transactions one after another; on PostgreSQL a small pool does. Reads
have threads of their own and never wait for a writer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from services.db.session import Database, moment, reading, unit

T = TypeVar("T")


class Threads:
    """Runs functions of a `Session` away from the event loop."""

    def __init__(self, db: Database, *, writers: int = 3, readers: int = 2) -> None:
        self.db = db
        self._writers = ThreadPoolExecutor(1 if db.is_sqlite else writers, "write")
        self._readers = ThreadPoolExecutor(readers, "read")

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one write transaction; committed when this returns, undone when it raises."""

        def run() -> T:
            with unit(self.db) as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._writers, run)

    async def at_once(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, a single statement that commits by itself (see `moment`)."""

        def run() -> T:
            with moment(self.db) as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._writers, run)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work` on a consistent view."""

        def run() -> T:
            with reading(self.db) as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    async def aside(self, work: Callable[[], T]) -> T:
        """Run something slow (a picture, an index) on a reader's thread, outside any transaction."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    def close(self) -> None:
        """Let what runs finish, take nothing more."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)

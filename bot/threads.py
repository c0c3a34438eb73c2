"""The one hop between the asynchronous edges and the synchronous core.

On SQLite a single writer thread takes whole transactions one after another; on PostgreSQL a small pool does. Reads
have threads of their own and never wait for a writer. Only what is a single statement may go without a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, LiteralString, TypeVar

import psycopg
from sqlalchemy.orm import Session

from services.db.session import Database, reading, unit

T = TypeVar("T")


class Threads:
    """Runs functions of a `Session` away from the event loop."""

    def __init__(self, db: Database, *, writers: int = 3, readers: int = 2) -> None:
        self.db = db
        self._writers = ThreadPoolExecutor(1 if db.is_sqlite else writers, "write")
        self._readers = ThreadPoolExecutor(readers, "read")
        self._line: psycopg.AsyncConnection[tuple[Any, ...]] | None = None
        self._in_turn = asyncio.Lock()

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one write transaction; committed when this returns, undone when it raises."""

        def run() -> T:
            with unit(self.db) as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._writers, run)

    async def at_once(self, statement: LiteralString, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """One statement, as psycopg takes them, that is kept as soon as it has run; returns its rows. PostgreSQL only.

        One round trip to the server where a transaction takes four, on the event loop: for what runs hundreds of times
        a second. Raises psycopg.Error; whether the statement was done is not known then.
        """
        async with self._in_turn:
            if self._line is None or self._line.closed:
                dsn = self.db.url.set(drivername="postgresql").render_as_string(hide_password=False)
                self._line = await psycopg.AsyncConnection.connect(
                    dsn, autocommit=True, prepare_threshold=0, connect_timeout=5, application_name="motcua"
                )
            cursor = await self._line.execute(statement, values, binary=True)
            return await cursor.fetchall()

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
        if self._line is not None:
            self._line.pgconn.finish()
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)

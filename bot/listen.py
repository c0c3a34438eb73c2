"""Hints between processes: PostgreSQL's LISTEN/NOTIFY, batched, and never more than a hint."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable

import msgspec
import psycopg

from bot.wake import Wake
from services.db.session import Database

log = logging.getLogger("motcua.listen")

_CHANNEL = "motcua"
_LONGEST = 7_000
_EVERY_S = 0.002


class Listener:
    """Carries this process's hints to the others and theirs to this one. On SQLite there are no others."""

    def __init__(self, db: Database, wake: Wake) -> None:
        self._dsn = db.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._wake, self._me = wake, secrets.token_hex(4)
        self._waiting: dict[str, dict[str, None]] = {}
        self._news = asyncio.Event()

    def tell(self, kind: str, names: Iterable[str]) -> None:
        """Pass a hint on soon."""
        self._waiting.setdefault(kind, {}).update(dict.fromkeys(names))
        self._news.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Listen and tell until `stop`; reconnects by itself."""
        self._wake.tell = self.tell
        while not stop.is_set():
            try:
                async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {_CHANNEL}")
                    telling = asyncio.create_task(self._tell(stop))
                    try:
                        while not stop.is_set():
                            async for note in connection.notifies(timeout=1.0):
                                self._heard(note.payload)
                    finally:
                        telling.cancel()
            except (psycopg.Error, OSError):
                log.warning("no hints from other processes for the moment; the workers look by themselves")
                await asyncio.sleep(1)

    def _heard(self, payload: str) -> None:
        try:
            sender, kind, names = msgspec.json.decode(payload, type=tuple[str, str, list[str]])
        except msgspec.DecodeError:
            return
        if sender != self._me:
            self._wake.heard(kind, names)

    async def _tell(self, stop: asyncio.Event) -> None:
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            while not stop.is_set():
                await self._news.wait()
                await asyncio.sleep(_EVERY_S)  # let what comes together go together
                self._news.clear()
                waiting, self._waiting = self._waiting, {}
                for kind, names in waiting.items():
                    for part in _parts(list(names)):
                        payload = msgspec.json.encode([self._me, kind, part]).decode()
                        await connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, payload))


def _parts(names: list[str]) -> Iterable[list[str]]:
    """Names in groups that fit one notification (8,000 bytes)."""
    part: list[str] = []
    size = 0
    for name in names:
        size += len(name.encode()) + 3
        if part and size > _LONGEST:
            yield part
            part, size = [], len(name.encode()) + 3
        part.append(name)
    yield part

"""The journal: a raw update is in the database before anybody is told that it arrived.

Waiting updates are written together, one commit for all of them. Where a platform never sends an update twice, one
that cannot be written goes to a spool on disk (fsynced) and from there into the database when it is back.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.port import Envelope
from bot.threads import Threads
from bot.wake import Wake
from services.clock import Clock, ms

_TOGETHER = 512
"""The most updates of one commit."""
_LOOKS = 8
"""How often to look for more updates before a commit, at most; once when none comes."""

# Between a platform's call and our 200, so as near to the driver as can be: SQLite takes row after row, PostgreSQL
# all of them in one statement (raw bytes go as base64 inside of JSON).
_EACH = (
    "INSERT INTO inbox (channel, account, event_id, lane, raw, received_ms, state, attempts, next_ms)"
    " VALUES (?, ?, ?, ?, ?, ?, 'open', 0, 0) ON CONFLICT (channel, account, event_id) DO NOTHING"
)
_ALL = text(
    "INSERT INTO inbox (channel, account, event_id, lane, raw, received_ms, state, attempts, next_ms)"
    " SELECT it->>0, it->>1, it->>2, it->>3, decode(it->>4, 'base64'), CAST(it->>5 AS bigint), 'open', 0, 0"
    " FROM json_array_elements(CAST(:entries AS json)) AS entry(it)"
    " ON CONFLICT (channel, account, event_id) DO NOTHING"
)


class Unreachable(Exception):
    """The update was kept nowhere; the platform must be told to send it again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One update as it is journalled."""

    channel: str
    account: str
    envelope: Envelope
    raw: bytes
    received_ms: int

    @property
    def lane(self) -> str:
        """`channel/account/chat`."""
        return f"{self.channel}/{self.account}/{self.envelope.chat}"

    @property
    def values(self) -> tuple[str, str, str, str, bytes, int]:
        """Channel, account, event, lane, raw update, time: what the inbox keeps of it at first."""
        return self.channel, self.account, self.envelope.event_id, self.lane, self.raw, self.received_ms


def write(session: Session, entries: Iterable[Entry]) -> None:
    """Insert `entries` into the inbox; an event that is already there is left as it is."""
    connection, rows = session.connection(), [entry.values for entry in entries]
    if connection.dialect.name == "postgresql":
        connection.execute(_ALL, {"entries": msgspec.json.encode(rows).decode()})
    else:
        connection.exec_driver_sql(_EACH, rows)


class Journal:
    """Takes updates from hooks and polls. `add` returns once the update is safe."""

    def __init__(self, threads: Threads, clock: Clock, wake: Wake, spool: Path) -> None:
        self._threads, self._clock, self._wake, self._spool = threads, clock, wake, spool
        self._waiting: list[tuple[Entry, asyncio.Future[None]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._spooled = itertools.count()

    async def add(self, channel: str, account: str, envelope: Envelope, raw: bytes, *, may_spool: bool = False) -> None:
        """Keep one update. With `may_spool` a database that is away is bridged by the spool.

        Raises Unreachable when the update could be kept nowhere.
        """
        clean = Envelope(_clean(envelope.event_id), _clean(envelope.chat))
        entry = Entry(channel, account, clean, raw, ms(self._clock.now()))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        try:
            await done
        except (SQLAlchemyError, OSError) as error:
            if not may_spool:
                raise Unreachable from error
            await self._threads.aside(lambda: self._put_in_spool(entry))

    async def _flush(self) -> None:
        """Write what waits until nothing waits: all that came in during one commit goes with the next."""
        while self._waiting:
            seen = 0
            for _ in range(_LOOKS):
                if len(self._waiting) == seen:
                    break
                seen = len(self._waiting)
                await asyncio.sleep(0)  # the sockets that are ready now are read before this goes on
            batch, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
            try:
                await self._threads.write(lambda session: write(session, (entry for entry, _ in batch)))  # noqa: B023
            except Exception as error:  # whatever broke, every waiting hook must hear of it
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
                continue
            for _, done in batch:
                if not done.done():
                    done.set_result(None)
            self._wake.inbox({entry.lane for entry, _ in batch})
        self._flushing = None

    # -- the spool -----------------------------------------------------------------------------------------------

    def _put_in_spool(self, entry: Entry) -> None:
        """One file an update, whole before it gets its name: whoever drains never sees half of one."""
        line = msgspec.json.encode(
            [entry.channel, entry.account, entry.envelope.event_id, entry.envelope.chat, entry.raw, entry.received_ms]
        )
        name = f"{entry.received_ms:015d}-{next(self._spooled):09d}-{secrets.token_hex(4)}"
        part = self._spool / f"{name}.part"
        try:
            self._spool.mkdir(parents=True, exist_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_EXCL | os.O_CREAT, 0o600)
            try:
                os.write(handle, line)
                os.fsync(handle)
            finally:
                os.close(handle)
            part.rename(self._spool / f"{name}.update")
        except OSError as error:
            raise Unreachable from error

    async def drain_spool(self) -> int:
        """Move what was spooled into the database, oldest first; returns how many."""
        moved = 0
        while paths := sorted(self._spool.glob("*.update"))[:_TOGETHER] if self._spool.is_dir() else []:
            entries = [_read_spooled(path) for path in paths]
            await self._threads.write(lambda session: write(session, entries))  # noqa: B023
            self._wake.inbox({entry.lane for entry in entries})
            for path in paths:
                path.unlink(missing_ok=True)
            moved += len(entries)
        return moved


def body_name(body: bytes) -> str:
    """The event id of an update that brought none: the same body is the same event."""
    return "body-" + hashlib.sha256(body).hexdigest()[:32]


def _clean(name: str) -> str:
    """A platform's id as the database takes it: no NUL, bounded."""
    return name.replace("\x00", "")[:200]


def _read_spooled(path: Path) -> Entry:
    channel, account, event, chat, raw, at = msgspec.json.decode(
        path.read_bytes(), type=tuple[str, str, str, str, bytes, int]
    )
    return Entry(channel, account, Envelope(event, chat), raw, at)

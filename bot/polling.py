"""Polling: one reader for each account whose platform is asked for updates. A read update is journalled before the
next one is asked for, and a platform that keeps updates is told to forget them only after that.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.journal import Journal, Unreachable, body_name
from bot.metrics import Metrics
from bot.outbox import database_ms, drop_lease, hold_lease
from bot.port import Channel, Envelope, SendFailed
from bot.threads import Threads
from services.clock import Clock, ms
from services.db.machine import ChannelAccount

log = logging.getLogger("motcua.polling")

_QUIET = 0.05
_LONGEST_WAIT = 30.0


class Polled(Channel, Protocol):
    """A channel that can be asked for updates."""

    poll_seconds: float
    """The longest a poll waits for news."""

    async def poll(self, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """One long poll: raw updates and the new cursor. Raises SendFailed."""


class Poller:
    """Reads one account."""

    def __init__(
        self, channel: Polled, journal: Journal, threads: Threads, clock: Clock, metrics: Metrics,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._channel, self._journal, self._threads, self._clock = channel, journal, threads, clock
        self._metrics, self._sleep = metrics, sleep
        self._lease, self._owner = f"poll/{channel.name}/{channel.account}", secrets.token_hex(8)
        self._failures = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`."""
        cursor: str | None = None
        while not stop.is_set():
            held = await self._hold()
            if held is False:
                await self._sleep(2)  # another process asks this platform; two would only take each other's answers
                continue
            if held is None:
                cursor = await self._threads.read(self._cursor)
            poll = asyncio.ensure_future(self._channel.poll(cursor))
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait([poll, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not poll.done():
                if self._channel.retries_hooks:
                    poll.cancel()  # the platform keeps what it handed out until it is told to forget it
                    await self._threads.write(lambda session: drop_lease(session, self._lease, self._owner))
                    return
                await asyncio.wait([poll])  # what this platform hands out it forgets: it must be kept before we end
            try:
                updates, cursor = poll.result()
            except SendFailed as failure:
                await self._rest(failure)
                continue
            self._works(True)
            self._failures = 0
            await self._keep(updates, cursor)
            await self._sleep(0 if updates else _QUIET)

    async def _hold(self) -> bool | None:
        """Take or renew the lease of asking: longer than a poll may take. None when it was just taken."""
        lasts = int(self._channel.poll_seconds * 1000) + 20_000

        def hold(session: Session) -> bool | None:
            return hold_lease(session, self._lease, self._owner, database_ms(session, ms(self._clock.now())), lasts)

        try:
            return await self._threads.write(hold)
        except SQLAlchemyError:
            return False  # the database is away: nothing that is read now could be kept for sure

    async def _keep(self, updates: list[dict[str, Any]], cursor: str | None) -> None:
        """Journal what was read; the platform may not keep it, so this is tried until it is safe."""
        for raw in updates:
            envelope = self._channel.envelope(raw)
            body = msgspec.json.encode(raw)
            while True:
                try:
                    await self._journal.add(
                        self._channel.name, self._channel.account, self._named(envelope, body), body, may_spool=True
                    )
                    break
                except Unreachable:
                    log.error("an update can be kept nowhere; trying again", extra={"channel": self._channel.name})
                    await self._sleep(1)
        if updates and cursor is not None:
            try:
                await self._threads.write(lambda session: self._save(session, cursor))
            except Exception:
                # Read again after a restart: the journal knows these updates already.
                log.warning("the cursor could not be saved", extra={"channel": self._channel.name})

    def _named(self, envelope: Envelope, body: bytes) -> Envelope:
        return envelope if envelope.event_id else Envelope(body_name(body), envelope.chat)

    async def _rest(self, failure: SendFailed) -> None:
        """Wait longer after each failure; a broken account is looked at every half minute."""
        self._failures += 1
        self._works(False)
        wait = min(_LONGEST_WAIT, 0.5 * 2 ** min(self._failures, 6))
        wait = max(failure.after, wait) if failure.kind != "misconfigured" else _LONGEST_WAIT
        log.warning(
            "polling failed", extra={"channel": self._channel.name, "reason": f"{failure.kind}:{failure.reason}"}
        )
        await self._sleep(wait)

    def _works(self, up: bool) -> None:
        self._metrics.channel_up.labels(self._channel.name, self._channel.account).set(1 if up else 0)

    def _cursor(self, session: Session) -> str | None:
        row = session.get(ChannelAccount, (self._channel.name, self._channel.account))
        return row.cursor if row else None

    def _save(self, session: Session, cursor: str) -> None:
        session.execute(
            update(ChannelAccount)
            .where(ChannelAccount.channel == self._channel.name, ChannelAccount.account == self._channel.account)
            .values(cursor=cursor)
        )

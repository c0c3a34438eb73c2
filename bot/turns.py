"""Turns: an update out of the inbox, one run of the conversation, its replies into the outbox, in one transaction.

Several conversations take their turns in one commit. If one of them breaks, all are undone and each is taken again
by itself, so that only the broken one is left. An update that was begun before is always taken alone.

An update whose turn breaks is given up after ATTEMPTS. One that was begun and never finished, because the process died,
is hardly ever the cause, and is given up only after KILLS.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from bot.dialog.engine import Dialog
from bot.dialog.flow import Texts
from bot.dialog.values import FileRef, Message
from bot.filing import Filing
from bot.heard import Ready
from bot.lanes import Claimed, claim, open_lanes
from bot.metrics import Metrics
from bot.outgoing import put, rows_of
from bot.port import Channel
from bot.taking import Taking
from bot.threads import Threads
from bot.wake import Wake
from services.clock import Clock, ms
from services.db.machine import Conversation, Inbox

log = logging.getLogger("motcua.turns")

TOGETHER = 24
ATTEMPTS = 3
KILLS = 8
_BACKOFF_MS = (0, 300, 2_000)
_ACKS = 100
"""The most button presses being acknowledged at once; more of them go without."""


class Turns:
    """The workers of the inbox. Any number of processes may run them on PostgreSQL, one on SQLite."""

    def __init__(
        self, threads: Threads, clock: Clock, wake: Wake, channels: Mapping[tuple[str, str], Channel], dialog: Dialog,
        texts: Texts, services: Callable[[Session], Any], metrics: Metrics, default_locale: str = "vi",
        *, group: Dialog | None = None, filing: Filing | None = None, only: str = "",
    ) -> None:  # fmt: skip
        self._threads, self._clock, self._wake, self._channels = threads, clock, wake, channels
        self.taking = Taking(clock, dialog, group, texts, services, metrics, default_locale)
        self._texts, self._metrics, self._default_locale, self._filing = texts, metrics, default_locale, filing
        self._only = f"{only}/" if only else ""
        self._after = ""
        self._alone = False
        self._acks: set[asyncio.Task[None]] = set()
        self._told = False

    async def run(self, stop: asyncio.Event) -> None:
        """Take turns until `stop`; looks by itself every second, whatever the wake-ups say."""
        looked = 0.0
        while not stop.is_set():
            hinted = self._wake.turns.take(TOGETHER)
            scan = not hinted or time.monotonic() - looked > 1
            if scan:
                looked = time.monotonic()
            try:
                done = await self.step(hinted, scan=scan)
            except Exception:
                # The database is away, or a mistake of ours outside any turn: say so, wait, look again.
                log.exception("turns stopped for a moment")
                done = 0
                await asyncio.sleep(1)
            if not done and not self._wake.turns.pending:
                await self._wake.turns.wait(1.0)
        if self._acks:
            await asyncio.wait(self._acks, timeout=3)

    async def step(self, hinted: Sequence[str] = (), *, scan: bool = True) -> int:
        """Take one turn in each of up to TOGETHER conversations; returns how many updates were dealt with."""
        now = ms(self._clock.now())

        def take(session: Session) -> tuple[list[Claimed], list[str]]:
            lanes = list(hinted)
            if scan and len(lanes) < TOGETHER:
                found = open_lanes(session, self._after, TOGETHER)
                self._after = found[-1] if len(found) == TOGETHER else ""
                lanes = list(dict.fromkeys([*lanes, *found]))
            mine = [lane for lane in lanes if lane.startswith(self._only)]
            return claim(session, mine, now, alone=self._alone)

        claimed, later = await self._threads.write(take)
        if not claimed:
            return 0
        self._wake.turns.ring_again(later)
        self._alone = bool(later) and not self._alone
        heard_of = [await self._hear(one) for one in claimed]
        # Who only writes does not wait for the photos of others; those are fetched and looked at side by side.
        await self._deal([one for one in heard_of if not _brings_files(one)])
        await self._deal(await asyncio.gather(*(self._filed(one) for one in heard_of if _brings_files(one))))
        return len(claimed)

    async def _deal(self, ready: Sequence[Ready]) -> None:
        """Take these turns together; what breaks is taken again alone."""
        if not ready:
            return
        spent = [one for one in ready if one.claimed.attempts > (ATTEMPTS if one.claimed.broke else KILLS)]
        batch = [one for one in ready if one.claimed.attempts == 1]
        alone = [one for one in ready if one not in spent and one not in batch]
        began = time.perf_counter()
        if batch:
            try:
                await self._take(batch)
            except Exception:
                log.warning("a turn broke among %d; each is taken again alone", len(batch))
                alone += batch
        for one in alone:
            try:
                await self._take([one])
            except Exception as error:
                await self._broke(one, error)
        for one in spent:
            await self._broke(one, None)
        self._metrics.turns(len(ready), time.perf_counter() - began)
        # A lane may hold more; look there again before anything else, and let delivery look at the replies.
        self._wake.turns.ring({one.claimed.lane for one in ready})
        self._wake.outbox({f"{one.claimed.channel}/{one.claimed.account}" for one in ready})
        if self._told:
            self._told = False
            self._wake.told()

    async def _take(self, batch: Sequence[Ready]) -> None:
        self._told = await self._threads.write(lambda session: self.taking.take(session, batch)) or self._told

    async def _hear(self, claimed: Claimed) -> Ready:
        channel = self._channels.get((claimed.channel, claimed.account))
        if channel is None:
            return Ready(claimed, None, None)
        try:
            raw = msgspec.json.decode(claimed.raw)
        except msgspec.DecodeError:
            return Ready(claimed, channel, None)
        inbound = await channel.hear(raw) if isinstance(raw, dict) else None
        if inbound is not None and inbound.to_ack and len(self._acks) < _ACKS:
            # A call to the platform: nobody's turn waits for it.
            ack = asyncio.create_task(channel.acknowledge(inbound))
            self._acks.add(ack)
            ack.add_done_callback(self._acks.discard)
        return Ready(claimed, channel, inbound)

    async def _filed(self, one: Ready) -> Ready:
        """The same with its files, read before the transaction, which waits for nobody."""
        if one.channel is None or one.inbound is None:
            return one
        if self._filing is None:
            return replace(
                one, files=tuple(FileRef("", file.name, file.media, file.size) for file in one.inbound.files)
            )
        return replace(one, files=await self._filing.keep(one.channel, one.inbound, one.claimed.conversation_id))

    # -- when it breaks ------------------------------------------------------------------------------------------

    async def _broke(self, one: Ready, error: Exception | None) -> None:
        """Try again a little later; after the last attempt give up, keep it for the operator, and apologise."""
        claimed, now = one.claimed, ms(self._clock.now())
        incident = secrets.token_hex(4).upper()
        # Only from the first break on do attempts count against the update; what a dying process cost it is forgiven.
        attempts = claimed.attempts if claimed.broke or error is None else 1
        last = error is None or attempts >= ATTEMPTS
        if error is not None:
            log.error(
                "turn broke",
                exc_info=error,
                extra={"incident": incident, "attempt": attempts, "inbox": claimed.id},
            )
        self._metrics.turn_broke(last)

        def note(session: Session) -> None:
            conversation = session.get_one(Conversation, claimed.conversation_id, with_for_update=True)
            row = session.get_one(Inbox, claimed.id)
            if row.state != "open":
                return  # our claim had run out, and another process has done it
            conversation.claimed_until_ms = 0
            if not last:
                row.attempts, row.next_ms = attempts, now + _BACKOFF_MS[attempts]
                row.reason = type(error).__name__
                return
            row.state, row.incident, row.done_ms = "dead", incident, now
            row.reason = type(error).__name__ if error else "killed"
            if one.channel is not None and one.inbound is not None and one.inbound.private:
                locale = conversation.locale or self._default_locale
                sorry = Message(self._texts.text("apology", locale, incident=incident))
                put(session, rows_of(one.channel, conversation.chat, conversation.id, [sorry], now))

        await self._threads.write(note)


def _brings_files(one: Ready) -> bool:
    """Whether this update has files that a conversation may take."""
    return one.inbound is not None and bool(one.inbound.files) and one.inbound.private

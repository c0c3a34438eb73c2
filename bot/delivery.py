"""Delivery: the outbox to the platforms, in order within a chat, no faster than they allow, nothing lost.

One process sends for an account at a time (a lease in the database), so that limits and order hold across processes.
At most `in_flight` messages of an account are being sent at once: after a crash no more than these are in doubt.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable

from sqlalchemy.orm import Session

from bot import outbox
from bot.metrics import Metrics
from bot.outbox import Outcome, Work
from bot.pacing import Pacer
from bot.port import Channel, Page, SendFailed
from bot.threads import Threads
from bot.wake import Wake
from services.clock import Clock, ms

log = logging.getLogger("motcua.delivery")

_CIRCUIT_AFTER = 3
_OUTAGE_CAP_MS = 8_000
_HEALTHY_CAP_MS = 600_000


class Sender:
    """The sender of one channel account."""

    def __init__(
        self, channel: Channel, threads: Threads, clock: Clock, metrics: Metrics, *, in_flight: int = 5,
        owner: str = "", jitter: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self.channel, self._threads, self._clock, self._metrics = channel, threads, clock, metrics
        self._in_flight, self._owner, self._jitter = in_flight, owner or secrets.token_hex(8), jitter
        self._lease = f"send/{channel.name}/{channel.account}"
        self._pacer = Pacer(channel.pace)
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._outcomes: list[Outcome] = []
        self._ring: Callable[[], None] = lambda: None
        self._failures = 0
        self._probe_at = 0
        self._closed_until = 0
        self._close_to: int | None = None
        self._after = ""
        self._wait_ms = 1000.0

    async def run(self, stop: asyncio.Event, wake: Wake) -> None:
        """Send until `stop`, then let what is under way finish and give the lease back."""
        bell = wake.delivery_of(self.channel.name, self.channel.account)
        self._ring = bell.ring
        while not stop.is_set():
            try:
                await self.step()
            except Exception:
                log.exception("delivery stopped for a moment", extra={"channel": self.channel.name})
                self._wait_ms = 1000
            # Until something was queued, a send has finished, or a limit opens.
            await bell.wait(self._wait_ms / 1000)
        await self.finish()

    @property
    def sending(self) -> int:
        """How many messages are being sent just now."""
        return len(self._sending)

    async def all_sent(self) -> None:
        """Wait for the sends under way."""
        if self._sending:
            await asyncio.wait(self._sending.values())

    async def finish(self) -> None:
        """Wait for the sends under way and write down what became of them."""
        if self._sending:
            await asyncio.wait(self._sending.values(), timeout=8)
        outcomes, self._outcomes = self._outcomes, []

        def last(session: Session) -> None:
            outbox.write(session, self.channel.name, self.channel.account, outcomes)
            outbox.drop_lease(session, self._lease, self._owner)

        await self._threads.write(last)

    async def step(self) -> int:
        """Write what became of earlier messages, take the next ones and begin to send them; returns how many."""
        now = ms(self._clock.now())
        outcomes, self._outcomes = self._outcomes, []
        close_to, self._close_to = self._close_to, None
        busy = [*self._sending, *(self._pacer.chat_of(key) for key in self._pacer.busy_chats(now))]
        room = self._pacer.room(now, self._in_flight - len(self._sending)) if now >= self._closed_until else 0
        if self._failures >= _CIRCUIT_AFTER:
            room = min(room, 1 if now >= self._probe_at and not self._sending else 0)
        channel, account = self.channel.name, self.channel.account

        def cycle(session: Session) -> list[Work]:
            outbox.write(session, channel, account, outcomes)
            if close_to is not None:
                outbox.close_account(session, channel, account, close_to)
            held = outbox.hold_lease(session, self._lease, self._owner, outbox.database_ms(session, now))
            if held is False:
                self._wait_ms = 2000
                return []
            if held is None:
                outbox.recover(session, channel, account)
                self._closed_until = max(self._closed_until, outbox.closed_until(session, channel, account))
            if room <= 0 or self._closed_until > now:
                return []
            works, self._after = outbox.take(session, channel, account, now, room, busy, self._after)
            return works

        self._wait_ms = 1000
        try:
            works = await self._threads.write(cycle)
        except Exception:
            self._outcomes = [*outcomes, *self._outcomes]  # not written: they must not be forgotten
            raise
        for work in works:
            self._pacer.sent(work.chat, now, group=self.channel.is_group(work.chat))
            self._sending[work.chat] = asyncio.create_task(self._send(work))
        self._plan(now, len(works), room)
        return len(works)

    def _plan(self, now: int, taken: int, room: int) -> None:
        """When to look again if nothing wakes us: at once while there is room and work, else when a limit opens."""
        waits = [self._wait_ms]
        if taken and taken == room and len(self._sending) < self._in_flight and not self._failures:
            waits.append(0)
        limits = (self._pacer.account_free_at(), self._pacer.chat_free_at(now) or 0, self._probe_at)
        opens = [moment - now for moment in limits if moment > now]
        self._wait_ms = min(
            [max(min(waits), opens[0]) if opens and self.channel.pace.account_per_s else min(waits), *opens]
        )

    async def _send(self, work: Work) -> None:
        """Send one message and note what became of it."""
        try:
            receipt = await self.channel.send(work.chat, Page.load(work.page))
        except SendFailed as failure:
            outcome = self._failed(work, failure, ms(self._clock.now()))
        except Exception:
            # A hole in the channel: treat it as an answer that never came, and say where it is.
            log.exception("a channel raised what its port does not allow", extra={"channel": self.channel.name})
            outcome = self._failed(work, SendFailed("unknown", "hole"), ms(self._clock.now()))
        else:
            self._failures = 0
            sent = receipt.at_ms if receipt.at_ms is not None else ms(self._clock.now())
            outcome = Outcome(work, "sent", None, receipt.message_id, sent)
        self._metrics.sent.labels(self.channel.name, outcome.reason or outcome.state).inc()
        self._outcomes.append(outcome)
        self._sending.pop(work.chat, None)
        self._ring()

    def _failed(self, work: Work, failure: SendFailed, now: int) -> Outcome:
        """The failure as an outcome; closes the scope it speaks of."""
        reason = f"{failure.kind}:{failure.reason}"[:80]
        match failure.kind:
            case "gone":
                return Outcome(work, "dead", reason, gone=True)
            case "moved" if failure.moved_to:
                return Outcome(work, "queued", reason, moved_to=failure.moved_to)
            case "refused" | "moved":
                return Outcome(work, "dead", reason)
            case "unknown":
                if work.unsure or work.priority >= 2:
                    return Outcome(work, "unsure", reason)
                self._fails(now)
                return Outcome(work, "queued", "unsure", next_ms=now + self._backoff(work.attempts))
            case "retry_after":
                until = now + int(failure.after * 1000) + 250
                if failure.scope == "account":
                    self._closed_until = self._close_to = max(self._closed_until, until)
                return Outcome(work, "queued", reason, next_ms=until)
            case "misconfigured":
                self._closed_until = self._close_to = now + 60_000
                self._metrics.channel_up.labels(self.channel.name, self.channel.account).set(0)
                log.error(
                    "channel refuses our credentials", extra={"channel": self.channel.name, "reason": failure.reason}
                )
                return Outcome(work, "queued", reason)
            case _:
                self._fails(now)
                if now - work.created_ms > outbox.GIVE_UP_MS:
                    return Outcome(work, "dead", reason)
                return Outcome(work, "queued", reason, next_ms=now + self._backoff(work.attempts))

    def _fails(self, now: int) -> None:
        """The platform did not answer as it should. After a few times in a row it is only probed: one message at a
        time, and more and more seldom."""
        self._failures += 1
        if self._failures >= _CIRCUIT_AFTER:
            self._probe_at = now + self._backoff(self._failures - _CIRCUIT_AFTER + 1)

    def _backoff(self, attempts: int) -> int:
        """Half a second doubled each time, with jitter. While the whole platform is away it stays under 8 seconds."""
        cap = _OUTAGE_CAP_MS if self._failures >= _CIRCUIT_AFTER else _HEALTHY_CAP_MS
        return int(min(cap, 500 * 2 ** min(attempts - 1, 12)) * (0.5 + self._jitter() / 2))

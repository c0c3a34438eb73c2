"""Delivery: the outbox to the platforms, in order within a chat, no faster than they allow, nothing lost.

One process sends for an account at a time (a lease in the database), so that limits and order hold across processes.
At most `in_flight` messages of an account are being sent at once: after a crash no more than these are in doubt.
A message whose answer never came goes once more only when the platform is known to answer, so an outage spends no try.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable

from sqlalchemy.orm import Session

from bot import outbox
from bot.ahead import Ahead, Hold
from bot.metrics import Metrics
from bot.outbox import Outcome, Work
from bot.pacing import Pacer
from bot.port import Channel, Page, SendFailed
from bot.threads import Threads
from bot.wake import Wake
from services.clock import Clock, ms

log = logging.getLogger("motcua.delivery")

_CIRCUIT_AFTER = 3
_DEAF_MS = 200
"""An answer that never came, and none to anybody else for so long: then the platform is asked whether it is there."""
_TOGETHER_S = 0.01
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
        self._deaf_at: int | None = None
        self._closed_until = 0
        self._close_to: int | None = None
        self._ahead = Ahead(channel.name, channel.account, self._lease, self._owner)
        self._hold = Hold(self._lease, self._owner)
        self._eager = True
        self._soon: asyncio.TimerHandle | None = None
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
    def waits_ms(self) -> float:
        """How long it would sleep now if nothing woke it."""
        return self._wait_ms

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
        if self._deaf_at is not None and now >= self._deaf_at:
            if now >= max(self._probe_at, self._closed_until) and not self._sending:
                self._sending[""] = asyncio.create_task(self._knock())
            room = 0
        channel, account = self.channel.name, self.channel.account

        def cycle(session: Session) -> list[Work]:
            outbox.write(session, channel, account, outcomes)
            if close_to is not None:
                outbox.close_account(session, channel, account, close_to)
            database_now = self._hold.now(session, now)
            if not self._holds(session, database_now) or room <= 0 or self._closed_until > now:
                return []
            works = self._ahead.begin(session, now, room, busy, database_now)
            if works is None:
                self._hold.doubt()  # lost, or all that was found was taken back: look anew
                self._ahead.forget()
            return works or []

        self._wait_ms = 1000
        try:
            works = await self._threads.write(cycle)
        except Exception:
            self._outcomes = [*outcomes, *self._outcomes]  # not written: they must not be forgotten
            self._hold.doubt()
            self._ahead.forget()
            raise
        for work in works:
            self._pacer.sent(work.chat, now, group=self.channel.is_group(work.chat))
            self._sending[work.chat] = asyncio.create_task(self._send(work))
        self._plan(now, len(works), room)
        self._eager = room <= 0 or not self._ahead
        return len(works)

    def _holds(self, session: Session, database_now: int) -> bool:
        """Whether the account is ours to send for; takes what a dead sender left behind when it has just become so."""
        held = self._hold.held(session, database_now)
        if held is not True:
            self._ahead.forget()
        if held is False:
            self._wait_ms = 2000
        if held is None:
            outbox.recover(session, self.channel.name, self.channel.account)
            closed = outbox.closed_until(session, self.channel.name, self.channel.account)
            self._closed_until = max(self._closed_until, closed)
        return held is not False

    def _plan(self, now: int, taken: int, room: int) -> None:
        """When to look again if nothing wakes us: at once while there is room and work, else when a limit opens."""
        waits = [self._wait_ms]
        if taken and taken == room and len(self._sending) < self._in_flight and not self._failures:
            waits.append(0)
        limits = (self._pacer.account_free_at(), self._pacer.chat_free_at(now) or 0, self._probe_at, self._deaf_at or 0)
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
            self._failures, self._deaf_at = 0, None
            sent = receipt.at_ms if receipt.at_ms is not None else ms(self._clock.now())
            outcome = Outcome(work, "sent", None, receipt.message_id, sent)
        self._metrics.sent.labels(self.channel.name, outcome.reason or outcome.state).inc()
        self._outcomes.append(outcome)
        self._sending.pop(work.chat, None)
        # With a queue ahead it is worth to wait for a few more: what ends together is written down together.
        if self._eager or self._failures or len(self._sending) * 2 <= self._in_flight:
            self._ring()
        elif self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(_TOGETHER_S, self._ring_now)

    def _ring_now(self) -> None:
        self._soon = None
        self._ring()

    async def _knock(self) -> None:
        """Ask the platform whether it is there, by a call that says nothing to anybody."""
        try:
            await self.channel.start()
            self._deaf_at = None
        except SendFailed as failure:
            if failure.kind in ("retryable", "unknown"):
                self._fails(ms(self._clock.now()))
            else:
                self._deaf_at = None  # it answers; what it has against us it says of the message too
        finally:
            self._sending.pop("", None)
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
                self._fails(now)
                if self._deaf_at is None:
                    self._deaf_at = now + _DEAF_MS
                if work.unsure or work.priority >= 2:
                    return Outcome(work, "unsure", reason)
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

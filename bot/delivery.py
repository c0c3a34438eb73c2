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
import time
from collections.abc import Awaitable, Callable, Collection, Sequence

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import outbox
from bot.ahead import Ahead
from bot.circuit import Circuit
from bot.gathering import Gathering
from bot.hold import Hold
from bot.metrics import Metrics
from bot.outbox import Outcome, Work
from bot.pacing import Pacer
from bot.port import Channel, Page, SendFailed
from bot.setback import Setback
from bot.threads import Threads
from bot.wake import Wake
from services.clock import Clock, ms

log = logging.getLogger("motcua.delivery")


class Sender:
    """The sender of one channel account."""

    def __init__(
        self, channel: Channel, threads: Threads, clock: Clock, metrics: Metrics, *, in_flight: int = 5,
        owner: str = "", jitter: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self.channel, self._threads, self._clock, self._metrics = channel, threads, clock, metrics
        self._in_flight, self._owner = in_flight, owner or secrets.token_hex(8)
        self._lease = f"send/{channel.name}/{channel.account}"
        self._pacer = Pacer(channel.pace)
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._under_way: set[int] = set()
        self._outcomes: list[Outcome] = []
        self._gathering = Gathering()
        self._circuit = Circuit(jitter)
        self._setback = Setback()
        self._ahead = Ahead(channel.name, channel.account, self._lease, self._owner)
        self._hold = Hold(self._lease, self._owner)
        self._eager = True
        self._looking: asyncio.Task[None] | None = None
        self._wait_ms = 1000.0

    async def run(self, stop: asyncio.Event, wake: Wake) -> None:
        """Send until `stop`, then let what is under way finish and give the lease back."""
        bell = wake.delivery_of(self.channel.name, self.channel.account)
        self._gathering.ring = bell.ring
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
        under_way = frozenset(self._under_way)
        circuit, idle = self._circuit, not self._sending
        if back := self._setback.seen(now):
            self._pacer.set_back(back)
            circuit.set_back(back)
        owed = self._setback.owed
        close_to = circuit.take_closing()
        busy = [*self._sending, *(self._pacer.chat_of(key) for key in self._pacer.busy_chats(now))]
        room = circuit.room(now, self._pacer.room(now, self._in_flight - len(self._sending)), idle=idle)
        if idle and circuit.may_ask(now):
            self._sending[""] = asyncio.create_task(self._knock())
        channel, account = self.channel.name, self.channel.account

        def cycle(session: Session) -> list[Work]:
            outbox.write(session, channel, account, outcomes)
            if close_to is not None:
                outbox.close_account(session, channel, account, close_to)
            database_now = self._hold.now(session, now)
            if not self._holds(session, database_now, under_way):
                return []
            if owed:
                outbox.bring_forward(session, channel, account, now, owed)
                self._ahead.forget()
            if room <= 0 or circuit.closed_until > now:
                return []
            works = self._ahead.begin(session, now, room, busy, database_now)
            if works is None:
                self._doubt()
            return works or []

        self._wait_ms = 1000
        began = time.monotonic()
        self._gathering.begins()
        chosen = self._chosen(room, busy, outcomes) if close_to is None and not owed else []
        try:
            if chosen:
                works, lowest = await outbox.exchange(
                    self._threads, channel, account, outcomes, chosen, now, self._lease, self._owner
                )
                self._ahead.waits(lowest)
                if not works:
                    self._doubt()
            else:
                works = await self._threads.write(cycle)
                self._setback.settled(owed)
        except Exception:
            self._outcomes = [*outcomes, *self._outcomes]  # not written: they must not be forgotten
            circuit.keep(close_to)
            self._doubt()
            raise
        finally:
            self._gathering.ends(time.monotonic() - began)
        if works and circuit.closed_until > now:  # closed while they were being marked: not one call before its time
            self._outcomes += [Outcome(work, "queued", "closed", next_ms=circuit.closed_until) for work in works]
            works = []
        for work in works:
            self._pacer.sent(work.chat, now, group=self.channel.is_group(work.chat))
            self._under_way.add(work.id)
            self._sending[work.chat] = asyncio.create_task(self._send(work))
        if works and chosen and self._ahead.runs_low:
            unwritten = [*self._sending, *(outcome.work.chat for outcome in self._outcomes)]
            self._looking = asyncio.create_task(self._aside(self._ahead.look_on(self._threads, now, unwritten)))
        self._plan(now, len(works), room)
        self._eager = room <= 0 or not self._ahead
        if self._outcomes:
            self._gathering.finished(last=not self._sending)
        return len(works)

    def _chosen(self, room: int, busy: Collection[str], outcomes: Sequence[Outcome]) -> list[Work]:
        """The next messages when all that has to happen fits into one statement: a long queue under a sure lease."""
        if self._threads.db.is_sqlite or room <= 0 or not self._hold.sure() or not outbox.is_plain(outcomes):
            return []
        return self._ahead.ready(room, busy)

    async def _aside(self, looking: Awaitable[None]) -> None:
        """Look beside the sending; what goes wrong shows in the next step, which looks itself."""
        try:
            await looking
        except SQLAlchemyError:
            log.warning("could not look ahead", extra={"channel": self.channel.name})

    def _doubt(self) -> None:
        """The lease was lost, or all that was found was taken back: look anew."""
        self._hold.doubt()
        self._ahead.forget()

    def _holds(self, session: Session, database_now: int, under_way: Collection[int]) -> bool:
        """Whether the account is ours to send for; takes what a dead sender left behind when it has just become so."""
        held = self._hold.held(session, database_now)
        if held is not True:
            self._ahead.forget()
        if held is False:
            self._wait_ms = 2000
        if held is None:
            outbox.recover(session, self.channel.name, self.channel.account)
            closed = outbox.closed_until(session, self.channel.name, self.channel.account)
            self._circuit.closed_until = max(self._circuit.closed_until, closed)
        elif held and self._hold.asked:
            outbox.put_back(session, self.channel.name, self.channel.account, under_way)
        return held is not False

    def _plan(self, now: int, taken: int, room: int) -> None:
        """When to look again if nothing wakes us: at once while there is room and work, else when a limit opens."""
        waits = [self._wait_ms]
        if taken and taken == room and len(self._sending) < self._in_flight and not self._circuit.troubled:
            waits.append(0)
        limits = (self._pacer.account_free_at(), self._pacer.chat_free_at(now) or 0, *self._circuit.opens(now))
        opens = [moment - now for moment in limits if moment > now]
        self._wait_ms = min(
            [max(min(waits), opens[0]) if opens and self.channel.pace.account_per_s else min(waits), *opens]
        )

    async def _send(self, work: Work) -> None:
        """Send one message and note what became of it."""
        try:
            receipt = await self.channel.send(work.chat, Page.load(work.page))
        except SendFailed as failure:
            outcome = self._circuit.failed(work, failure, ms(self._clock.now()))
            if failure.kind == "misconfigured":
                self._metrics.channel_up.labels(self.channel.name, self.channel.account).set(0)
                log.error(
                    "channel refuses our credentials", extra={"channel": self.channel.name, "reason": failure.reason}
                )
        except Exception:
            # A hole in the channel: treat it as an answer that never came, and say where it is.
            log.exception("a channel raised what its port does not allow", extra={"channel": self.channel.name})
            outcome = self._circuit.failed(work, SendFailed("unknown", "hole"), ms(self._clock.now()))
        else:
            self._circuit.answers()
            sent = receipt.at_ms if receipt.at_ms is not None else ms(self._clock.now())
            outcome = Outcome(work, "sent", None, receipt.message_id, sent)
        self._metrics.sent.labels(self.channel.name, outcome.reason or outcome.state).inc()
        self._outcomes.append(outcome)
        self._under_way.discard(work.id)
        self._sending.pop(work.chat, None)
        # With a queue ahead it is worth to wait for a few more, as long as writing them down takes.
        if self._eager or self._circuit.troubled:
            self._gathering.ring()
        else:
            self._gathering.finished(last=not self._sending)

    async def _knock(self) -> None:
        """Ask the platform whether it is there, by a call that says nothing to anybody."""
        try:
            await self.channel.start()
            self._circuit.hears()
        except SendFailed as failure:
            if failure.kind in ("retryable", "unknown"):
                self._circuit.fails(ms(self._clock.now()))
            else:
                self._circuit.hears()
        finally:
            self._sending.pop("", None)
            self._gathering.ring()

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
from typing import Any, cast

import msgspec
from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from bot import heard
from bot.dialog.engine import Dialog
from bot.dialog.flow import Talk, Texts
from bot.dialog.state import State
from bot.dialog.values import FileRef, Message
from bot.filing import Filing
from bot.heard import Ready
from bot.lanes import Claimed, claim, open_lanes
from bot.metrics import Metrics
from bot.outgoing import put, rows_of
from bot.port import WITHDRAWN, Channel
from bot.threads import Threads
from bot.wake import Wake
from services import telling
from services.clock import Clock, ms
from services.db.machine import Conversation, Inbox, Outbox

log = logging.getLogger("motcua.turns")

TOGETHER = 24
ATTEMPTS = 3
KILLS = 8
SLOW_MS = 50
_BACKOFF_MS = (0, 300, 2_000)
_ACKS = 100
"""The most button presses being acknowledged at once; more of them go without."""
# Built once, on the tables and not on the classes: that is a third of the cost, and these run for every batch.
_TALKS, _INBOX, _OUTBOX = (cast(Table, kind.__table__) for kind in (Conversation, Inbox, Outbox))
_TALKING = (
    select(_TALKS.c.id, _TALKS.c.state, _TALKS.c.locale, _TALKS.c.chat, _TALKS.c.reach, _TALKS.c.last_heard_ms)
    .where(_TALKS.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_TALKS.c.id)
    .with_for_update()
)
_SAVE = update(_TALKS).where(_TALKS.c.id == bindparam("b_id"))
_MINE = _INBOX.c.id.in_(bindparam("ids", expanding=True))
_STILL_OPEN = select(_INBOX.c.id).where(_MINE, _INBOX.c.state == "open")
_DEAL = (
    update(_INBOX)
    .where(_MINE)
    .values(state=bindparam("b_state"), reason=bindparam("b_reason"), done_ms=bindparam("b_now"))
)


class Turns:
    """The workers of the inbox. Any number of processes may run them on PostgreSQL, one on SQLite."""

    def __init__(
        self, threads: Threads, clock: Clock, wake: Wake, channels: Mapping[tuple[str, str], Channel], dialog: Dialog,
        texts: Texts, services: Callable[[Session], Any], metrics: Metrics, default_locale: str = "vi",
        *, group: Dialog | None = None, filing: Filing | None = None, only: str = "",
    ) -> None:  # fmt: skip
        self._threads, self._clock, self._wake, self._channels = threads, clock, wake, channels
        self._dialog, self._texts, self._services, self._metrics = dialog, texts, services, metrics
        self._default_locale, self._group, self._filing = default_locale, group, filing
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
                await self._threads.write(lambda session: self.take(session, batch))
            except Exception:
                log.warning("a turn broke among %d; each is taken again alone", len(batch))
                alone += batch
        for one in alone:
            try:
                await self._threads.write(lambda session: self.take(session, [one]))  # noqa: B023
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

    # -- inside the transaction ----------------------------------------------------------------------------------

    def take(self, session: Session, batch: Sequence[Ready]) -> None:
        """Run the turns of `batch` and write all that follows from them."""
        now = self._clock.now()
        now_ms = ms(now)
        by_id = {one.claimed.conversation_id: one for one in batch}
        connection = session.connection()
        rows = connection.execute(_TALKING, {"ids": list(by_id)}).all()
        still_open = set(connection.scalars(_STILL_OPEN, {"ids": [one.claimed.id for one in batch]}))
        states = {row.id: State.load(row.state) for row in rows}
        asked = heard.reached(session, states, by_id)
        services = self._services(session)
        outgoing: list[dict[str, Any]] = []
        saved: list[dict[str, Any]] = []
        finished: dict[tuple[str, str | None], list[int]] = {}
        for row in rows:
            one = by_id[row.id]
            if one.claimed.id not in still_open:
                continue  # another process took it while our claim had run out
            state, inbound, reach = states[row.id], one.inbound, row.reach
            outcome: tuple[str, str | None] = ("done", None)
            if one.channel is None or inbound is None or not (inbound.private or self._group):
                outcome = (
                    "aside",
                    "no-account" if one.channel is None else "no-meaning" if inbound is None else "group",
                )
            elif inbound.kind in ("left", "joined"):
                reach = "gone" if inbound.kind == "left" else "ok"
                if inbound.kind == "left" and inbound.text == WITHDRAWN:
                    state = heard.withdrawn(session, services.keys, row.id, state, now)
            elif inbound.kind == "receipt":
                heard.arrived(session, one.claimed, inbound, now_ms)
            elif inbound.kind != "moved":
                reach = "ok"
                dialog, sender = self._dialog, row.id
                if inbound.private or self._group is None:
                    locale = state.locale or ("en" if inbound.language.startswith("en") else self._default_locale)
                else:
                    # what a group says is the office's: its language, and whoever acts is known by her own chat
                    dialog, locale = self._group, state.locale or self._default_locale
                    sender = heard.private_of(session, one.claimed, inbound.sender)
                talk = Talk(services, self._texts, locale, now, row.id, {}, {}, sender)
                began = time.perf_counter()
                messages = dialog.turn(state, heard.heard(inbound, asked.get(row.id), one.files), talk)
                self._metrics.one_turn(time.perf_counter() - began)
                outgoing += rows_of(one.channel, row.chat, row.id, messages, now_ms)
            finished.setdefault(outcome, []).append(one.claimed.id)
            saved.append(
                {
                    "b_id": row.id, "state": state.dump(), "locale": state.locale, "reach": reach,
                    "last_heard_ms": heard.spoke(one, row.last_heard_ms), "claimed_until_ms": 0,
                }
            )  # fmt: skip
        session.flush()
        put(session, outgoing)
        if saved:
            connection.execute(_SAVE, saved)
        self._told = telling.rang(session) or self._told
        for (state_name, reason), ids in finished.items():
            connection.execute(_DEAL, {"ids": ids, "b_state": state_name, "b_reason": reason, "b_now": now_ms})

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

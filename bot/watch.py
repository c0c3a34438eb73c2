"""The watchdog: does everybody know what she must know? What did not arrive goes another way, or to a person.

Reads the obligations that are still open, looks at what became of their messages, and
- marks them told when a platform took the message (for the chat page: when the page fetched it),
- sends the same news to another of the person's chats when the first is gone, or its platform was away for too long:
  the first copy is taken back before the second is queued, so that exactly one arrives,
- leaves a note for the operator, with the code of the dossier, when no way is left: somebody must telephone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from bot.dialog.values import Message
from bot.metrics import Metrics
from bot.outgoing import STATUS, put, rows_of
from bot.port import Channel, Page
from bot.threads import Threads
from bot.wake import Wake
from services.clock import Clock, ms
from services.db.machine import Conversation, Outbox, WebMessage
from services.db.notices import Notice
from services.dossiers.settling import tell_operator

log = logging.getLogger("motcua.watch")

_AT_ONCE = 500
_FAILED = ("dead", "dropped", "unsure")


class Watch:
    """Compares what must be known with what is known. Any number of processes may run it."""

    def __init__(
        self, threads: Threads, clock: Clock, wake: Wake, channels: Mapping[tuple[str, str], Channel], metrics: Metrics,
        *, fallback_after_s: float = 600, at_once: int = _AT_ONCE,
    ) -> None:  # fmt: skip
        self._threads, self._clock, self._wake, self._channels = threads, clock, wake, channels
        self._metrics, self._fallback_ms = metrics, int(fallback_after_s * 1000)
        self._at_once = at_once
        self._after = (0, 0)
        """Where the last look ended (must_by, id): however many must wait, none keeps the watch from the others."""

    async def run(self, stop: asyncio.Event) -> None:
        """Look every second until `stop`."""
        while not stop.is_set():
            try:
                await self.step()
            except Exception:
                log.exception("the watch stopped for a moment")
            try:
                await asyncio.wait_for(stop.wait(), 1.0)
            except TimeoutError:
                continue

    async def step(self) -> int:
        """Look once; returns how many obligations changed."""
        now = ms(self._clock.now())
        woken: set[str] = set()
        changed = await self._threads.write(lambda session: self._look(session, now, woken))
        late = select(func.count()).where(Notice.state == "open", Notice.must_by_ms < now)
        self._metrics.silence.set(await self._threads.read(lambda session: session.scalar(late) or 0))
        if woken:
            self._wake.outbox(woken)
        return changed

    def _look(self, session: Session, now: int, woken: set[str]) -> int:
        open_ones = (
            select(Notice, Outbox)
            .outerjoin(Outbox, Outbox.key == Notice.outbox_key)
            .where(Notice.state == "open", tuple_(Notice.must_by_ms, Notice.id) > self._after)
            .order_by(Notice.must_by_ms, Notice.id)
            .limit(self._at_once)
            .with_for_update(of=Notice, skip_locked=True)
        )
        changed, looked, self._after = 0, 0, (0, 0)
        for notice, row in session.execute(open_ones).all():
            looked, last = looked + 1, (notice.must_by_ms, notice.id)
            changed += self._judge(session, notice, row, now, woken)
            if looked == self._at_once:
                self._after = last
        return changed

    def _judge(self, session: Session, notice: Notice, row: Outbox | None, now: int, woken: set[str]) -> int:
        """What became of one obligation; returns 1 if it changed."""
        if row is not None and row.state == "sent" and (told := self._told(session, row)):
            notice.state, notice.told_ms = "told", told
            return 1
        if row is None or row.state in _FAILED:
            return self._another_way(session, notice, row, now, woken)
        slow = now - notice.must_by_ms > self._fallback_ms
        if slow and self._others(session, notice) and self._taken_back(session, row):
            return self._another_way(session, notice, row, now, woken)
        return 0

    def _told(self, session: Session, row: Outbox) -> int | None:
        """When the message reached the person; the chat page's messages only count once they were fetched."""
        if row.channel != "web":
            return row.sent_ms
        message = session.get(WebMessage, (row.chat, int(row.message_id or 0)))
        return message.delivered_ms if message else row.sent_ms

    def _taken_back(self, session: Session, row: Outbox) -> bool:
        """Take a message back that nobody has yet; False when it is too late for that."""
        if row.state == "queued":
            done: Any = session.execute(
                update(Outbox)
                .where(Outbox.id == row.id, Outbox.state == "queued")
                .values(state="dropped", reason="other-way")
            )
            return bool(done.rowcount)
        if row.channel == "web" and row.state == "sent":
            gone: Any = session.execute(
                delete(WebMessage).where(
                    WebMessage.session_id == row.chat,
                    WebMessage.n == int(row.message_id or 0),
                    WebMessage.delivered_ms.is_(None),
                )
            )
            return bool(gone.rowcount)
        return False

    def _others(self, session: Session, notice: Notice) -> list[Conversation]:
        """The person's other chats, on other platforms first, the one she used last first."""
        mine = session.get(Conversation, notice.conversation_id)
        last = session.get(Conversation, notice.sent_to) if notice.sent_to else mine
        if mine is None or mine.person_id is None:
            return []
        rows = session.scalars(
            select(Conversation)
            .where(
                Conversation.person_id == mine.person_id, Conversation.reach == "ok", Conversation.id != notice.sent_to
            )
            .order_by(Conversation.last_heard_ms.desc())
        )
        return sorted(rows, key=lambda other: last is not None and other.channel == last.channel)

    def _another_way(self, session: Session, notice: Notice, row: Outbox | None, now: int, woken: set[str]) -> int:
        """Queue the same news to another chat of the person; without one, leave a note for a person of the office."""
        others = self._others(session, notice) if notice.ways < 3 else []
        channel = self._channels.get((others[0].channel, others[0].account)) if others else None
        if row is None or not others or channel is None:
            notice.state = "unreachable"
            tell_operator(session, "unreachable", notice.dossier_code, {}, self._clock.now())
            return 1
        other = others[0]
        key = f"{notice.outbox_key}/way{notice.ways + 1}"
        text = Page.load(row.page).text
        rows = rows_of(channel, other.chat, other.id, [Message(text)], now, STATUS)
        for one in rows:
            one["key"] = None
        rows[-1]["key"] = key
        put(session, rows)
        notice.outbox_key, notice.sent_to, notice.ways = key, other.id, notice.ways + 1
        woken.add(f"{other.channel}/{other.account}")
        return 1

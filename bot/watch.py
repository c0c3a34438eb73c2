"""The watchdog: does everybody know what she must know? What did not arrive goes another way, or to a person.

Reads the obligations that are still open (news of dossiers, and the tellings that are owed), looks at what became of
their messages, and
- marks them told when a platform took the message (for the chat page: when the page fetched it),
- sends the same news to another of the person's chats when the first is gone, or its platform was away for too long:
  the first copy is taken back before the second is queued, so that exactly one arrives,
- leaves a note for the operator, with the code of the dossier, when no way is left: somebody must telephone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import bindparam, delete, func, select, tuple_
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from bot.dialog.values import Message
from bot.metrics import Metrics
from bot.outgoing import put, rows_of
from bot.port import Channel, Page
from bot.threads import Threads
from bot.wake import Wake
from services import telling
from services.clock import Clock, ms
from services.db.machine import Conversation, Outbox, WebMessage
from services.db.notices import Notice
from services.db.telling import Telling
from services.dossiers import followers, notices, ways
from services.dossiers.settling import tell_operator

log = logging.getLogger("motcua.watch")

_AT_ONCE = 500
_FAILED = ("dead", "dropped", "unsure")
_UNSEEN_MS = 24 * 3_600_000
"""How long a message may lie on a chat page that nobody opens."""
_LATE = select(func.count()).where(Notice.state == "open", Notice.must_by_ms < bindparam("now"))
_HERE_ONLY = ("rate",)
"""What can only be answered in the chat it is for."""


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
        self._metrics.silence.set(await self._threads.read(lambda session: session.scalar(_LATE, {"now": now}) or 0))
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
        if notice.state != "open" or (row is not None and notice.outbox_key != row.key):
            return 0  # it shares a message that was dealt with a moment ago
        if row is None and (waits := self._awaited(session, notice)) is not None:
            return waits
        if row is None or row.state in _FAILED:
            return self._guarded(session, notice, row, now, woken)
        fate = self._fate(session, row, now)
        if isinstance(fate, int):
            notice.state, notice.told_ms = "told", fate
            return 1
        waited = now - max(notice.must_by_ms, row.created_ms)
        slow = waited > self._fallback_ms * 2 ** (notice.ways - 1)
        if fate == "lost" or (slow and self._others(session, notice) and self._taken_back(session, row)):
            return self._guarded(session, notice, row, now, woken)
        return 0

    def _guarded(self, session: Session, notice: Notice, row: Outbox | None, now: int, woken: set[str]) -> int:
        """Another way; where that breaks, it is tried again at the next look, and keeps no other notice waiting."""
        number, added = notice.id, set[str]()
        try:
            with session.begin_nested():
                changed = self._another_way(session, notice, row, now, added)
                session.flush()
        except (OperationalError, InterfaceError):
            raise  # the database is away
        except Exception:
            log.exception("a notice finds no other way", extra={"reason": str(number)})
            return 0
        woken |= added
        return changed

    def _awaited(self, session: Session, notice: Notice) -> int | None:
        """For a telling that is no message yet: 0 while it waits, 1 when there was nothing to say; None for others."""
        if notice.kind not in telling.OWED or notice.outbox_key != telling.key_of(notice.seq):
            return None
        row = session.get(Telling, notice.seq)
        if row is None or row.state == "done":
            return None
        if row.state == "open":
            return 0
        session.delete(notice)
        return 1

    def _fate(self, session: Session, row: Outbox, now: int) -> int | Literal["lost", "waits"]:
        """When the message reached the person; the chat page's messages only count once they were fetched."""
        if row.state != "sent":
            return "waits"
        if row.channel != "web":
            return row.sent_ms or row.created_ms
        message = session.get(WebMessage, (row.chat, int(row.message_id or 0)))
        if message is None:
            return "lost"  # the session ended, and nobody had read it
        if message.delivered_ms is None:
            return "lost" if now - message.at_ms > _UNSEEN_MS else "waits"
        return message.delivered_ms

    def _taken_back(self, session: Session, row: Outbox) -> bool:
        """Take a message back that nobody has yet; False when it is too late for that."""
        if row.channel == "web" and row.state == "sent":
            gone: Any = session.execute(
                delete(WebMessage).where(
                    WebMessage.session_id == row.chat,
                    WebMessage.n == int(row.message_id or 0),
                    WebMessage.delivered_ms.is_(None),
                )
            )
            return bool(gone.rowcount)
        return notices.take_back(session, row, "other-way")

    def _others(self, session: Session, notice: Notice) -> list[Conversation]:
        """The person's other chats in which she can be told, on other platforms first, the one she used last first.

        Without those in which this notice was given up before.
        """
        if notice.kind in _HERE_ONLY:
            return []
        found = [one for one in ways.able(session, notice.conversation_id, self._channels) if one.id != notice.sent_to]
        if not found or notice.outbox_key is None:
            return found
        base = notice.outbox_key.partition("/way")[0]
        keys = [base, *(f"{base}/way{number}" for number in range(2, notice.ways + 1))]
        gone = select(Outbox.conversation_id).where(Outbox.key.in_(keys), Outbox.state.in_(("dead", "unsure")))
        tried = set(session.scalars(gone))
        last = session.get(Conversation, notice.sent_to) if notice.sent_to else None
        able = [one for one in found if one.id not in tried]
        return sorted(able, key=lambda other: last is not None and other.channel == last.channel)

    def _another_way(self, session: Session, notice: Notice, row: Outbox | None, now: int, woken: set[str]) -> int:
        """Queue the same news to another chat of the person; without one, leave a note for a person of the office."""
        together = self._together(session, notice)
        others = self._others(session, notice) if row is not None and not self._may_be_there(notice, row) else []
        channel = self._channels.get((others[0].channel, others[0].account)) if others else None
        if row is None or not others or channel is None:
            for one in together:
                one.state = "unsure" if row is not None and self._may_be_there(one, row) else "unreachable"
                if one.dossier_code and one.kind not in telling.REMINDERS:
                    tell_operator(session, "unreachable", one.dossier_code, {}, self._clock.now())
            return len(together)
        other, page = others[0], Page.load(row.page)
        key = f"{row.key or ''}".partition("/way")[0] + f"/way{notice.ways + 1}"
        text = str(row.page.get("whole") or page.text)
        goes = ms(
            followers.earliest(
                followers.wishes(session, other.id), self._clock.now(), urgent=notice.kind not in telling.REMINDERS
            )
        )
        rows = rows_of(channel, other.chat, other.id, [Message(text)], now, row.priority)
        for one_row, its_key in zip(rows, notices.pages_of(key, len(rows)), strict=True):
            one_row["key"], one_row["next_ms"] = its_key, goes
        carried = {"pages": len(rows), "whole": text, **({"template": page.template} if page.template else {})}
        rows[-1]["page"] |= carried
        put(session, rows)
        for one in together:
            one.outbox_key, one.sent_to, one.ways = key, other.id, one.ways + 1
            if goes > now:  # her own quiet hours: by then she must know
                one.must_by_ms = max(one.must_by_ms, goes + telling.KNOWN_WITHIN_MS)
        woken.add(f"{other.channel}/{other.account}")
        return len(together)

    @staticmethod
    def _may_be_there(notice: Notice, row: Outbox) -> bool:
        """Whether it may have arrived, and is nothing to say twice."""
        return row.state == "unsure" and notice.kind in telling.REMINDERS

    @staticmethod
    def _together(session: Session, notice: Notice) -> list[Notice]:
        """The obligations that one message carries: a digest's are several."""
        if notice.outbox_key is None:
            return [notice]
        same = select(Notice).where(
            Notice.sent_to == notice.sent_to, Notice.outbox_key == notice.outbox_key, Notice.state == "open"
        )
        if not notice.outbox_key.startswith("digest/"):
            return [notice]
        return list(session.scalars(same.order_by(Notice.id)))

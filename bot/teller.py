"""Rows of `tellings` to messages in the outbox, each as a small turn under its conversation's lock.

Whether something is being asked is decided under that lock, so a message never steals an answer. Any number of
processes may run it; a row that breaks is tried three times and then put by.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.dialog.engine import Dialog
from bot.dialog.flow import Talk, Texts
from bot.dialog.state import State
from bot.dialog.values import Message
from bot.outgoing import put, rows_of
from bot.port import Channel
from bot.threads import Threads
from bot.wake import Wake
from handlers.tellings import KINDS, Told
from services import telling
from services.clock import Clock, ms
from services.db.machine import Conversation
from services.db.notices import Notice
from services.db.telling import Telling
from services.dossiers import followers, notices, ways
from services.dossiers.settling import tell_operator

log = logging.getLogger("motcua.teller")

_TOGETHER = 50
_ATTEMPTS = 3
_LATER_MS = 5_000


class Teller:
    """Turns tellings into messages. `only` limits it to one channel (the terminal beside a server)."""

    def __init__(
        self, threads: Threads, clock: Clock, wake: Wake, channels: Mapping[tuple[str, str], Channel], dialog: Dialog,
        group: Dialog, texts: Texts, services: Callable[[Session], Any], *, default_locale: str = "vi", only: str = "",
        every: float = 0.5,
    ) -> None:  # fmt: skip
        self._threads, self._clock, self._wake, self._channels = threads, clock, wake, channels
        self._dialog, self._group, self._texts, self._services = dialog, group, texts, services
        self._default_locale, self._only, self._every = default_locale, only, every

    async def run(self, stop: asyncio.Event) -> None:
        """Look for tellings until `stop`; a look at an empty table costs one index probe on a reader."""
        while not stop.is_set():
            try:
                worked = await self.step()
            except Exception:
                log.exception("tellings stopped for a moment")
                worked = 0
                await asyncio.sleep(1)
            if not worked:
                await self._wake.tellings.wait(self._every)

    async def step(self) -> int:
        """Queue what is due; returns how many rows were dealt with."""
        now = self._clock.now()
        if not await self._threads.read(lambda session: telling.waiting(session, now)):
            return 0
        accounts: set[str] = set()

        def take(session: Session) -> int:
            rows = telling.due(session, now, _TOGETHER)
            # all at once and in the order of the turns, or two of them could wait for each other
            whom = select(Conversation.id).where(Conversation.id.in_({row.conversation_id for row in rows}))
            session.execute(whom.order_by(Conversation.id).with_for_update()).all()
            services = self._services(session)
            dealt = 0
            for row in rows:
                try:
                    with session.begin_nested():
                        dealt += self._one(session, services, row, accounts)
                except Exception:
                    # the savepoint took back what was half done; the others of this batch go on
                    log.exception("a telling broke", extra={"reason": row.kind})
                    self._broke(session, row)
                    dealt += 1
            return dealt

        dealt = await self._threads.write(take)
        if accounts:
            self._wake.outbox(accounts)
        return dealt

    def _one(self, session: Session, services: Any, row: Telling, accounts: set[str]) -> int:
        locked = select(Conversation).where(Conversation.id == row.conversation_id).with_for_update()
        # as it is now: another row of this batch may have looked at it before
        conversation = session.execute(locked, execution_options={"populate_existing": True}).scalar_one_or_none()
        if self._only and conversation is not None and conversation.channel != self._only:
            row.next_ms = ms(self._clock.now()) + _LATER_MS  # the server beside us tells it
            return 0
        owed, row.state = telling.owed(session, row), "done"
        to = self._where(session, conversation, row) if conversation is not None else None
        channel = self._channels.get((to.channel, to.account)) if to is not None and to.reach == "ok" else None
        if conversation is None or to is None or channel is None:
            row.state = "dropped"
            self._failed(session, owed)
            return 1
        if owed is not None and self._waits(session, row, owed, to):
            return 1
        locale = to.locale or self._default_locale
        state = State.load(conversation.state)
        talk = Talk(services, self._texts, locale, self._clock.now(), conversation.id, {}, state.kept)
        told = KINDS[row.kind](talk, row.args)
        if told is None:
            row.state = "dropped"
            if owed is not None:
                session.delete(owed)
            return 1
        words = "\n".join(part for part in (told.text, told.words) if part)
        if to is conversation:
            dialog = self._group if channel.is_group(conversation.chat) else self._dialog
            messages = self._messages(dialog, state, talk, channel, told)
            if told.closes and state.open is not None and state.open.step == told.closes:
                messages += dialog.returns(state, talk)
            session.execute(update(Conversation).where(Conversation.id == conversation.id).values(state=state.dump()))
        else:
            messages = [Message(words)]
        rows = rows_of(channel, to.chat, to.id, messages, ms(self._clock.now()), row.priority)
        for one, key in zip(rows, notices.pages_of(telling.key_of(row.id), len(rows)), strict=True):
            one["key"] = key
        if owed is not None:
            # what another chat is told, if this one cannot be reached
            rows[-1]["page"] |= {"pages": len(rows), "whole": words}
            owed.sent_to = to.id
        put(session, rows)
        accounts.add(f"{to.channel}/{to.account}")
        return 1

    def _where(self, session: Session, conversation: Conversation, row: Telling) -> Conversation:
        """The chat to tell it in: a reminder of a dossier where its news goes; what is owed where it can be told."""
        if row.kind == "my-turn":
            return ways.target(session, conversation, str(row.args.get("code", "")), self._channels)
        here = conversation.reach == "ok" and (conversation.channel, conversation.account) in self._channels
        if here or row.kind not in telling.OWED or row.kind == "rate":
            return conversation
        return next(iter(ways.able(session, conversation.id, self._channels)), conversation)

    def _waits(self, session: Session, row: Telling, owed: Notice, to: Conversation) -> bool:
        """Whether it is not told now: put off while she has quiet hours, called off when she stopped such notices."""
        wanted, now = followers.wishes(session, to.id), self._clock.now()
        reminds = row.kind in telling.REMINDERS
        if reminds and wanted.stopped_at is not None:
            row.state, owed.state = "dropped", "stopped"
            return True
        goes = ms(followers.earliest(wanted, now, urgent=not reminds))
        if goes > ms(now):
            row.state, row.next_ms = "open", goes
            owed.must_by_ms = goes + telling.within_ms(row.priority)
            return True
        return False

    def _failed(self, session: Session, owed: Notice | None) -> None:
        """What was owed cannot be told in any chat: a person of the office has to."""
        if owed is None:
            return
        owed.state = "unreachable"
        if owed.dossier_code and owed.kind not in telling.REMINDERS:
            tell_operator(session, "unreachable", owed.dossier_code, {}, self._clock.now())

    def _messages(self, dialog: Dialog, state: State, talk: Talk, channel: Channel, told: Told) -> list[Message]:
        file = [Message(told.file.caption, file=told.file)] if told.file else []
        if told.choices and channel.limits.buttons:
            return [*file, dialog.aside(state, talk, told.text, told.step, told.data, told.choices)]
        return [*file, Message("\n".join(part for part in (told.text, told.words) if part))]

    def _broke(self, session: Session, row: Telling) -> None:
        attempts = row.attempts + 1
        over = attempts >= _ATTEMPTS
        if over:
            self._failed(session, telling.owed(session, row))
        session.execute(
            update(Telling)
            .where(Telling.id == row.id)
            .values(
                attempts=attempts, next_ms=ms(self._clock.now()) + _LATER_MS * attempts,
                state="dropped" if over else "open",
            )
        )  # fmt: skip

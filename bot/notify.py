"""Dossier events to those who must know, and a watch over whether they do.

Every change is turned into one obligation a person (a row of `notices`) and one message in her outbox, in the
transaction that claims the change. Queuing a notice is a small turn, under the conversation's lock. The watchdog
(`bot.watch`) compares the obligations with what was delivered and tries another way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.dialog.engine import Dialog
from bot.dialog.flow import Talk, Texts
from bot.dialog.state import State
from bot.dialog.values import Choice, Message
from bot.outgoing import BULK, STATUS, put, rows_of
from bot.port import Channel
from bot.threads import Threads
from bot.wake import Wake
from handlers import news
from services import telling
from services.clock import Clock, ms
from services.db.machine import Conversation
from services.db.notices import Notice
from services.dossiers import changes, followers, notices, personal, ways
from services.dossiers.changes import Change
from services.dossiers.facade import Dossiers
from services.dossiers.settling import tell_operator
from services.keys import Keys

log = logging.getLogger("motcua.notify")

MUST_BY = timedelta(milliseconds=telling.KNOWN_WITHIN_MS)
"""How long after it may go a notice may be under way before it counts as silence."""


class Notifier:
    """Turns changes of dossiers into notices. Any number of processes may run it."""

    def __init__(
        self, threads: Threads, clock: Clock, wake: Wake, channels: Mapping[tuple[str, str], Channel], dialog: Dialog,
        texts: Texts, keys: Keys, *, default_locale: str = "vi", every: float = 0.2,
    ) -> None:  # fmt: skip
        self._threads, self._clock, self._wake, self._channels = threads, clock, wake, channels
        self._dialog, self._texts, self._keys = dialog, texts, keys
        self._default_locale, self._every = default_locale, every
        self._unscrubbed = False

    async def run(self, stop: asyncio.Event, sleep: Callable[[float], Any] = asyncio.sleep) -> None:
        """Look for changes until `stop`; a look at an empty table costs one index probe on a reader."""
        while not stop.is_set():
            try:
                worked = await self.step()
            except Exception:
                log.exception("notices stopped for a moment")
                worked = 0
                await sleep(1)
            if not worked:
                await self._wake.changes.wait(self._every)

    async def step(self) -> int:
        """Take what changed and queue what must be said; returns how many changes there were.

        If that breaks, each dossier is taken alone, so that only the broken one has to wait.
        """
        now = self._clock.now()
        if not await self._threads.read(lambda session: changes.waiting(session, now)):
            return 0
        try:
            return await self._take(now)
        except Exception as error:
            codes = await self._threads.read(lambda session: changes.due(session, now))
            log.warning("changes broke; each of %d dossiers is taken alone", len(codes), exc_info=error)
        return sum([await self._take_alone(now, code) for code in codes])

    async def _take_alone(self, now: datetime, code: str) -> int:
        try:
            return await self._take(now, code)
        except Exception as error:
            why = type(error).__name__
            # While the database is away this raises too, and nothing was tried in vain.
            put_by = await self._threads.write(lambda session: changes.postpone(session, [code], now, why))
            log.error("changes of a dossier %s", "are put by" if put_by else "have to wait", exc_info=error)
        return 0

    async def _take(self, now: datetime, only: str | None = None) -> int:
        """One transaction: what changed, of all or of one dossier, and what must be said of it."""
        queued: set[str] = set()

        def take(session: Session) -> changes.Taken:
            taken = changes.take(session, self._keys, now, only=only)
            for change in taken.changes:
                queued.update(self._spread(session, change))
            return taken

        taken = await self._threads.write(take)
        self._unscrubbed = self._unscrubbed or bool(taken.moved)
        if self._unscrubbed:
            # what was moved may still lie in the database's own log: tried again until nothing of it is left
            self._unscrubbed = not await self._threads.aside(lambda: personal.scrub(self._threads.db))
        if queued:
            self._wake.outbox(queued)
        return len(taken.changes) + taken.moved

    # -- inside the transaction ----------------------------------------------------------------------------------

    def _spread(self, session: Session, change: Change) -> set[str]:
        """Queue one change for everybody who must hear of it; returns the accounts that have something to send.

        A person who follows it in two of her chats is told once.
        """
        accounts: set[str] = set()
        people: set[int] = set()
        for who in followers.followers_of(session, change.code):
            conversation = self._locked(session, who)
            if conversation is None:
                continue
            kind = followers.news_for(session, who, change)
            if kind is None:
                continue
            if conversation.person_id is None or conversation.person_id not in people:
                accounts |= self._queue(session, conversation, change, kind)
            if conversation.person_id is not None:
                people.add(conversation.person_id)
            followers.tell(session, who, change, self._clock.now())
        return accounts

    @staticmethod
    def _locked(session: Session, who: int) -> Conversation | None:
        """A conversation under its lock, as it is now: it may have been looked at before."""
        locked = select(Conversation).where(Conversation.id == who).with_for_update()
        return session.execute(locked, execution_options={"populate_existing": True}).scalar_one_or_none()

    def _queue(self, session: Session, conversation: Conversation, change: Change, kind: followers.News) -> set[str]:
        """The obligation and, unless it is kept for the digest, its message."""
        now = self._clock.now()
        to = ways.target(session, conversation, change.code, self._channels)
        wanted = followers.wishes(session, to.id)
        digest = wanted.mode == "digest"
        goes = followers.next_digest(now) if digest else followers.earliest(wanted, now, urgent=True)
        key = f"{change.code}/{change.seq}/{conversation.id}/{kind}"
        channel = self._channels.get((to.channel, to.account)) if to.reach == "ok" else None
        state = "kept" if digest else "open" if channel is not None else "unreachable"
        session.execute(
            insert(Notice).values(
                dossier_code=change.code, seq=change.seq, conversation_id=conversation.id, kind=kind,
                status=change.status, state=state, created_ms=ms(now),
                must_by_ms=ms(goes if digest else goes + MUST_BY), outbox_key=None if digest else key,
                sent_to=to.id, ways=1,
            )
        )  # fmt: skip
        if digest:
            return set()
        if channel is None:
            tell_operator(session, "unreachable", change.code, {}, now)
            return set()
        talk = self._talk(session, to)
        text = news.notice(talk, Dossiers(session, self._clock, self._keys), change, kind)
        if to is conversation:
            message = self._message(session, conversation, talk, channel, text, change.code)
        else:
            message = Message(text)  # there she does not follow it: a button would open nothing of hers
        rows = rows_of(channel, to.chat, to.id, [message], ms(now), STATUS)
        rows[-1]["page"]["template"] = news.template(talk, Dossiers(session, self._clock, self._keys), change)
        self._time(rows, key, ms(goes), text)
        put(session, rows)
        return {f"{to.channel}/{to.account}"}

    def _message(
        self, session: Session, conversation: Conversation, talk: Talk, channel: Channel, text: str, code: str
    ) -> Message:
        """The notice with a button of its own where the platform has any; words where it has none."""
        if not channel.limits.buttons:
            return Message(text)
        state = State.load(conversation.state)
        offered = [Choice("see", talk.text("news-see"))]
        message = self._dialog.aside(state, talk, text, "track.noticed", {"code": code}, offered)
        session.execute(update(Conversation).where(Conversation.id == conversation.id).values(state=state.dump()))
        return message

    def _talk(self, session: Session, conversation: Conversation) -> Talk:
        locale = conversation.locale or self._default_locale
        return Talk(None, self._texts, locale, self._clock.now(), conversation.id, {}, {})

    @staticmethod
    def _time(rows: list[dict[str, Any]], key: str, goes_ms: int, text: str) -> None:
        """Give a notice's rows their keys (the last page carries its own) and the time before which they do not go."""
        for row, one in zip(rows, notices.pages_of(key, len(rows)), strict=True):
            row["next_ms"], row["key"] = goes_ms, one
        if len(rows) > 1:
            # to be taken back, or said another way, it must be known whole
            rows[-1]["page"] |= {"pages": len(rows), "whole": text}

    # -- the daily digest ----------------------------------------------------------------------------------------

    async def digest(self) -> int:
        """Send what was kept for the digest as one message a person, when its time has come."""
        now = self._clock.now()
        queued: set[str] = set()

        def gather(session: Session) -> int:
            due = select(Notice).where(Notice.state == "kept", Notice.told_ms.is_(None), Notice.must_by_ms <= ms(now))
            by_chat: dict[int, list[Notice]] = {}
            for one in session.scalars(due.order_by(Notice.id).limit(2000).with_for_update(skip_locked=True)):
                mine = session.get(Conversation, one.conversation_id)
                to = ways.target(session, mine, one.dossier_code, self._channels) if mine else None
                by_chat.setdefault(to.id if to else one.conversation_id, []).append(one)
            for who in sorted(by_chat):
                queued.update(self._digest_of(session, who, by_chat[who]))
            return len(by_chat)

        people = await self._threads.write(gather)
        if queued:
            self._wake.outbox(queued)
        return people

    def _digest_of(self, session: Session, who: int, kept: list[Notice]) -> set[str]:
        conversation = self._locked(session, who)
        channel = self._channels.get((conversation.channel, conversation.account)) if conversation else None
        now = self._clock.now()
        if conversation is None or channel is None or conversation.reach != "ok":
            for one in kept:
                one.state = "unreachable"
                tell_operator(session, "unreachable", one.dossier_code, {}, now)
            return set()
        wanted = followers.wishes(session, who)
        if wanted.stopped_at is not None:
            for one in kept:
                one.state = "stopped"
            return set()
        goes = ms(followers.earliest(wanted, now, urgent=False))
        if goes > ms(now):  # it is late, and night: she sleeps
            for one in kept:
                one.must_by_ms = goes
            return set()
        kept = [one for one in kept if not notices.is_old_news(session, one)]
        if not kept:
            return set()
        talk = self._talk(session, conversation)
        newest = {one.dossier_code: one for one in kept}
        lines = [talk.text("news-digest-head")]
        for one in newest.values():
            lines.append(
                "• " + talk.text("track-mine-one", code=one.dossier_code, status=news.status(talk, one.status))
            )
        text = "\n".join(lines)
        rows = rows_of(channel, conversation.chat, who, [Message(text)], ms(now), BULK)
        key = f"digest/{who}/{kept[-1].id}"
        self._time(rows, key, 0, text)
        put(session, rows)
        for one in kept:
            one.state = "open" if newest[one.dossier_code] is one else "replaced"
            one.outbox_key, one.sent_to, one.must_by_ms = key, who, ms(now + MUST_BY)
        return {f"{conversation.channel}/{conversation.account}"}

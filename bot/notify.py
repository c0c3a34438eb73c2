"""Dossier events to those who must know, and a watch over whether they do.

Every change is turned into one obligation a person (a row of `notices`) and one message in her outbox, in the
transaction that claims the change. Queuing a notice is a small turn, under the conversation's lock. The watchdog
(`bot.watch`) compares the obligations with what was delivered and tries another way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
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
from services.clock import Clock, ms
from services.db.machine import Conversation
from services.db.notices import Notice
from services.dossiers import changes, followers, personal
from services.dossiers.changes import Change
from services.dossiers.facade import Dossiers
from services.dossiers.hand import HOME
from services.keys import Keys

log = logging.getLogger("motcua.notify")

MUST_BY = timedelta(minutes=2)
"""How long after it may go a notice may be under way before it counts as silence."""
DIGEST_AT = time(17)
"""When, local time, those who want one message a day get it."""


def next_digest(now: datetime) -> datetime:
    """The next time a digest goes."""
    local = now.astimezone(HOME)
    day = local.date() + timedelta(days=0 if local.time() < DIGEST_AT else 1)
    return datetime.combine(day, DIGEST_AT, HOME).astimezone(now.tzinfo)


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
        """Queue one change for everybody who must hear of it; returns the accounts that have something to send."""
        accounts: set[str] = set()
        for who in followers.followers_of(session, change.code):
            locked = select(Conversation).where(Conversation.id == who).with_for_update()
            conversation = session.execute(locked).scalar_one_or_none()
            if conversation is None:
                continue
            kind = followers.news_for(session, who, change)
            if kind is None:
                continue
            accounts |= self._queue(session, conversation, change, kind)
            followers.tell(session, who, change, self._clock.now())
        return accounts

    def _queue(self, session: Session, conversation: Conversation, change: Change, kind: followers.News) -> set[str]:
        """The obligation and, unless it is kept for the digest, its message."""
        now = self._clock.now()
        wanted = followers.wishes(session, conversation.id)
        digest = wanted.mode == "digest"
        goes = next_digest(now) if digest else followers.earliest(wanted, now, urgent=True)
        key = f"{change.code}/{change.seq}/{conversation.id}/{kind}"
        channel = self._channels.get((conversation.channel, conversation.account))
        reachable = channel is not None and conversation.reach == "ok"
        session.execute(
            insert(Notice).values(
                dossier_code=change.code, seq=change.seq, conversation_id=conversation.id, kind=kind,
                status=change.status, state="kept" if digest else "open", created_ms=ms(now),
                must_by_ms=ms(goes if digest else goes + MUST_BY), outbox_key=None if digest else key,
                sent_to=conversation.id, ways=1,
            )
        )  # fmt: skip
        if digest or not reachable or channel is None:
            return set()
        talk = self._talk(session, conversation)
        text = news.notice(talk, Dossiers(session, self._clock, self._keys), change, kind)
        message = self._message(session, conversation, talk, channel, text, change.code)
        rows = rows_of(channel, conversation.chat, conversation.id, [message], ms(now), STATUS)
        rows[-1]["page"]["template"] = news.template(talk, Dossiers(session, self._clock, self._keys), change)
        self._time(rows, key, ms(goes))
        put(session, rows)
        return {f"{conversation.channel}/{conversation.account}"}

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
    def _time(rows: list[dict[str, Any]], key: str, goes_ms: int) -> None:
        """Give a notice's rows their unique key (the last page carries it) and the time before which they do not go."""
        for row in rows:
            row["next_ms"] = goes_ms
            row["key"] = None
        rows[-1]["key"] = key

    # -- the daily digest ----------------------------------------------------------------------------------------

    async def digest(self) -> int:
        """Send what was kept for the digest as one message a person, when its time has come."""
        now = self._clock.now()
        queued: set[str] = set()

        def gather(session: Session) -> int:
            due = select(Notice).where(Notice.state == "kept", Notice.told_ms.is_(None), Notice.must_by_ms <= ms(now))
            by_person: dict[int, list[Notice]] = {}
            for one in session.scalars(due.order_by(Notice.id).limit(2000).with_for_update(skip_locked=True)):
                by_person.setdefault(one.conversation_id, []).append(one)
            for who, notices in by_person.items():
                queued.update(self._digest_of(session, who, notices))
            return len(by_person)

        people = await self._threads.write(gather)
        if queued:
            self._wake.outbox(queued)
        return people

    def _digest_of(self, session: Session, who: int, notices: list[Notice]) -> set[str]:
        locked = select(Conversation).where(Conversation.id == who).with_for_update()
        conversation = session.execute(locked).scalar_one_or_none()
        channel = self._channels.get((conversation.channel, conversation.account)) if conversation else None
        if conversation is None or channel is None or conversation.reach != "ok":
            for one in notices:
                one.state = "unreachable"
            return set()
        talk = self._talk(session, conversation)
        newest = {one.dossier_code: one for one in notices}
        lines = [talk.text("news-digest-head")]
        for one in newest.values():
            lines.append(
                "• " + talk.text("track-mine-one", code=one.dossier_code, status=news.status(talk, one.status))
            )
        rows = rows_of(channel, conversation.chat, who, [Message("\n".join(lines))], ms(self._clock.now()), BULK)
        key = f"digest/{who}/{notices[-1].id}"
        self._time(rows, key, 0)
        put(session, rows)
        for one in notices:
            one.state = "open" if newest[one.dossier_code] is one else "replaced"
            one.outbox_key, one.must_by_ms = key, ms(self._clock.now() + MUST_BY)
        return {f"{conversation.channel}/{conversation.account}"}

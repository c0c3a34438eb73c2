"""Which messages are next: the first waiting one of each free chat, replies before the rest.

A look finds many and remembers those that there is no room for yet; each is begun only if nothing has become of it
meanwhile. So a long queue is searched once for hundreds of messages, and only what is really being sent is in doubt
after a crash. While there is more than that, the next look runs beside the sending.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Collection, Iterable
from typing import cast

from sqlalchemy import Table, bindparam, exists, select, text, tuple_, update
from sqlalchemy.orm import Session

from bot.outbox import Work
from bot.threads import Threads
from services.db.machine import Lease, Outbox

_SHALLOW, _DEEP = 20, 320
"""How many a look finds at once: few at first, twice as many each time that it found all it looked for."""
_REPLIES_EVERY_S = 0.05
"""While there is no room for what was found, how often to look whether something more urgent has come."""
_NEXT_TEXT = """
    WITH RECURSIVE heads(chat) AS (
        SELECT (SELECT min(chat) FROM outbox
                WHERE state = 'queued' AND channel = :channel AND account = :account
                AND priority = :priority AND chat > :after)
        UNION ALL
        SELECT (SELECT min(q.chat) FROM outbox q
                WHERE q.state = 'queued' AND q.channel = :channel AND q.account = :account
                AND q.priority = :priority AND q.chat > heads.chat)
        FROM heads WHERE heads.chat IS NOT NULL
    )
    SELECT o.id, o.chat, o.page, o.priority, o.attempts, o.created_ms, o.reason, o.conversation_id FROM heads h
    {join} outbox o ON o.id = (SELECT min(q.id) FROM outbox q
                             WHERE q.state = 'queued' AND q.channel = :channel AND q.account = :account
                             AND q.priority = :priority AND q.chat = h.chat)
    WHERE h.chat IS NOT NULL AND o.next_ms <= :now AND o.chat NOT IN :busy LIMIT :most
    """
_NEXT = {
    dialect: text(_NEXT_TEXT.format(join=join))
    .bindparams(bindparam("busy", expanding=True))
    .columns(page=Outbox.page.type)
    for dialect, join in (("postgresql", "JOIN"), ("sqlite", "CROSS JOIN"))
}
"""The first waiting message of each chat, of one priority; `busy` are chats to leave out, at least one name. With a
plain JOIN SQLite finds all chats before the first of them is looked at, with this one no more than are wanted."""
_TABLE, _LEASES = cast(Table, Outbox.__table__), cast(Table, Lease.__table__)
_LOWEST = (
    select(_TABLE.c.priority)
    .where(
        _TABLE.c.state == "queued",
        _TABLE.c.channel == bindparam("channel"),
        _TABLE.c.account == bindparam("account"),
    )
    .order_by(_TABLE.c.priority)
    .limit(1)
)
_BEGIN = (
    update(_TABLE)
    .where(
        _TABLE.c.id.in_(bindparam("ids", expanding=True)),  # SQLite finds no row by a pair of values
        tuple_(_TABLE.c.id, _TABLE.c.chat).in_(bindparam("heads", expanding=True)),
        _TABLE.c.state + "" == "queued",  # by their keys, never by the index of all that is queued
        _TABLE.c.next_ms <= bindparam("now"),
        exists().where(
            _LEASES.c.name == bindparam("lease"),
            _LEASES.c.owner == bindparam("owner"),
            _LEASES.c.until_ms > bindparam("database_now"),
        ),
    )
    .values(state="sending", claimed_ms=bindparam("now"), attempts=_TABLE.c.attempts + 1)
    .returning(_TABLE.c.id)
)


class Ahead:
    """What one account's sender has found. Only the holder of the account's lease may use it."""

    def __init__(self, channel: str, account: str, lease: str, owner: str) -> None:
        self._channel, self._account, self._lease, self._owner = channel, account, lease, owner
        self._found: deque[Work] = deque()
        self._after = ""
        self._depth = _SHALLOW
        self._looked = 0.0
        self._looks = 0
        self._looking = False

    def __bool__(self) -> bool:
        """Whether more is known to wait."""
        return bool(self._found)

    def forget(self) -> None:
        """Begin anew: somebody else may have sent meanwhile."""
        self._found.clear()
        self._looks += 1

    @property
    def runs_low(self) -> bool:
        """Whether it is time to look for more, and there is more."""
        return bool(self._after) and 0 < len(self._found) < self._depth // 2 and not self._looking

    def look_on(self, threads: Threads, now_ms: int, busy: Iterable[str]) -> Awaitable[None]:
        """Find what is next behind what is known, while that is being sent. PostgreSQL only.

        `busy` are the chats of all messages whose outcome is not written down yet, now that this is called. In none of
        them, and in none of those known, is the first that waits certain to be the next.
        """
        left_out = {*busy, *(work.chat for work in self._found)}
        look, priority, after = self._looks, self._found[0].priority, self._after
        self._looking = True

        async def run() -> None:
            try:
                found = await threads.read(lambda s: self._search(s, priority, now_ms, self._depth, after, ()))
            finally:
                self._looking = False
            if look == self._looks:  # else the sender itself has looked meanwhile, or has forgotten
                self._after = found[-1].chat if len(found) >= self._depth else ""
                self._found.extend(work for work in found if work.chat not in left_out)

        return run()

    def ready(self, most: int, busy: Collection[str]) -> list[Work]:
        """`most` messages that can be begun without looking for anything first; none when too few are known."""
        if len(self._found) < most:
            return []
        known = self._known(self._found[0].priority, most, busy)
        if len(known) < most:
            self._found.extendleft(reversed(known))
            return []
        return known

    def waits(self, lowest: int) -> None:
        """The most urgent priority that waited a moment ago: what was found must not go before it."""
        self._looked = time.monotonic()
        if self._found and lowest < self._found[0].priority:
            self.forget()

    def begin(
        self, session: Session, now_ms: int, most: int, busy: Collection[str], database_now: int
    ) -> list[Work] | None:
        """Mark up to `most` messages as being sent, none of them to the chats in `busy`; None when the lease is lost.

        Chats are visited in turn, beginning behind the last one. The lease is checked by the database's clock.
        """
        chosen: list[Work] = []
        for priority in range(self._lowest(session), 3):
            if len(chosen) < most:
                taken = {*busy, *(work.chat for work in chosen)}
                chosen += self._known(priority, most - len(chosen), taken)
            if len(chosen) < most:
                taken = {*busy, *(work.chat for work in chosen)}
                chosen += self._look(session, priority, now_ms, most - len(chosen), taken)
        if not chosen:
            return []
        rows = session.connection().execute(
            _BEGIN,
            {
                "ids": [work.id for work in chosen], "heads": [(work.id, work.chat) for work in chosen],
                "now": now_ms, "lease": self._lease, "owner": self._owner, "database_now": database_now,
            },
        )  # fmt: skip
        begun = set(rows.scalars())
        return [work for work in chosen if work.id in begun] if begun else None

    def _lowest(self, session: Session) -> int:
        """The most urgent priority that waits; 3 when nothing does."""
        now = time.monotonic()
        if self._found and now - self._looked < _REPLIES_EVERY_S:
            return self._found[0].priority
        self._looked = now
        lowest = session.connection().execute(_LOWEST, {"channel": self._channel, "account": self._account}).scalar()
        return 3 if lowest is None else int(lowest)

    def _known(self, priority: int, most: int, busy: Collection[str]) -> list[Work]:
        """Of what was found before; a chat that is busy now is found again later."""
        known: list[Work] = []
        while self._found and self._found[0].priority == priority and len(known) < most:
            work = self._found.popleft()
            if work.chat not in busy:
                known.append(work)
        return known

    def _look(self, session: Session, priority: int, now_ms: int, most: int, busy: Collection[str]) -> list[Work]:
        """Search the queue of one priority, and remember what there is no room for."""
        # replies are few and must not wait: they are looked for each time
        limit = most if priority == 0 else max(most, self._depth)
        self._looks += 1
        found: list[Work] = []
        for after in (self._after, "") if self._after else ("",):
            left_out = [*busy, *(work.chat for work in found)]
            found += self._search(session, priority, now_ms, limit - len(found), after, left_out)
            if len(found) >= limit:
                break
        self._after = found[-1].chat if len(found) >= limit else ""
        if priority:
            self._depth = min(_DEEP, 2 * limit) if len(found) >= limit else _SHALLOW
            self._found = deque(found[most:])
        return found[:most]

    def _search(
        self, session: Session, priority: int, now_ms: int, most: int, after: str, left_out: Iterable[str]
    ) -> list[Work]:
        """The first waiting messages of `most` chats behind `after`."""
        connection = session.connection()
        rows = connection.execute(
            _NEXT[connection.dialect.name],
            {
                "channel": self._channel, "account": self._account, "priority": priority, "after": after,
                "now": now_ms, "most": most, "busy": ["", *left_out],
            },
        )  # fmt: skip
        return [
            Work(
                r.id, r.chat, r.page, r.priority, r.attempts + 1, r.created_ms, r.reason == "unsure", r.conversation_id
            )
            for r in rows
        ]

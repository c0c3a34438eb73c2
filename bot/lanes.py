"""Handing out work: the oldest open update of each conversation, never two of one conversation at a time.

The claim counts the attempt in a commit of its own, so that a message that kills the process is counted too.
PostgreSQL locks the conversation, not the update, so a chat is never reordered; the claim's time is only a courtesy
between processes, the lock held during the turn is what makes it certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Table, bindparam, or_, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.db.machine import Conversation, Inbox, Lease

CLAIM_MS = 10_000

_HEADS = text(
    """
    WITH RECURSIVE heads(lane) AS (
        SELECT (SELECT min(lane) FROM inbox WHERE state = 'open' AND lane > :after)
        UNION ALL
        SELECT (SELECT min(i.lane) FROM inbox i WHERE i.state = 'open' AND i.lane > heads.lane)
        FROM heads WHERE heads.lane IS NOT NULL
    )
    SELECT lane FROM heads WHERE lane IS NOT NULL LIMIT :most
    """
)

# Built once, on the tables and not on the classes: that is a third of the cost, and these run for every batch.
_INBOX, _TALKS = cast(Table, Inbox.__table__), cast(Table, Conversation.__table__)
_OLDEST = {
    dialect: text(
        f"""
        SELECT i.id, i.channel, i.account, i.lane, i.raw, i.received_ms, i.attempts, i.reason FROM ({named}) h
        JOIN inbox i ON i.id = (SELECT min(o.id) FROM inbox o WHERE o.state = 'open' AND o.lane = h.lane)
        WHERE i.next_ms <= :now ORDER BY i.id
        """  # noqa: S608  (both texts stand below)
    )
    for dialect, named in (
        ("postgresql", "SELECT unnest(CAST(:lanes AS text[])) AS lane"),
        ("sqlite", "SELECT value AS lane FROM json_each(:lanes)"),
    )
}
"""The oldest open update of each lane: one step through the index a lane, however long it is."""
_COUNT = update(_INBOX).where(_INBOX.c.id.in_(bindparam("ids", expanding=True))).values(attempts=_INBOX.c.attempts + 1)
_KEY = ("channel", "account", "chat")
_FREE = (
    select(_TALKS.c.id, _TALKS.c.channel, _TALKS.c.account, _TALKS.c.chat)
    .where(
        tuple_(_TALKS.c.channel, _TALKS.c.account, _TALKS.c.chat).in_(bindparam("keys", expanding=True)),
        # the same by columns: SQLite uses no index for several columns at once
        *(_TALKS.c[name].in_(bindparam(f"{name}s", expanding=True)) for name in _KEY),
        # or it was claimed before the clock went back, by somebody who is gone
        or_(_TALKS.c.claimed_until_ms <= bindparam("now"), _TALKS.c.claimed_until_ms > bindparam("senseless")),
    )
    .with_for_update(skip_locked=True)
)
_HOLD = (
    update(_TALKS).where(_TALKS.c.id.in_(bindparam("ids", expanding=True))).values(claimed_until_ms=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An update to take a turn with. `attempts` counts this one too; `broke`: a turn of it has broken before."""

    id: int
    channel: str
    account: str
    chat: str
    lane: str
    raw: bytes
    received_ms: int
    attempts: int
    broke: bool
    conversation_id: int


def open_lanes(session: Session, after: str, most: int) -> list[str]:
    """Lanes with open updates, in name order behind `after`: a skip through the index, whatever waits in each lane."""
    return [str(row[0]) for row in session.execute(_HEADS, {"after": after, "most": most})]


def claim(
    session: Session, lanes: Sequence[str], now_ms: int, *, alone: bool = False
) -> tuple[list[Claimed], list[str]]:
    """Take the oldest open update of each of `lanes` whose conversation nobody holds, and count the attempt.

    Updates that were begun before are not mixed with the others, and claimed one at a time (first with `alone`, else
    when there is nothing else): a crash is counted against what was really under way. Returns what was claimed, and
    the lanes that have to wait.
    """
    if not lanes:
        return [], []
    connection = session.connection()
    wanted = msgspec.json.encode(lanes).decode() if connection.dialect.name == "sqlite" else list(lanes)
    heads: Sequence[Any] = connection.execute(_OLDEST[connection.dialect.name], {"lanes": wanted, "now": now_ms}).all()
    begun = [row for row in heads if row.attempts]
    rows = [row for row in heads if not row.attempts]
    if begun and (alone or not rows):
        rows = [begun[now_ms % len(begun)]]  # not the same one always: its chat may be held elsewhere
    taken = {row.id for row in rows}
    later = [str(row.lane) for row in heads if row.id not in taken]
    if not rows:
        return [], later
    keys = {(row.channel, row.account, _chat(row)): row for row in rows}
    known = _hold(connection, list(keys), now_ms)
    missing = [key for key in keys if key not in known]
    if missing:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        fresh = [{"channel": c, "account": a, "chat": chat, "created_ms": now_ms} for c, a, chat in missing]
        connection.execute(dialect.insert(_TALKS).on_conflict_do_nothing(), fresh)
        known |= _hold(connection, missing, now_ms)
    held = [(known[key], row) for key, row in keys.items() if key in known]
    if held:
        connection.execute(_COUNT, {"ids": [row.id for _, row in held]})
    claimed = [
        Claimed(
            row.id, row.channel, row.account, _chat(row), row.lane, row.raw, row.received_ms, row.attempts + 1,
            row.reason is not None, conversation,
        )
        for conversation, row in held
    ]  # fmt: skip
    return claimed, later


def _chat(row: Any) -> str:
    return str(row.lane).split("/", 2)[2]


def _hold(connection: Connection, keys: list[tuple[str, str, str]], now_ms: int) -> dict[tuple[str, str, str], int]:
    """Mark the free conversations among `keys` as held; returns their ids."""
    by_column = {
        f"{name}s": [*dict.fromkeys(values)] for name, values in zip(_KEY, zip(*keys, strict=True), strict=True)
    }
    senseless = now_ms + 10 * CLAIM_MS
    found = connection.execute(_FREE, {"keys": keys, **by_column, "now": now_ms, "senseless": senseless}).all()
    if found:
        connection.execute(_HOLD, {"ids": [row.id for row in found], "until": now_ms + CLAIM_MS})
    return {(row.channel, row.account, row.chat): row.id for row in found}


def release_all(session: Session) -> None:
    """Forget the claims and leases of a process that died: only where this process is the only one (SQLite)."""
    session.execute(update(Conversation).where(Conversation.claimed_until_ms > 0).values(claimed_until_ms=0))
    session.execute(update(Lease).where(Lease.until_ms > 0).values(until_ms=0))


__all__ = ["CLAIM_MS", "Claimed", "claim", "open_lanes", "release_all"]

"""Handing out work: the oldest open update of each conversation, never two of one conversation at a time.

The claim counts the attempt in a commit of its own, so that a message that kills the process is counted too.
PostgreSQL locks the conversation, not the update, so a chat is never reordered; the claim's time is only a courtesy
between processes, the lock held during the turn is what makes it certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from services.db.machine import Conversation, Inbox

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


@dataclass(frozen=True, slots=True)
class Claimed:
    """An update to take a turn with. `attempts` counts this one too."""

    id: int
    channel: str
    account: str
    chat: str
    lane: str
    raw: bytes
    received_ms: int
    attempts: int
    conversation_id: int


def open_lanes(session: Session, after: str, most: int) -> list[str]:
    """Lanes with open updates, in name order behind `after`: a skip through the index, whatever waits in each lane."""
    return [str(row[0]) for row in session.execute(_HEADS, {"after": after, "most": most})]


def claim(session: Session, lanes: Sequence[str], now_ms: int) -> list[Claimed]:
    """Take the oldest open update of each of `lanes` whose conversation nobody holds, and count the attempt."""
    if not lanes:
        return []
    heads = (
        select(func.min(Inbox.id))
        .where(Inbox.state == "open", Inbox.lane.in_(lanes))
        .group_by(Inbox.lane)
        .scalar_subquery()
    )
    columns = (
        Inbox.id, Inbox.channel, Inbox.account, Inbox.event_id, Inbox.lane, Inbox.raw, Inbox.received_ms,
        Inbox.attempts,
    )  # fmt: skip
    rows = session.execute(select(*columns).where(Inbox.id.in_(heads), Inbox.next_ms <= now_ms)).all()
    if not rows:
        return []
    keys = {(row.channel, row.account, _chat(row)): row for row in rows}
    known = _hold(session, list(keys), now_ms)
    missing = [key for key in keys if key not in known]
    if missing:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        fresh = [{"channel": c, "account": a, "chat": chat, "created_ms": now_ms} for c, a, chat in missing]
        session.connection().execute(dialect.insert(Conversation).on_conflict_do_nothing(), fresh)
        known |= _hold(session, missing, now_ms)
    held = [(known[key], row) for key, row in keys.items() if key in known]
    if held:
        session.execute(
            update(Inbox).where(Inbox.id.in_([row.id for _, row in held])).values(attempts=Inbox.attempts + 1)
        )
    return [
        Claimed(
            row.id,
            row.channel,
            row.account,
            _chat(row),
            row.lane,
            row.raw,
            row.received_ms,
            row.attempts + 1,
            conversation,
        )
        for conversation, row in held
    ]


def _chat(row: Any) -> str:
    return str(row.lane).split("/", 2)[2]


def _hold(session: Session, keys: list[tuple[str, str, str]], now_ms: int) -> dict[tuple[str, str, str], int]:
    """Mark the free conversations among `keys` as held; returns their ids."""
    free = select(Conversation.id, Conversation.channel, Conversation.account, Conversation.chat).where(
        tuple_(Conversation.channel, Conversation.account, Conversation.chat).in_(keys),
        Conversation.claimed_until_ms <= now_ms,
    )
    found = session.execute(free.with_for_update(skip_locked=True)).all()
    if found:
        session.execute(
            update(Conversation)
            .where(Conversation.id.in_([row.id for row in found]))
            .values(claimed_until_ms=now_ms + CLAIM_MS)
        )
    return {(row.channel, row.account, row.chat): row.id for row in found}


def release_all(session: Session) -> None:
    """Forget the claims of a process that died: only where this process is the only one (SQLite)."""
    session.execute(update(Conversation).where(Conversation.claimed_until_ms > 0).values(claimed_until_ms=0))


__all__ = ["CLAIM_MS", "Claimed", "claim", "open_lanes", "release_all"]

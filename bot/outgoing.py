"""Writing messages into the outbox, inside the turn's own transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from bot.dialog.values import Message
from bot.port import Channel
from services.db.machine import Outbox

REPLY, STATUS, BULK = 0, 1, 2
"""Priorities: answers first, then news of a dossier, then everything that can wait (ratings, digests)."""

_PUT = insert(cast(Table, Outbox.__table__))


def rows_of(
    channel: Channel, chat: str, conversation_id: int, messages: Iterable[Message], now_ms: int, priority: int = REPLY
) -> list[dict[str, Any]]:
    """`messages` as rows of the outbox, one a page for `channel`; a question's number stands on its last page."""
    rows: list[dict[str, Any]] = []
    for message in messages:
        pages = channel.lay_out(message)
        rows += (
            {
                "channel": channel.name,
                "account": channel.account,
                "chat": chat,
                "conversation_id": conversation_id,
                "priority": priority,
                "page": page.dump(),
                "question": message.question if page is pages[-1] else None,
                "created_ms": now_ms,
                "state": "queued",
                "attempts": 0,
                "next_ms": 0,
            }
            for page in pages
        )
    return rows


def put(session: Session, rows: list[dict[str, Any]]) -> None:
    """Insert rows of the outbox, in order."""
    if rows:
        session.connection().execute(_PUT, rows)

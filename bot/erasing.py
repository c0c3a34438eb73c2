"""Retention of the machine's own tables: what was heard and said is erased on its day."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.db.machine import Inbox, Outbox, WebMessage, WebSession
from services.db.telling import Telling

_AT_ONCE = 5_000
"""The most rows of one erasing, so that it never keeps a turn waiting."""


def erase_old(session: Session, before_ms: int) -> int:
    """Erase updates that were dealt with, messages that went, and ended page sessions, all from before `before_ms`.

    Returns how many rows went. What an operator still has to look at (dead) stays.
    """
    wanted: tuple[tuple[Any, Any], ...] = (
        (Telling, select(Telling.id).where(Telling.state.in_(("done", "dropped")), Telling.created_ms < before_ms)),
        (Inbox, select(Inbox.id).where(Inbox.state.in_(("done", "aside")), Inbox.done_ms < before_ms)),
        (
            Outbox,
            select(Outbox.id).where(Outbox.state.in_(("sent", "dropped", "unsure")), Outbox.created_ms < before_ms),
        ),
    )
    gone = 0
    for table, rows in wanted:
        done = session.execute(delete(table).where(table.id.in_(rows.order_by(table.id).limit(_AT_ONCE))))
        gone += int(getattr(done, "rowcount", 0))
    ended = (
        select(WebSession.id)
        .where((WebSession.ended_ms < before_ms) | (WebSession.seen_ms < before_ms))
        .limit(_AT_ONCE)
    )
    names = list(session.scalars(ended))
    if names:
        session.execute(delete(WebMessage).where(WebMessage.session_id.in_(names)))
        session.execute(delete(WebSession).where(WebSession.id.in_(names)))
    return gone + len(names)

"""Telling somebody something she did not ask for just now: a row, which the machine turns into a message.

What a conversation or a service wants to say in another chat is written here, in its own transaction. The words are
made by `handlers.tellings` when the message goes, so that no personal word lies in this table.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.clock import ms
from services.db.telling import Telling
from services.db.upsert import insert_into

REPLY, NOTICE, BULK = 0, 1, 2
"""How urgent: an answer somebody waits for, news, and what can wait (ratings, reminders, lists)."""
_RING = "told"


def tell(
    session: Session, who: int, kind: str, now: datetime, *, key: str | None = None, at: datetime | None = None,
    priority: int = NOTICE, **args: str | int | bool | None,
) -> bool:  # fmt: skip
    """Tell conversation `who` a message of `kind` (a name in `handlers.tellings`), not before `at` (now).

    `args` are ids and codes, never a name, a number or a text of a person. With a `key` it is said once only, ever:
    False when it was said, or is to be said, already.
    """
    row: dict[str, Any] = {
        "key": key, "conversation_id": who, "kind": kind, "args": args, "priority": priority, "created_ms": ms(now),
        "next_ms": ms(at or now), "state": "open", "attempts": 0,
    }  # fmt: skip
    made = insert_into(session, Telling).values(row).on_conflict_do_nothing().returning(Telling.id)
    session.info[_RING] = True
    return session.execute(made).scalar_one_or_none() is not None


def tell_all(session: Session, whom: Iterable[int], kind: str, now: datetime, *, key: str = "", **more: Any) -> int:
    """The same to several conversations; with a `key` once to each. Returns to how many."""
    return sum(tell(session, who, kind, now, key=f"{key}/{who}" if key else None, **more) for who in whom)


def rang(session: Session) -> bool:
    """Whether something was written in this session, and not asked after yet."""
    return bool(session.info.pop(_RING, False))


def waiting(session: Session, now: datetime) -> bool:
    """Whether anything is due: one probe of a small index."""
    due = select(Telling.id).where(Telling.state == "open", Telling.next_ms <= ms(now)).limit(1)
    return session.scalar(due) is not None


def due(session: Session, now: datetime, most: int) -> list[Telling]:
    """The oldest that are due, held until the transaction ends; what another process holds is left to it."""
    wanted = select(Telling).where(Telling.state == "open", Telling.next_ms <= ms(now))
    return list(
        session.scalars(wanted.order_by(Telling.next_ms, Telling.id).limit(most).with_for_update(skip_locked=True))
    )

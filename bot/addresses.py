"""Chats that move or go away, and what waits for them."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.db.machine import Conversation, Outbox

_EACH_LANE = Outbox.priority.in_((0, 1, 2))
"""Names what stands between account and chat in the index of what is queued: three steps through it, not all of it."""


def drop_queued(session: Session, channel: str, account: str, chat: str, reason: str) -> None:
    """What waits for a chat that cannot be reached is dropped, each row with the reason."""
    session.execute(
        update(Outbox)
        .where(Outbox.channel == channel, Outbox.account == account, _EACH_LANE)
        .where(Outbox.chat == chat, Outbox.state == "queued")
        .values(state="dropped", reason=reason)
    )


def move_chat(session: Session, channel: str, account: str, old: str, new: str) -> None:
    """The platform gave a chat a new id: its conversation and what waits for it go along."""
    there = (Conversation.channel == channel, Conversation.account == account)
    taken = session.scalar(select(Conversation.id).where(*there, Conversation.chat == new))
    if taken is None:
        session.execute(update(Conversation).where(*there, Conversation.chat == old).values(chat=new))
    else:
        session.execute(update(Conversation).where(*there, Conversation.chat == old).values(reach="moved"))
    session.execute(
        update(Outbox)
        .where(Outbox.channel == channel, Outbox.account == account, _EACH_LANE)
        .where(Outbox.chat == old, Outbox.state == "queued")
        .values(chat=new)
    )

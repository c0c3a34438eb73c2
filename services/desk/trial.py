"""The demo's officer: a chat bound without an invitation, on a database that is marked as a demo and on no other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.clock import ms
from services.db.desk import Staff
from services.db.machine import Conversation, Meta
from services.db.office import Agency
from services.desk import log
from services.desk.staff import Role
from services.refusal import Refused, refused

NAME = "demo"
KEPT = 3
"""Chats of the demo's officer that stay bound, the newest: a page that was opened often does not call them all."""


def bind(session: Session, channel: str, account: str, chat: str, now: datetime, role: Role = "head") -> Refused | None:
    """Make this chat that of an officer of the front agency. Refusals: `demo-only`, `office-unknown`."""
    if session.get(Meta, "demo") is None:
        return refused("demo-only")
    agency = session.scalar(select(Agency.code).where(Agency.is_front).order_by(Agency.code))
    if agency is None:
        return refused("office-unknown")
    known = select(Conversation).where(
        Conversation.channel == channel, Conversation.account == account, Conversation.chat == chat
    )
    conversation = session.scalars(known).first()
    if conversation is None:
        conversation = Conversation(
            channel=channel, account=account, chat=chat, created_ms=ms(now), state={"met": True}
        )
        session.add(conversation)
        session.flush()
    mine = select(Staff.id).where(Staff.conversation_id == conversation.id, Staff.ended_at.is_(None))
    if session.scalar(mine) is None:
        session.add(Staff(agency_code=agency, role=role, name=NAME, conversation_id=conversation.id, made_at=now))
        session.flush()
        log.note(session, now, "bind", f"{agency} {NAME}", conversation_id=conversation.id)
    newest = select(Staff.id).where(Staff.name == NAME, Staff.ended_at.is_(None)).order_by(Staff.id.desc()).limit(KEPT)
    kept = list(session.scalars(newest))
    session.execute(
        update(Staff).where(Staff.name == NAME, Staff.ended_at.is_(None), Staff.id.not_in(kept)).values(ended_at=now)
    )
    return None

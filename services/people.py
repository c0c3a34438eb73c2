"""Chats of one person: linked by a six-digit code that is shown in one chat and typed in the other.

What is linked shares nothing but the news: a notice that cannot reach one chat goes to the other.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.clock import ms
from services.db.machine import Conversation
from services.db.notices import LinkCode
from services.dossiers import lookup
from services.keys import Keys
from services.refusal import Refused, refused

VALID = timedelta(minutes=10)
_TRIES = 8
"""How many codes one chat may try in ten minutes: a guess is right once in a million."""


def offer(session: Session, keys: Keys, who: int, now: datetime) -> str:
    """A code for this chat, valid for ten minutes; an earlier one stops working."""
    session.execute(delete(LinkCode).where((LinkCode.conversation_id == who) | (LinkCode.until_ms < ms(now))))
    code = f"{secrets.randbelow(1_000_000):06d}"
    session.merge(LinkCode(code_hash=keys.code(f"link/{code}"), conversation_id=who, until_ms=ms(now + VALID)))
    return code


def join(session: Session, keys: Keys, who: int, typed: str, now: datetime) -> Refused | None:
    """Link this chat to the one that showed the code. Refusals: `link-unknown`, `too-many-lookups`."""
    if not lookup.may_ask(session, f"link:{who}", now, most=_TRIES):
        return refused("too-many-lookups")
    row = session.get(LinkCode, keys.code(f"link/{typed.strip()}"))
    if row is None or row.until_ms < ms(now) or row.conversation_id == who:
        return refused("link-unknown")
    person = session.scalar(select(Conversation.person_id).where(Conversation.id == row.conversation_id))
    person = person or row.conversation_id
    both = [row.conversation_id, who]
    session.execute(update(Conversation).where(Conversation.id.in_(both)).values(person_id=person))
    session.delete(row)
    return None

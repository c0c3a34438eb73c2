"""Chats of one person: linked by a six-digit code that is shown in one chat and typed in the other.

What is linked shares nothing but the news: each notice goes to the chat she chose, else where she spoke last
(`services.dossiers.ways`), and where it cannot reach one chat it goes to another.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from services.clock import ms
from services.db.following import Preference
from services.db.machine import Conversation
from services.db.notices import LinkCode, NoticeWay
from services.dossiers import followers, lookup, ways
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
    person = person or _new_person(session, row.conversation_id, now)
    # the chats that this one was linked to before come along, and what was chosen among them is chosen anew
    both = {row.conversation_id, *ways.numbers(session, who)}
    mine = select(Conversation.person_id).where(Conversation.id.in_(both), Conversation.person_id.is_not(None))
    session.execute(
        delete(NoticeWay).where(NoticeWay.person_id.in_(mine), NoticeWay.person_id != person)
    )  # fmt: skip
    session.execute(update(Conversation).where(Conversation.id.in_(both)).values(person_id=person))
    _same_wishes(session, row.conversation_id, both - {row.conversation_id})
    session.delete(row)
    return None


def _same_wishes(session: Session, shown: int, others: set[int]) -> None:
    """What she wished in the chat that showed the code holds in all; a stop stays a stop."""
    if session.get(Preference, shown) is None:
        return
    wanted = followers.wishes(session, shown)
    for other in sorted(others):
        if followers.wishes(session, other).stopped_at is None:
            followers.wish(session, other, wanted)


def _new_person(session: Session, who: int, now: datetime) -> int:
    """A number for somebody who linked nothing so far: her chat's, unless those it was linked to once still have it."""
    taken = session.scalar(select(exists().where(Conversation.person_id == who)))
    return ms(now) * 1000 + secrets.randbelow(1000) if taken else who


def leave(session: Session, who: int) -> bool:
    """This chat is linked to no other any more: news stays where it was asked for. False when it was not linked."""
    if len(ways.numbers(session, who)) < 2:
        return False
    ways.forget(session, who)
    session.execute(update(Conversation).where(Conversation.id == who).values(person_id=None))
    return True

"""Links that open once: made for one person and one purpose, opened by a button, then bound to that browser.

A GET of the link only shows a button, because chat programs look at links by themselves; the POST spends it and gives
the browser a session. Only keyed hashes of tokens are kept.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from services.db.desk import Staff
from services.db.machine import Conversation
from services.db.telling import OneTimeLink
from services.keys import Keys
from services.refusal import Refused, refused

OPENS_FOR = timedelta(minutes=10)
STAYS_OPEN = {
    "review": timedelta(minutes=45),
    "talk": timedelta(hours=8),
    "upload": timedelta(minutes=30),
    "complaint": timedelta(minutes=45),
}
"""How long the browser that opened a link may go on, by purpose."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link leads to, and for whom: an officer (`staff_id`) or a citizen (`conversation_id`)."""

    purpose: str
    subject: str
    staff_id: int | None
    conversation_id: int | None


def make(
    session: Session, keys: Keys, purpose: str, subject: str, now: datetime, *, staff_id: int | None = None,
    conversation_id: int | None = None,
) -> str:  # fmt: skip
    """A new link's token, to be put behind `/{purpose}/`; it opens once within ten minutes."""
    token = secrets.token_urlsafe(24)
    session.add(
        OneTimeLink(
            token_hash=keys.code(f"{purpose}/{token}"), purpose=purpose, subject=subject, staff_id=staff_id,
            conversation_id=conversation_id, made_at=now, until=now + OPENS_FOR,
        )
    )  # fmt: skip
    return token


def spend(session: Session, keys: Keys, purpose: str, token: str, now: datetime) -> str | Refused:
    """Open a link: the browser's session token. Refusals: `link-gone` (never was, spent, or too late)."""
    found = session.scalar(
        select(OneTimeLink).where(OneTimeLink.token_hash == keys.code(f"{purpose}/{token}")).with_for_update()
    )
    if found is None or found.spent_at is not None or found.until < now:
        return refused("link-gone")
    browser = secrets.token_urlsafe(24)
    found.spent_at, found.session_hash = now, keys.code(f"{purpose}-session/{browser}")
    found.session_until = now + STAYS_OPEN[purpose]
    return browser


def opened(session: Session, keys: Keys, purpose: str, browser: str, now: datetime) -> Opened | None:
    """What the browser with this session token may see; None when it may see nothing (any more)."""
    found = session.scalar(
        select(OneTimeLink).where(OneTimeLink.session_hash == keys.code(f"{purpose}-session/{browser}"))
    )
    if found is None or found.session_until is None or found.session_until < now:
        return None
    return Opened(purpose, found.subject, found.staff_id, found.conversation_id)


def locale(session: Session, keys: Keys, purpose: str, token: str, browser: str) -> str:
    """The language of whoever a link was made for, by the link's token or her browser's session, open or not any more;
    "" where neither is known or she chose none."""
    named = [OneTimeLink.token_hash == keys.code(f"{purpose}/{token}")] if token else []
    named += [OneTimeLink.session_hash == keys.code(f"{purpose}-session/{browser}")] if browser else []
    if not named:
        return ""
    hers = func.coalesce(OneTimeLink.conversation_id, Staff.conversation_id)
    found = (
        select(Conversation.locale)
        .select_from(OneTimeLink)
        .outerjoin(Staff, Staff.id == OneTimeLink.staff_id)
        .join(Conversation, Conversation.id == hers)
        .where(or_(*named))
    )
    return session.scalar(found.limit(1)) or ""


def close(session: Session, purpose: str, subject: str, now: datetime) -> None:
    """No link to this subject opens or stays open any longer."""
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.purpose == purpose, OneTimeLink.subject == subject)
        .values(until=now, session_until=now)
    )

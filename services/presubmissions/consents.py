"""Consents: which notice was shown, in which version, and what was answered. No answer is never a yes.

`prepare` covers the form and the papers; `identity` covers pictures of identity papers and is asked separately, because
such a picture is sensitive data. Without either, everything else of the bot works as before.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.db.presubmissions import Consent

Kind = Literal["prepare", "identity"]
VERSIONS: dict[Kind, str] = {"prepare": "2026-11", "identity": "2026-11"}
"""The version of each notice's text: a new one is a new question to everybody."""


def record(session: Session, who: int, kind: Kind, is_given: bool, now: datetime) -> None:
    """Keep an answer to the notice as it stands today."""
    session.add(Consent(conversation_id=who, kind=kind, version=VERSIONS[kind], is_given=is_given, at=now))
    session.flush()


def standing(session: Session, who: int, kind: Kind) -> bool:
    """Whether the last answer to today's notice was yes, and was not withdrawn."""
    of = select(Consent).where(Consent.conversation_id == who, Consent.kind == kind, Consent.version == VERSIONS[kind])
    last = session.scalars(of.order_by(Consent.id.desc()).limit(1)).first()
    return last is not None and last.is_given and last.withdrawn_at is None


def withdraw(session: Session, who: int, now: datetime) -> bool:
    """Take back every consent that was given; False when none stood. What she refused stays the refusal it was."""
    given = Consent.conversation_id == who, Consent.is_given, Consent.withdrawn_at.is_(None)
    done = session.execute(update(Consent).where(*given).values(withdrawn_at=now))
    return bool(getattr(done, "rowcount", 0))

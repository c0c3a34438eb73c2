"""What was answered and what could not be answered.

Guidance given over a social network must be kept at the one-stop (Decree 61/2018 Art. 15(2)(c)): which procedure,
which version, which part, for which case, to which conversation. Questions without an answer are kept for a shorter
time, so that the office can extend its catalogue; both are erased on their day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.db.office import Guidance, Unanswered

QUESTION_KEPT = 300
"""The most characters of an unanswered question that are kept."""


def record(
    session: Session,
    *,
    conversation_id: int,
    code: str,
    version_id: int,
    aspect: str,
    case: dict[str, str],
    at: datetime,
) -> None:
    """Keep that this part of this version was told."""
    session.add(
        Guidance(
            at=at, conversation_id=conversation_id, procedure_code=code, version_id=version_id, aspect=aspect, case=case
        )
    )


def not_answered(session: Session, *, conversation_id: int, question: str, at: datetime) -> None:
    """Keep a question that found no answer."""
    session.add(
        Unanswered(at=at, conversation_id=conversation_id, question=question[:QUESTION_KEPT].replace("\x00", ""))
    )


def erase_old(session: Session, now: datetime, *, guidance_days: int, question_days: int) -> tuple[int, int]:
    """Erase what is older than its time; returns how many rows of guidance and of questions went."""
    went = []
    for table, days in ((Guidance, guidance_days), (Unanswered, question_days)):
        done = session.execute(delete(table).where(table.at < now - timedelta(days=days)))
        went.append(int(getattr(done, "rowcount", 0)))
    return went[0], went[1]

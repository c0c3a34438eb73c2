"""The desk's log: who did, saw or tried what. It is only added to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from services.db.desk import DeskLog

DONE = "done"


def note(
    session: Session, now: datetime, action: str, subject: str, outcome: str = DONE, *, staff_id: int | None = None,
    conversation_id: int | None = None,
) -> None:  # fmt: skip
    """Write down one thing. `outcome` is `done` or the key of a refusal; `subject` a code of ours, never a person."""
    session.execute(
        insert(DeskLog).values(
            at=now, staff_id=staff_id, conversation_id=conversation_id, action=action, subject=subject[:100],
            outcome=outcome,
        )
    )  # fmt: skip

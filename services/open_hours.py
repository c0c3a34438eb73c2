"""Whether the office that the bot speaks for is open for visitors at a moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import working_days
from services.appointments import slots
from services.db.office import Agency


def front_is_open(session: Session, now: datetime) -> bool:
    """Whether people work there now. A Saturday morning counts where the office's hours name it."""
    code = session.scalar(select(Agency.code).where(Agency.is_front).order_by(Agency.code))
    return code is not None and slots.is_open(working_days.load(session, code), now)

"""Whether an agency is open at a moment: its hours of the weekday, unless the calendar says otherwise."""

from __future__ import annotations

from datetime import datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import working_days
from services.db.office import Agency
from services.dossiers.hand import HOME
from services.office import DAYS


def is_open(session: Session, agency_code: str, now: datetime, zone: tzinfo = HOME) -> bool:
    """Whether people work there now. A Saturday morning counts where the agency's hours name it."""
    local = now.astimezone(zone)
    calendar = working_days.load(session, agency_code)
    off = calendar.off(local.date())
    spans = calendar.sessions(local.date())
    if off is not None and off.reason == "weekend":
        told = calendar.hours.get(DAYS[local.weekday()]) or []
        clock = local.strftime("%H:%M")
        return any(begin <= clock < end for begin, end in told)
    return any(begin <= local.time().replace(tzinfo=None) < end for begin, end in spans)


def front_is_open(session: Session, now: datetime) -> bool:
    """Whether the office the bot speaks for is open now."""
    code = session.scalar(select(Agency.code).where(Agency.is_front).order_by(Agency.code))
    return code is not None and is_open(session, code, now)

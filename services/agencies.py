"""What is said of an agency: its name, where it is, how to call it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.office import Agency


@dataclass(frozen=True, slots=True)
class Known:
    """An agency. One that is not known has its code for a name."""

    code: str
    name: str
    address: str = ""
    hotline: str = ""


def front(session: Session) -> str:
    """The code of the agency that the bot speaks for; "" before an office was imported."""
    return session.scalar(select(Agency.code).where(Agency.is_front).order_by(Agency.code).limit(1)) or ""


def read(session: Session, code: str) -> Known:
    """An agency by its code."""
    row = session.get(Agency, code)
    return Known(code, row.name, row.address, row.hotline) if row else Known(code, code)

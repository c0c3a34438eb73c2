"""Where people go in person: an agency's address, the counters for a matter, and when they are open next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import agencies, working_days
from services.db.visits import Counter
from services.dossiers.hand import HOME

_DAYS_TOLD = 2
_DAYS_LOOKED = 30

Spans = tuple[tuple[time, time], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """An agency as one goes there. `open` are the next days with what is left of their opening hours (local time)."""

    agency: str
    address: str
    counters: tuple[str, ...]
    open: tuple[tuple[date, Spans], ...]


def place(session: Session, agency_code: str, field: str, now: datetime) -> Place:
    """Where to go with a matter of `field` ("": of any, so that only counters for everything are named)."""
    known = agencies.read(session, agency_code)
    counters = session.scalars(select(Counter).where(Counter.agency_code == agency_code).order_by(Counter.n))
    return Place(
        known.name, known.address,
        tuple(one.name for one in counters if not one.fields or field in one.fields),
        tuple(islice(_openings(session, agency_code, now), _DAYS_TOLD)),
    )  # fmt: skip


def _openings(session: Session, agency_code: str, now: datetime) -> Iterator[tuple[date, Spans]]:
    """The days from today on with what is left of their opening hours."""
    calendar, local = working_days.load(session, agency_code), now.astimezone(HOME)
    for days in range(_DAYS_LOOKED):
        day = date.fromordinal(local.date().toordinal() + days)
        spans = tuple(span for span in calendar.sessions(day) if days or span[1] > local.time())
        if spans:
            yield day, spans

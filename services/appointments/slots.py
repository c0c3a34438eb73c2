"""When a counter has room: the agency's opening hours and calendar, cut into slots, less the seats that are taken."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services import working_days
from services.db.visits import Appointment, Counter
from services.dossiers.hand import HOME
from services.office import DAYS
from services.working_days import Calendar

AHEAD = 14
"""How many days ahead can be booked."""
NOTICE = timedelta(minutes=30)
"""Nothing that begins sooner is offered: she still has to get there."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time (UTC) with free seats at one or more counters of an agency."""

    starts_at: datetime
    free: int


@dataclass(frozen=True, slots=True)
class Place:
    """A counter that takes appointments. Without `fields` it serves all."""

    n: int
    name: str
    slot_minutes: int
    capacity: int
    fields: tuple[str, ...] = ()

    def serves(self, field: str) -> bool:
        """Whether somebody with a matter of this field ("": unknown) may come here."""
        return not self.fields or not field or field in self.fields


def places(session: Session, agency_code: str, field: str = "") -> list[Place]:
    """The open counters of an agency for a field; a field that none names is served by all."""
    at = Counter.agency_code == agency_code
    open_ones = select(Counter).where(at, Counter.capacity > 0, Counter.slot_minutes > 0)
    rows = session.scalars(open_ones.order_by(Counter.n))
    every = [Place(row.n, row.name, row.slot_minutes, row.capacity, tuple(row.fields or ())) for row in rows]
    return [place for place in every if place.serves(field)] or every


def open_spans(calendar: Calendar, day: date) -> list[tuple[time, time]]:
    """When the agency is open for visitors: also on a weekend day that its own hours name, if it is no holiday."""
    spans = calendar.sessions(day)
    off = calendar.off(day)
    if spans or off is None or off.reason != "weekend":
        return spans
    usual = calendar.hours.get(DAYS[day.weekday()]) or []
    return [(time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in usual]


def is_open(calendar: Calendar, moment: datetime, zone: tzinfo = HOME) -> bool:
    """Whether the agency is open for visitors at a moment."""
    local = moment.astimezone(zone)
    return any(begin <= local.time() < end for begin, end in open_spans(calendar, local.date()))


def days(
    session: Session, agency_code: str, now: datetime, *, field: str = "", most: int = 7, zone: tzinfo = HOME
) -> list[tuple[date, int]]:
    """The next days with free seats, with how many; none where no counter takes appointments."""
    found = []
    today = now.astimezone(zone).date()
    for ahead in range(AHEAD + 1):
        day = today + timedelta(days=ahead)
        free = sum(slot.free for slot in slots(session, agency_code, day, now, field=field, zone=zone))
        if free:
            found.append((day, free))
        if len(found) == most:
            break
    return found


def slots(
    session: Session, agency_code: str, day: date, now: datetime, *, field: str = "", zone: tzinfo = HOME
) -> list[Slot]:
    """The free times of a day, in order."""
    today = now.astimezone(zone).date()
    at = places(session, agency_code, field)
    if not at or not today <= day <= today + timedelta(days=AHEAD):
        return []
    calendar = working_days.load(session, agency_code)
    taken = _taken(session, agency_code, day, zone)
    free: dict[datetime, int] = {}
    for place in at:
        for begins in starts(calendar, place, day, zone):
            left = place.capacity - taken[(place.n, begins)]
            if left > 0 and begins >= now + NOTICE:
                free[begins] = free.get(begins, 0) + left
    return [Slot(begins, free[begins]) for begins in sorted(free)]


def starts(calendar: Calendar, place: Place, day: date, zone: tzinfo = HOME) -> Iterator[datetime]:
    """Every time (UTC) at which a slot of a counter begins on a day; each ends within the opening hours."""
    length = timedelta(minutes=place.slot_minutes)
    for begin, end in open_spans(calendar, day):
        at, closes = datetime.combine(day, begin, zone), datetime.combine(day, end, zone)
        while at + length <= closes:
            yield at.astimezone(UTC)
            at += length


def _taken(session: Session, agency_code: str, day: date, zone: tzinfo) -> Count[tuple[int, datetime]]:
    begin = datetime.combine(day, time(), zone)
    booked = (
        select(Appointment.counter, Appointment.starts_at, func.count())
        .where(
            Appointment.agency_code == agency_code, Appointment.state == "booked", Appointment.starts_at >= begin,
            Appointment.starts_at < begin + timedelta(days=1),
        )
        .group_by(Appointment.counter, Appointment.starts_at)
    )  # fmt: skip
    return Count({(counter, at): count for counter, at, count in session.execute(booked)})

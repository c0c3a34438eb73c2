"""Working time: how long a desk has had something, counted only while it is open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo

from services.dossiers.hand import HOME
from services.working_days import CLOSING, NOON, Calendar

OPENING, AFTERNOON = time(7, 30), time(13, 30)
"""When an agency that told no hours begins in the morning and after noon."""

_LONGEST = 400
"""Days within which an opening must be found; for an agency that never opens all time counts."""


def after(calendar: Calendar, now: datetime, span: timedelta, zone: tzinfo = HOME) -> datetime:
    """The moment at which so much working time has gone by since `now`."""
    left = span
    for begin, end in _spans(calendar, now, zone):
        begin = max(begin, now)
        if end - begin >= left:
            return begin + left
        left -= max(end - begin, timedelta())
    return now + span


def spent(calendar: Calendar, since: datetime, until: datetime, zone: tzinfo = HOME) -> timedelta:
    """How much working time lies between two moments."""
    total = timedelta()
    for begin, end in _spans(calendar, since, zone):
        if begin >= until:
            break
        total += max(min(end, until) - max(begin, since), timedelta())
    return total


def _spans(calendar: Calendar, since: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """The spans in which the agency is open from a local day on, as moments of the same zone as `since`."""
    day = since.astimezone(zone).date()
    for _ in range(_LONGEST):
        for begin, end in _sessions(calendar, day):
            yield (
                datetime.combine(day, begin, zone).astimezone(since.tzinfo),
                datetime.combine(day, end, zone).astimezone(since.tzinfo),
            )
        day += timedelta(days=1)


def _sessions(calendar: Calendar, day: date) -> list[tuple[time, time]]:
    if calendar.hours:
        return calendar.sessions(day)
    return [(OPENING, NOON), (AFTERNOON, CLOSING)] if calendar.is_working(day) else []

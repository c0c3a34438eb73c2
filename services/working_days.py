"""The working calendar of an agency, and when something is due on it.

The common calendar is Monday to Friday without public holidays, with the make-up Saturdays that the Government decides
(the `holidays` library knows most). Rows of `calendar_days` correct it, for all agencies or one, in both directions: a
holiday may be moved, and the library only guesses a Tết that is not decided yet. Half days shorten a working day, or
open a day off for visitors, but never change what is counted: an agency that opens on Saturday morning promises no
date that comes sooner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Literal, cast

import holidays
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.db.dossiers import CalendarDay
from services.db.office import Agency
from services.db.upsert import insert_into
from services.dossiers.hand import HOME
from services.office import DAYS

Kind = Literal["off", "work", "half_am", "half_pm"]
Reason = Literal["weekend", "holiday", "decided"]
Rule = Literal["working-days", "days", "same-day", "months", "hours", "minutes"]

LAST_RECEIPT = time(15, 0)
"""What comes in later is for the next working day: Civil Status Law Art. 5(3), Decree 23/2015 Art. 7."""
CLOSING, NOON = time(17, 0), time(11, 30)
"""When an agency closes, and breaks for noon, that has told us no hours."""
_ALL = ""


@dataclass(frozen=True, slots=True)
class Off:
    """Why a day does not count. `name` is the holiday's, or who decided; "" for a weekend."""

    day: date
    reason: Reason
    name: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """How a due date came about, for the one who asks. `skipped` are the days that did not count, in order.

    `rolled_from` is the last day of a term in calendar days when that was a day off; `after_cutoff` says that it came
    in too late for the same day.
    """

    rule: Rule
    count: int
    received_on: date
    skipped: tuple[Off, ...] = ()
    rolled_from: date | None = None
    after_cutoff: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A promised date: the local day, the moment (UTC) when the agency closes on it, and why."""

    day: date
    at: datetime
    why: Why


@dataclass(frozen=True, slots=True)
class Calendar:
    """One agency's calendar. `marks` are its corrections, `hours` its opening hours by weekday (`mon`..`sun`)."""

    marks: Mapping[date, tuple[Kind, str]] = field(default_factory=dict)
    hours: Mapping[str, list[list[str]]] = field(default_factory=dict)

    def off(self, day: date) -> Off | None:
        """Why a day is no working day; None for one that counts."""
        kind, source = self.marks.get(day, (None, ""))
        if kind == "off":
            return Off(day, "decided", source)
        named, made_up = _public(day.year)
        if kind == "work" or (day in made_up and day not in named):
            return None
        if day in named:
            return Off(day, "holiday", named[day])
        return Off(day, "weekend") if day.weekday() >= 5 else None

    def is_working(self, day: date) -> bool:
        """Whether a day counts."""
        return self.off(day) is None

    def after(self, day: date) -> Iterator[Off | date]:
        """The days after `day`, without end: a date for each that counts, an `Off` for each that does not."""
        while True:
            day += timedelta(days=1)
            yield self.off(day) or day

    def next_working(self, day: date) -> date:
        """The first working day after `day`."""
        return next(one for one in self.after(day) if not isinstance(one, Off))

    def previous_working(self, day: date) -> date:
        """The last working day before `day`: the latest one for a notice that must come a day before."""
        day -= timedelta(days=1)
        while not self.is_working(day):
            day -= timedelta(days=1)
        return day

    def sessions(self, day: date) -> list[tuple[time, time]]:
        """When the office is open on a day: no, one or more spans of local time."""
        kind = self.marks.get(day, (None, ""))[0]
        usual = self.hours.get(DAYS[day.weekday()]) or []
        if not self.is_working(day):
            return _spans(usual or self._weekday_hours(), kind) if kind in ("half_am", "half_pm") else []
        return _spans(usual or self._weekday_hours(), kind)

    def _weekday_hours(self) -> list[list[str]]:
        """The hours of a day for which none are told, say a make-up Saturday: those of Friday."""
        return self.hours.get("fri") or [["07:30", f"{NOON:%H:%M}"], ["13:30", f"{CLOSING:%H:%M}"]]

    def closes(self, day: date) -> time:
        """When the office closes on a day."""
        open_hours = self.sessions(day)
        return open_hours[-1][1] if open_hours else CLOSING


def _spans(hours: list[list[str]], kind: Kind | None) -> list[tuple[time, time]]:
    spans = [(time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in hours]
    if kind == "half_am":
        return [span for span in spans if span[0] < time(12)]
    return [span for span in spans if span[1] > time(12)] if kind == "half_pm" else spans


@lru_cache(maxsize=64)
def _public(year: int) -> tuple[Mapping[date, str], frozenset[date]]:
    """Public holidays of a year with their names, and its make-up working days at weekends."""
    known = holidays.country_holidays("VN", years=year, language="vi")
    named = {day: name for day, name in known.items() if day.year == year}
    # the library lists the make-up days of all years at once
    return named, frozenset(day for day in known.weekend_workdays if day.year == year)


def load(session: Session, agency_code: str) -> Calendar:
    """The calendar of an agency: its own corrections before those for all."""
    rows = select(CalendarDay).where(CalendarDay.agency_code.in_([_ALL, agency_code])).order_by(CalendarDay.agency_code)
    marks = {row.day: (cast(Kind, row.kind), row.source) for row in session.scalars(rows)}
    hours = session.scalar(select(Agency.hours).where(Agency.code == agency_code))
    return Calendar(marks, hours or {})


def mark(
    session: Session, day: date, kind: Kind, *, agency_code: str = _ALL, source: str = "", decided_by: str = ""
) -> None:
    """Correct a day, for one agency or for all. Dates already promised stay: a person decides about them."""
    values = {"kind": kind, "source": source, "decided_by": decided_by}
    row = insert_into(session, CalendarDay).values(agency_code=agency_code, day=day, **values)
    session.execute(row.on_conflict_do_update(index_elements=["agency_code", "day"], set_=values))


def unmark(session: Session, day: date, *, agency_code: str = _ALL) -> None:
    """Take a correction back."""
    session.execute(delete(CalendarDay).where(CalendarDay.agency_code == agency_code, CalendarDay.day == day))


def due_in_working_days(received_at: datetime, count: int, calendar: Calendar, zone: tzinfo = HOME) -> Due:
    """`count` working days; the day of receipt does not count (Civil Code 2015 Art. 147(2)).

    Raises ValueError for less than 1.
    """
    _check(count)
    received_on = received_at.astimezone(zone).date()
    skipped: list[Off] = []
    left = count
    for one in calendar.after(received_on):
        if isinstance(one, Off):
            skipped.append(one)
            continue
        left -= 1
        if left == 0:
            return _due(one, Why("working-days", count, received_on, tuple(skipped)), calendar, zone)
    raise AssertionError("a calendar has no end")


def due_in_days(received_at: datetime, count: int, calendar: Calendar, zone: tzinfo = HOME) -> Due:
    """`count` calendar days; a last day off goes on to the next working day (Civil Code 2015 Art. 148(5)).

    Raises ValueError for less than 1.
    """
    _check(count)
    received_on = received_at.astimezone(zone).date()
    last = received_on + timedelta(days=count)
    day, skipped = _first_working(last, calendar)
    why = Why("days", count, received_on, skipped, rolled_from=last if skipped else None)
    return _due(day, why, calendar, zone)


def due_same_day(received_at: datetime, calendar: Calendar, zone: tzinfo = HOME) -> Due:
    """Right away, on the same day; what came in after 15:00, or on a day off, on the next working day."""
    local = received_at.astimezone(zone)
    late = local.time() > LAST_RECEIPT
    day, skipped = _first_working(local.date() + timedelta(days=1 if late else 0), calendar)
    return _due(day, Why("same-day", 0, local.date(), skipped, after_cutoff=late), calendar, zone)


def _check(count: int) -> None:
    if count < 1:
        raise ValueError(f"a term needs at least one day, not {count}")


def _first_working(day: date, calendar: Calendar) -> tuple[date, tuple[Off, ...]]:
    """The first working day from `day` on, and the days off before it."""
    skipped = []
    while (off := calendar.off(day)) is not None:
        skipped.append(off)
        day += timedelta(days=1)
    return day, tuple(skipped)


def _due(day: date, why: Why, calendar: Calendar, zone: tzinfo) -> Due:
    return Due(day, datetime.combine(day, calendar.closes(day), zone).astimezone(UTC), why)

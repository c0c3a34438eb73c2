"""When a dossier is due: the procedure's published time on the calendar of the agency, with the explanation kept.

Periods are counted as the Civil Code 2015 Art. 147 and 148 say: the day of receipt does not count; a last day off goes
on to the next working day. A number without a unit is unknown, and nothing is promised for it.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import working_days
from services.catalog.model import ProcedureRecord, Time, Way, applies
from services.db.upsert import insert_into
from services.db.visits import DueReason
from services.dossiers.hand import HOME
from services.working_days import Calendar, Due, Off, Why

_LONGEST = 400
"""Days within which hours of service must be found; an agency that never opens has no due date."""


def term(record: ProcedureRecord, case: Mapping[str, str] | None = None, way: Way = "counter") -> Time | None:
    """The published time that holds for a case and a way of filing: the first that applies and has a known unit.

    A procedure that says nothing of this way has the time of the first way that says any.
    """
    ways = sorted(record.methods, key=lambda method: method.way != way)
    for method in ways:
        for one in method.times:
            if applies(one.when, dict(case or {})) and (one.same_day or ((one.value or 0) > 0 and one.unit)):
                return one
    return None


def due_at(
    session: Session, record: ProcedureRecord, agency_code: str, received_at: datetime, *,
    case: Mapping[str, str] | None = None, way: Way = "counter", zone: tzinfo = HOME,
) -> Due | None:  # fmt: skip
    """When a dossier received at `received_at` (aware) by `agency_code` is due, and why. None: the time is unknown."""
    published = term(record, case, way)
    return None if published is None else due_on(published, received_at, working_days.load(session, agency_code), zone)


def due_on(published: Time, received_at: datetime, calendar: Calendar, zone: tzinfo = HOME) -> Due | None:
    """The same for a time and a calendar at hand."""
    if published.same_day:
        return working_days.due_same_day(received_at, calendar, zone)
    if published.value is None or published.value < 1:
        return None
    match published.unit:
        case "working_day":
            return working_days.due_in_working_days(received_at, published.value, calendar, zone)
        case "day":
            return working_days.due_in_days(received_at, published.value, calendar, zone)
        case "month":
            return _in_months(received_at, published.value, calendar, zone)
        case "hour":
            return _in_open_hours(received_at, published.value * 60, published.value, calendar, zone)
        case "minute":
            return _in_open_hours(received_at, published.value, published.value, calendar, zone, rule="minutes")
    return None


def _in_months(received_at: datetime, count: int, calendar: Calendar, zone: tzinfo) -> Due:
    """The same day of a later month, or that month's last one (Art. 148(3)); a day off goes on to a working day."""
    received_on = received_at.astimezone(zone).date()
    year, month = divmod(received_on.month - 1 + count, 12)
    year, month = received_on.year + year, month + 1
    last = date(year, month, min(received_on.day, months.monthrange(year, month)[1]))
    due = working_days.due_in_days(received_at, (last - received_on).days, calendar, zone)
    return replace(due, why=replace(due.why, rule="months", count=count))


def _in_open_hours(
    received_at: datetime, minutes: int, count: int, calendar: Calendar, zone: tzinfo,
    rule: working_days.Rule = "hours",
) -> Due | None:  # fmt: skip
    """So many minutes of the agency's own opening hours on working days, from the moment of receipt."""
    start = received_at.astimezone(zone).replace(second=0, microsecond=0)
    left, skipped = timedelta(minutes=minutes), list[Off]()
    for ahead in range(_LONGEST):
        day = start.date() + timedelta(days=ahead)
        off = calendar.off(day)
        if off is not None:
            skipped.append(off)
            continue
        for begin, end in calendar.sessions(day):
            opens = max(_moment(day, begin, zone), start)
            closes = _moment(day, end, zone)
            if closes - opens >= left:
                at = opens + left
                why = Why(rule, count, start.date(), tuple(skipped))
                return Due(day, at.astimezone(UTC), why)
            left -= max(closes - opens, timedelta())
    return None


def _moment(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, zone)


# -- the explanation is kept ----------------------------------------------------------------------------------------


def keep(session: Session, dossier_code: str, due: Due, now: datetime) -> None:
    """Keep why a dossier was promised this date. A later date has an explanation of its own; none is overwritten."""
    row = insert_into(session, DueReason).values(dossier_code=dossier_code, due_at=due.at, why=_dumped(due.why), at=now)
    session.execute(row.on_conflict_do_nothing())


def kept(session: Session, dossier_code: str, at: datetime) -> Why | None:
    """Why a dossier was promised this moment; None where another program promised it."""
    found = session.scalar(select(DueReason.why).where(DueReason.dossier_code == dossier_code, DueReason.due_at == at))
    return None if found is None else _loaded(found)


def _dumped(why: Why) -> dict[str, Any]:
    return asdict(why)


def _loaded(raw: dict[str, Any]) -> Why:
    off = tuple(Off(date.fromisoformat(one["day"]), one["reason"], one["name"]) for one in raw["skipped"])
    rolled = raw["rolled_from"]
    return Why(
        raw["rule"], raw["count"], date.fromisoformat(raw["received_on"]), off,
        date.fromisoformat(rolled) if rolled else None, raw["after_cutoff"],
    )  # fmt: skip

"""The parts of an office file behind its agencies: staff, counters, days of the calendar, canned replies."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Literal

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.db.desk import CannedReply, Staff
from services.db.dossiers import CalendarDay
from services.db.upsert import insert_into
from services.db.visits import Counter

MOST_IN_A_SLOT, LONGEST_SLOT = 50, 240


class StaffEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who works here. Her chat is bound later, by an invitation for this agency, role and name."""

    agency: str
    role: Literal["officer", "head", "admin", "keeper"]
    name: str


class CounterEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A counter that takes appointments: `capacity` people in each slot; 0 closes it. No `fields`: all of them."""

    agency: str
    n: int
    name: str
    fields: list[str] = []
    slot_minutes: int = 15
    capacity: int = 1


class CalendarEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day that differs from the common calendar, for one agency or (none named) for all."""

    day: date
    kind: Literal["off", "work", "half_am", "half_pm"]
    agency: str = ""
    source: str = ""


class RepliesEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The canned replies of an agency, in the order in which officers see them; they replace those before."""

    agency: str
    texts: list[str]


def problems(
    agencies: Collection[str], staff: Iterable[StaffEntry], counters: Iterable[CounterEntry],
    calendar: Iterable[CalendarEntry], replies: Iterable[RepliesEntry],
) -> str:  # fmt: skip
    """What contradicts itself, in one line; "" when nothing does."""
    seen: set[object] = set()
    for person in staff:
        who = f"staff: {person.agency} {person.role} {person.name}".rstrip()
        if not person.name.strip():
            return f"{who}: each needs a name, which the invitation repeats"
        if problem := _twice_or_unknown(who, person.agency, agencies, seen):
            return problem
    for counter in counters:
        where = f"counters: {counter.agency} {counter.n}"
        if not (counter.n >= 1 and counter.name.strip()):
            return f"{where}: each needs a number from 1 on and a name"
        if not (5 <= counter.slot_minutes <= LONGEST_SLOT and 0 <= counter.capacity <= MOST_IN_A_SLOT):
            return f"{where}: slot_minutes is 5 to {LONGEST_SLOT}, capacity 0 to {MOST_IN_A_SLOT}"
        if problem := _twice_or_unknown(where, counter.agency, agencies, seen):
            return problem
    for day in calendar:
        what = f"calendar: {day.agency or 'all'} {day.day}"
        if problem := _twice_or_unknown(what, day.agency, (*agencies, ""), seen):
            return problem
    for reply in replies:
        whose = f"replies: {reply.agency}"
        if not all(text.strip() for text in reply.texts):
            return f"{whose}: an empty reply"
        if problem := _twice_or_unknown(whose, reply.agency, agencies, seen):
            return problem
    return ""


def _twice_or_unknown(what: str, agency: str, agencies: Collection[str], seen: set[object]) -> str:
    if agency not in agencies:
        return f"{what}: names an unknown agency"
    if what in seen:
        return f"{what}: stands twice"
    seen.add(what)
    return ""


def bring_in(
    session: Session, staff: Iterable[StaffEntry], counters: Iterable[CounterEntry],
    calendar: Iterable[CalendarEntry], replies: Iterable[RepliesEntry], now: datetime,
) -> None:  # fmt: skip
    """Write the parts. What the file leaves out stays as it is: people leave by `staff end`, counters by capacity 0."""
    for person in staff:
        mine = (Staff.agency_code == person.agency, Staff.role == person.role, Staff.name == person.name.strip())
        if session.scalar(select(Staff.id).where(*mine, Staff.ended_at.is_(None)).limit(1)) is None:
            session.add(Staff(agency_code=person.agency, role=person.role, name=person.name.strip(), made_at=now))
    for one in counters:
        values = {
            "name": one.name, "fields": list(one.fields), "slot_minutes": one.slot_minutes, "capacity": one.capacity,
        }  # fmt: skip
        row = insert_into(session, Counter).values(agency_code=one.agency, n=one.n, **values)
        session.execute(row.on_conflict_do_update(index_elements=["agency_code", "n"], set_=values))
    for day in calendar:
        marks = {"kind": day.kind, "source": day.source, "decided_by": "office file"}
        made = insert_into(session, CalendarDay).values(agency_code=day.agency, day=day.day, **marks)
        session.execute(made.on_conflict_do_update(index_elements=["agency_code", "day"], set_=marks))
    for reply in replies:
        session.execute(delete(CannedReply).where(CannedReply.agency_code == reply.agency))
        for n, text in enumerate(reply.texts, 1):
            session.add(CannedReply(agency_code=reply.agency, n=n, text=text.strip()))
    session.flush()

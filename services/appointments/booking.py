"""Taking a seat, changing and giving it back. A unique index on the seats makes overbooking impossible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import cast

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services import working_days
from services.appointments import slots
from services.db.presubmissions import Presubmission
from services.db.upsert import insert_into
from services.db.visits import Appointment, Counter
from services.dossiers import codes, followers, views
from services.dossiers.hand import HOME
from services.ratings import field_of
from services.refusal import Refused, refused

MOST = 3
"""How many visits one person may have ahead of her."""


@dataclass(frozen=True, slots=True)
class Booked:
    """A booked visit. `counter` is the counter's name."""

    id: int
    agency_code: str
    counter: str
    starts_at: datetime
    subject: str
    state: str = "booked"


@dataclass(frozen=True, slots=True)
class Matter:
    """What a visit is for: the agency to go to and the field; `subject` is a code, or "" for anything else."""

    subject: str
    agency_code: str
    field: str = ""


def matter(session: Session, who: int, code: str, front: str, now: datetime) -> Matter:
    """What a code means for a visit. A code that is not hers counts as none: nobody learns anything by trying.

    Without a code it is the pre-submission of hers that was accepted last and has no visit yet, if there is one.
    """
    code = code or _accepted(session, who, now)
    own = session.get(Presubmission, code) if code else None
    if own is not None and own.conversation_id == who:
        return Matter(own.code, own.agency_code, field_of(session, own.procedure_code))
    found = codes.find(session, code) if code else None
    if found is not None and followers.follows(session, found, who):
        known = views.current(session, found, now)
        if known is not None:
            return Matter(found, front, field_of(session, known.state.procedure_code))
    return Matter("", front)


def _accepted(session: Session, who: int, now: datetime) -> str:
    taken = {one.subject for one in coming(session, who, now)}
    mine = select(Presubmission.code).where(Presubmission.conversation_id == who, Presubmission.state == "accepted")
    found = session.scalars(mine.order_by(Presubmission.accepted_at.desc(), Presubmission.code)).all()
    return next((code for code in found if code not in taken), "")


def book(
    session: Session, who: int, wanted: Matter, starts_at: datetime, now: datetime, *, instead: int | None = None,
    zone: tzinfo = HOME,
) -> Booked | Refused:  # fmt: skip
    """Take a seat. `instead` is the visit that this one replaces; it is given back only once the new seat is hers.

    Refusals: visit-full (somebody was quicker, or the time is not offered), visit-many.
    """
    ahead = [one for one in coming(session, who, now) if one.id != instead]
    if len(ahead) >= MOST:
        return refused("visit-many", most=MOST)
    calendar = working_days.load(session, wanted.agency_code)
    day = starts_at.astimezone(zone).date()
    offered = {slot.starts_at for slot in slots.slots(session, wanted.agency_code, day, now, field=wanted.field)}
    if starts_at not in offered:
        return refused("visit-full")
    for place in slots.places(session, wanted.agency_code, wanted.field):
        if starts_at not in set(slots.starts(calendar, place, day, zone)):
            continue
        for seat in range(1, place.capacity + 1):
            made = _sit(session, who, wanted, place.n, seat, starts_at, now)
            if made is not None:
                if instead is not None:
                    cancel(session, who, instead, now)
                return Booked(made, wanted.agency_code, place.name, starts_at, wanted.subject)
    return refused("visit-full")


def _sit(
    session: Session, who: int, wanted: Matter, counter: int, seat: int, starts_at: datetime, now: datetime
) -> int | None:
    """One seat; None when it is taken. On PostgreSQL this waits for whoever is just taking it."""
    row = insert_into(session, Appointment).values(
        agency_code=wanted.agency_code, counter=counter, starts_at=starts_at, seat=seat, conversation_id=who,
        subject=wanted.subject, made_at=now,
    )  # fmt: skip
    return cast(int | None, session.scalar(row.on_conflict_do_nothing().returning(Appointment.id)))


def cancel(session: Session, who: int, number: int, now: datetime, *, state: str = "cancelled") -> bool:
    """Give a seat back; False when it was not hers or not booked any more."""
    gone = session.execute(
        update(Appointment)
        .where(Appointment.id == number, Appointment.conversation_id == who, Appointment.state == "booked")
        .values(state=state, seat=None, ended_at=now)
    )
    return bool(getattr(gone, "rowcount", 0))


def cancel_all(session: Session, who: int, now: datetime) -> int:
    """Give every seat ahead back; returns how many."""
    return sum(cancel(session, who, one.id, now) for one in coming(session, who, now))


def coming(session: Session, who: int, now: datetime) -> list[Booked]:
    """The visits ahead of a person, the next one first."""
    return _read(
        session, Appointment.conversation_id == who, Appointment.starts_at > now, Appointment.state == "booked"
    )


def one(session: Session, number: int) -> Booked | None:
    """A visit that is booked, by its number."""
    found = of(session, number)
    return found if found is not None and found.state == "booked" else None


def of(session: Session, number: int) -> Booked | None:
    """A visit by its number, whatever became of it."""
    return next(iter(_read(session, Appointment.id == number)), None)


def _read(session: Session, *conditions: object) -> list[Booked]:
    name = func.coalesce(Counter.name, "")
    rows = (
        select(
            Appointment.id, Appointment.agency_code, name, Appointment.starts_at, Appointment.subject, Appointment.state
        )
        .outerjoin(Counter, (Counter.agency_code == Appointment.agency_code) & (Counter.n == Appointment.counter))
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(Appointment.starts_at)
    )
    return [Booked(*row) for row in session.execute(rows).all()]

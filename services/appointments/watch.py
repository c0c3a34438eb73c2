"""The evening before a visit: a reminder. And at any time until it begins: "đừng đi" when the trip became useless."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from typing import Literal

from sqlalchemy import String, bindparam, cast, exists, literal, select, update
from sqlalchemy.orm import Session

from services import telling, working_days
from services.appointments import booking, slots
from services.appointments.booking import Booked
from services.db.presubmissions import Presubmission
from services.db.telling import Telling
from services.db.visits import Appointment
from services.dossiers import views
from services.dossiers.hand import HOME
from services.dossiers.states import ACCEPTED, DONE, ENDED, PROCESSING, REGISTERED

Useless = Literal["closed", "withdrawn", "returned", "ended", "not-ready"]

EVENING, NIGHT, MORNING = time(19), time(21), time(6, 30)
"""When reminders begin, local time; between NIGHT and MORNING nobody is told anything."""
_SOON = timedelta(hours=36)
# Built once: it is asked every few seconds, and building costs more than asking an empty table.
_NEAR = (
    select(Appointment.id, Appointment.conversation_id)
    .where(
        Appointment.state == "booked", Appointment.starts_at > bindparam("now"),
        Appointment.starts_at < bindparam("soon"),
        ~exists().where(Telling.key == literal("visit/") + cast(Appointment.id, String) + "/useless"),
    )
    .order_by(Appointment.starts_at)
)  # fmt: skip
"""Visits booked for today and tomorrow of which she was not warned yet."""
_ANY_NEAR = _NEAR.limit(1)


def waiting(session: Session, now: datetime, zone: tzinfo = HOME) -> bool:
    """Whether any visit is near enough to be looked at, for a reader."""
    return _awake(now, zone) and session.execute(_ANY_NEAR, _soon(now)).first() is not None


def tick(session: Session, now: datetime, zone: tzinfo = HOME) -> int:
    """Remind of the visits of tomorrow, and warn of useless ones; returns how many messages were written."""
    if not _awake(now, zone):
        return 0
    local = now.astimezone(zone)
    told = 0
    for number, who in session.execute(_NEAR, _soon(now)).all():
        visit = booking.one(session, number)
        if visit is None:
            continue
        day = visit.starts_at.astimezone(zone).date()
        is_eve = local.time() >= EVENING and day == local.date() + timedelta(days=1)
        if not (is_eve or day == local.date()):
            continue
        why = useless(session, visit, now, zone)
        if why is not None:
            told += _warn(session, who, visit, why, now)
        elif is_eve:
            told += telling.tell(session, who, "visit-tomorrow", now, key=f"visit/{number}/tomorrow", id=number)
    return told


def _warn(session: Session, who: int, visit: Booked, why: Useless, now: datetime) -> bool:
    """Say it once. A visit to a closed office is called off and its seat given back."""
    if why == "closed":
        session.execute(
            update(Appointment)
            .where(Appointment.id == visit.id, Appointment.state == "booked")
            .values(state="called-off", seat=None, ended_at=now)
        )
    return telling.tell(session, who, "visit-useless", now, key=f"visit/{visit.id}/useless", id=visit.id, why=why)


def useless(session: Session, visit: Booked, now: datetime, zone: tzinfo = HOME) -> Useless | None:
    """Why a trip would be for nothing, as things stand; None when it is worth it."""
    if not slots.is_open(working_days.load(session, visit.agency_code), visit.starts_at, zone):
        return "closed"
    if not visit.subject:
        return None
    prepared = session.get(Presubmission, visit.subject, populate_existing=True)
    if prepared is not None:
        if prepared.state in ("withdrawn", "cancelled", "expired"):
            return "withdrawn"
        return "returned" if prepared.state == "returned" else None
    known = views.current(session, visit.subject, now, zone)
    if known is None:
        return "ended"
    if known.state.status in ENDED - {DONE}:
        return "ended"
    return "not-ready" if known.state.status in (REGISTERED, ACCEPTED, PROCESSING) else None


def _awake(now: datetime, zone: tzinfo) -> bool:
    return MORNING <= now.astimezone(zone).time() < NIGHT


def _soon(now: datetime) -> dict[str, datetime]:
    return {"now": now, "soon": now + _SOON}

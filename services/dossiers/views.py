"""What is shown of a dossier: little to anybody who has its code, everything to its owner.

Circular 01/2018 Art. 16(2)(d): without authentication the code and the degree of completion; the owner sees the way
through the agencies. No view holds a name or number of the applicant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.dossiers import Dossier, DossierEvent, Ledger
from services.dossiers import events
from services.dossiers import stages as planned
from services.dossiers.codes import find
from services.dossiers.hand import HOME
from services.dossiers.settling import Settled, state_of
from services.dossiers.stages import Stage
from services.dossiers.states import (
    ACCEPTED,
    DONE,
    ENDED,
    NOT_ACCEPTED,
    PAYMENT,
    PROCESSING,
    REGISTERED,
    RETURNED,
    STOPPED,
    SUPPLEMENT,
    WITHDRAWN,
    Snapshot,
    Understood,
    fold,
    is_status,
)

Turn = Literal["office", "citizen", "nobody"]
Lateness = Literal["no-date", "in-time", "due-today", "late"]

_PROGRESS = {REGISTERED: 0, ACCEPTED: 20, PROCESSING: 50, SUPPLEMENT: 50, PAYMENT: 50, DONE: 90, RETURNED: 100}
_TURN: dict[int, Turn] = {
    SUPPLEMENT: "citizen", PAYMENT: "citizen", DONE: "citizen", NOT_ACCEPTED: "nobody", WITHDRAWN: "nobody",
    STOPPED: "nobody", RETURNED: "nobody",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Public:
    """What anybody with the code sees. `percent` is None where a dossier ended without a result."""

    code: str
    status: int | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline. `status` is None for a status that makes no sense."""

    seq: int
    at: datetime
    kind: str
    status: int | None
    holder_code: str | None
    due_at: datetime | None
    note: str | None
    form_no: str | None


@dataclass(frozen=True, slots=True)
class Owner:
    """What the owner sees. `days_late` counts local days past the date that holds now."""

    code: str
    state: Understood
    note: str | None
    timeline: tuple[Moment, ...]
    stages: tuple[Stage, ...]
    turn: Turn
    lateness: Lateness
    days_late: int
    children: tuple[Public, ...]
    parent_code: str | None
    is_instant: bool


def public(session: Session, typed: str, now: datetime, zone: tzinfo = HOME) -> Public | None:
    """The public view of a dossier found by its code in any form; None when there is none."""
    known = current(session, typed, now, zone)
    return _public(session, known) if known else None


def _public(session: Session, known: Settled) -> Public:
    status = known.state.status
    percent = _PROGRESS.get(status) if status is not None else 0
    if status == PROCESSING and (stages := planned.of_dossier(session, known.code)):
        done = sum(stage.done_at is not None for stage in stages)
        percent = 20 + 70 * done // len(stages)
    return Public(known.code, status, percent)


def current(session: Session, typed: str, now: datetime, zone: tzinfo = HOME) -> Settled | None:
    """What is understood of a dossier at this moment, also of what was written a moment ago. Changes nothing.

    None when there is none, or its row was deleted.
    """
    code = find(session, typed)
    ledger = None
    if code is not None:
        ledger = session.execute(select(*Ledger.__table__.columns).where(Ledger.code == code)).one_or_none()
    if code is None or ledger is None:
        return None
    known = Settled(code, ledger.seq, ledger.hash, state_of(ledger))
    fresh = events.query().where(DossierEvent.dossier_code == code, DossierEvent.seq >= ledger.seq)
    for event in map(events.event_of, session.execute(fresh)):
        if event.seq > known.seq:
            at = event.at if isinstance(event.at, datetime) else now
            known.state = fold(known.state, known.row, event.row, event.kind, at, now, zone).state
            known.seq = event.seq
        known.row = event.row
    return None if known.state.deleted_at is not None else known


def owner(session: Session, typed: str, now: datetime, zone: tzinfo = HOME) -> Owner | None:
    """The owner's view. The caller has proved that she is the owner, and has written down that it was opened."""
    known = current(session, typed, now, zone)
    if known is None:
        return None
    ours = session.get_one(Ledger, known.code)
    state = known.state
    children = session.scalars(select(Ledger.code).where(Ledger.parent_code == known.code).order_by(Ledger.code))
    late = _days_late(state, now, zone)
    return Owner(
        code=known.code, state=state, note=events.note_in_force(session, known.code),
        timeline=tuple(_told(_moment(event, now) for event in events.of_dossier(session, known.code))),
        stages=tuple(planned.of_dossier(session, known.code)),
        turn=_TURN.get(state.status or 0, "office"), lateness=_lateness(state, late), days_late=max(late or 0, 0),
        children=tuple(one for code in children.all() if (one := public(session, code, now, zone)) is not None),
        parent_code=ours.parent_code, is_instant=ours.is_instant,
    )  # fmt: skip


def _moment(event: events.Event, now: datetime) -> Moment:
    row: Snapshot = event.row
    status = row.status if isinstance(row.status, int) and is_status(row.status) else None
    due = row.due_at if isinstance(row.due_at, datetime) else None
    at = event.at if isinstance(event.at, datetime) else now
    return Moment(event.seq, at, event.kind, status, row.holder_code, due, event.text, event.form_no)


def _told(moments: Iterable[Moment]) -> Iterator[Moment]:
    """The moments that tell the owner something: no status that makes no sense, nothing that stands there already."""
    last: Moment | None = None
    for one in moments:
        if one.status is None or one.kind in ("deleted", "erased"):
            continue
        if last is None or one.note or (one.status, one.holder_code) != (last.status, last.holder_code) or (
            one.kind == "due" and one.due_at is not None and one.due_at != last.due_at
        ):  # fmt: skip
            yield one
            last = one


def _days_late(state: Understood, now: datetime, zone: tzinfo) -> int | None:
    """Local days from the promised date to the end, or to now; negative while there is time, None without a date."""
    if state.due_at is None:
        return None
    until = state.ended_at if state.status in ENDED and state.ended_at else now
    return (until.astimezone(zone).date() - state.due_at.astimezone(zone).date()).days


def _lateness(state: Understood, late: int | None) -> Lateness:
    if late is None:
        return "no-date"
    if late > 0:
        return "late"
    return "due-today" if late == 0 and state.status not in ENDED else "in-time"


def listed(
    session: Session, *, status: int | None = None, due_before: datetime | None = None, agency: str | None = None,
    limit: int = 100, after: str = "",
) -> list[tuple[str, Understood]]:  # fmt: skip
    """Dossiers by code, as they are understood; `after` is the last code of the page before.

    `due_before` finds what is still open and due before a moment; `agency` is the competent one.
    """
    wanted = select(*Ledger.__table__.columns).where(Ledger.code > after, Ledger.deleted_at.is_(None), Ledger.seq > 0)
    if status is not None:
        wanted = wanted.where(Ledger.status == status)
    if due_before is not None:
        wanted = wanted.where(Ledger.due_at < due_before, Ledger.ended_at.is_(None))
    if agency is not None:
        wanted = wanted.where(Ledger.agency_code == agency)
    return [(row.code, state_of(row)) for row in session.execute(wanted.order_by(Ledger.code).limit(limit))]


def shared_row(session: Session, typed: str) -> dict[str, object] | None:
    """The shared row as it lies there, masks and all, for programs; None when there is none."""
    code = find(session, typed)
    columns = Dossier.__table__.columns
    row = session.execute(select(*columns).where(Dossier.code == code)).one_or_none() if code else None
    return dict(row._mapping) if row else None

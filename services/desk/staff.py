"""Who works at the office: looked up in the database at every press, never remembered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from services.db.desk import Desk, Staff, StaffLeave
from services.db.office import Agency
from services.refusal import Refused, refused

Role = Literal["officer", "head", "admin", "keeper"]
ROLES: tuple[Role, ...] = ("officer", "head", "admin", "keeper")
AT_THE_DESK: tuple[Role, ...] = ("officer", "head", "admin")
"""Who takes work; a keeper looks after the catalogue."""
LEADING: tuple[Role, ...] = ("head", "admin")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works here. `conversation_id` is None before her invitation was used."""

    id: int
    agency_code: str
    role: Role
    name: str
    conversation_id: int | None

    @property
    def leads(self) -> bool:
        """Whether she may decide what only the head may."""
        return self.role in LEADING

    @property
    def works(self) -> bool:
        """Whether she takes work at the desk."""
        return self.role in AT_THE_DESK

    @property
    def actor(self) -> str:
        """She as the one who wrote something: an id, never a name."""
        return f"staff:{self.id}"


def member(session: Session, conversation_id: int) -> Member | None:
    """Whose private chat this is; None for everybody who does not work here (any more)."""
    if not conversation_id:
        return None
    row = session.scalars(_active().where(Staff.conversation_id == conversation_id).order_by(Staff.id.desc())).first()
    return _member(row) if row else None


def by_id(session: Session, staff_id: int) -> Member | None:
    """A member by her number, also one who has left."""
    row = session.get(Staff, staff_id)
    return _member(row) if row else None


def at_work(session: Session, staff_id: int) -> Member | None:
    """A member by her number, while she works at a desk here."""
    row = session.get(Staff, staff_id, populate_existing=True)
    found = _member(row) if row is not None and row.ended_at is None else None
    return found if found is not None and found.works else None


def of_agency(session: Session, agency_code: str | None = None) -> list[Member]:
    """Everybody who works at an agency, or anywhere; also those whose invitation was not used yet."""
    rows = _active().order_by(Staff.agency_code, Staff.role, Staff.id)
    return [
        _member(row)
        for row in session.scalars(rows if agency_code is None else rows.where(Staff.agency_code == agency_code))
    ]


def heads(session: Session, agency_code: str) -> list[Member]:
    """Those who decide for an agency, reachable in a chat: its own, else those of the agency above it."""
    for code in _upwards(session, agency_code):
        found = _reachable(session, code, LEADING)
        if found:
            return found
    return []


def officers(session: Session, agency_code: str, day: date) -> list[Member]:
    """The officers of an agency on a day, reachable in a chat; those on leave are replaced by their backup.

    Where no officer is left, the heads stand in.
    """
    on_duty: dict[int, Member] = {}
    for one in _reachable(session, agency_code, ("officer",)):
        stands_in = standing_in(session, one, day)
        if stands_in is not None:
            on_duty.setdefault(stands_in.id, stands_in)
    return list(on_duty.values()) or [
        one for one in heads(session, agency_code) if not is_away(session, one.id, day)
    ] or heads(session, agency_code)  # fmt: skip


def standing_in(session: Session, one: Member, day: date) -> Member | None:
    """Who does this officer's work on a day: she herself, or her backup (or the backup's) while she is on leave."""
    passed: set[int] = set()
    at: Member | None = one
    while at is not None and at.id not in passed:
        if at.conversation_id is not None and not is_away(session, at.id, day):
            return at
        passed.add(at.id)
        backup = session.scalar(select(Staff.backup_id).where(Staff.id == at.id))
        row = session.scalars(_active().where(Staff.id == backup)).first() if backup else None
        at = _member(row) if row else None
    return None


def desks(session: Session, agency_code: str) -> list[int]:
    """The conversations of the groups that are an agency's desk."""
    bound = select(Desk.conversation_id).where(Desk.agency_code == agency_code, Desk.ended_at.is_(None))
    return list(session.scalars(bound.order_by(Desk.id)))


def end(session: Session, staff_id: int, now: datetime) -> bool:
    """She works here no more: her chat is a citizen's again. False when she did not, or had left before."""
    gone = session.execute(update(Staff).where(Staff.id == staff_id, Staff.ended_at.is_(None)).values(ended_at=now))
    return bool(getattr(gone, "rowcount", 0))


# -- leave ----------------------------------------------------------------------------------------------------------


def is_away(session: Session, staff_id: int, day: date) -> bool:
    """Whether an officer is on leave on a day."""
    away = select(StaffLeave.id).where(
        StaffLeave.staff_id == staff_id, StaffLeave.first_day <= day, StaffLeave.last_day >= day
    )
    return session.scalar(away.limit(1)) is not None


def take_leave(session: Session, staff_id: int, first: date, last: date) -> Refused | None:
    """Write down days of leave, both included. Refusals: `leave-backwards`, `leave-long` (more than a year)."""
    if last < first:
        return refused("leave-backwards")
    if (last - first).days > 366:
        return refused("leave-long")
    session.add(StaffLeave(staff_id=staff_id, first_day=first, last_day=last))
    return None


def back_at_work(session: Session, staff_id: int, today: date) -> int:
    """Leave that is not over yet is taken back; returns how many spans."""
    gone = session.execute(delete(StaffLeave).where(StaffLeave.staff_id == staff_id, StaffLeave.last_day >= today))
    return int(getattr(gone, "rowcount", 0))


def set_backup(session: Session, staff_id: int, backup_id: int | None) -> Refused | None:
    """Say who does an officer's work while she is on leave. Refusals: `backup-unknown` (not of her agency, or she)."""
    if backup_id is not None:
        own = session.scalar(select(Staff.agency_code).where(Staff.id == staff_id))
        there = session.scalar(
            select(Staff.agency_code).where(
                Staff.id == backup_id, Staff.ended_at.is_(None), Staff.role.in_(AT_THE_DESK)
            )
        )
        if backup_id == staff_id or there is None or there != own:
            return refused("backup-unknown")
    session.execute(update(Staff).where(Staff.id == staff_id).values(backup_id=backup_id))
    return None


# -- parts ----------------------------------------------------------------------------------------------------------


def _active() -> Select[Staff]:
    return select(Staff).where(Staff.ended_at.is_(None))


def _member(row: Staff) -> Member:
    return Member(row.id, row.agency_code, cast(Role, row.role), row.name, row.conversation_id)


def _reachable(session: Session, agency_code: str, roles: Iterable[str]) -> list[Member]:
    rows = _active().where(
        Staff.agency_code == agency_code, Staff.role.in_(tuple(roles)), Staff.conversation_id.is_not(None)
    )
    return [_member(row) for row in session.scalars(rows.order_by(Staff.id))]


def _upwards(session: Session, agency_code: str) -> Iterable[str]:
    code: str | None = agency_code
    passed: set[str] = set()
    while code and code not in passed:
        yield code
        passed.add(code)
        code = session.scalar(select(Agency.parent_code).where(Agency.code == code))

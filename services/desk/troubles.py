"""What somebody of the office has to look at, told to those who can: whom to telephone, and what other programs wrote.

A notice that reached nobody is the desk's to telephone; what made no sense is for those who look after the system. Many
troubles at once are one message. `services.desk.closing` closes them.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services import agencies, telling
from services.db.dossiers import Ledger, OperatorNote
from services.desk import staff
from services.dossiers.hand import HOME
from services.due_notices import ENDS, MORNING, desk_chats

UNREACHABLE = "unreachable"
KINDS = frozenset(
    ("status-unknown", "transition-impossible", "finished-twice", "time-unreadable", "time-future", "time-backwards")
) | {"due-removed", "deleted", "code-unreadable", "work-put-by", UNREACHABLE}
"""The kinds of trouble that have words of their own."""
SHOWN = 20
"""The most dossiers that one message names; the others are counted."""
_TOGETHER = 2_000
_ANY = select(OperatorNote.id).where(OperatorNote.told_at.is_(None)).limit(1)


def waiting(session: Session, now: datetime, zone: tzinfo = HOME) -> bool:
    """Whether `tick` has anything to do: one probe of a small index, for a reader. Nobody is woken for it at night."""
    if not MORNING <= now.astimezone(zone).time() < ENDS:
        return False
    return session.scalar(_ANY) is not None


def tick(session: Session, now: datetime, zone: tzinfo = HOME) -> int:
    """Tell what was not told yet; returns how many messages were written. An office without staff has `check` alone."""
    untold = (
        select(OperatorNote.id, OperatorNote.key, Ledger.agency_code)
        .outerjoin(Ledger, Ledger.code == OperatorNote.dossier_code)
        .where(OperatorNote.told_at.is_(None))
        .order_by(OperatorNote.id)
        .limit(_TOGETHER)
        .with_for_update(of=OperatorNote, skip_locked=True)
    )
    found: dict[tuple[str, bool], list[int]] = {}
    for number, key, agency in session.execute(untold):
        found.setdefault((agency or agencies.front(session), key == UNREACHABLE), []).append(number)
    told, day = 0, now.astimezone(zone).date()
    for (agency, telephones), numbers in found.items():
        whom = desk_chats(session, agency, day) if telephones else keepers(session, agency) or desk_chats(
            session, agency, day
        )  # fmt: skip
        named = ",".join(str(number) for number in numbers[:SHOWN])
        told += telling.tell_all(session, whom, "desk-troubles", now, notes=named, more=len(numbers[SHOWN:]))
        session.execute(update(OperatorNote).where(OperatorNote.id.in_(numbers)).values(told_at=now))
    return told


def keepers(session: Session, agency_code: str) -> list[int]:
    """Who looks after the system: the chats of the admins of an agency, or of the front office."""
    admins = [one for one in staff.of_agency(session) if one.role == "admin" and one.conversation_id is not None]
    hers = [one for one in admins if one.agency_code == agency_code]
    front = agencies.front(session)
    return [
        one.conversation_id for one in hers or [one for one in admins if one.agency_code == front]
        if one.conversation_id is not None
    ]  # fmt: skip


def worded(key: str) -> str:
    """A kind of trouble, or `other` where it has no words of its own."""
    return key if key in KINDS else "other"


def named(session: Session, numbers: str) -> list[tuple[int, str, str]]:
    """The troubles of a message that are still open: (number, kind, dossier), in order."""
    wanted = [int(number) for number in numbers.split(",") if number.isdecimal()]
    mine = select(OperatorNote.id, OperatorNote.key, OperatorNote.dossier_code).where(
        OperatorNote.id.in_(wanted), OperatorNote.closed_at.is_(None)
    )
    return [(number, worded(key), code) for number, key, code in session.execute(mine.order_by(OperatorNote.id))]


def counts(session: Session) -> dict[str, int]:
    """How many troubles are open, of each kind that there are any of, in the order of their names."""
    still = select(OperatorNote.key, func.count()).where(OperatorNote.closed_at.is_(None))
    found = session.execute(still.group_by(OperatorNote.key).order_by(OperatorNote.key)).all()
    return {row[0]: row[1] for row in found}


def newest(session: Session, most: int) -> list[tuple[str, str, int, datetime]]:
    """The open ones that came last, the newest first: (kind, dossier, how often, when last)."""
    rows = select(OperatorNote.key, OperatorNote.dossier_code, OperatorNote.times, OperatorNote.last_at)
    found = session.execute(
        rows.where(OperatorNote.closed_at.is_(None)).order_by(OperatorNote.last_at.desc()).limit(most)
    )
    return [(key, code, times, at) for key, code, times, at in found]

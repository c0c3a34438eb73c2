"""A trouble is closed by one of those it was told to: whoever was not reached was telephoned, or it was looked at.

A notice that reached nobody counts as told by telephone from then on. What comes again opens the trouble anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, or_, select, true, update

from services import agencies
from services.clock import ms
from services.db.desk import Desk, Staff
from services.db.dossiers import Ledger, OperatorNote
from services.db.notices import Notice
from services.desk import actions, counter, log, staff, troubles
from services.desk.staff import AT_THE_DESK, Member
from services.desk.troubles import UNREACHABLE
from services.dossiers import codes, views
from services.dossiers.hand import Hand
from services.due_notices import desk_chats
from services.refusal import Refused, refused

What = Literal["called", "seen"]
"""`called`: who was not reached was telephoned; `seen`: any other trouble was looked at."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What was closed. `status` is the dossier's at this moment, None for what is no dossier (any more)."""

    what: What
    code: str
    status: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A trouble that waits: its number, its kind (`other` for one without words of its own), the dossier."""

    number: int
    kind: str
    code: str

    @property
    def what(self) -> What:
        """How it is closed."""
        return "called" if self.kind == UNREACHABLE else "seen"


@dataclass(frozen=True, slots=True)
class Telephone:
    """Whether somebody has still to be telephoned about a dossier, and when that was done last."""

    is_open: bool
    done_at: datetime | None


def close(hand: Hand, by: Member, what: What, typed: str) -> Closed | Refused:
    """Close what waits of this sort for a dossier, or a pre-submission, found by its code in any form.

    Refusals: `work-elsewhere`, `trouble-not-admin`, `trouble-none`, `trouble-closed` (args: `at`, a datetime).
    """
    code = codes.find(hand.session, typed) or counter.code_in(typed) or codes.normalise(typed)[:100]
    return _close(hand, by, what, code)


def close_number(hand: Hand, by: Member, number: int) -> Closed | Refused:
    """Close a trouble by its number, with all that waits of its sort for its dossier. Refusals: those of `close`."""
    note = hand.session.get(OperatorNote, number)
    if note is None:
        return refused("trouble-none", code="")
    return _close(hand, by, "called" if note.key == UNREACHABLE else "seen", note.dossier_code)


def _close(hand: Hand, by: Member, what: What, code: str) -> Closed | Refused:
    if (problem := _forbidden(hand, by, what, code)) is not None:
        return actions.logged(hand, by, what, code, problem)
    mine = select(OperatorNote).where(OperatorNote.dossier_code == code, _of_sort(what))
    held = mine.order_by(OperatorNote.id).with_for_update().execution_options(populate_existing=True)
    notes = hand.session.scalars(held).all()
    still = [one for one in notes if one.closed_at is None]
    if not still:
        done = [one.closed_at for one in notes if one.closed_at is not None]
        why = refused("trouble-closed", code=code, at=max(done)) if done else refused("trouble-none", code=code)
        return actions.logged(hand, by, what, code, why)
    for one in still:
        one.closed_at = hand.now
    if what == "called":
        _telephoned(hand, code)
    log.note(hand.session, hand.now, what, code, staff_id=by.id, conversation_id=by.conversation_id)
    known = views.current(hand.session, code, hand.now)
    return Closed(what, code, known.state.status if known is not None else None)


def _of_sort(what: What) -> ColumnElement[bool]:
    return OperatorNote.key == UNREACHABLE if what == "called" else OperatorNote.key != UNREACHABLE


def _telephoned(hand: Hand, code: str) -> None:
    """Everybody who could not be reached with news of it knows it now."""
    lost = update(Notice).where(Notice.dossier_code == code, Notice.state == "unreachable")
    hand.session.execute(lost.values(state="telephoned", told_ms=ms(hand.now)))


def _forbidden(hand: Hand, by: Member, what: What, code: str) -> Refused | None:
    """Those may close it who are told of it (`services.desk.troubles`), and the agency that holds the dossier."""
    session, front = hand.session, agencies.front(hand.session)
    owner = session.execute(select(Ledger.agency_code, Ledger.holder_code).where(Ledger.code == code)).one_or_none()
    agency, holder = (owner[0] or front, owner[1]) if owner is not None else (front, None)
    if what == "seen" and troubles.keepers(session, agency):
        if by.role == "admin" and by.agency_code in (agency, front):
            return None
        return refused("trouble-not-admin" if by.agency_code in (agency, holder) else "work-elsewhere")
    told = set(desk_chats(session, agency, hand.today))
    hers = {by.conversation_id, *staff.desks(session, by.agency_code)}
    return None if by.agency_code in (agency, holder) or told & hers else refused("work-elsewhere")


def waiting(hand: Hand, by: Member, most: int) -> list[Waiting]:
    """What waits for somebody like her, the oldest first, `most` of it."""
    session, front = hand.session, agencies.front(hand.session)
    hers: ColumnElement[bool] = or_(Ledger.agency_code == by.agency_code, Ledger.holder_code == by.agency_code)
    seen = hers
    if by.agency_code == front:
        desks = select(Desk.agency_code).where(Desk.ended_at.is_(None))
        people = select(Staff.agency_code).where(
            Staff.ended_at.is_(None), Staff.conversation_id.is_not(None), Staff.role.in_(AT_THE_DESK)
        )
        hers = or_(hers, Ledger.agency_code.is_(None), Ledger.agency_code.not_in(desks.union(people)))
        seen = true() if by.role == "admin" else hers
    sorts = [and_(_of_sort("called"), hers)]
    if by.role == "admin" or not troubles.keepers(session, by.agency_code):
        sorts.append(and_(_of_sort("seen"), seen))
    found = (
        select(OperatorNote.id, OperatorNote.key, OperatorNote.dossier_code)
        .outerjoin(Ledger, Ledger.code == OperatorNote.dossier_code)
        .where(OperatorNote.closed_at.is_(None), or_(*sorts))
        .order_by(OperatorNote.id)
        .limit(most)
    )
    return [Waiting(number, troubles.worded(key), code) for number, key, code in session.execute(found)]


def telephone(hand: Hand, code: str) -> Telephone | None:
    """Whether somebody must be telephoned, or was, about a dossier; None where all news arrived."""
    mine = select(OperatorNote.closed_at).where(OperatorNote.dossier_code == code, OperatorNote.key == UNREACHABLE)
    row = hand.session.execute(mine).one_or_none()
    return Telephone(row[0] is None, row[0]) if row is not None else None

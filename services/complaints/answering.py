"""The officer's side: reading and answering on a page that a one-time link opens, never in a chat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from services import links, telling
from services.complaints.records import LONGEST, PURPOSE, Seen, normalise, place, seen
from services.db.desk import Staff
from services.db.visits import Complaint
from services.desk import cards, log, staff
from services.desk.staff import Member
from services.keys import Keys
from services.refusal import Refused, refused


def open_link(session: Session, keys: Keys, member: Member, code: str, now: datetime) -> str | Refused:
    """A one-time link's token to read and answer a complaint: `{PUBLIC_URL}/complaint/{token}`.

    Refusals: complaint-unknown, complaint-not-yours (of another agency, or a card that somebody else holds).
    """
    found = reader(session, member.id, normalise(code))
    if isinstance(found, Refused):
        _note(session, now, member, "open-link", normalise(code), found.key)
        return found
    _note(session, now, member, "open-link", found.code)
    return links.make(session, keys, PURPOSE, found.code, now, staff_id=member.id)


def reader(session: Session, staff_id: int, code: str) -> Complaint | Refused:
    """A complaint that this officer may read: of her agency, and her card or nobody's; a head may read all."""
    row, who = session.get(Complaint, code), session.get(Staff, staff_id)
    if row is None or row.state not in ("open", "answered"):
        return refused("complaint-unknown", code=code)
    holder = cards.owner_of(session, "complaint", code)
    if who is None or who.ended_at is not None or who.role not in staff.AT_THE_DESK:
        return refused("complaint-not-yours", code=code)
    leads = who.role in staff.LEADING
    if who.agency_code != row.agency_code or not (leads or holder in (None, staff_id)):
        return refused("complaint-not-yours", code=code)
    return row


def read(session: Session, keys: Keys, staff_id: int, code: str, now: datetime) -> Seen | Refused:
    """What was written, for an officer; that she read it is written down."""
    found = reader(session, staff_id, code)
    log.note(
        session, now, "read-complaint", code, found.key if isinstance(found, Refused) else log.DONE, staff_id=staff_id
    )
    return found if isinstance(found, Refused) else seen(session, keys, found)


def answer(session: Session, keys: Keys, staff_id: int, code: str, text: str, now: datetime) -> Refused | None:
    """Answer a complaint, once: its card is done, its writer is told.

    Refusals: those of `reader`, complaint-answered, complaint-answer-empty, complaint-long (most).
    """
    found = reader(session, staff_id, code)
    if isinstance(found, Refused):
        return found
    row = session.get_one(Complaint, code, with_for_update=True, populate_existing=True)
    if row.state != "open":
        return refused("complaint-answered", code=code)
    if not text.strip():
        return refused("complaint-answer-empty")
    if len(text.strip()) > LONGEST:
        return refused("complaint-long", most=LONGEST)
    row.answer, row.state = keys.encrypt(text.strip(), place(code, "answer")), "answered"
    row.answered_at, row.answered_by = now, staff_id
    cards.finish(session, "complaint", code, now)
    links.close(session, PURPOSE, code, now)
    telling.tell(session, row.conversation_id, "complaint-answered", now, key=f"complaint-answered/{code}", code=code)
    log.note(session, now, "answer-complaint", code, staff_id=staff_id)
    return None


def _note(session: Session, now: datetime, by: Member, action: str, subject: str, outcome: str = log.DONE) -> None:
    log.note(session, now, action, subject, outcome, staff_id=by.id, conversation_id=by.conversation_id)

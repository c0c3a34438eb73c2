"""Who is told of a card, and when: at once, again when nobody took it, then the head and the citizen.

Of the card only its number goes into the table of tellings; the words are made when they are said.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import telling
from services.db.desk import Card, OfficerTalk
from services.db.presubmissions import Presubmission
from services.db.visits import Complaint
from services.desk import staff
from services.desk.staff import Member
from services.dossiers.hand import HOME

CARD, REMINDED = "desk-card", "desk-reminded"


def call(
    session: Session, card: Card, now: datetime, *, for_head: bool, kind: str = CARD, but: int | None = None
) -> None:
    """Tell the desk of a card that waits: its groups, else each officer; what is the head's, the heads only."""
    whom = [who for who in _whom(session, card, now, for_head) if who != but]
    if card.kind != "approve":
        telling.tell_all(session, whom, kind, now, card=card.id)
    elif kind != CARD:  # the first time whoever opened it has told the heads, with the question itself
        telling.tell_all(session, whom, "check-approve", now, subject=card.subject)


def has_desk(session: Session, agency_code: str, now: datetime) -> bool:
    """Whether anybody at an agency would hear of a card."""
    return bool(staff.desks(session, agency_code) or staff.officers(session, agency_code, now.astimezone(HOME).date()))


def _whom(session: Session, card: Card, now: datetime, for_head: bool) -> list[int]:
    if for_head:
        return [one.conversation_id for one in staff.heads(session, card.agency_code) if one.conversation_id]
    groups = staff.desks(session, card.agency_code)
    if groups:
        return groups
    today = now.astimezone(HOME).date()
    return [one.conversation_id for one in staff.officers(session, card.agency_code, today) if one.conversation_id]


def taken(session: Session, card: Card, by: Member, now: datetime, *, there: bool) -> None:
    """The owner gets the next action in her private chat; the groups learn that somebody has it."""
    if not there:
        _hand(session, card, by, now)
    for who in staff.desks(session, card.agency_code):
        telling.tell(session, who, "desk-taken", now, card=card.id)


def handed(session: Session, card: Card, other: Member, now: datetime) -> None:
    """Somebody handed her the card."""
    _hand(session, card, other, now, handed=True)


def remind_owner(session: Session, card: Card, by: Member, now: datetime, kind: str = "desk-yours") -> None:
    """What can be done with a card, in the private chat of who pressed in a group (`desk-pass`: hand it on)."""
    if by.conversation_id is not None:
        telling.tell(session, by.conversation_id, kind, now, priority=telling.REPLY, card=card.id, handed=False)


def not_yours(session: Session, by: Member, key: str, card_id: int, now: datetime) -> None:
    """Why a press in a group came to nothing, in the private chat of who pressed."""
    if by.conversation_id is not None:
        telling.tell(session, by.conversation_id, "desk-refused", now, priority=telling.REPLY, why=key, card=card_id)


def _hand(session: Session, card: Card, by: Member, now: datetime, *, handed: bool = False) -> None:
    if by.conversation_id is not None:
        telling.tell(
            session, by.conversation_id, "desk-yours", now, priority=telling.REPLY, card=card.id, handed=handed
        )


def citizen_of(session: Session, card: Card) -> int | None:
    """The conversation of who waits for this piece of work; None where nobody does (a rating)."""
    code = card.subject.partition("#")[0]
    if card.kind in ("check", "approve"):
        return session.scalar(select(Presubmission.conversation_id).where(Presubmission.code == code))
    if card.kind == "complaint":
        return session.scalar(select(Complaint.conversation_id).where(Complaint.code == code))
    number = code.removeprefix("talk:")
    if card.kind == "talk" and number.isdecimal():
        return session.scalar(select(OfficerTalk.conversation_id).where(OfficerTalk.id == int(number)))
    return None

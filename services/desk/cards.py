"""Cards: pieces of work at a desk. One is opened, claimed by exactly one officer, handed on, done.

Who claims holds it for a lease in working time; a lease that ran out without anything being done opens the card again.
A card that nobody takes is called to mind, then told to the head, and the citizen hears which agency has it.
Refusals: `card-unknown`, `card-taken`, `card-gone`, `card-not-yours`, `card-not-staff`, `card-elsewhere` (another
agency's), `card-for-head`, `card-target-unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services import working_days
from services.db.desk import Card
from services.db.upsert import insert_into
from services.desk import calling, hours, log, moving, staff
from services.desk.staff import Member
from services.refusal import Refused, refused

OPEN, CLAIMED, DONE, GONE = "open", "claimed", "done", "gone"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a kind of card may wait and be held, in working time. `for_head`: only the head may take it."""

    remind: timedelta
    escalate: timedelta
    lease: timedelta
    for_head: bool = False


_DAY = timedelta(hours=8)
PATIENCE: Mapping[str, Patience] = {
    "check": Patience(timedelta(hours=2), timedelta(hours=4), timedelta(hours=4)),
    "talk": Patience(timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=30)),
    "complaint": Patience(timedelta(hours=4), _DAY, 2 * _DAY),
    "rating": Patience(_DAY, 2 * _DAY, 2 * _DAY, for_head=True),
    "approve": Patience(timedelta(hours=2), timedelta(hours=4), _DAY, for_head=True),
}


def open_card(
    session: Session, now: datetime, kind: str, subject: str, agency_code: str, *,
    remind_after: timedelta | None = None, escalate_after: timedelta | None = None,
) -> int:  # fmt: skip
    """A card for a piece of work, told to the desk; its number. The same kind and subject again: the same card.

    `remind_after` and `escalate_after` are working time; without them the kind's own.
    """
    patience, calendar = patience_of(kind), working_days.load(session, agency_code)
    made = insert_into(session, Card).values(
        kind=kind, subject=subject, agency_code=agency_code, state=OPEN, opened_at=now,
        remind_at=hours.after(calendar, now, remind_after or patience.remind),
        escalate_at=hours.after(calendar, now, escalate_after or patience.escalate),
    )  # fmt: skip
    card_id = session.scalar(made.on_conflict_do_nothing().returning(Card.id))
    if card_id is None:
        return int(session.execute(select(Card.id).where(Card.kind == kind, Card.subject == subject)).scalar_one())
    log.note(session, now, "open", f"{kind} {subject}")
    calling.call(session, session.get_one(Card, card_id), now, for_head=patience.for_head)
    return int(card_id)


def finish(session: Session, kind: str, subject: str, now: datetime) -> None:
    """The work is done, or not needed any more (nobody had it). Nothing happens for a card that is over."""
    mine = (Card.kind == kind, Card.subject == subject)
    ended = session.execute(
        update(Card).where(*mine, Card.state == CLAIMED).values(state=DONE, done_at=now, lease_until=None)
    )
    gone = session.execute(update(Card).where(*mine, Card.state == OPEN).values(state=GONE, done_at=now))
    if getattr(ended, "rowcount", 0) or getattr(gone, "rowcount", 0):
        log.note(session, now, "finish", f"{kind} {subject}")


def owner_of(session: Session, kind: str, subject: str) -> int | None:
    """The number (staff) of who holds the card; None while nobody does."""
    return session.scalar(
        select(Card.owner_id).where(Card.kind == kind, Card.subject == subject, Card.state == CLAIMED)
    )


def patience_of(kind: str) -> Patience:
    """How long a kind of card may wait."""
    return PATIENCE.get(kind, PATIENCE["check"])


def get(session: Session, card_id: int) -> Card | None:
    """A card by its number."""
    return session.get(Card, card_id, populate_existing=True)


def waiting(session: Session, by: Member, most: int = 30) -> list[Card]:
    """The open cards that this member may take, the oldest first."""
    mine = select(Card).where(Card.agency_code == by.agency_code, Card.state == OPEN).order_by(Card.opened_at, Card.id)
    return [one for one in session.scalars(mine.limit(most)) if not isinstance(may_take(by, one), Refused)]


def held_by(session: Session, staff_id: int) -> list[Card]:
    """The cards that a member holds, the oldest first."""
    mine = select(Card).where(Card.owner_id == staff_id, Card.state == CLAIMED)
    return list(session.scalars(mine.order_by(Card.claimed_at, Card.id)))


def may_take(by: Member | None, card: Card) -> Refused | None:
    """Why this member may not take this card; None when she may."""
    if by is None or not by.works:
        return refused("card-not-staff")
    if by.agency_code != card.agency_code:
        return refused("card-elsewhere")
    if patience_of(card.kind).for_head and not by.leads:
        return refused("card-for-head")
    return None


def claim(session: Session, by: Member, card_id: int, now: datetime, *, there: bool = False) -> Card | Refused:
    """Take a card: of any number who do so at the same moment, exactly one gets it. The owner again: hers, still.

    The owner is told the next action in her private chat, unless she is `there` already.
    """
    card = get(session, card_id)
    if card is None:
        return _logged(session, now, by, "claim", str(card_id), refused("card-unknown"))
    problem = may_take(by, card)
    if problem is not None:
        return _logged(session, now, by, "claim", _name(card), problem)
    lease = hours.after(working_days.load(session, card.agency_code), now, patience_of(card.kind).lease)
    won = session.scalar(
        update(Card)
        .where(Card.id == card_id, Card.state == OPEN)
        .values(state=CLAIMED, owner_id=by.id, claimed_at=now, lease_until=lease)
        .returning(Card.id)
    )
    if won is not None:
        log.note(session, now, "claim", _name(card), staff_id=by.id, conversation_id=by.conversation_id)
        calling.taken(session, card, by, now, there=there)
        return session.get_one(Card, card_id, populate_existing=True)
    card = session.get_one(Card, card_id, populate_existing=True)
    if card.state == CLAIMED and card.owner_id == by.id:
        return card
    refusal = refused("card-taken" if card.state == CLAIMED else "card-gone")
    return _logged(session, now, by, "claim", _name(card), refusal)


def touch(session: Session, card_id: int, by: Member, now: datetime) -> None:
    """The owner did something: her lease begins anew."""
    card = get(session, card_id)
    if card is not None and card.state == CLAIMED and card.owner_id == by.id:
        lease = patience_of(card.kind).lease
        card.lease_until = hours.after(working_days.load(session, card.agency_code), now, lease)


def keep(session: Session, kind: str, subject: str, staff_id: int | None, now: datetime) -> None:
    """The same, by what the card is about: who works on it keeps it. Nothing happens for anybody but its owner."""
    card_id = session.scalar(select(Card.id).where(Card.kind == kind, Card.subject == subject))
    by = staff.by_id(session, staff_id) if staff_id is not None else None
    if card_id is not None and by is not None:
        touch(session, card_id, by, now)


def release(session: Session, by: Member, card_id: int, now: datetime) -> Card | Refused:
    """Give a card back: it waits for anybody, and the desk is told."""
    card = _own(session, by, card_id, now, "release")
    if isinstance(card, Refused):
        return card
    reopen(session, card, now, but=by.conversation_id)
    log.note(session, now, "release", _name(card), staff_id=by.id, conversation_id=by.conversation_id)
    return card


def pass_on(session: Session, by: Member, card_id: int, target: str, now: datetime) -> Card | Refused:
    """Hand a card to another officer (`staff:7`) or to another agency's desk (`agency:H99.15.CA`).

    The owner may; while nobody has it, every officer of its agency.
    """
    kind, _, name = target.partition(":")
    if kind == "agency":
        moving.hold(session, card_id)
    card = _own(session, by, card_id, now, "pass", also_open=True)
    if isinstance(card, Refused):
        return card
    if kind == "agency" and name != card.agency_code and calling.has_desk(session, name, now):
        moving.move(session, card, name)
        reopen(session, card, now)
    elif kind == "staff" and name.isdecimal() and (other := staff.by_id(session, int(name))) is not None:
        if other.conversation_id is None or may_take(other, card) is not None or other.id == by.id:
            return _logged(session, now, by, "pass", _name(card), refused("card-target-unknown"))
        patience = patience_of(card.kind)
        calendar = working_days.load(session, card.agency_code)
        card.state, card.owner_id, card.claimed_at = CLAIMED, other.id, now
        card.lease_until = hours.after(calendar, now, patience.lease)
        calling.handed(session, card, other, now)
    else:
        return _logged(session, now, by, "pass", _name(card), refused("card-target-unknown"))
    session.flush()
    log.note(session, now, f"pass {target}", _name(card), staff_id=by.id, conversation_id=by.conversation_id)
    return card


def reopen(session: Session, card: Card, now: datetime, *, but: int | None = None) -> None:
    """Nobody has the card any more: it waits again, with patience counted anew; the desk is told, `but` for one."""
    patience, calendar = patience_of(card.kind), working_days.load(session, card.agency_code)
    card.state, card.owner_id, card.claimed_at, card.lease_until = OPEN, None, None, None
    card.remind_at = hours.after(calendar, now, patience.remind)
    card.escalate_at = hours.after(calendar, now, patience.escalate)
    card.reminded_at = card.escalated_at = None
    session.flush()
    calling.call(session, card, now, for_head=patience.for_head, but=but)


def _own(
    session: Session, by: Member, card_id: int, now: datetime, action: str, *, also_open: bool = False
) -> Card | Refused:
    card = session.get(Card, card_id, with_for_update=True, populate_existing=True)
    if card is None:
        return _logged(session, now, by, action, str(card_id), refused("card-unknown"))
    if card.state == CLAIMED and card.owner_id == by.id:
        return card
    if also_open and card.state == OPEN:
        problem = may_take(by, card)
        return card if problem is None else _logged(session, now, by, action, _name(card), problem)
    key = "card-not-yours" if card.state == CLAIMED else "card-gone" if card.state in (DONE, GONE) else "card-not-yours"
    return _logged(session, now, by, action, _name(card), refused(key))


def _name(card: Card) -> str:
    return f"{card.kind} {card.subject}"


def _logged(session: Session, now: datetime, by: Member, action: str, subject: str, refusal: Refused) -> Refused:
    log.note(session, now, action, subject, refusal.key, staff_id=by.id, conversation_id=by.conversation_id)
    return refusal

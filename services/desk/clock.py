"""What the desk's clock does: leases that ran out, cards to call to mind, cards for the head."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from services import telling
from services.db.desk import Card
from services.desk import calling, cards, log, staff

_TOGETHER = 50


# Built once: it is asked every few seconds, and building costs more than asking an empty table.
_DUE = or_(
    (Card.state == cards.CLAIMED) & (Card.lease_until <= bindparam("now")),
    (Card.state == cards.OPEN) & (Card.reminded_at.is_(None)) & (Card.remind_at <= bindparam("now")),
    (Card.state == cards.OPEN) & (Card.escalated_at.is_(None)) & (Card.escalate_at <= bindparam("now")),
)
_ANY_DUE = select(Card.id).where(_DUE).limit(1)
_ALL_DUE = select(Card).where(_DUE).order_by(Card.id).limit(_TOGETHER).with_for_update(skip_locked=True)


def waiting(session: Session, now: datetime) -> bool:
    """Whether `tick` has anything to do: a look at the few cards that are not over."""
    return session.scalar(_ANY_DUE, {"now": now}) is not None


def tick(session: Session, now: datetime) -> int:
    """Do what has become due, at most so many cards at once; returns how many. Any number of processes may."""
    found = list(session.scalars(_ALL_DUE, {"now": now}))
    for card in found:
        name = f"{card.kind} {card.subject}"
        if card.state == cards.CLAIMED:
            log.note(session, now, "lease-over", name, staff_id=card.owner_id)
            _tell_owner(session, card, now)
            cards.reopen(session, card, now)
        elif card.escalated_at is None and card.escalate_at is not None and card.escalate_at <= now:
            log.note(session, now, "escalate", name)
            _escalate(session, card, now)
        else:
            card.reminded_at = now
            log.note(session, now, "remind", name)
            for_head = cards.patience_of(card.kind).for_head
            calling.call(session, card, now, for_head=for_head, kind=calling.REMINDED)
    return len(found)


def _escalate(session: Session, card: Card, now: datetime) -> None:
    """The head is told, and whoever waits hears which agency has it: the agency, never the person."""
    card.escalated_at, card.reminded_at = now, card.reminded_at or now
    for head in staff.heads(session, card.agency_code):
        if head.conversation_id is not None:
            telling.tell(session, head.conversation_id, "desk-escalated", now, card=card.id)
    citizen = calling.citizen_of(session, card)
    if citizen is not None:
        telling.tell(session, citizen, "desk-held", now, key=f"desk-held/{card.id}", card=card.id)


def _tell_owner(session: Session, card: Card, now: datetime) -> None:
    owner = staff.by_id(session, card.owner_id or 0)
    if owner is not None and owner.conversation_id is not None:
        telling.tell(session, owner.conversation_id, "desk-lease-over", now, card=card.id)

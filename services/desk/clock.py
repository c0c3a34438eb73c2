"""What the desk's clock does: leases that ran out, cards to call to mind, cards for the head."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from services import telling
from services.db.desk import Card
from services.desk import calling, cards, log, staff

_TOGETHER = 50


def _due(now: datetime) -> Select[Card]:
    return select(Card).where(
        or_(
            (Card.state == cards.CLAIMED) & (Card.lease_until <= now),
            (Card.state == cards.OPEN) & (Card.reminded_at.is_(None)) & (Card.remind_at <= now),
            (Card.state == cards.OPEN) & (Card.escalated_at.is_(None)) & (Card.escalate_at <= now),
        )
    )


def waiting(session: Session, now: datetime) -> bool:
    """Whether `tick` has anything to do: a look at the few cards that are not over."""
    return session.scalars(_due(now).limit(1)).first() is not None


def tick(session: Session, now: datetime) -> int:
    """Do what has become due, at most so many cards at once; returns how many. Any number of processes may."""
    found = list(session.scalars(_due(now).order_by(Card.id).limit(_TOGETHER).with_for_update(skip_locked=True)))
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

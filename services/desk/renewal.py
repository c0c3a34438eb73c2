"""A receipt that fell into wrong hands: at the counter its code is taken back, and the owner gets a new one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from services.db.following import Follow, Receipt
from services.desk import actions, log
from services.desk.staff import Member
from services.dossiers import followers, notices, receipts
from services.dossiers.hand import Hand
from services.refusal import Refused


@dataclass(frozen=True, slots=True)
class Renewed:
    """The new code as it is typed; `unbound` counts the chats that had used an old one, and see nothing any more."""

    code: str
    receipt: str
    unbound: int


def renew(hand: Hand, by: Member, typed: str) -> Renewed | Refused:
    """Take back every code of a dossier and make a new one. Who followed by an old code follows no more.

    Who proved to be the owner in another way stays. Refusals: `dossier-unknown`, `work-elsewhere`.
    """
    seen = actions.look(hand, by, typed)
    if isinstance(seen, Refused):
        return seen
    unbound = 0
    old = select(Receipt.id).where(Receipt.dossier_code == seen.code, Receipt.revoked_at.is_(None))
    for number in hand.session.scalars(old.order_by(Receipt.id)).all():
        asker = receipts.revoke(hand, number)
        if isinstance(asker, str):
            unbound += _unbind(hand, seen.code, asker)
    issued = receipts.issue(hand, seen.code)
    if isinstance(issued, Refused):
        return issued
    log.note(hand.session, hand.now, "renew", seen.code, staff_id=by.id, conversation_id=by.conversation_id)
    return Renewed(seen.code, issued.code, unbound)


def _unbind(hand: Hand, code: str, asker: str) -> bool:
    """The chat that a code had bound follows no more; what waits to be told to it is called off."""
    kind, _, number = asker.partition(":")
    if kind != "conversation" or not number.isdecimal():
        return False
    follow = hand.session.get(Follow, (code, int(number)))
    if follow is None or follow.how != "receipt":
        return False
    notices.call_off(hand.session, [int(number)], code)
    return followers.unfollow(hand.session, code, int(number))

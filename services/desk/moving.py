"""Work that goes to another agency: what it is about goes along, or its officers could not do it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.db.desk import Card, OfficerTalk
from services.db.presubmissions import Presubmission
from services.db.visits import Complaint

Behind = Presubmission | Complaint | OfficerTalk


def hold(session: Session, card_id: int) -> None:
    """Hold what a card is about until the transaction ends: before the card itself, as everybody else does who needs
    both, or two of them would wait for each other."""
    card = session.get(Card, card_id)
    if card is not None:
        _behind(session, card, held=True)


def move(session: Session, card: Card, agency_code: str) -> None:
    """The card, and the pre-submission, talk or complaint behind it, belong to this agency from now on."""
    card.agency_code = agency_code
    behind = _behind(session, card)
    if behind is not None:
        behind.agency_code = agency_code


def _behind(session: Session, card: Card, *, held: bool = False) -> Behind | None:
    code = card.subject.partition("#")[0]
    if card.kind in ("check", "approve"):
        return session.get(Presubmission, code, with_for_update=held, populate_existing=held)
    if card.kind == "complaint":
        return session.get(Complaint, code, with_for_update=held, populate_existing=held)
    number = code.removeprefix("talk:")
    if card.kind == "talk" and number.isdecimal():
        return session.get(OfficerTalk, int(number), with_for_update=held, populate_existing=held)
    return None

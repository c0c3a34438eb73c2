"""Work that goes to another agency: what it is about goes along, or its officers could not do it."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.db.desk import Card, OfficerTalk
from services.db.presubmissions import Presubmission
from services.db.visits import Complaint


def move(session: Session, card: Card, agency_code: str) -> None:
    """The card, and the pre-submission, talk or complaint behind it, belong to this agency from now on."""
    card.agency_code = agency_code
    code = card.subject.partition("#")[0]
    if card.kind in ("check", "approve"):
        session.execute(update(Presubmission).where(Presubmission.code == code).values(agency_code=agency_code))
    elif card.kind == "complaint":
        session.execute(update(Complaint).where(Complaint.code == code).values(agency_code=agency_code))
    elif card.kind == "talk" and (number := code.removeprefix("talk:")).isdecimal():
        session.execute(update(OfficerTalk).where(OfficerTalk.id == int(number)).values(agency_code=agency_code))

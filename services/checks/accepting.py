"""Accepting a pre-submission: everything is good, or is brought to the counter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from services import telling
from services.checks.access import Checker, held
from services.checks.marking import components, marks, unmarked
from services.desk import cards
from services.desk.log import note
from services.dossiers.hand import Hand
from services.keys import Keys
from services.presubmissions import drafts
from services.presubmissions.drafts import Draft
from services.refusal import Refused, refused


def accept(session: Session, keys: Keys, by: Checker, now: datetime) -> Refused | None:
    """Accept the round. What the citizen brings herself needs no mark.

    Refusals: check-unmarked (titles), check-not-good (titles), and those of `access.held`.
    """
    row = held(session, by)
    if isinstance(row, Refused):
        return row
    papers, found = components(session, by.code), marks(session, by.code, by.round)
    if left := [paper.title for paper in unmarked(papers, found) if paper.how != "bring"]:
        return refused("check-unmarked", titles=left)
    if bad := [paper.title for paper in papers if paper.n in found and found[paper.n].verdict != "good"]:
        return refused("check-not-good", titles=bad)
    accepted(Draft(row, Hand(session, keys, f"staff:{by.staff_id}", now), {}))
    note(session, now, "accept", by.subject, staff_id=by.staff_id)
    return None


def accepted(draft: Draft) -> None:
    """The pre-submission is accepted: its card is done and the citizen is told."""
    session, row, now = draft.session, draft.row, draft.hand.now
    named = f"{row.code}#{row.round}"
    row.state, row.accepted_at = "accepted", now
    drafts.touch(draft)
    cards.finish(session, "check", named, now)
    telling.tell(session, row.conversation_id, "checked-good", now, key=f"checked-good/{named}", code=row.code)

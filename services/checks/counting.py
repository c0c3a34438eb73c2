"""How often was given back: the office must return once, so every further return is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.checks.returning import ASKED
from services.db.presubmissions import Presubmission, Return


@dataclass(frozen=True, slots=True)
class Counted:
    """Returns that went out in a span of time: all, those of a later round, those naming what could have been named
    before, those asking for a paper beyond the published list; and lists that the head did not agree to."""

    returns: int
    again: int
    not_new: int
    beyond: int
    denied: int


def counted(session: Session, since: datetime, before: datetime, agency_code: str = "") -> Counted:
    """Count the returns given in [since, before), of one agency or of all."""
    found = (
        select(Return)
        .join(Presubmission, Presubmission.code == Return.presubmission_code)
        .where(Return.at >= since, Return.at < before, Return.state != "waiting")
    )
    if agency_code:
        found = found.where(Presubmission.agency_code == agency_code)
    rows = list(session.scalars(found))
    sent = [row for row in rows if row.state == "sent"]
    return Counted(
        returns=len(sent),
        again=sum(row.round > 1 for row in sent),
        not_new=sum(any(not item.get("new", True) for item in row.items) for row in sent),
        beyond=sum(any(item["verdict"] == ASKED for item in row.items) for row in sent),
        denied=len(rows) - len(sent),
    )

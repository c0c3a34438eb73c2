"""How often was given back: the office must return once, so every further return is counted; and for which reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.checks.marking import VERDICTS
from services.checks.returning import ASKED
from services.db.presubmissions import Presubmission, Return

REASONS = (*(verdict for verdict in VERDICTS if verdict != "good"), ASKED)
"""Why a paper is on a list of defects: missing, wrong, unreadable, or asked for beyond the published list."""


@dataclass(slots=True)
class Counted:
    """Returns of one procedure that went out in a span of time: all, those of a later round, those naming what could
    have been named before, those asking for a paper beyond the published list; and lists that the head did not agree
    to. `reasons` counts the papers on the lists that went out."""

    procedure_code: str
    returns: int = 0
    again: int = 0
    not_new: int = 0
    beyond: int = 0
    denied: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def counted(session: Session, since: datetime, before: datetime, agency_code: str = "") -> list[Counted]:
    """Count the returns given in [since, before), by procedure; of one agency or of all."""
    given = (
        select(Presubmission.procedure_code, Return.round, Return.state, Return.items)
        .join(Return, Presubmission.code == Return.presubmission_code)
        .where(Return.at >= since, Return.at < before, Return.state != "waiting")
    )
    if agency_code:
        given = given.where(Presubmission.agency_code == agency_code)
    found: dict[str, Counted] = {}
    for procedure, round_, state, items in session.execute(given):
        one = found.setdefault(procedure, Counted(procedure))
        if state != "sent":
            one.denied += 1
            continue
        one.returns += 1
        one.again += round_ > 1
        one.not_new += any(not item.get("new", True) for item in items)
        one.beyond += any(item["verdict"] == ASKED for item in items)
        one.reasons.update(item["verdict"] for item in items)
    return [found[procedure] for procedure in sorted(found)]

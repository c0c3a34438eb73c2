"""What the citizen is told after a check: the list of defects, or what to bring, where and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from services import counter
from services.catalog import store
from services.catalog.store import Version
from services.checks.marking import components
from services.counter import Place
from services.db.presubmissions import Presubmission, Return


@dataclass(frozen=True, slots=True)
class Returned:
    """A list that was sent. `items`: n, title, verdict, note, basis, new. `reason` says why some were not told before,
    "" when all are new."""

    code: str
    procedure: str
    items: tuple[dict[str, Any], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Good:
    """A pre-submission that was accepted: what to bring (titles), and where to."""

    code: str
    version: Version | None
    procedure_code: str
    case: dict[str, str]
    bring: tuple[str, ...]
    place: Place


def returned(session: Session, code: str, round_: int) -> Returned | None:
    """The list of a round, while it is what the citizen has to do; None when that has passed."""
    row, given = session.get(Presubmission, code), session.get(Return, (code, round_))
    if row is None or given is None or given.state != "sent" or row.state != "returned" or row.round != round_:
        return None
    version = store.load_version(session, row.procedure_code, row.version_id)
    is_late = any(not item.get("new", True) for item in given.items)
    name = version.record.name if version else row.procedure_code
    return Returned(code, name, tuple(given.items), given.reason if is_late else "")


def good(session: Session, code: str, now: datetime) -> Good | None:
    """What an accepted pre-submission needs next; None when it is not (any more) accepted."""
    row = session.get(Presubmission, code)
    if row is None or row.state != "accepted":
        return None
    version = store.load_version(session, row.procedure_code, row.version_id)
    field = version.record.field if version else ""
    return Good(
        code, version, row.procedure_code, dict(row.case or {}),
        tuple(paper.title for paper in components(session, code) if paper.how != "not-needed"),
        counter.place(session, row.agency_code, field, now),
    )  # fmt: skip

"""The planned steps as they stand: which agency has the dossier until when, who is late, and how events move them on.

Whoever writes, the plan follows: it is moved on where events are taken in, once each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.db.dossiers import Step
from services.dossiers.hand import HOME
from services.dossiers.states import ENDED, TRANSITIONS, Understood

_OVER = frozenset(status for status, following in TRANSITIONS.items() if not following)
"""Nothing follows any more: the last step is over too, also one that only hands out the result."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step: what is done, by which agency, until when. Times are aware."""

    name: str
    agency_code: str
    due_at: datetime | None = None
    started_at: datetime | None = None
    done_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether the agency is at work on it."""
        return self.started_at is not None and self.done_at is None

    def is_late(self, now: datetime) -> bool:
        """Whether the agency did not keep, or has not kept, its own deadline; never before it got the dossier."""
        return self.started_at is not None and self.due_at is not None and (self.done_at or now) > self.due_at

    def days_late(self, now: datetime, zone: tzinfo = HOME) -> int:
        """Local days past the deadline; 0 in time, and for hours on the same day."""
        if self.due_at is None or not self.is_late(now):
            return 0
        return ((self.done_at or now).astimezone(zone).date() - self.due_at.astimezone(zone).date()).days


@dataclass(frozen=True, slots=True)
class Passage:
    """What one event made of a dossier: its state before and after it, and when it happened."""

    code: str
    before: Understood
    after: Understood
    at: datetime

    @property
    def may_move(self) -> bool:
        """Whether such an event can move a plan on: a new holder, an end, or an end that was taken back."""
        before, after = self.before, self.after
        if before.status is None:
            return False
        ends = after.status != before.status and (after.status in ENDED or before.status in ENDED)
        return ends or after.holder_code != before.holder_code


@dataclass(slots=True)
class _Row:
    n: int
    agency_code: str
    started_at: datetime | None
    done_at: datetime | None
    changed: bool = False

    def start(self, at: datetime) -> None:
        self.started_at, self.changed = at, True

    def end(self, at: datetime | None) -> None:
        self.done_at, self.changed = at if at is None or self.started_at is None else max(self.started_at, at), True


def of_dossier(session: Session, code: str) -> list[Stage]:
    """The steps of a dossier in order; empty when none were planned."""
    rows = session.execute(
        select(Step.name, Step.agency_code, Step.due_at, Step.started_at, Step.done_at)
        .where(Step.dossier_code == code)
        .order_by(Step.n)
    )
    return [Stage(*row) for row in rows]


def follow(session: Session, passages: Sequence[Passage]) -> None:
    """Move the plans of these dossiers on, event by event. To be called with their ledger rows locked."""
    if not passages:
        return
    plans: dict[str, list[_Row]] = {}
    found = select(Step.dossier_code, Step.n, Step.agency_code, Step.started_at, Step.done_at)
    codes = sorted({one.code for one in passages})
    for code, n, agency, started, done in session.execute(found.where(Step.dossier_code.in_(codes)).order_by(Step.n)):
        plans.setdefault(code, []).append(_Row(n, agency, started, done))
    for one in passages:
        if one.code in plans:
            _move(plans[one.code], one)
    for code, rows in plans.items():
        for row in rows:
            if row.changed:
                here = update(Step).where(Step.dossier_code == code, Step.n == row.n)
                session.execute(here.values(started_at=row.started_at, done_at=row.done_at))


def _move(rows: list[_Row], one: Passage) -> None:
    """An end ends the running step; a hand-over to the agency of the next one ends it and starts that; nothing else
    does anything. An end that is taken back gives the step back that it had ended."""
    before, after = one.before, one.after
    running = next((row for row in rows if row.started_at is not None and row.done_at is None), None)
    coming = next((row for row in rows if row.started_at is None), None)
    if after.status in _OVER and before.status not in _OVER:
        if running is not None:
            running.end(after.ended_at if before.status not in ENDED and after.ended_at is not None else one.at)
    elif (
        coming is not None
        and after.status not in _OVER
        and after.holder_code == coming.agency_code != before.holder_code
    ):
        if running is not None:
            running.end(one.at)
        coming.start(one.at)
    elif after.status in ENDED and before.status not in ENDED:
        if running is not None:
            running.end(after.ended_at or one.at)
    elif before.status in ENDED and after.status not in ENDED and running is None:
        last = next((row for row in reversed(rows) if row.done_at is not None), None)
        if last is not None and last.done_at is not None and before.ended_at and last.done_at >= before.ended_at:
            last.end(None)

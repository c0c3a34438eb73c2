"""The steps of a dossier's way: which agency has it until when, and who is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from services.db.dossiers import Step
from services.dossiers import lifecycle
from services.dossiers.hand import Hand
from services.dossiers.writing import Recorded, hold
from services.refusal import Refused, refused


@dataclass(frozen=True, slots=True)
class Stage:
    """One step: what is done, by which agency, until when."""

    name: str
    agency_code: str
    due_at: datetime | None = None
    started_at: datetime | None = None
    done_at: datetime | None = None

    def is_late(self, now: datetime) -> bool:
        """Whether the agency did not keep, or has not kept, its own deadline."""
        return self.due_at is not None and (self.done_at or now) > self.due_at


def plan(hand: Hand, code: str, stages: Sequence[Stage]) -> Refused | None:
    """Set the steps of a dossier; the first one starts now. A step may not end after the dossier's own date."""
    held = hold(hand, code)
    if held is None:
        return refused("dossier-unknown", code=code)
    due = held.state.due_at
    for stage in stages:
        if due is not None and stage.due_at is not None and stage.due_at > due:
            return refused("step-after-due", step=stage.name)
    hand.session.execute(delete(Step).where(Step.dossier_code == held.code))
    for n, stage in enumerate(stages, 1):
        started = stage.started_at or (hand.now if n == 1 else None)
        hand.session.execute(
            insert(Step).values(
                dossier_code=held.code, n=n, name=stage.name, agency_code=stage.agency_code, due_at=stage.due_at,
                started_at=started, done_at=stage.done_at,
            )
        )  # fmt: skip
    return None


def of_dossier(session: Session, code: str) -> list[Stage]:
    """The steps of a dossier in order; empty when none were planned."""
    rows = session.execute(
        select(Step.name, Step.agency_code, Step.due_at, Step.started_at, Step.done_at)
        .where(Step.dossier_code == code)
        .order_by(Step.n)
    )
    return [Stage(*row) for row in rows]


def move_on(hand: Hand, code: str, *, note: str | None = None) -> Recorded | Refused | None:
    """End the running step and hand the dossier to the agency of the next one; None when that was the last."""
    held = hold(hand, code)
    if held is None:
        return refused("dossier-unknown", code=code)
    rows = hand.session.execute(
        select(Step.n, Step.agency_code).where(Step.dossier_code == held.code, Step.done_at.is_(None)).order_by(Step.n)
    ).all()
    if not rows:
        return refused("no-step", code=held.code)
    here = update(Step).where(Step.dossier_code == held.code)
    hand.session.execute(here.where(Step.n == rows[0].n).values(done_at=hand.now))
    if len(rows) == 1:
        return None
    hand.session.execute(here.where(Step.n == rows[1].n).values(started_at=hand.now))
    if rows[1].agency_code == held.row.holder_code:
        return Recorded(held.code, held.seq, False, held.state)
    return lifecycle.hand_over(hand, held.code, rows[1].agency_code, note=note)

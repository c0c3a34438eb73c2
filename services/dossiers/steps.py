"""Planning the steps of a dossier's way through the agencies, and ending a step by hand.

What moves a plan on by itself is in `services.dossiers.stages`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import delete, insert, select, update

from services.db.dossiers import Step
from services.dossiers import lifecycle, stages
from services.dossiers.hand import Hand
from services.dossiers.stages import Stage
from services.dossiers.states import ENDED
from services.dossiers.writing import Recorded, hold
from services.refusal import Refused, refused


def plan(hand: Hand, code: str, wanted: Sequence[Stage]) -> bool | Refused:
    """Set the steps of a dossier; the first one that is not done starts now. False: they were planned just so already.

    Of `wanted` only names, agencies and deadlines count. A new plan begins with the steps that are done, as they were:
    whether an agency kept its deadline is not rewritten. A running step that stays keeps its beginning. Refusals:
    `dossier-unknown`, `transition-impossible` (it has ended), `step-after-due` (later than the dossier's own date),
    `due-before-receipt`, `step-done`.
    """
    held = hold(hand, code)
    if held is None:
        return refused("dossier-unknown", code=code)
    if held.state.status in ENDED:
        return refused("transition-impossible", old=held.state.status, new=held.state.status)
    due, received = held.state.due_at, held.state.received_at
    for stage in wanted:
        if due is not None and stage.due_at is not None and stage.due_at > due:
            return refused("step-after-due", step=stage.name)
        if received is not None and stage.due_at is not None and stage.due_at < received:
            return refused("due-before-receipt", step=stage.name)
    before = stages.of_dossier(hand.session, held.code)
    after = _continued(hand, before, wanted)
    if after is None:
        return refused("step-done")
    if after == before:
        return False
    hand.session.execute(delete(Step).where(Step.dossier_code == held.code))
    rows = [
        {
            "dossier_code": held.code, "n": n, "name": one.name, "agency_code": one.agency_code, "due_at": one.due_at,
            "started_at": one.started_at, "done_at": one.done_at,
        }
        for n, one in enumerate(after, 1)
    ]  # fmt: skip
    hand.session.execute(insert(Step), rows)
    return True


def _continued(hand: Hand, before: Sequence[Stage], wanted: Sequence[Stage]) -> list[Stage] | None:
    """The wanted steps with what happened to those that were there; None when one that is done would be lost."""
    plain = [Stage(one.name, one.agency_code, one.due_at) for one in wanted]
    done = [one for one in before if one.done_at is not None]
    if plain[: len(done)] != [Stage(one.name, one.agency_code, one.due_at) for one in done]:
        return None
    left = plain[len(done) :]
    if left:
        running = before[len(done)] if len(done) < len(before) else None
        same = running is not None and (running.name, running.agency_code) == (left[0].name, left[0].agency_code)
        began = running.started_at if same and running is not None else None
        left[0] = replace(left[0], started_at=began or hand.now)
    return [*done, *left]


def move_on(hand: Hand, code: str, *, note: str | None = None) -> Recorded | Refused | None:
    """End the running step and hand the dossier to the agency of the next one; None when that was the last.

    `note` are words for the citizen, where there is an event to bear them. Refusals: `dossier-unknown`, `no-step`, and
    those of `lifecycle.hand_over`.
    """
    held = hold(hand, code)
    if held is None:
        return refused("dossier-unknown", code=code)
    rows = hand.session.execute(
        select(Step.n, Step.agency_code).where(Step.dossier_code == held.code, Step.done_at.is_(None)).order_by(Step.n)
    ).all()
    if not rows:
        return refused("no-step", code=held.code)
    following = rows[1] if len(rows) > 1 else None
    if following is not None and following.agency_code != held.state.holder_code:
        return lifecycle.hand_over(hand, held.code, following.agency_code, note=note)  # the plan follows by itself
    here = update(Step).where(Step.dossier_code == held.code)
    hand.session.execute(here.where(Step.n == rows[0].n).values(done_at=hand.now))
    if following is None:
        return None
    hand.session.execute(here.where(Step.n == following.n).values(started_at=hand.now))
    return Recorded(held.code, held.seq, False, held.state)

"""What an officer may do with a dossier from her chat: the transitions that are allowed, each with what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from services.checks.privacy import Private
from services.db.office import Agency, Procedure
from services.desk import log
from services.desk.staff import Member
from services.dossiers import codes, lifecycle, stages, steps, views
from services.dossiers.hand import Hand
from services.dossiers.opening import Filing
from services.dossiers.stages import Stage
from services.dossiers.states import (
    DONE,
    ENDED,
    NOT_ACCEPTED,
    PAYMENT,
    PROCESSING,
    RETURNED,
    STOPPED,
    SUPPLEMENT,
    TRANSITIONS,
    WITHDRAWN,
)
from services.dossiers.writing import Recorded
from services.refusal import Refused, refused

NEEDS_REASON = frozenset({SUPPLEMENT, NOT_ACCEPTED, WITHDRAWN, STOPPED, PAYMENT})
"""What the citizen must be told in words: Decree 118/2025 Art. 17 as amended by 309/2026; Circular 03/2025 forms 02, 03
and 05."""
FORMS = {SUPPLEMENT: "02", NOT_ACCEPTED: "03", STOPPED: "05"}
HAND_OVER, EXTEND, END_STEP = 0, 11, 12
"""Stand for handing on to another agency, a later date, and the end of the running step: no statuses of their own."""
OFFERED = (PROCESSING, SUPPLEMENT, PAYMENT, DONE, RETURNED, NOT_ACCEPTED, STOPPED, WITHDRAWN)
LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class AtWork:
    """A dossier as an officer works on it: nothing of the person."""

    code: str
    status: int | None
    procedure_code: str | None
    agency_code: str | None
    holder_code: str | None
    allowed: tuple[int, ...]
    due_at: datetime | None = None
    first_due_at: datetime | None = None
    extensions: int = 0
    stage: Stage | None = None
    """The step that is running, where steps were planned."""


def look(hand: Hand, by: Member, typed: str) -> AtWork | Refused:
    """A dossier of this officer's agency, or one that it holds. Refusals: `dossier-unknown`, `work-elsewhere`."""
    code = codes.find(hand.session, typed)
    known = views.current(hand.session, code, hand.now) if code else None
    if code is None or known is None:
        return refused("dossier-unknown")
    state = known.state
    if by.agency_code not in (state.agency_code, state.holder_code):
        return logged(hand, by, "work", code, refused("work-elsewhere"))
    allowed = [one for one in OFFERED if one in TRANSITIONS.get(state.status or 0, frozenset())]
    if allowed and state.status != DONE:
        allowed.append(HAND_OVER)
    running = next((one for one in stages.of_dossier(hand.session, code) if one.is_running), None)
    if state.status not in ENDED:
        allowed += [EXTEND] if state.due_at is not None else []
        allowed += [END_STEP] if running is not None else []
    return AtWork(
        code, state.status, state.procedure_code, state.agency_code, state.holder_code, tuple(allowed),
        state.due_at, state.first_due_at, state.extensions, running,
    )  # fmt: skip


def tells_a_number(note: str) -> bool:
    """Whether a note holds what looks like a phone or an identity number."""
    return Private().found_in(note)


def act(
    hand: Hand, by: Member, code: str, status: int, *, note: str = "", to_agency: str = ""
) -> Recorded | Refused | None:
    """Do one of what `look` allowed; a later date is in `services.desk.extending`. None: the last step has ended, which
    is no event of the dossier. Refusals: `reason-missing`, `note-long`, `work-elsewhere`, `agency-unknown`, and
    those of `services.dossiers.lifecycle`."""
    seen = look(hand, by, code)
    if isinstance(seen, Refused):
        return seen
    words = note.strip()
    if status not in seen.allowed or status == EXTEND:
        return logged(hand, by, f"status {status}", code, refused("transition-impossible"))
    if status in NEEDS_REASON and not words:
        return refused("reason-missing")
    if len(words) > LONGEST_NOTE:
        return refused("note-long", most=LONGEST_NOTE)
    done: Recorded | Refused | None
    if status == HAND_OVER:
        if hand.session.get(Agency, to_agency) is None or to_agency == seen.holder_code:
            return logged(hand, by, "hand-over", code, refused("agency-unknown"))
        done = lifecycle.hand_over(hand, code, to_agency, note=words or None)
    elif status == END_STEP:
        done = _end_step(hand, seen, words)
    elif status == WITHDRAWN:
        done = lifecycle.withdraw(hand, code, note=words)
    elif status == RETURNED:
        done = lifecycle.return_result(hand, code, note=words or None)
    else:
        done = lifecycle.transition(hand, code, status, note=words or None, form_no=FORMS.get(status))
    if isinstance(done, Refused):
        return logged(hand, by, f"status {status}", code, done)
    what = {HAND_OVER: f"hand-over {to_agency}", END_STEP: "end-step"}.get(status, f"status {status}")
    log.note(hand.session, hand.now, what, code, staff_id=by.id, conversation_id=by.conversation_id)
    return done


def _end_step(hand: Hand, seen: AtWork, words: str) -> Recorded | Refused | None:
    """The running step is done; words for the citizen are told also where nothing is handed over."""
    done = steps.move_on(hand, seen.code, note=words or None)
    if words and (done is None or (isinstance(done, Recorded) and not done.fresh)):
        return lifecycle.transition(hand, seen.code, seen.status or 0, note=words)
    return done


def at_once(hand: Hand, by: Member, procedure_code: str) -> str | Refused:
    """A matter that was solved while the citizen waited: recorded, counted and over; its code. No receipt unless asked
    (Decree 61/2018 Art. 17(4)). Refusal: `procedure-unknown`."""
    if hand.session.get(Procedure, procedure_code) is None:
        return logged(hand, by, "at-once", procedure_code, refused("procedure-unknown"))
    filing = Filing(procedure_code=procedure_code, agency_code=by.agency_code, channel="counter")
    done = lifecycle.settle_at_once(hand, filing)
    if isinstance(done, Refused):
        return logged(hand, by, "at-once", procedure_code, done)
    log.note(hand.session, hand.now, "at-once", done.code, staff_id=by.id, conversation_id=by.conversation_id)
    return done.code


def agencies(hand: Hand, seen: AtWork) -> list[tuple[str, str]]:
    """To which agencies a dossier can be handed on: (code, name), that of the next planned step first."""
    planned = (one.agency_code for one in stages.of_dossier(hand.session, seen.code) if one.started_at is None)
    coming = next(planned, "")
    others = select(Agency.code, Agency.name).where(Agency.code != (seen.holder_code or ""), Agency.valid_to.is_(None))
    others = others.order_by((Agency.code == coming).desc(), Agency.is_front.desc(), Agency.code)
    return [(code, name) for code, name in hand.session.execute(others)]


def logged(hand: Hand, by: Member, action: str, subject: str, refusal: Refused) -> Refused:
    """The refusal, after writing down that it was given."""
    log.note(hand.session, hand.now, action, subject, refusal.key, staff_id=by.id, conversation_id=by.conversation_id)
    return refusal

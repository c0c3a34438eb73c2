"""A dossier's life in our own hands: opened, moved from status to status, handed on, extended, returned.

Each function checks, adds its event, then updates the shared row, so that the trigger finds nothing to add. What may
not be comes back as `Refused`. Keys: `dossier-unknown`, `dossier-exists`, `code-malformed`, `parent-unknown`,
`parent-is-child`, `status-unknown`, `transition-impossible`, `nothing-new`, `children-open`, `time-future`,
`before-receipt`, `due-before-receipt`, `no-due`, `due-not-later`, `extension-used`, `reason-missing`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from services.db.dossiers import Ledger
from services.dossiers import events, personal
from services.dossiers.hand import Hand, whole
from services.dossiers.opening import SKEW, Filing, create
from services.dossiers.states import (
    DONE,
    ENDED,
    NOT_RECEIVED,
    RETURNED,
    SLACK,
    TRANSITIONS,
    WITHDRAWN,
    goes_on,
    is_status,
)
from services.dossiers.writing import Held, Recorded, hold, write
from services.refusal import Refused, refused

EXTENSION_FORM = "04"
"""The form of the apology with a new date: Circular 03/2025, annex I."""


def transition(
    hand: Hand, code: str, status: int, *, note: str | None = None, holder: str | None = None,
    due_at: datetime | None = None, occurred_at: datetime | None = None, event_id: str | None = None,
    form_no: str | None = None, override: bool = False,
) -> Recorded | Refused:  # fmt: skip
    """Record that a dossier has this status now, and with it a new holder, date or note.

    The same status again is taken when something else changes. A later date is taken once (Decree 61/2018
    Art. 19(9)), unless overridden; a correction to an earlier one, and the date that holds after papers or a payment
    came, always. An `event_id` that was taken before has no second effect (`Recorded.fresh` is False). `occurred_at`
    may lie before earlier events, not in the future nor before receipt.
    """
    held = hold(hand, code)
    if held is None:
        return refused("dossier-unknown", code=code)
    if event_id is not None and (known := events.by_external_id(hand.session, held.code, event_id)):
        return Recorded(held.code, known.seq, False, held.state)
    at = whole(occurred_at) if occurred_at is not None else _now(hand, held)
    problem = _impossible(hand, held, status, at, due_at) or _nothing_new(held, status, note, holder, due_at)
    problem = problem or (None if override else _moved_before(held, status, due_at))
    if problem is not None:
        return problem
    row = replace(held.row, status=status, holder_code=holder or held.row.holder_code)
    if due_at is not None:
        row = replace(row, due_at=whole(due_at))
    if held.state.received_at is None and status not in NOT_RECEIVED:
        row = replace(row, received_at=at)
    if status in ENDED and status != RETURNED and status != held.state.status:
        row = replace(row, finished_at=at)
    if status == RETURNED:
        row = replace(row, returned_at=at)
    return write(hand, held, row, at=at, note=note, event_id=event_id, form_no=form_no)


def _now(hand: Hand, held: Held) -> datetime:
    """Our time; that of the receipt where the clock that wrote it, another program's or ours, was a little ahead."""
    now, received = whole(hand.now), held.state.received_at
    return whole(received) if received is not None and now < received <= now + SLACK else now


def _impossible(hand: Hand, held: Held, status: int, at: datetime, due_at: datetime | None) -> Refused | None:
    old, received = held.state.status, held.state.received_at
    if not is_status(status):
        return refused("status-unknown", value=str(status)[:40])
    if old is not None and status != old and status not in TRANSITIONS[old]:
        return refused("transition-impossible", old=old, new=status)
    if at > hand.now + SKEW and (received is None or at > whole(received)):
        return refused("time-future")
    if received is not None and at < whole(received):
        return refused("before-receipt")
    if due_at is not None and due_at < (received or at):
        return refused("due-before-receipt")
    if status == DONE and status != old and (still := open_children(hand, held.code)):
        return refused("children-open", codes=still)
    return None


def _moved_before(held: Held, status: int, due_at: datetime | None) -> Refused | None:
    known = held.state.due_at
    if due_at is None or known is None or whole(due_at) <= whole(known):
        return None
    return refused("extension-used") if held.state.extensions and not goes_on(held.state.status, status) else None


def _nothing_new(
    held: Held, status: int, note: str | None, holder: str | None, due_at: datetime | None
) -> Refused | None:
    if status != held.state.status:
        return None
    if not TRANSITIONS[status]:
        return refused("transition-impossible", old=status, new=status)
    new_note = note is not None and note != held.note
    new_due = due_at is not None and (held.state.due_at is None or whole(due_at) != whole(held.state.due_at))
    if new_note or new_due or (holder is not None and holder != held.row.holder_code):
        return None
    return refused("nothing-new", status=status)


def open_children(hand: Hand, code: str) -> list[str]:
    """The codes of this dossier's children that are not decided yet."""
    still = select(Ledger.code).where(Ledger.parent_code == code, func.coalesce(Ledger.status, 1).not_in(ENDED))
    return list(hand.session.scalars(still.order_by(Ledger.code)))


def hand_over(hand: Hand, code: str, to_agency: str, *, note: str | None = None) -> Recorded | Refused:
    """Hand a dossier on to the agency that holds it from now on; the status stays."""
    held = hold(hand, code)
    if held is None:
        return refused("dossier-unknown", code=code)
    return transition(hand, held.code, held.state.status or 0, holder=to_agency, note=note)


def extend(hand: Hand, code: str, due_at: datetime, reason: str, *, override: bool = False) -> Recorded | Refused:
    """Promise a later date, with the reason that the citizen will read. Once only, unless overridden.

    Decree 61/2018 Art. 19(9). The first promised date stays on record. What is decided already is not made timely so.
    """
    held = hold(hand, code)
    if held is None:
        return refused("dossier-unknown", code=code)
    if not reason.strip():
        return refused("reason-missing")
    if held.state.status in ENDED:
        return refused("transition-impossible", old=held.state.status, new=held.state.status)
    if held.state.due_at is None:
        return refused("no-due")
    if due_at <= held.state.due_at:
        return refused("due-not-later")
    if held.state.extensions and not override:
        return refused("extension-used")
    return transition(
        hand, held.code, held.state.status or 0, due_at=due_at, note=reason, form_no=EXTENSION_FORM,
        override=override,
    )  # fmt: skip


def settle_at_once(hand: Hand, filing: Filing) -> Recorded | Refused:
    """The instant path: received, decided and handed out at the counter in one go.

    No receipt unless asked, but recorded and counted (Decree 61/2018 Art. 17(4)).
    """
    opened = create(hand, replace(filing, status=2, is_instant=True, due_at=None))
    if isinstance(opened, Refused):
        return opened
    done = transition(hand, opened.code, DONE)
    return done if isinstance(done, Refused) else transition(hand, opened.code, RETURNED)


def withdraw(hand: Hand, code: str, *, note: str | None = None) -> Recorded | Refused:
    """The citizen takes the dossier back."""
    return transition(hand, code, WITHDRAWN, note=note)


def return_result(hand: Hand, code: str, *, note: str | None = None) -> Recorded | Refused:
    """The result was handed to the citizen."""
    return transition(hand, code, RETURNED, note=note)


def erase_personal(hand: Hand, code: str) -> Recorded | Refused:
    """Forget who applied and every word said about a dossier; what happened to it, and its chain, stay."""
    held = hold(hand, code)
    if held is None:
        return refused("dossier-unknown", code=code)
    done = write(hand, held, held.row, at=whole(hand.now), kind="erased", note="")
    events.erase_notes(hand.session, held.code)
    personal.erase(hand.session, held.code)
    return done

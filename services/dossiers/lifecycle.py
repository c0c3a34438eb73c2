"""A dossier's life in our own hands: opened, moved from status to status, handed on, extended, returned.

Each function checks, adds its event, then updates the shared row, so that the trigger finds nothing to add. What may
not be comes back as `Refused`. Keys: `dossier-unknown`, `dossier-exists`, `code-malformed`, `parent-unknown`,
`parent-is-child`, `status-unknown`, `transition-impossible`, `nothing-new`, `children-open`, `time-future`,
`before-receipt`, `due-before-receipt`, `no-due`, `due-not-later`, `extension-used`, `reason-missing`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from services.db.dossiers import Dossier, Ledger
from services.db.upsert import insert_into
from services.dossiers import codes, events, personal
from services.dossiers.hand import Hand, whole
from services.dossiers.personal import NOBODY, Person
from services.dossiers.settling import settle
from services.dossiers.states import DONE, ENDED, NOT_RECEIVED, RETURNED, TRANSITIONS, WITHDRAWN, Snapshot, is_status
from services.dossiers.writing import Held, Recorded, hold, write
from services.refusal import Refused, refused

SKEW = timedelta(minutes=1)
"""How far the clock of a program that reports to us may be ahead of ours."""
EXTENSION_FORM = "04"
"""The form of the apology with a new date: Circular 03/2025, annex I."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A dossier to be opened. Only procedure and agency must be given; without a code it gets the agency's next one."""

    procedure_code: str
    agency_code: str
    status: int = 2
    code: str = ""
    holder_code: str | None = None
    status_note: str | None = None
    applicant: Person = NOBODY
    received_at: datetime | None = None
    due_at: datetime | None = None
    finished_at: datetime | None = None
    returned_at: datetime | None = None
    intake_agency_code: str | None = None
    channel: str | None = None
    """`counter`, `online` or `post`."""
    parent_code: str | None = None
    presubmission_code: str | None = None
    form_no: str | None = None
    is_instant: bool = False


def create(hand: Hand, filing: Filing) -> Recorded | Refused:
    """Open a dossier. Received is now, unless said otherwise; the first date that is promised is kept for ever."""
    row = _first_row(hand, filing)
    if isinstance(row, Refused):
        return row
    parent = _parent_of(hand, filing)
    if isinstance(parent, Refused):
        return parent
    code = _code_for(hand, filing)
    if isinstance(code, Refused):
        return code
    ours = {
        "code_key": codes.normalise(code), "intake_agency_code": filing.intake_agency_code or filing.agency_code,
        "channel": filing.channel, "parent_code": parent, "is_instant": filing.is_instant,
        "presubmission_code": filing.presubmission_code,
    }  # fmt: skip
    ledger = insert_into(hand.session, Ledger).values(code=code, **ours)
    hand.session.execute(ledger.on_conflict_do_update(index_elements=["code"], set_=ours))
    before = settle(hand.session, hand.keys, [code], hand.now, hand.zone)[code]
    note = filing.status_note or None
    events.append(
        hand, code, before.seq + 1, "received", row, at=_opened_at(hand, row), form_no=filing.form_no,
        note=None if note is None and before.seq == 0 else (note,),
    )  # fmt: skip
    columns = {name: getattr(row, name) for name in events.SNAPSHOT}
    hand.session.execute(
        insert(Dossier).values(code=code, status_note=note, **columns, **personal.masks(filing.applicant))
    )
    personal.put(hand.session, hand.keys, code, filing.applicant, hand.now)
    after = settle(hand.session, hand.keys, [code], hand.now, hand.zone)[code]
    return Recorded(code, after.seq, True, after.state)


def _first_row(hand: Hand, filing: Filing) -> Snapshot | Refused:
    if not is_status(filing.status):
        return refused("status-unknown", value=str(filing.status)[:40])
    received = filing.received_at
    if received is None and filing.status not in NOT_RECEIVED:
        received = hand.now
    finished = filing.finished_at or (hand.now if filing.status in ENDED else None)
    returned = filing.returned_at or (hand.now if filing.status == RETURNED else None)
    for moment in (received, finished, returned):
        if moment is not None and moment > hand.now + SKEW:
            return refused("time-future")
    if received is not None:
        if filing.due_at is not None and filing.due_at < received:
            return refused("due-before-receipt")
        if any(moment is not None and moment < whole(received) for moment in (finished, returned)):
            return refused("before-receipt")
    times = {"due_at": filing.due_at, "received_at": received, "finished_at": finished, "returned_at": returned}
    return Snapshot(
        filing.status, filing.holder_code or filing.agency_code, filing.procedure_code, filing.agency_code,
        **{name: None if moment is None else whole(moment) for name, moment in times.items()},
    )  # fmt: skip


def _opened_at(hand: Hand, row: Snapshot) -> datetime:
    return row.received_at if isinstance(row.received_at, datetime) else hand.now


def _parent_of(hand: Hand, filing: Filing) -> str | Refused | None:
    if filing.parent_code is None:
        return None
    code = codes.find(hand.session, filing.parent_code)
    if code is None:
        return refused("parent-unknown", code=filing.parent_code)
    if hand.session.scalar(select(Ledger.parent_code).where(Ledger.code == code)) is not None:
        return refused("parent-is-child", code=code)
    return code


def _code_for(hand: Hand, filing: Filing) -> str | Refused:
    session = hand.session
    if not filing.code:
        return codes.generate(session, filing.agency_code, hand.today)
    code = filing.code.strip()
    if not code or len(code) > codes.LONGEST or not code.isprintable():
        return refused("code-malformed")
    if codes.find(session, code) is not None:
        return refused("dossier-exists", code=code)
    return code


def transition(
    hand: Hand, code: str, status: int, *, note: str | None = None, holder: str | None = None,
    due_at: datetime | None = None, occurred_at: datetime | None = None, event_id: str | None = None,
    form_no: str | None = None,
) -> Recorded | Refused:  # fmt: skip
    """Record that a dossier has this status now, and with it a new holder, date or note.

    The same status again is taken when something else changes. An `event_id` that was taken before has no second effect
    (`Recorded.fresh` is False). `occurred_at` may lie before earlier events, not in the future nor before receipt.
    """
    held = hold(hand, code)
    if held is None:
        return refused("dossier-unknown", code=code)
    if event_id is not None and (known := events.by_external_id(hand.session, held.code, event_id)):
        return Recorded(held.code, known.seq, False, held.state)
    at = whole(occurred_at) if occurred_at is not None else whole(hand.now)
    problem = _impossible(hand, held, status, at, due_at) or _nothing_new(held, status, note, holder, due_at)
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


def _impossible(hand: Hand, held: Held, status: int, at: datetime, due_at: datetime | None) -> Refused | None:
    old, received = held.state.status, held.state.received_at
    if not is_status(status):
        return refused("status-unknown", value=str(status)[:40])
    if old is not None and status != old and status not in TRANSITIONS[old]:
        return refused("transition-impossible", old=old, new=status)
    if at > hand.now + SKEW:
        return refused("time-future")
    if received is not None and at < whole(received):
        return refused("before-receipt")
    if due_at is not None and due_at < (received or at):
        return refused("due-before-receipt")
    if status == DONE and status != old and (still := open_children(hand, held.code)):
        return refused("children-open", codes=still)
    return None


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

    Decree 61/2018 Art. 19(9). The first promised date stays on record.
    """
    held = hold(hand, code)
    if held is None:
        return refused("dossier-unknown", code=code)
    if not reason.strip():
        return refused("reason-missing")
    if held.state.due_at is None:
        return refused("no-due")
    if due_at <= held.state.due_at:
        return refused("due-not-later")
    if held.state.extensions and not override:
        return refused("extension-used")
    return transition(hand, held.code, held.state.status or 0, due_at=due_at, note=reason, form_no=EXTENSION_FORM)


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

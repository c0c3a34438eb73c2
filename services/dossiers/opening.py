"""Opening a dossier, with a code given or made. Refusals: see `services.dossiers.lifecycle`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from services.db.dossiers import Dossier, Ledger
from services.db.lenient import moment
from services.db.upsert import insert_into
from services.dossiers import codes, events, personal
from services.dossiers.hand import Hand, whole
from services.dossiers.personal import NOBODY, Person
from services.dossiers.settling import settle
from services.dossiers.states import ENDED, NOT_RECEIVED, RETURNED, Snapshot, is_status
from services.dossiers.writing import Recorded
from services.refusal import Refused, refused

SKEW = timedelta(minutes=1)
"""How far the clock of a program that reports to us may be ahead of ours."""


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
    # whoever opens the same code at the same moment waits here, and then finds it there
    hand.session.execute(insert_into(hand.session, Ledger).values(code=code).on_conflict_do_nothing())
    hand.session.execute(select(Ledger.code).where(Ledger.code == code).with_for_update())
    if hand.session.scalar(select(Dossier.code).where(Dossier.code == code)) is not None:
        return refused("dossier-exists", code=code)
    hand.session.execute(update(Ledger).where(Ledger.code == code).values(ours))
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
    times = {"due_at": filing.due_at, "received_at": received, "finished_at": finished, "returned_at": returned}
    row = Snapshot(
        filing.status, filing.holder_code or filing.agency_code, filing.procedure_code, filing.agency_code,
        **{name: None if one is None else whole(one) for name, one in times.items()},
    )  # fmt: skip
    return senseless_times(hand, row) or row


def senseless_times(hand: Hand, row: Snapshot) -> Refused | None:
    """Why a row's times cannot be: `time-future`, `due-before-receipt` or `before-receipt`; None when they can."""
    received, finished, returned = (moment(one) for one in (row.received_at, row.finished_at, row.returned_at))
    if any(one is not None and one > hand.now + SKEW for one in (received, finished, returned)):
        return refused("time-future")
    if received is None:
        return None
    due = moment(row.due_at)
    if due is not None and due < received:
        return refused("due-before-receipt")
    if any(one is not None and one < received for one in (finished, returned)):
        return refused("before-receipt")
    return None


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

"""At the counter: an accepted pre-submission becomes a dossier, with its code, due date and receipt.

Refusals: `counter-unknown`, `counter-elsewhere` (another agency's), `counter-not-accepted` (with `state`),
`counter-filed` (with `code`), `counter-erased`, `counter-no-date` (the procedure's time is not known: give a day),
`counter-day` (no working day ahead), and those of `services.dossiers.opening`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from services import due, telling
from services.catalog import store
from services.catalog.model import ProcedureRecord
from services.db.presubmissions import Presubmission
from services.desk import extending, log
from services.desk.staff import Member
from services.dossiers import followers, opening, receipts
from services.dossiers.hand import Hand
from services.dossiers.opening import Filing
from services.dossiers.personal import Person
from services.presubmissions import drafts
from services.refusal import Refused, refused
from services.working_days import Due

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))
_CODE = re.compile(r"CB-?(\d{6})-?(\d{4,7})")


@dataclass(frozen=True, slots=True)
class Received:
    """A dossier that was opened at the counter, and the receipt's one-time code."""

    code: str
    receipt: str
    due_at: datetime | None


def code_in(typed: str) -> str | None:
    """The pre-submission's code at the end of what was typed, whatever dashes and spaces it was typed with."""
    text = "".join(unicodedata.normalize("NFKC", typed[:200]).translate(_DASHES).upper().split())
    found = _CODE.search(text)
    return f"CB-{found[1]}-{found[2]}" if found and found.end() == len(text) else None


def receive(hand: Hand, by: Member, code: str, day: date | None = None) -> Received | Refused:
    """Open the dossier of a pre-submission. `day` is when the result is promised, where no time is published.

    Whoever prepared it follows the new dossier, and is told.
    """
    done = _receive(hand, by, code, day)
    outcome = done.key if isinstance(done, Refused) else log.DONE
    log.note(hand.session, hand.now, "receive", code, outcome, staff_id=by.id, conversation_id=by.conversation_id)
    return done


def _receive(hand: Hand, by: Member, code: str, day: date | None) -> Received | Refused:
    found = select(Presubmission).where(Presubmission.code == code).with_for_update()
    row = hand.session.scalars(found.execution_options(populate_existing=True)).one_or_none()
    problem = _not_receivable(by, row)
    if row is None or problem is not None:
        return problem or refused("counter-unknown")
    version = store.load_version(hand.session, row.procedure_code, row.version_id)
    promised = _promised(hand, version.record if version else None, row, day)
    if isinstance(promised, Refused):
        return promised
    form = drafts.read_form(hand.keys, row)
    opened = opening.create(
        hand,
        Filing(
            procedure_code=row.procedure_code, agency_code=row.agency_code, status=2, channel="counter",
            applicant=Person(*(form.get(name) or None for name in ("name", "phone", "id_number"))),
            due_at=promised.at if isinstance(promised, Due) else promised, presubmission_code=row.code,
        ),
    )  # fmt: skip
    if isinstance(opened, Refused):
        return opened
    if isinstance(promised, Due):
        due.keep(hand.session, opened.code, promised, hand.now)
    issued = receipts.issue(hand, opened.code)
    if isinstance(issued, Refused):
        return issued
    row.state, row.dossier_code, row.changed_at = "filed", opened.code, hand.now
    followers.follow(hand.session, opened.code, row.conversation_id, "counter", hand.now)
    telling.tell(
        hand.session, row.conversation_id, "counter-filed", hand.now, key=f"counter-filed/{row.code}",
        presubmission=row.code, code=opened.code,
    )  # fmt: skip
    return Received(opened.code, issued.code, promised.at if isinstance(promised, Due) else promised)


def _not_receivable(by: Member, row: Presubmission | None) -> Refused | None:
    if row is None:
        return refused("counter-unknown")
    if row.agency_code != by.agency_code:
        return refused("counter-elsewhere")
    if row.state == "filed":
        return refused("counter-filed", code=row.dossier_code or "")
    if row.erased_at is not None or row.form is None:
        return refused("counter-erased")
    return None if row.state == "accepted" else refused("counter-not-accepted", state=row.state)


def _promised(
    hand: Hand, record: ProcedureRecord | None, row: Presubmission, day: date | None
) -> Due | datetime | Refused:
    """The published time on the agency's calendar; else the day that the officer names."""
    if day is not None:
        return extending.end_of(hand, row.agency_code, day)
    counted = None if record is None else due.due_at(
        hand.session, record, row.agency_code, hand.now, case=dict(row.case or {})
    )  # fmt: skip
    return counted or refused("counter-no-date")

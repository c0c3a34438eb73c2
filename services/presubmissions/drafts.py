"""Pre-submissions as their owner works on them: made, opened again days later, saved at every step, ended, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.catalog.store import Version
from services.db.presubmissions import DraftMove, Paper, Presubmission, StoredFile
from services.dossiers.hand import Hand
from services.keys import Keys
from services.presubmissions import codes
from services.refusal import Refused, refused

MOST_OPEN = 5
"""Drafts of one conversation at a time."""
OPEN = ("draft", "sent", "checking", "returned", "accepted")
EDITABLE = ("draft", "returned")
WITH_THE_OFFICE = ("sent", "checking", "returned", "accepted")
_KEPT = timedelta(days=30)
_KEPT_AT_OFFICE = timedelta(days=90)
"""While the office has it, or has found it good: long enough for the way to the counter."""


@dataclass(slots=True)
class Draft:
    """One pre-submission in one transaction. `form` are the answers by field; names that begin with "_" are notes of
    the conversation. Change `form` and call `save`."""

    row: Presubmission
    hand: Hand
    form: dict[str, Any] = field(repr=False)

    @property
    def code(self) -> str:
        """`CB-261122-0001`."""
        return self.row.code

    @property
    def session(self) -> Session:
        """The transaction."""
        return self.hand.session

    @property
    def is_editable(self) -> bool:
        """Whether answers and papers may still be changed."""
        return self.row.state in EDITABLE

    def save(self) -> None:
        """Keep the form, encrypted, and count the days until erasure anew."""
        self.row.form = self.hand.keys.encrypt(msgspec.json.encode(self.form).decode(), place(self.code))
        touch(self)


def place(code: str) -> str:
    """What a form's encryption is bound to."""
    return f"presubmissions/{code}/form"


def read_form(keys: Keys, row: Presubmission) -> dict[str, Any]:
    """The answers by field; {} once erased. Raises services.keys.Unopened."""
    if row.form is None:
        return {}
    form: dict[str, Any] = msgspec.json.decode(keys.decrypt(row.form, place(row.code)))
    return form


def start(hand: Hand, who: int, version: Version, case: dict[str, str], agency_code: str) -> Draft | Refused:
    """A new draft. Refusal: `prepare-many` (most)."""
    drafts = select(Presubmission.code).where(Presubmission.conversation_id == who, Presubmission.state == "draft")
    if len(session_list := list(hand.session.scalars(drafts))) >= MOST_OPEN:
        return refused("prepare-many", most=len(session_list))
    row = Presubmission(
        code=codes.take(hand.session, hand.today), conversation_id=who, procedure_code=version.record.code,
        version_id=version.id, case=dict(case), agency_code=agency_code, state="draft", for_other=False, round=0,
        created_at=hand.now, changed_at=hand.now,
    )  # fmt: skip
    hand.session.add(row)
    hand.session.flush()
    draft = Draft(row, hand, {})
    draft.save()
    return draft


def opened(hand: Hand, who: int, code: str, *, hold: bool = True) -> Draft | None:
    """Her pre-submission, held until the transaction ends; None when it is not hers (any more) or erased.

    Without `hold` it is only looked at, by a reader, who writes nothing.
    """
    found = select(Presubmission).where(Presubmission.code == code)
    if hold:
        found = found.with_for_update()
    row = hand.session.scalars(found.execution_options(populate_existing=True)).one_or_none()
    if row is None or row.conversation_id != who or row.erased_at is not None:
        return None
    return Draft(row, hand, read_form(hand.keys, row))


def mine(session: Session, who: int) -> list[Presubmission]:
    """Her pre-submissions that are not over, the one worked on last first."""
    found = select(Presubmission).where(Presubmission.conversation_id == who, Presubmission.state.in_(OPEN))
    return list(session.scalars(found.order_by(Presubmission.changed_at.desc(), Presubmission.code.desc())))


def touch(draft: Draft) -> None:
    """Something changed: form and files are kept some days more."""
    draft.row.changed_at = draft.hand.now
    kept = _KEPT_AT_OFFICE if draft.row.state in WITH_THE_OFFICE and draft.row.state != "returned" else _KEPT
    _erase_on(draft, draft.hand.today + kept)


def _erase_on(draft: Draft, day: date) -> None:
    draft.row.erase_on = day
    draft.session.execute(
        update(StoredFile)
        .where(StoredFile.subject == draft.code, StoredFile.paper_n.is_not(None), StoredFile.dropped_at.is_(None))
        .values(erase_on=day)
    )
    draft.session.flush()


def end(draft: Draft, state: str) -> None:
    """It is over (`withdrawn`, `cancelled`): kept thirty days more, so that a mistake can be asked about."""
    draft.row.state, draft.row.ended_at, draft.row.changed_at = state, draft.hand.now, draft.hand.now
    _forget_moves(draft)
    _erase_on(draft, draft.hand.today + _KEPT)


def delete(draft: Draft) -> None:
    """Erase the answers now, and the files with the next sweep of the store."""
    if draft.row.state in OPEN:
        draft.row.state, draft.row.ended_at = "cancelled", draft.hand.now
    draft.row.changed_at = draft.row.erased_at = draft.hand.now
    draft.row.form = None
    draft.form.clear()
    _forget_moves(draft)
    discard(draft.session, draft.hand.today, StoredFile.subject == draft.code)


def _forget_moves(draft: Draft) -> None:
    for move in draft.session.scalars(select(DraftMove).where(DraftMove.presubmission_code == draft.code)):
        draft.session.delete(move)


def discard(session: Session, today: date, *which: Any) -> None:
    """Take files out of their papers; the sweep removes them from the store, after this transaction is safe."""
    session.execute(
        update(StoredFile)
        .where(*which, StoredFile.dropped_at.is_(None))
        .values(paper_n=None, erase_on=today)
        .execution_options(synchronize_session="fetch")
    )


def papers_of(session: Session, code: str) -> Sequence[Paper]:
    """The components of a pre-submission in order."""
    return session.scalars(select(Paper).where(Paper.presubmission_code == code).order_by(Paper.n)).all()

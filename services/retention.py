"""Personal data is erased on its day: drafts, forms, files, words said to officers. What was erased is logged by count.

The rows say first that a file is gone, then the store loses it; a crash in between leaves a file that no row knows,
and the sweep finds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from services.db.desk import OfficerTalk, StaffInvite, TalkMessage
from services.db.presubmissions import Delegation, DraftMove, Presubmission, StoredFile
from services.db.telling import OneTimeLink
from services.desk import cards
from services.dossiers import lookup
from services.dossiers.hand import HOME

TALK = timedelta(days=30)
"""How long the words of a closed talk are kept; its pictures carry their own day."""
CODES = timedelta(days=30)
"""How long spent codes and links are kept, for questions about them."""
LOST = timedelta(days=1)
"""A file that no row knows after so long was never taken: the process died between keeping it and the turn."""
_AT_ONCE = 200
_OPEN = ("draft", "sent", "checking", "returned", "accepted")


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: keys of files that the store must lose now, and how many of each kind."""

    files: tuple[str, ...]
    presubmissions: int
    messages: int
    codes: int

    @property
    def anything(self) -> bool:
        """Whether there is something to log."""
        return bool(self.files or self.presubmissions or self.messages)


def erase_due(session: Session, now: datetime) -> Erased:
    """Erase what has had its time, a bounded number of rows at once."""
    today = now.astimezone(HOME).date()
    lookup.forget_old(session, now)
    ended = _presubmissions(session, today, now)
    files = _files(session, today, ended, now)
    closed = select(OfficerTalk.id).where(OfficerTalk.closed_at < now - TALK)
    gone = delete(TalkMessage).where(
        TalkMessage.id.in_(select(TalkMessage.id).where(TalkMessage.talk_id.in_(closed)).limit(_AT_ONCE * 10))
    )
    messages = _count(session.execute(gone))
    before = now - CODES
    codes = sum(
        _count(session.execute(delete(table).where(table.until < before)))
        for table in (OneTimeLink, StaffInvite, DraftMove)
    )
    codes += _count(session.execute(delete(Delegation).where(Delegation.until < before, _needless())))
    return Erased(tuple(files), len(ended), messages, codes)


def _needless() -> ColumnElement[bool]:
    """A delegation that nobody gave, or of which nothing is kept any more: until then its giver may take it back."""
    erased = select(Presubmission.code).where(Presubmission.erased_at.is_not(None))
    return Delegation.given_at.is_(None) | Delegation.presubmission_code.in_(erased)


def _presubmissions(session: Session, today: date, now: datetime) -> list[str]:
    due = select(Presubmission).where(Presubmission.erase_on <= today, Presubmission.erased_at.is_(None))
    codes = []
    for row in session.scalars(due.order_by(Presubmission.code).limit(_AT_ONCE).with_for_update(skip_locked=True)):
        row.form, row.erased_at = None, now
        if row.state in _OPEN:
            row.state, row.ended_at = "expired", now
            for kind in ("check", "approve"):
                cards.finish(session, kind, f"{row.code}#{row.round}", now)
        codes.append(row.code)
    return codes


def _files(session: Session, today: date, ended: list[str], now: datetime) -> list[str]:
    due = select(StoredFile.key).where(StoredFile.dropped_at.is_(None))
    mine = list(session.scalars(due.where(StoredFile.subject.in_(ended)))) if ended else []
    mine += session.scalars(due.where(StoredFile.erase_on <= today).limit(_AT_ONCE)).all()
    keys = list(dict.fromkeys(mine))
    if keys:
        session.execute(update(StoredFile).where(StoredFile.key.in_(keys)).values(dropped_at=now, prints=[]))
    return keys


def unknown(session: Session, keys: Iterable[str]) -> list[str]:
    """Those of `keys` that no row of a kept file knows."""
    wanted = list(keys)
    known = select(StoredFile.key).where(StoredFile.key.in_(wanted), StoredFile.dropped_at.is_(None))
    have = set(session.scalars(known))
    return [key for key in wanted if key not in have]


def _count(result: object) -> int:
    return int(getattr(result, "rowcount", 0))

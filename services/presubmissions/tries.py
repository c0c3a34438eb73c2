"""Codes that people type are guessed at, too: ten wrong ones close this way for a day, for whoever tried."""

from __future__ import annotations

from datetime import timedelta

from services.db.following import LookupTry
from services.db.upsert import insert_into
from services.dossiers.hand import Hand

WRONG = 10
_LOCKED = timedelta(hours=24)


def is_locked(hand: Hand, who: int, what: str) -> bool:
    """Whether this conversation may not try again yet. `what` names the kind of code."""
    row = _row(hand, who, what)
    return row.locked_until is not None


def count_wrong(hand: Hand, who: int, what: str) -> None:
    """Count a wrong code."""
    row = _row(hand, who, what)
    row.wrong, row.last_at = row.wrong + 1, hand.now
    if row.wrong >= WRONG:
        row.locked_until = hand.now + _LOCKED
    hand.session.flush()


def _row(hand: Hand, who: int, what: str) -> LookupTry:
    asker = f"conversation:{who}"
    made = insert_into(hand.session, LookupTry).values(asker=asker, dossier_code=what, wrong=0, last_at=hand.now)
    hand.session.execute(made.on_conflict_do_nothing())
    row = hand.session.get_one(LookupTry, (asker, what), with_for_update=True, populate_existing=True)
    if row.last_at + _LOCKED <= hand.now or (row.locked_until is not None and row.locked_until <= hand.now):
        row.wrong, row.locked_until = 0, None
    return row

"""Moving a pre-submission to another chat of the same person, by a six-digit code that works once, for ten minutes."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete

from services import telling
from services.db.presubmissions import DraftMove, Presubmission
from services.dossiers.hand import Hand
from services.dossiers.lookup import may_ask
from services.presubmissions import drafts, tries
from services.presubmissions.drafts import Draft
from services.refusal import Refused, refused

VALID = timedelta(minutes=10)
_TRIED = "move"
_TOGETHER = 100
"""Codes that all chats together may try in ten minutes: one in ten thousand of all that there can be."""


def code(draft: Draft) -> str:
    """A new code of six digits; an earlier one of this draft stops working."""
    session, hand = draft.session, draft.hand
    session.execute(
        delete(DraftMove).where((DraftMove.presubmission_code == draft.code) | (DraftMove.until < hand.now))
    )
    digits = _digits()
    while session.get(DraftMove, _key(hand, digits)) is not None:
        digits = _digits()
    session.add(DraftMove(code_hash=_key(hand, digits), presubmission_code=draft.code, until=hand.now + VALID))
    session.flush()
    return digits


def _digits() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def _key(hand: Hand, digits: str) -> str:
    return hand.keys.code(f"move/{digits}")


def here(hand: Hand, who: int, typed: str) -> str | Refused:
    """Bring the draft of this code into the chat `who`; the chat it leaves is told. Returns the draft's code.

    Refusals: `move-unknown` (wrong, used or too late), `move-locked` (too many wrong ones, of this chat or in these ten
    minutes of all together: six digits are soon found by many chats), `move-same` (it is here).
    """
    if tries.is_locked(hand, who, _TRIED) or not may_ask(hand.session, _TRIED, hand.now, most=_TOGETHER):
        return refused("move-locked")
    digits = "".join(letter for letter in typed[:40] if letter.isascii() and letter.isdigit())
    move = hand.session.get(DraftMove, _key(hand, digits), with_for_update=True, populate_existing=True)
    row = hand.session.get(Presubmission, move.presubmission_code, with_for_update=True) if move else None
    if move is None or row is None or move.until < hand.now or row.state not in drafts.EDITABLE:
        tries.count_wrong(hand, who, _TRIED)
        return refused("move-unknown")
    if row.conversation_id == who:
        return refused("move-same")
    left, row.conversation_id, row.changed_at = row.conversation_id, who, hand.now
    hand.session.delete(move)
    telling.tell(hand.session, left, "prepare-moved", hand.now, code=row.code)
    hand.session.flush()
    return row.code

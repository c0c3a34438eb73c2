"""Preparing for somebody else: the owner's own consent, by a code of her own, for one pre-submission, revocable.

The helper gets the code and gives it to the owner, who types it in her own chat and agrees there. An owner without a
chat confirms at the counter; until she has, nothing says that she agreed.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import select, update

from services import telling
from services.db.presubmissions import Delegation, Presubmission
from services.dossiers.hand import Hand
from services.presubmissions import drafts, sending, tries
from services.presubmissions.drafts import Draft
from services.refusal import Refused, refused

PATTERN = r"[Uu][Qq]\s?[-‐‑–—−]?\s?[2-9A-HJ-NP-Za-hj-np-z]{5}\s?[-‐‑–—−]?\s?[2-9A-HJ-NP-Za-hj-np-z]{5}"
"""The owner's code, typed alone."""
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 10
_CODE = re.compile(rf"UQ([{_ALPHABET}]{{{_LENGTH}}})")
_VALID = timedelta(days=7)
_TRIED = "delegation"

Standing = Literal["none", "asked", "given", "revoked"]


@dataclass(frozen=True, slots=True)
class Request:
    """What an owner is asked: for which pre-submission, of which procedure. `key` stands for the code."""

    key: str
    code: str
    procedure_code: str
    version_id: int


def ask(draft: Draft) -> str:
    """A new code for the owner of the papers, `UQ-K7QF2-9XMPA`; earlier ones that nobody used stop working."""
    for old in _of(draft, Delegation.given_at.is_(None), Delegation.revoked_at.is_(None)):
        draft.session.delete(old)
    plain = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    draft.session.add(
        Delegation(
            code_hash=_key(draft.hand, plain), presubmission_code=draft.code, made_at=draft.hand.now,
            until=draft.hand.now + _VALID,
        )
    )  # fmt: skip
    draft.session.flush()
    return f"UQ-{plain[:5]}-{plain[5:]}"


def _key(hand: Hand, plain: str) -> str:
    return hand.keys.code(f"delegation/{plain}")


def _of(draft: Draft, *which: object) -> list[Delegation]:
    found = select(Delegation).where(Delegation.presubmission_code == draft.code, *which)  # type: ignore[arg-type]
    return list(draft.session.scalars(found.order_by(Delegation.made_at)))


def standing(draft: Draft) -> Standing:
    """How the owner stands to it: not asked, asked, agreed, or took it back."""
    rows = _of(draft)
    if any(row.given_at is not None and row.revoked_at is None for row in rows):
        return "given"
    if any(row.given_at is not None for row in rows):
        return "revoked"
    return "asked" if any(row.revoked_at is None and row.until >= draft.hand.now for row in rows) else "none"


def requested(hand: Hand, who: int, typed: str) -> Request | Refused:
    """What a code asks of the owner who typed it. Refusals: `owner-code-unknown` (also spent, or too late),
    `owner-code-own` (typed in the helper's own chat), `owner-code-locked`."""
    if tries.is_locked(hand, who, _TRIED):
        return refused("owner-code-locked")
    found = _CODE.fullmatch("".join(letter for letter in typed[:60].upper() if letter.isascii() and letter.isalnum()))
    row = hand.session.get(Delegation, _key(hand, found[1])) if found else None
    asked = _request(hand, row) if row else None
    if row is None or asked is None:
        tries.count_wrong(hand, who, _TRIED)
        return refused("owner-code-unknown")
    draft = hand.session.get_one(Presubmission, row.presubmission_code)
    return refused("owner-code-own") if draft.conversation_id == who else asked


def _request(hand: Hand, row: Delegation) -> Request | None:
    one = hand.session.get(Presubmission, row.presubmission_code)
    if one is None or one.state != "draft" or row.until < hand.now or row.given_at is not None or row.revoked_at:
        return None
    return Request(row.code_hash, one.code, one.procedure_code, one.version_id)


def request(hand: Hand, key: str) -> Request | None:
    """The same request again; None once it was answered or is too late."""
    row = hand.session.get(Delegation, key, with_for_update=True, populate_existing=True)
    return _request(hand, row) if row else None


def answer(hand: Hand, who: int, key: str, agrees: bool) -> Request | None:
    """The owner agrees, or does not; the helper is told. None when there is nothing to answer any more."""
    asked = request(hand, key)
    if asked is None:
        return None
    row = hand.session.get_one(Delegation, key)
    if agrees:
        row.given_at, row.given_by = hand.now, who
    else:
        row.revoked_at = hand.now
    helper = hand.session.get_one(Presubmission, asked.code).conversation_id
    kind = "prepare-agreed" if agrees else "prepare-declined"
    telling.tell(hand.session, helper, kind, hand.now, priority=telling.REPLY, code=asked.code)
    hand.session.flush()
    return asked


def given_by(hand: Hand, who: int) -> list[str]:
    """The pre-submissions that this person agreed to as their owner, and may still take back."""
    found = (
        select(Delegation.presubmission_code)
        .join(Presubmission, Presubmission.code == Delegation.presubmission_code)
        .where(Delegation.given_by == who, Delegation.revoked_at.is_(None), Presubmission.erased_at.is_(None))
    )
    return list(hand.session.scalars(found.order_by(Delegation.presubmission_code)))


def revoke(hand: Hand, who: int, code: str) -> bool:
    """The owner takes her consent back: the pre-submission ends, what it held is erased, and its helper is told."""
    if code not in given_by(hand, who):
        return False
    hand.session.execute(
        update(Delegation)
        .where(Delegation.presubmission_code == code, Delegation.revoked_at.is_(None))
        .values(revoked_at=hand.now)
    )
    helper = hand.session.get_one(Presubmission, code).conversation_id
    draft = drafts.opened(hand, helper, code)
    if draft is not None:
        sending.take_back(draft)
        drafts.delete(draft)
    telling.tell(hand.session, helper, "prepare-revoked", hand.now, code=code)
    return True

"""Receipts: a one-time code, printed and as a QR, that binds one scanner once. The counter can revoke it.

The code's hash finds it; the code itself is kept encrypted, so that the receipt can be printed until it is spent.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.db.following import LookupTry, Receipt
from services.db.upsert import insert_into
from services.dossiers.codes import find
from services.dossiers.hand import Hand
from services.dossiers.lookup import begun_anew, opened
from services.keys import Keys
from services.refusal import Refused, refused

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 10
_LOOKS_LIKE = str.maketrans({"0": "Q", "O": "Q"})
"""Neither is in any code, but a Q may be read as one."""
_AS_TYPED = str.maketrans({"Q": "0"})
_ANY = ""
TRIES = 10
LOCKED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Issued:
    """A receipt to be printed. `code` is typed as shown (`K7QF2-9XMPA`); `token` is the same for links."""

    id: int
    dossier_code: str
    code: str
    issued_at: datetime

    @property
    def token(self) -> str:
        """The code without its dash."""
        return self.code.replace("-", "")


@dataclass(frozen=True, slots=True)
class Bound:
    """A code that was taken in. `fresh` False: the same asker had done so before."""

    receipt_id: int
    dossier_code: str
    fresh: bool


def issue(hand: Hand, typed: str) -> Issued | Refused:
    """Make a receipt's one-time code; earlier ones of this dossier that nobody used stop working."""
    code = find(hand.session, typed)
    if code is None:
        return refused("dossier-unknown", code=typed)
    open_ones = (Receipt.dossier_code == code, Receipt.spent_at.is_(None), Receipt.revoked_at.is_(None))
    hand.session.execute(
        update(Receipt).where(*open_ones).values(revoked_at=hand.now, revoked_by=hand.actor, code=None)
    )
    plain = _made()
    row = Receipt(
        dossier_code=code, code_hash=hand.keys.code(plain), code=hand.keys.encrypt(plain, f"receipts/{code}"),
        issued_at=hand.now, issued_by=hand.actor,
    )  # fmt: skip
    hand.session.add(row)
    hand.session.flush()
    return Issued(row.id, code, _shown(plain), hand.now)


def _made() -> str:
    """A code that no telephone number can be taken for: without letters it is made anew."""
    while True:
        plain = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        if not (plain.translate(_AS_TYPED).isdecimal()):
            return plain


def printable(session: Session, keys: Keys, receipt_id: int) -> Issued | None:
    """A receipt to print once more; None when it is unknown, spent or revoked."""
    row = session.get(Receipt, receipt_id)
    if row is None or row.code is None:
        return None
    plain = keys.decrypt(row.code, f"receipts/{row.dossier_code}")
    return Issued(row.id, row.dossier_code, _shown(plain), row.issued_at)


def _shown(plain: str) -> str:
    return f"{plain[: _LENGTH // 2]}-{plain[_LENGTH // 2 :]}"


def normalise(typed: str) -> str:
    """A code as it was made, whatever dashes, spaces, cases and look-alikes were typed."""
    kept = "".join(letter for letter in typed[:100].upper() if letter.isascii() and letter.isalnum())
    return kept.translate(_LOOKS_LIKE)


def looks_like_code(typed: str) -> bool:
    """Whether a text has the form of a receipt's code. A number alone is none: telephones have as many digits."""
    code = normalise(typed)
    return len(code) == _LENGTH and set(code) <= set(_ALPHABET) and not code.translate(_AS_TYPED).isdecimal()


def redeem(session: Session, keys: Keys, *, asker: str, typed: str, now: datetime) -> Bound | Refused:
    """Bind the dossier of a code to this asker, once. The same asker again is fine, another one is refused.

    Refusals: `receipt-unknown`, `receipt-spent`, `receipt-revoked`, `locked` (with `until`; ten unknown codes).
    """
    tries = _tries(session, asker, now)
    if tries.locked_until is not None:
        return refused("locked", until=tries.locked_until)
    hashed = keys.code(normalise(typed))
    row = session.scalars(select(Receipt).where(Receipt.code_hash == hashed).with_for_update()).one_or_none()
    if row is None:
        tries.wrong, tries.last_at = tries.wrong + 1, now
        if tries.wrong >= TRIES:
            tries.locked_until = now + LOCKED
        session.flush()
        return refused("receipt-unknown")
    if row.revoked_at is not None:
        return refused("receipt-revoked")
    if row.spent_at is not None:
        return Bound(row.id, row.dossier_code, False) if row.spent_by == asker else refused("receipt-spent")
    row.spent_at, row.spent_by, row.code = now, asker, None
    session.flush()
    opened(session, row.dossier_code, asker, "receipt", now)
    return Bound(row.id, row.dossier_code, True)


def _tries(session: Session, asker: str, now: datetime) -> LookupTry:
    row = insert_into(session, LookupTry).values(asker=asker, dossier_code=_ANY, wrong=0, last_at=now)
    session.execute(row.on_conflict_do_nothing())
    return begun_anew(session.get_one(LookupTry, (asker, _ANY), with_for_update=True, populate_existing=True), now)


def revoke(hand: Hand, receipt_id: int) -> str | Refused | None:
    """The counter takes a receipt back. Returns who had bound it (to be unbound), None if nobody had."""
    row = hand.session.get(Receipt, receipt_id, with_for_update=True)
    if row is None:
        return refused("receipt-unknown")
    row.revoked_at, row.revoked_by, row.code = row.revoked_at or hand.now, row.revoked_by or hand.actor, None
    hand.session.flush()
    return row.spent_by

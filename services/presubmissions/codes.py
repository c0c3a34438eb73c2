"""Codes of pre-submissions: `CB-261122-0001`, counted anew every local day. Never a dossier's code."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy.orm import Session

from services.db.presubmissions import PresubmissionCounter
from services.db.upsert import insert_into

PATTERN = r"[Cc][Bb]\s?[-‐‑–—−]?\s?\d{6}\s?[-‐‑–—−]?\s?\d{4,6}"
"""A code standing alone, with whatever dashes a phone makes of them."""
_PARTS = re.compile(r"CB(\d{6})(\d{4,6})", re.ASCII)


def take(session: Session, today: date) -> str:
    """The next code of the local day `today`; two transactions never get the same."""
    row = insert_into(session, PresubmissionCounter).values(day=today, last=1)
    number = session.execute(
        row.on_conflict_do_update(index_elements=["day"], set_={"last": PresubmissionCounter.last + 1}).returning(
            PresubmissionCounter.last
        )
    ).scalar_one()
    return f"CB-{today:%y%m%d}-{number:04d}"


def normalise(typed: str) -> str | None:
    """A typed code as it is written; None when it is no such code."""
    kept = "".join(letter for letter in typed[:60].upper() if letter.isascii() and letter.isalnum())
    found = _PARTS.fullmatch(kept)
    return f"CB-{found[1]}-{found[2]}" if found else None

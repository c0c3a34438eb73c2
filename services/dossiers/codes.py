"""Codes of dossiers (mã số hồ sơ): given out per agency and local day, recognised in every shape that others use.

Ours: the agency's code, the date, the order in the day: `H45.15-261121-0001` (Decree 61/2018 Art. 26). Nothing is ever
concluded from a foreign code, and its raw form is kept.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.dossiers import CodeCounter, Dossier, Ledger
from services.db.upsert import insert_into

_SHAPES = re.compile(
    r"""
    (?: [GH]\d{2}(?:\.\d{1,3})*                 # the province or ministry first
      | \d{3}(?:\.\d{2}){2,3}\.[GH]\d{2} )      # the older order, the unit first
    -\d{6}-\d{4,7}                              # the date, and the order in the day
    """,
    re.ASCII | re.VERBOSE,
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))
_EDGES = " .,;:!?\"'()[]<>«»“”‘’#"
LONGEST = 200
"""No code is longer; a longer text is not looked up."""


def normalise(text: str) -> str:
    """A code as it is compared: upper case, one kind of dash, no spaces, no punctuation around it."""
    text = unicodedata.normalize("NFKC", text[: 4 * LONGEST]).translate(_DASHES)
    return "".join(text.split()).strip(_EDGES).upper()


def is_text(typed: str) -> bool:
    """Whether a database can be asked for it: half characters, as broken programs send them, are no text."""
    return not any("\ud800" <= letter <= "\udfff" for letter in typed)


def recognise(text: str) -> str | None:
    """The normalised code if the whole text is a dossier code of a known shape, else None."""
    code = normalise(text)
    return code if _SHAPES.fullmatch(code) else None


def find(session: Session, typed: str) -> str | None:
    """The code of a known dossier, exactly as it is stored; None if there is none.

    A code of any shape is found, in the form it was stored in or in any that normalises to the same.
    """
    exact = typed.strip()
    if not exact or len(exact) > LONGEST or "\x00" in exact or not is_text(exact):
        return None
    key = normalise(exact)
    for candidate in dict.fromkeys((exact, key)):
        if session.scalar(select(Dossier.code).where(Dossier.code == candidate)) is not None:
            return candidate
    return session.scalar(select(Ledger.code).where(Ledger.code_key == key).order_by(Ledger.code).limit(1))


def generate(session: Session, agency_code: str, day: date) -> str:
    """The next code of an agency on a local day. Counted inside the transaction: an undone one leaves no gap.

    After 9999 the number gets longer. A code that somebody else used already is passed over.
    """
    while True:
        counter = insert_into(session, CodeCounter).values(agency_code=agency_code, day=day, last=1)
        number = session.scalar(
            counter.on_conflict_do_update(
                index_elements=["agency_code", "day"], set_={"last": CodeCounter.last + 1}
            ).returning(CodeCounter.last)
        )
        code = f"{normalise(agency_code)}-{day:%y%m%d}-{number:04d}"
        if session.scalar(select(Ledger.code).where(Ledger.code == code)) is None:
            return code

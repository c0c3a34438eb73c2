"""Which `DATA_KEY` a database was written with: its fingerprint, kept since the first start.

With another key nothing personal opens and no chain of events holds, and each would be found only much later.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.machine import Meta
from services.db.upsert import insert_into
from services.keys import Keys, same

FINGERPRINT = "key"
"""The row of `meta`."""
ANOTHER_KEY = "DATA_KEY is not the one that this database was written with: what is encrypted in it would not open"


def known(session: Session, keys: Keys) -> bool | None:
    """Whether the database was written with these keys; None when no key was written down yet."""
    stored = session.scalar(select(Meta.value).where(Meta.key == FINGERPRINT))
    return None if stored is None else same(stored, keys.fingerprint())


def owned(session: Session, keys: Keys) -> bool:
    """The same, and these keys are written down where none are. Two processes that start together agree."""
    first = insert_into(session, Meta).values(key=FINGERPRINT, value=keys.fingerprint())
    session.execute(first.on_conflict_do_nothing(index_elements=["key"]))
    return known(session, keys) is True

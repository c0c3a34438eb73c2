"""What a complaint is: its words, which open only with the office's key, its files, and its number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.db.presubmissions import StoredFile
from services.db.visits import Complaint
from services.dossiers.hand import HOME
from services.keys import Keys, Unopened

Topic = Literal["late", "manner", "papers", "rule", "other"]
TOPICS: tuple[Topic, ...] = ("late", "manner", "papers", "rule", "other")
PURPOSE = "complaint"
PATTERN = r"PA\s?[-–—]?\s?\d{6}\s?[-–—]\s?\d{4,6}"
"""A complaint's number standing alone."""

ANSWER_WITHIN = 7
"""Working days for an answer."""
LONGEST = 4_000
"""Characters of one complaint."""
MOST_FILES, MOST_A_DAY = 10, 5
DRAFT_KEPT, KEPT = timedelta(days=7), timedelta(days=365)
"""How long the words of a draft, and of an answered complaint, are kept."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A complaint as its writer sees it, or an officer (who never learns whose it is)."""

    code: str
    agency_code: str
    topic: str
    state: str
    text: str
    answer: str
    made_at: datetime
    due_at: datetime | None
    answered_at: datetime | None
    is_satisfied: bool | None
    files: tuple[StoredFile, ...]


def normalise(typed: str) -> str:
    """A number as it is stored, whatever dashes and spaces were typed."""
    digits = re.sub(r"\D", "", typed[:60])
    return f"PA-{digits[:6]}-{digits[6:]}"


def draft_code(who: int) -> str:
    """The code of what somebody is writing."""
    return f"draft:{who}"


def place(code: str, column: str) -> str:
    """What a text's encryption is bound to."""
    return f"complaints/{code}/{column}"


def opened(keys: Keys, stored: bytes | None, code: str, column: str) -> str:
    """The words; "" once erased, or where they no longer open."""
    try:
        return keys.decrypt(stored, place(code, column)) if stored else ""
    except Unopened:
        return ""


def seen(session: Session, keys: Keys, row: Complaint) -> Seen:
    """A complaint with its words."""
    return Seen(
        row.code, row.agency_code, row.topic, row.state, opened(keys, row.text, row.code, "text"),
        opened(keys, row.answer, row.code, "answer"), row.made_at, row.due_at, row.answered_at, row.is_satisfied,
        tuple(files_of(session, row.code)),
    )  # fmt: skip


def files_of(session: Session, code: str) -> Sequence[StoredFile]:
    """Its photos, in order."""
    found = select(StoredFile).where(StoredFile.subject == code, StoredFile.dropped_at.is_(None))
    return session.scalars(found.where(StoredFile.paper_n.is_not(None)).order_by(StoredFile.page)).all()


def drop_files(session: Session, code: str, now: datetime) -> None:
    """The sweep of the file store takes them once this transaction is safe."""
    mine = update(StoredFile).where(StoredFile.subject == code, StoredFile.dropped_at.is_(None))
    session.execute(mine.values(subject=f"erased:{code}", erase_on=now.astimezone(HOME).date()))

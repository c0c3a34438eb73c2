"""What a card may say of a piece of work: codes, counts and what the photo coach saw. Nothing of the person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog import store
from services.db.desk import OfficerTalk
from services.db.presubmissions import Paper, Presubmission, StoredFile


@dataclass(frozen=True, slots=True)
class Check:
    """A pre-submission as a card shows it. `case`: the questions answered; `flags`: how often each was seen."""

    code: str
    round: int
    procedure_code: str
    procedure: str
    case: tuple[str, ...]
    papers: int
    pages: int
    brought: int
    flags: dict[str, int] = field(default_factory=dict)


def check(session: Session, subject: str) -> Check | None:
    """The pre-submission of a card's subject; None when there is none."""
    code, _, number = subject.partition("#")
    row = session.get(Presubmission, code)
    if row is None:
        return None
    version = store.load_version(session, row.procedure_code, row.version_id)
    papers = list(session.scalars(select(Paper).where(Paper.presubmission_code == code)))
    stored = select(StoredFile).where(
        StoredFile.subject == code, StoredFile.paper_n.is_not(None), StoredFile.dropped_at.is_(None)
    )
    files = list(session.scalars(stored))
    labels = [
        f"{question.text} {choice.label}"
        for question in (version.record.questions if version else ())
        for choice in question.choices
        if (row.case or {}).get(question.id) == choice.id
    ]
    return Check(
        code, int(number) if number.isdecimal() else row.round, row.procedure_code,
        version.record.name if version else row.procedure_code, tuple(labels),
        sum(paper.how == "upload" for paper in papers), sum(file.pages for file in files),
        sum(paper.how == "bring" for paper in papers),
        dict(Counter(flag for file in files for flag in file.flags or ())),
    )  # fmt: skip


def field_of_talk(session: Session, subject: str) -> str:
    """What a citizen who wants to speak with a person asks about; "" where that is not known."""
    number = subject.removeprefix("talk:")
    row = session.get(OfficerTalk, int(number)) if number.isdecimal() else None
    return row.field if row else ""

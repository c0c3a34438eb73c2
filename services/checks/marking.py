"""The officer's marks: what she found of each component, with a note on what is not good."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.checks.access import Checker, held
from services.checks.answers import private
from services.db.presubmissions import ArrivalReceipt, Mark, Paper
from services.db.upsert import insert_into
from services.desk import cards
from services.dossiers.hand import HOME
from services.keys import Keys
from services.refusal import Refused, refused

Verdict = Literal["good", "missing", "wrong", "unreadable"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
LONGEST = 500
"""Characters of a note."""


def tidy(text: str) -> str:
    """What was typed, on one line, as a database takes it."""
    return " ".join(text.replace("\x00", " ").split())


def components(session: Session, code: str) -> list[Paper]:
    """Every component of a pre-submission, in the order of the list."""
    return list(session.scalars(select(Paper).where(Paper.presubmission_code == code).order_by(Paper.n)))


def marks(session: Session, code: str, round_: int) -> dict[int, Mark]:
    """The marks of a round by the component's number."""
    found = select(Mark).where(Mark.presubmission_code == code, Mark.round == round_)
    return {mark.paper_n: mark for mark in session.scalars(found.execution_options(populate_existing=True))}


def mark(session: Session, keys: Keys, by: Checker, n: int, verdict: str, note: str, now: datetime) -> Refused | None:
    """Mark component `n`; a later mark replaces an earlier one, also that of another officer.

    Refusals: check-no-component, check-no-verdict (title), check-note-long (most, title), check-private (title: a note
    with personal data), and those of `access.held`.
    """
    return mark_all(session, keys, by, {n: (verdict, note)}, now)


def mark_all(
    session: Session, keys: Keys, by: Checker, found: Mapping[int, tuple[str, str]], now: datetime
) -> Refused | None:
    """Several marks at once, all or none: component's number -> (verdict, note). Refusals: see `mark`."""
    row = held(session, by)
    if isinstance(row, Refused):
        return row
    secrets = private(session, keys, by.code, now.astimezone(HOME).date())
    titles = {paper.n: paper.title for paper in components(session, by.code)}
    values = []
    for n, (verdict, note) in found.items():
        said = tidy(note)
        if n not in titles:
            return refused("check-no-component")
        if verdict not in VERDICTS:
            return refused("check-no-verdict", title=titles[n])
        if len(said) > LONGEST:
            return refused("check-note-long", most=LONGEST, title=titles[n])
        if secrets.found_in(said):
            return refused("check-private", title=titles[n])
        values.append({"paper_n": n, "verdict": verdict, "note": said})
    if row.state == "sent" and _proved(session, by):
        row.state, row.changed_at = "checking", now
    cards.keep(session, "check", by.subject, by.staff_id, now)
    own = {"presubmission_code": by.code, "round": by.round, "staff_id": by.staff_id, "at": now}
    for value in values:
        made = insert_into(session, Mark).values(**own, **value)
        changed = {"verdict": value["verdict"], "note": value["note"], "staff_id": by.staff_id, "at": now}
        key = ["presubmission_code", "round", "paper_n"]
        before = (Mark.verdict != value["verdict"]) | (Mark.note != value["note"])
        session.execute(made.on_conflict_do_update(index_elements=key, set_=changed, where=before))
    return None


def _proved(session: Session, by: Checker) -> bool:
    """Whether the files were read back and the citizen has her receipt: until then it counts as just sent."""
    found = select(ArrivalReceipt.id).where(
        ArrivalReceipt.presubmission_code == by.code, ArrivalReceipt.round == by.round
    )
    return session.scalar(found) is not None


def unmarked(papers: list[Paper], found: Mapping[int, Mark]) -> list[Paper]:
    """The components that have no mark yet."""
    return [paper for paper in papers if paper.n not in found]

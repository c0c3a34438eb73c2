"""What the review page shows of a round. Every look is written down, with who looked at what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog import store
from services.checks.access import OPEN, Checker
from services.checks.answers import Line, answers
from services.checks.marking import components, marks
from services.db.presubmissions import Paper, Presubmission, Return, StoredFile
from services.desk.log import note
from services.dossiers.hand import HOME
from services.keys import Keys
from services.refusal import Refused, refused

State = Literal["open", "waiting", "finished"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a component: its place in the component (from 1), and what is known without opening it."""

    page: int
    media: str
    pages: int
    size: int
    flags: tuple[str, ...]
    is_new: bool
    """Whether it came after the last return."""


@dataclass(frozen=True, slots=True)
class Component:
    """One component with its files, its present mark ("" when there is none), and what was told of it before."""

    n: int
    title: str
    side: str
    how: str
    is_identity: bool
    basis: str
    pieces: tuple[Piece, ...]
    verdict: str
    note: str
    told: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A round as the page shows it. `form` is empty unless `state` is open or waiting: so are the components' files."""

    code: str
    round: int
    state: State
    outcome: str
    """The pre-submission's own state, when this round is finished."""
    procedure_code: str
    procedure: str
    case: tuple[str, ...]
    for_other: bool
    sent_at: datetime | None
    form: tuple[Line, ...]
    components: tuple[Component, ...]
    items: tuple[dict[str, Any], ...]
    """The list of defects that waits or was sent; with `reason`."""
    reason: str
    denied: bool
    """Whether the head did not agree to the list, which can be given anew."""


def view(session: Session, keys: Keys, by: Checker, now: datetime) -> Sheet:
    """The round for this officer. Raises services.keys.Unopened for a form that does not open."""
    row = session.get_one(Presubmission, by.code)
    given = session.get(Return, (by.code, by.round))
    is_waiting = given is not None and given.state == "waiting"
    state: State = "finished"
    if row.round == by.round and row.state in OPEN:
        state = "waiting" if is_waiting else "open"
    version = store.load_version(session, row.procedure_code, row.version_id)
    case: tuple[str, ...] = ()
    if version is not None:
        case = tuple(
            f"{question.text} {choice.label}"
            for question in version.record.questions
            for choice in question.choices
            if (row.case or {}).get(question.id) == choice.id
        )
    note(session, now, "view-form", by.subject, conversation_id=by.conversation_id, staff_id=by.staff_id)
    sheet = Sheet(
        row.code, by.round, state, row.state, row.procedure_code, version.record.name if version else "", case,
        row.for_other, row.sent_at, form=(), components=(), items=tuple(given.items) if given else (),
        reason=given.reason if given else "", denied=given is not None and given.state == "denied",
    )  # fmt: skip
    if state == "finished":
        return sheet
    today = now.astimezone(HOME).date()
    return replace(sheet, form=answers(keys, row, today), components=_components(session, by))


def _components(session: Session, by: Checker) -> tuple[Component, ...]:
    found, before = marks(session, by.code, by.round), _before(session, by)
    last = max((given.approved_at or given.at for given in before), default=None)
    told = {item["n"]: str(item["note"]) for given in before for item in given.items}
    files = pieces(session, by.code)
    shown = []
    for paper in components(session, by.code):
        mark = found.get(paper.n)
        own = tuple(
            Piece(
                page, file.media, file.pages, file.size, tuple(file.flags or ()),
                last is not None and file.stored_at > last,
            )
            for page, file in enumerate(files.get(paper.n, ()), 1)
        )  # fmt: skip
        verdict, note = (mark.verdict, mark.note) if mark else ("", "")
        shown.append(
            Component(
                paper.n, paper.title, paper.side, paper.how, paper.is_identity, paper.basis or "", own, verdict, note,
                told.get(paper.n, ""),
            )
        )  # fmt: skip
    return tuple(shown)


def _before(session: Session, by: Checker) -> list[Return]:
    earlier = select(Return).where(
        Return.presubmission_code == by.code, Return.round < by.round, Return.state == "sent"
    )
    return list(session.scalars(earlier.order_by(Return.round)))


def pieces(session: Session, code: str) -> dict[int, list[StoredFile]]:
    """The files that a pre-submission has now, by component, in their order."""
    found = select(StoredFile).where(StoredFile.subject == code, StoredFile.dropped_at.is_(None))
    by_paper: dict[int, list[StoredFile]] = {}
    for file in session.scalars(found.order_by(StoredFile.paper_n, StoredFile.page, StoredFile.stored_at)):
        if file.paper_n is not None:
            by_paper.setdefault(file.paper_n, []).append(file)
    return by_paper


def file(session: Session, by: Checker, n: int, page: int, now: datetime) -> tuple[str, str] | Refused:
    """The key and media type of file `page` (from 1) of component `n`. Refusals: check-no-file, check-finished."""
    row = session.get_one(Presubmission, by.code)
    named = f"{by.subject}/{n}/{page}"
    if row.round != by.round or row.state not in OPEN:
        note(session, now, "view-file", named, "check-finished", staff_id=by.staff_id)
        return refused("check-finished", code=by.code)
    files = pieces(session, by.code).get(n, [])
    if session.get(Paper, (by.code, n)) is None or not 0 < page <= len(files):
        note(session, now, "view-file", named, "check-no-file", staff_id=by.staff_id)
        return refused("check-no-file")
    note(session, now, "view-file", named, staff_id=by.staff_id)
    return files[page - 1].key, files[page - 1].media

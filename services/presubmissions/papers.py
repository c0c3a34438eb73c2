"""The components of a pre-submission: exactly the papers of this person's case, and how each will come."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from services.catalog.model import Paper as ListedPaper
from services.catalog.model import ProcedureRecord, applies
from services.catalog.store import Version
from services.catalog.text import fold
from services.db.presubmissions import Paper, Return, StoredFile
from services.presubmissions import drafts, forms
from services.presubmissions.drafts import Draft

BRING, UPLOAD = "bring", "upload"
_IDENTITY = re.compile(
    r"\b(?:can cuoc|chung minh nhan dan|chung minh thu|giay to tuy than|ho chieu|cmnd|cccd|giay to nhan than)\b"
)


@dataclass(frozen=True, slots=True)
class Component:
    """One paper of the list with what was sent of it. `pages` counts the pages of all its files."""

    n: int
    title: str
    side: str
    is_identity: bool
    how: str
    files: tuple[StoredFile, ...]

    @property
    def pages(self) -> int:
        """Pages of all files together."""
        return sum(file.pages for file in self.files)

    @property
    def is_settled(self) -> bool:
        """Whether it is known how this paper comes."""
        return self.how == BRING or (self.how == UPLOAD and bool(self.files))

    @property
    def flags(self) -> tuple[str, ...]:
        """What the photo coach saw on its pages, each flag once."""
        return tuple(dict.fromkeys(flag for file in self.files for flag in file.flags or ()))


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new version of the procedure, or another case, changed for this person."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def listed(record: ProcedureRecord, case: dict[str, str]) -> list[ListedPaper]:
    """The papers of a case, each title once, remarks left out: first what is handed in, then what is shown."""
    mine = {paper.name: paper for paper in record.papers if paper.kind != "note" and applies(paper.when, case)}
    return sorted(mine.values(), key=lambda paper: paper.kind != "submit")


def is_identity(title: str) -> bool:
    """Whether a paper is one that proves who somebody is: its picture is sensitive data."""
    return bool(_IDENTITY.search(fold(title)))


def lay_out(draft: Draft, version: Version) -> Changes:
    """Bring the components in line with the list of `version` for the draft's case; what was sent of a paper that is
    still on the list stays. What is only shown at the counter is brought, unless the person sends it."""
    have = {paper.title: paper for paper in drafts.papers_of(draft.session, draft.code)}
    wanted = listed(version.record, draft.row.case or {})
    titles = {paper.name for paper in wanted}
    gone = [paper for title, paper in have.items() if title not in titles and paper.side != "asked"]
    new = [paper for paper in wanted if paper.name not in have]
    last = max((paper.n for paper in have.values()), default=0)
    for n, paper in enumerate(new, last + 1):
        draft.session.add(
            Paper(
                presubmission_code=draft.code, n=n, title=paper.name, side=paper.kind,
                is_identity=is_identity(paper.name), how=BRING if paper.kind == "show" else "",
            )
        )  # fmt: skip
    for old in gone:
        drafts.discard(draft.session, draft.hand.today, StoredFile.subject == draft.code, StoredFile.paper_n == old.n)
        draft.session.delete(old)
    draft.row.version_id = version.id
    drafts.touch(draft)
    return Changes(tuple(paper.name for paper in new), tuple(paper.title for paper in gone))


def answered(record: ProcedureRecord, case: dict[str, str]) -> dict[str, str]:
    """The answers of a case that the procedure's questions still offer."""
    offered = {question.id: {choice.id for choice in question.choices} for question in record.questions}
    return {question: choice for question, choice in case.items() if choice in offered.get(question, ())}


def of(draft: Draft) -> list[Component]:
    """The components in order, with what was sent of each."""
    kept = select(StoredFile).where(
        StoredFile.subject == draft.code, StoredFile.paper_n.is_not(None), StoredFile.dropped_at.is_(None)
    )
    files: dict[int, list[StoredFile]] = {}
    for file in draft.session.scalars(kept.order_by(StoredFile.page, StoredFile.stored_at, StoredFile.key)):
        files.setdefault(file.paper_n or 0, []).append(file)
    return [
        Component(p.n, p.title, p.side, p.is_identity, p.how, tuple(files.get(p.n, ())))
        for p in drafts.papers_of(draft.session, draft.code)
    ]


def asked(draft: Draft) -> list[Component]:
    """The papers that are asked for one after the other: on a return those of its list, else all that are handed in
    (what is only shown at the counter is brought)."""
    back = {item["n"] for item in returned(draft)}
    return [component for component in of(draft) if (component.n in back if back else component.side != "show")]


def has_files(draft: Draft) -> bool:
    """Whether a picture or file of any paper came."""
    return any(component.files for component in of(draft))


def one(draft: Draft, n: int) -> Component | None:
    """One component; None when the list has no such paper (any more)."""
    return next((component for component in of(draft) if component.n == n), None)


def anew(draft: Draft, component: Component) -> Component:
    """The component as it is asked for: one that was given back counts only what came since."""
    if not _is_back(draft, component.n):
        return component
    return replace(component, files=tuple(file for file in component.files if file.stored_at > _returned_at(draft)))


def _is_back(draft: Draft, n: int) -> bool:
    """Whether this paper was given back, and was not sent again yet."""
    return n not in draft.form.get(forms.DONE, []) and any(item["n"] == n for item in returned(draft))


def _returned_at(draft: Draft) -> datetime:
    given = draft.session.get_one(Return, (draft.code, draft.row.round))
    return given.approved_at or given.at


def defect(draft: Draft, n: int) -> str:
    """What the officer wrote of a paper that is to be sent again; "" for any other."""
    if n in draft.form.get(forms.DONE, []):
        return ""
    return next((str(item["note"]) for item in returned(draft) if item["n"] == n), "")


def bring(draft: Draft, n: int) -> None:
    """The person brings this paper: what was sent of it is not needed."""
    drafts.discard(draft.session, draft.hand.today, StoredFile.subject == draft.code, StoredFile.paper_n == n)
    draft.session.get_one(Paper, (draft.code, n)).how = BRING
    _done(draft, n)
    drafts.touch(draft)


def sent(draft: Draft, n: int) -> None:
    """What was sent of this paper is all of it."""
    draft.session.get_one(Paper, (draft.code, n)).how = UPLOAD
    _done(draft, n)
    drafts.touch(draft)


def lacking(draft: Draft) -> list[Component]:
    """The papers that still need an answer before it can be sent: on a return, those of its list too."""
    back = {item["n"] for item in returned(draft)} - set(draft.form.get(forms.DONE, []))
    return [component for component in of(draft) if component.n in back or not component.is_settled]


def returned(draft: Draft) -> list[dict[str, Any]]:
    """The officer's list of defects of the present round; [] when there is none."""
    if draft.row.state != "returned":
        return []
    given = draft.session.get(Return, (draft.code, draft.row.round), populate_existing=True)
    return list(given.items) if given is not None and given.state == "sent" else []


def begin_again(draft: Draft, n: int) -> None:
    """A returned paper is sent anew: with the first new page, what was sent of it before goes."""
    if _is_back(draft, n):
        drafts.discard(
            draft.session, draft.hand.today, StoredFile.subject == draft.code, StoredFile.paper_n == n,
            StoredFile.stored_at <= _returned_at(draft),
        )  # fmt: skip


def _done(draft: Draft, n: int) -> None:
    if draft.row.state == "returned":
        draft.form[forms.DONE] = sorted({*draft.form.get(forms.DONE, []), n})
        draft.save()

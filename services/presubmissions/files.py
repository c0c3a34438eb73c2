"""The pages that are sent of a paper: kept in order, compared with what came before, taken back, replaced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.db.presubmissions import Paper, StoredFile
from services.dossiers.hand import Hand
from services.files import coach
from services.keys import Keys
from services.presubmissions import drafts, papers
from services.presubmissions.drafts import Draft

MOST_OF_PAPER, MOST = 40, 120
"""Files of one paper, and of a whole pre-submission."""


class Sent(Protocol):
    """A file that was checked and lies in the store: what the conversations call FileRef."""

    @property
    def key(self) -> str: ...
    @property
    def media(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def why_not(self) -> str: ...
    @property
    def pages(self) -> int: ...
    @property
    def flags(self) -> tuple[str, ...]: ...
    @property
    def prints(self) -> tuple[int, ...]: ...
    @property
    def digest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Came:
    """What became of one file. `why_not` says why it was not kept ("" when it was); `page` is its place among the
    paper's files; `same_as` the file it looks like, `again` whether the photo coach had seen something on that one, so
    that this may be another try. Both are kept: two pages of a form may look alike."""

    page: int = 0
    pages: int = 1
    flags: tuple[str, ...] = ()
    same_as: int = 0
    again: bool = False
    why_not: str = ""


def keep(
    session: Session, ref: Sent, subject: str, paper_n: int | None, page: int, erase_on: date | None, now: datetime
) -> None:
    """Write down a file that lies in the store: what no row names is swept from it."""
    session.add(
        StoredFile(
            key=ref.key, subject=subject, paper_n=paper_n, page=page, media=ref.media, size=ref.size,
            digest=ref.digest, pages=ref.pages, flags=list(ref.flags), prints=[f"{one:016x}" for one in ref.prints],
            stored_at=now, erase_on=erase_on,
        )
    )  # fmt: skip
    session.flush()


def add(draft: Draft, n: int, refs: Iterable[Sent]) -> list[Came]:
    """Keep the files of one message as pages of paper `n`, in order. Never refuses for what the coach saw.

    Reasons of `why_not`: those of services.files.intake, `file-not-had`, `file-same` (these very bytes are there
    already), `file-many` (the paper, or the pre-submission, has as many files as it can).
    """
    papers.begin_again(draft, n)
    came = [_one(draft, n, ref) for ref in refs]
    if any(not one.why_not for one in came):
        draft.session.get_one(Paper, (draft.code, n)).how = papers.UPLOAD
        drafts.touch(draft)
    return came


def _one(draft: Draft, n: int, ref: Sent) -> Came:
    if ref.why_not or not ref.key:
        return Came(why_not=ref.why_not or "file-not-had")
    before = _files(draft, n)
    if any(ref.digest and file.digest == ref.digest for file in before):
        return _passed(draft, ref, "file-same")
    if len(before) >= MOST_OF_PAPER or _count(draft) >= MOST:
        return _passed(draft, ref, "file-many")
    alike = next((number for number, file in enumerate(before, 1) if _alike(file, ref.prints)), 0)
    page = max((file.page for file in before), default=0) + 1
    keep(draft.session, ref, draft.code, n, page, draft.row.erase_on, draft.hand.now)
    again = bool(alike and before[alike - 1].flags)
    return Came(len(before) + 1, ref.pages, tuple(ref.flags), alike, again)


def pass_by(draft: Draft, refs: Iterable[Sent]) -> None:
    """Files that were only looked at: the next sweep removes them from the store."""
    for ref in refs:
        if ref.key and draft.session.get(StoredFile, ref.key) is None:
            keep(draft.session, ref, draft.code, None, 0, draft.hand.today, draft.hand.now)


def _passed(draft: Draft, ref: Sent, why_not: str) -> Came:
    pass_by(draft, [ref])
    return Came(why_not=why_not)


def _alike(file: StoredFile, prints: Sequence[int]) -> bool:
    """Whether both are one picture of the same page."""
    known = [int(one, 16) for one in file.prints or ()]
    return len(known) == 1 and len(prints) == 1 and coach.same(known[0], prints[0])


def drop_last(draft: Draft, n: int) -> int:
    """Take back the file that came last; returns how many that were: 0 when there is none."""
    last = max(_files(draft, n), key=lambda file: (file.stored_at, file.page), default=None)
    return _drop(draft, n, [last] if last else [])


def drop_flagged(draft: Draft, n: int) -> int:
    """Take back what `unclear` finds; returns how many pages that were."""
    return _drop(draft, n, unclear(_files(draft, n)))


def unclear(files: Sequence[StoredFile]) -> list[StoredFile]:
    """The pages that the coach saw something on. The newest stays where it is another try of one of them."""
    flagged = [file for file in files if file.flags]
    newest = max(files, key=lambda file: (file.stored_at, file.page), default=None)
    if newest is None or newest not in flagged:
        return flagged
    prints = [int(one, 16) for one in newest.prints or ()]
    is_another_try = any(_alike(file, prints) for file in flagged if file is not newest)
    return [file for file in flagged if file is not newest] if is_another_try else flagged


def _drop(draft: Draft, n: int, gone: list[StoredFile]) -> int:
    if not gone:
        return 0
    drafts.discard(draft.session, draft.hand.today, StoredFile.key.in_([file.key for file in gone]))
    if not _files(draft, n):
        draft.session.get_one(Paper, (draft.code, n)).how = ""
    drafts.touch(draft)
    return len(gone)


def _files(draft: Draft, n: int) -> list[StoredFile]:
    found = select(StoredFile).where(
        StoredFile.subject == draft.code, StoredFile.paper_n == n, StoredFile.dropped_at.is_(None)
    )
    return list(draft.session.scalars(found.order_by(StoredFile.page, StoredFile.stored_at, StoredFile.key)))


def _count(draft: Draft) -> int:
    found = select(func.count()).where(
        StoredFile.subject == draft.code, StoredFile.paper_n.is_not(None), StoredFile.dropped_at.is_(None)
    )
    return draft.session.scalar(found) or 0


def arrived(
    session: Session, keys: Keys, who: int, code: str, n: int, refs: Iterable[Sent], now: datetime
) -> list[Came] | None:
    """What came another way than by chat, as pages of paper `n` of her pre-submission; None when it takes none."""
    draft = drafts.opened(Hand(session, keys, f"conversation:{who}", now), who, code)
    if draft is None or not draft.is_editable or papers.one(draft, n) is None:
        return None
    return add(draft, n, refs)

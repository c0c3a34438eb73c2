"""Files that no question waits for, of somebody whose papers were given back: kept for the paper they are sent for.

They are kept where that is safe only: one set was given back, she agreed to the storing, and no paper that is asked
for proves who somebody is without her consent to that. Where several papers are asked for they are held until she says
for which one they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from services.db.presubmissions import StoredFile
from services.dossiers.hand import Hand
from services.presubmissions import consents, drafts, files, papers
from services.presubmissions.drafts import Draft
from services.presubmissions.files import Came, Sent

_HELD_PAGE = -1
"""The `page` of a file that has no paper yet."""
_HELD_FOR = timedelta(days=2)
"""So long a file waits for its paper; then it is erased."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A file that was held, as it came."""

    key: str
    media: str
    size: int
    pages: int
    flags: tuple[str, ...]
    prints: tuple[int, ...]
    digest: str
    why_not: str = ""


def given_back(hand: Hand, who: int, *, hold: bool = True) -> Draft | None:
    """Her set that was given back, the one worked on last; None without one, or without her consent to the storing."""
    row = next((row for row in drafts.mine(hand.session, who) if row.state == "returned"), None)
    if row is None or not consents.standing(hand.session, who, "prepare"):
        return None
    return drafts.opened(hand, who, row.code, hold=hold)


def keeps(draft: Draft, who: int) -> bool:
    """Whether a file that comes now may be kept for what this set still lacks."""
    left = papers.lacking(draft)
    if not left or sum(row.state == "returned" for row in drafts.mine(draft.session, who)) != 1:
        return False
    return consents.standing(draft.session, who, "identity") or not any(one.is_identity for one in left)


def wanted(hand: Hand, who: int) -> bool:
    """Whether a file of hers is worth fetching although no question waits for it. For a reader: holds nothing."""
    draft = given_back(hand, who, hold=False)
    return draft is not None and keeps(draft, who)


def hold(draft: Draft, refs: Iterable[Sent]) -> list[str]:
    """Hold files until it is said for which paper they are; returns why others were not (see `files.Came`)."""
    refused = []
    have = {row.digest for row in _held(draft)}
    for ref in refs:
        if ref.why_not or not ref.key:
            refused.append(ref.why_not or "file-not-had")
        elif ref.digest in have or len(have) >= files.MOST_OF_PAPER:
            files.pass_by(draft, [ref])
            refused.append("file-same" if ref.digest in have else "file-many")
        else:
            until = draft.hand.today + _HELD_FOR
            files.keep(draft.session, ref, draft.code, None, _HELD_PAGE, until, draft.hand.now)
            have.add(ref.digest)
    return refused


def held(draft: Draft) -> int:
    """How many files wait for their paper."""
    return len(_held(draft))


def adopt(draft: Draft, n: int) -> list[Came]:
    """What is held becomes pages of paper `n`, in the order in which it came."""
    refs = []
    for row in _held(draft):
        prints = tuple(int(one, 16) for one in row.prints or ())
        refs.append(_Held(row.key, row.media, row.size, row.pages, tuple(row.flags or ()), prints, row.digest))
        draft.session.delete(row)
    draft.session.flush()
    return files.add(draft, n, refs) if refs else []


def _held(draft: Draft) -> list[StoredFile]:
    mine = select(StoredFile).where(
        StoredFile.subject == draft.code, StoredFile.paper_n.is_(None), StoredFile.page == _HELD_PAGE,
        StoredFile.dropped_at.is_(None), StoredFile.erase_on > draft.hand.today,
    )  # fmt: skip
    return list(draft.session.scalars(mine.order_by(StoredFile.stored_at, StoredFile.key)))

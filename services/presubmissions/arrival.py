"""Proof of what arrived: written only after every file was read back from the store and found to be the one sent.

The manifest names papers, pages and digests, nothing of the person; its seal can only be made with the office's key.
A receipt therefore says two things: these bytes lie in the store, and nobody has changed the list since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from services.db.presubmissions import ArrivalReceipt, Paper, Presubmission, Return, StoredFile
from services.desk import cards
from services.dossiers.hand import HOME
from services.files.store import Missing, Store, Unreadable
from services.keys import Keys, same
from services.presubmissions import codes, drafts
from services.refusal import Refused, refused

_OVERTAKEN = ("checking", "accepted", "filed")
"""States in which an officer was quicker than the proof, and the rows still say what was sent: it comes all the same.

So they do of what was given back, until the citizen changes something; its next round gets a proof of its own."""
_LATELY = timedelta(days=7)
"""How long ago something was sent that is looked for in those states."""
_UNDONE = ("sent", "checking")
"""States in which a sending can still be taken for none; once the office accepted, she comes with her papers anyway."""
_SHORT = 8
"""Digits of a digest as a person reads it."""
_UNPROVED = (
    select(Presubmission.code, Presubmission.round)
    .where(
        ~select(ArrivalReceipt.id)
        .where(ArrivalReceipt.presubmission_code == Presubmission.code, ArrivalReceipt.round == Presubmission.round)
        .exists()
    )
    .order_by(Presubmission.sent_at)
    .limit(bindparam("most"))
)
# Built once: it is asked every second, and building costs more than asking an empty table.
_PENDING = _UNPROVED.where(Presubmission.state == "sent")


@dataclass(frozen=True, slots=True)
class SentPaper:
    """One paper of a sending: its pages as (store key, digest, bytes, pages of a PDF), in order."""

    n: int
    title: str
    how: str
    files: tuple[tuple[str, str, int, int], ...]

    @property
    def pages(self) -> int:
        """How many pages came."""
        return sum(pages for *_, pages in self.files)


@dataclass(frozen=True, slots=True)
class Sending:
    """What was sent in one round, as the rows say."""

    code: str
    round: int
    conversation_id: int
    papers: tuple[SentPaper, ...]


def pending(session: Session, most: int = 20) -> list[tuple[str, int]]:
    """Sendings (code, round) without proof yet, the oldest first; one look into a small index."""
    return [(code, number) for code, number in session.execute(_PENDING, {"most": most})]


def overtaken(session: Session, now: datetime, most: int = 20) -> list[tuple[str, int]]:
    """Sendings of late without proof that an officer has begun with, or is done with. Dearer than `pending`."""
    kept = Presubmission.erase_on > now.astimezone(HOME).date()  # an index leads to what is not yet erased
    lately = Presubmission.sent_at > now - _LATELY
    untouched = select(Return.round).where(
        Return.presubmission_code == Presubmission.code, Return.round == Presubmission.round, Return.state == "sent",
        func.coalesce(Return.approved_at, Return.at) >= Presubmission.changed_at,
    )  # fmt: skip
    still = Presubmission.state.in_(_OVERTAKEN) | ((Presubmission.state == "returned") & untouched.exists())
    found = _UNPROVED.where(kept, lately, still, Presubmission.erased_at.is_(None))
    return [(code, number) for code, number in session.execute(found, {"most": most})]


def gather(session: Session, code: str) -> Sending | None:
    """What the rows say was sent; None where nothing waits for proof."""
    one = session.get(Presubmission, code)
    if one is None or one.state not in ("sent", "returned", *_OVERTAKEN) or one.erased_at is not None:
        return None
    asked_since: set[int] = set()
    if one.state == "returned":
        given = session.get(Return, (code, one.round))
        if given is None or given.state != "sent" or one.changed_at > (given.approved_at or given.at):
            return None
        # beyond the list, so not among what was sent
        asked_since = {item["n"] for item in given.items if item["verdict"] == "asked"}
    by_paper: dict[int, list[tuple[str, str, int, int]]] = {}
    stored = select(StoredFile).where(
        StoredFile.subject == code, StoredFile.paper_n.is_not(None), StoredFile.dropped_at.is_(None)
    )
    for file in session.scalars(stored.order_by(StoredFile.paper_n, StoredFile.page, StoredFile.key)):
        by_paper.setdefault(file.paper_n or 0, []).append((file.key, file.digest, file.size, file.pages))
    rows = session.scalars(select(Paper).where(Paper.presubmission_code == code).order_by(Paper.n))
    papers = (SentPaper(p.n, p.title, p.how, tuple(by_paper.get(p.n, ()))) for p in rows if p.n not in asked_since)
    return Sending(code, one.round, one.conversation_id, tuple(papers))


def read_back(store: Store, sending: Sending, see: Callable[[SentPaper, Sequence[bytes]], None]) -> list[int]:
    """Read every file again and compare it; returns the papers (n) whose bytes are not there. Slow: outside a turn.

    `see` is shown each whole paper with its bytes, one paper at a time.
    """
    broken = []
    for paper in sending.papers:
        contents = []
        for key, digest, size, _ in paper.files:
            try:
                content = store.get(key)
            except (Missing, Unreadable, OSError):
                break
            if len(content) != size or not same(sha256(content).hexdigest(), digest):
                break
            contents.append(content)
        if len(contents) < len(paper.files):
            broken.append(paper.n)
        else:
            see(paper, contents)
    return broken


def issue(session: Session, keys: Keys, sending: Sending, now: datetime) -> bool:
    """Write the receipt of a sending that was read back; False when it changed meanwhile or has one."""
    one = session.get(Presubmission, sending.code, with_for_update=True)
    if one is None or one.round != sending.round or gather(session, sending.code) != sending:
        return False
    known = select(ArrivalReceipt.id).where(
        ArrivalReceipt.presubmission_code == sending.code, ArrivalReceipt.round == sending.round
    )
    if session.scalar(known) is not None:
        return False
    manifest = _manifest(sending, now)
    session.add(
        ArrivalReceipt(
            presubmission_code=sending.code, round=sending.round, manifest=manifest, seal=_seal(keys, manifest), at=now
        )
    )
    return True


def undo(session: Session, sending: Sending, broken: Sequence[int], now: datetime) -> bool:
    """A sending whose files are not there was none: it is a draft again, and the broken papers are asked for anew.

    False where nothing was undone: it changed meanwhile, or the office has accepted it.
    """
    one = session.get(Presubmission, sending.code, with_for_update=True)
    if one is None or one.state not in _UNDONE or one.round != sending.round:
        return False
    one.state, one.changed_at = "draft", now
    for kind in ("check", "approve"):
        cards.finish(session, kind, f"{sending.code}#{sending.round}", now)
    for n in broken:
        session.get_one(Paper, (sending.code, n)).how = ""
        drafts.discard(
            session, now.astimezone(HOME).date(), StoredFile.subject == sending.code, StoredFile.paper_n == n
        )
    return True


def _manifest(sending: Sending, now: datetime) -> dict[str, Any]:
    return {
        "code": sending.code, "round": sending.round, "at": now.isoformat(timespec="seconds"),
        "papers": [
            {
                "n": paper.n, "title": paper.title, "how": paper.how,
                "files": [
                    {"digest": digest, "size": size, "pages": pages} for _, digest, size, pages in paper.files
                ],
            }
            for paper in sending.papers
        ],
    }  # fmt: skip


def _seal(keys: Keys, manifest: dict[str, Any]) -> str:
    return keys.seal(b"arrival\x00" + msgspec.json.encode(manifest, order="deterministic"))


@dataclass(frozen=True, slots=True)
class Proof:
    """A receipt, checked. `lost` are the papers whose bytes no longer lie in the store as they were received."""

    code: str
    round: int
    at: datetime
    papers: tuple[tuple[str, str, int, tuple[str, ...]], ...]
    """(title, how, pages, short digests) of each paper."""
    mark: str
    """The short form of the seal, as printed on the receipt."""
    lost: tuple[str, ...]
    erased_at: datetime | None


def check(session: Session, keys: Keys, store: Store | None, code: str) -> Proof | Refused:
    """Check the newest receipt of a pre-submission, and with `store` also the bytes.

    Refusals: `receipt-none` (no such receipt), `receipt-changed` (the list is not the one that was sealed).
    """
    known = codes.normalise(code) or code.strip().upper()
    newest = select(ArrivalReceipt).where(ArrivalReceipt.presubmission_code == known)
    row = session.scalars(newest.order_by(ArrivalReceipt.round.desc())).first()
    if row is None:
        return refused("receipt-none")
    if not same(_seal(keys, row.manifest), row.seal):
        return refused("receipt-changed")
    one = session.get(Presubmission, row.presubmission_code)
    erased = one.erased_at if one is not None else row.at
    lost = [] if store is None or erased is not None else _lost(session, store, row)
    papers = tuple(
        (
            str(paper["title"]), str(paper["how"]), sum(int(file["pages"]) for file in paper["files"]),
            tuple(str(file["digest"])[:_SHORT] for file in paper["files"]),
        )
        for paper in row.manifest["papers"]
    )  # fmt: skip
    return Proof(row.presubmission_code, row.round, row.at, papers, row.seal[:12].upper(), tuple(lost), erased)


def _lost(session: Session, store: Store, row: ArrivalReceipt) -> list[str]:
    """Titles of the papers with a file that the store does not give back as it was received."""
    lost = []
    for paper in row.manifest["papers"]:
        wanted = {str(file["digest"]) for file in paper["files"]}
        stored = select(StoredFile.key).where(
            StoredFile.subject == row.presubmission_code, StoredFile.digest.in_(wanted), StoredFile.dropped_at.is_(None)
        )
        have = set()
        for key in session.scalars(stored):
            try:
                have.add(sha256(store.get(key)).hexdigest())
            except (Missing, Unreadable, OSError):
                continue
        if wanted - have:
            lost.append(str(paper["title"]))
    return lost

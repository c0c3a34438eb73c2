"""The citizen's side: what she writes is kept as a draft, sent with a number, answered, and erased when she wants."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from services import links, working_days
from services.complaints.records import (
    ANSWER_WITHIN,
    DRAFT_KEPT,
    KEPT,
    LONGEST,
    MOST_A_DAY,
    MOST_FILES,
    PURPOSE,
    Seen,
    draft_code,
    drop_files,
    files_of,
    normalise,
    opened,
    place,
    seen,
)
from services.db.presubmissions import StoredFile
from services.db.upsert import insert_into
from services.db.visits import Complaint, ComplaintCounter
from services.desk import cards
from services.dossiers.hand import HOME
from services.keys import Keys
from services.presubmissions import files
from services.presubmissions.files import Sent
from services.refusal import Refused, refused

_OTHER_LAW = re.compile(r"khiếu\s*nại|tố\s*cáo")
_OTHER_LAW_PLAIN = re.compile(r"\bkhieu nai\b|\bto cao\b")


def draft(session: Session, keys: Keys, who: int) -> Seen | None:
    """What this person is writing; None when she is not."""
    row = session.get(Complaint, draft_code(who))
    return seen(session, keys, row) if row else None


def write(
    session: Session, keys: Keys, who: int, agency_code: str, topic: str, text: str, refs: Sequence[Sent], now: datetime
) -> Refused | None:
    """Add words and photos to what she writes; it begins with the first of them.

    Refusals: complaint-long (most), complaint-files (most), and for a file what `services.files.intake` refuses.
    """
    code = draft_code(who)
    row = session.get(Complaint, code, with_for_update=True)
    if row is None:
        row = Complaint(
            code=code, conversation_id=who, agency_code=agency_code, topic=topic, state="draft", made_at=now
        )
        session.add(row)
        session.flush()
    if text.strip():
        words = "\n".join(part for part in (opened(keys, row.text, code, "text"), text.strip()) if part)
        if len(words) > LONGEST:
            return refused("complaint-long", most=LONGEST)
        row.text = keys.encrypt(words, place(code, "text"))
    page = len(files_of(session, code))
    for ref in refs:
        if ref.why_not or not ref.key:
            return Refused(ref.why_not or "file-not-had")
        if page >= MOST_FILES:
            return refused("complaint-files", most=MOST_FILES)
        page += 1
        files.keep(session, ref, code, 1, page, (now + DRAFT_KEPT).astimezone(HOME).date(), now)
    session.flush()
    return None


def forget(session: Session, who: int, now: datetime) -> None:
    """Throw away what she was writing."""
    code = draft_code(who)
    session.execute(delete(Complaint).where(Complaint.code == code))
    drop_files(session, code, now)


def send(session: Session, keys: Keys, who: int, now: datetime) -> Seen | Refused:
    """Send what she wrote: it gets its number and a card at the desk.

    Refusals: complaint-empty, complaint-many (most).
    """
    code = draft_code(who)
    row = session.get(Complaint, code, with_for_update=True)
    words = opened(keys, row.text, code, "text") if row else ""
    if row is None or not words:
        return refused("complaint-empty")
    today = now.astimezone(HOME).date()
    if _sent_since(session, who, now - timedelta(days=1)) >= MOST_A_DAY:
        return refused("complaint-many", most=MOST_A_DAY)
    number = _next(session, f"{today:%y%m%d}")
    due = working_days.due_in_working_days(now, ANSWER_WITHIN, working_days.load(session, row.agency_code))
    sent = Complaint(
        code=number, conversation_id=who, agency_code=row.agency_code, topic=row.topic, state="open", made_at=now,
        due_at=due.at, text=keys.encrypt(words, place(number, "text")),
    )  # fmt: skip
    session.add(sent)
    kept = update(StoredFile).where(StoredFile.subject == code, StoredFile.dropped_at.is_(None))
    session.execute(kept.values(subject=number, erase_on=(now + KEPT).astimezone(HOME).date()))
    session.delete(row)
    session.flush()
    cards.open_card(session, now, "complaint", number, sent.agency_code)
    return seen(session, keys, sent)


def own(session: Session, keys: Keys, who: int, typed: str) -> Seen | None:
    """A complaint of this person by its number; None for anybody else's."""
    row = session.get(Complaint, normalise(typed))
    return seen(session, keys, row) if row is not None and row.conversation_id == who else None


def mine(session: Session, who: int) -> list[Complaint]:
    """The complaints a person sent, the newest first."""
    sent = select(Complaint).where(Complaint.conversation_id == who, Complaint.state != "draft")
    return list(session.scalars(sent.order_by(Complaint.made_at.desc(), Complaint.code.desc()).limit(20)))


def satisfied(session: Session, who: int, code: str, is_satisfied: bool) -> bool:
    """Whether the answer satisfied her; the last word counts. False when there is no answer of hers."""
    done = session.execute(
        update(Complaint)
        .where(Complaint.code == code, Complaint.conversation_id == who, Complaint.state == "answered")
        .values(is_satisfied=is_satisfied)
    )
    return bool(getattr(done, "rowcount", 0))


def speaks_of_petition(text: str) -> bool:
    """Whether a text speaks of a petition or denunciation, written with accents or wholly without."""
    lower = unicodedata.normalize("NFC", text).lower()
    plain = unicodedata.normalize("NFD", lower)
    has_accents = "đ" in plain or any(unicodedata.combining(letter) for letter in plain)
    return bool((_OTHER_LAW if has_accents else _OTHER_LAW_PLAIN).search(lower))


def erase_of(session: Session, who: int, now: datetime) -> int:
    """Erase all that a person wrote; what waits at the desk is withdrawn. Returns how many complaints."""
    forget(session, who, now)
    rows = session.scalars(select(Complaint).where(Complaint.conversation_id == who, Complaint.text.is_not(None))).all()
    for row in rows:
        if row.state == "open":
            row.state = "withdrawn"
            cards.finish(session, "complaint", row.code, now)
        row.text = row.answer = None
        links.close(session, PURPOSE, row.code, now)
        drop_files(session, row.code, now)
    session.flush()
    return len(rows)


def sweep(session: Session, now: datetime) -> int:
    """Erase the words whose time is over: drafts nobody went on with, and what was answered long ago."""
    stale = select(Complaint).where(Complaint.state == "draft", Complaint.made_at < now - DRAFT_KEPT).limit(100)
    drafts = session.scalars(stale).all()
    for row in drafts:
        forget(session, row.conversation_id, now)
    old = update(Complaint).where(
        Complaint.state != "open", Complaint.made_at < now - KEPT, Complaint.text.is_not(None)
    )
    gone = session.execute(old.values(text=None, answer=None))
    return len(drafts) + int(getattr(gone, "rowcount", 0))


def _sent_since(session: Session, who: int, since: datetime) -> int:
    sent = select(func.count()).where(
        Complaint.conversation_id == who, Complaint.state != "draft", Complaint.made_at > since
    )
    return session.scalar(sent) or 0


def _next(session: Session, day: str) -> str:
    counter = insert_into(session, ComplaintCounter).values(day=day, last=1)
    number = session.scalar(
        counter.on_conflict_do_update(index_elements=["day"], set_={"last": ComplaintCounter.last + 1}).returning(
            ComplaintCounter.last
        )
    )
    return f"PA-{day}-{number:04d}"

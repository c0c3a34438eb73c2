"""A citizen speaks with a person of the office: one talk a chat at a time, its words encrypted, read on a page only.

The desk sees a card that names field and waiting time; the officer who takes it reads and writes on the page that a
one-time link opens. The citizen stays in her own chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from services import telling
from services.db.desk import CannedReply, OfficerTalk, TalkMessage
from services.db.office import Agency
from services.db.presubmissions import StoredFile
from services.db.upsert import insert_into
from services.desk import cards
from services.desk.staff import Member
from services.keys import Keys
from services.refusal import Refused, refused

LONGEST = 4_000
"""Characters of one message; what is longer is cut, and the citizen is told nothing is lost by a second one."""
QUIET_FOR = timedelta(minutes=30)
"""An open talk in which nobody says anything for so long closes by itself."""
WAITS_FOR = timedelta(days=3)
"""A talk nobody takes for so long closes too; the citizen is told and keeps the hotline."""
KEPT_FOR = timedelta(days=30)
MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it is read. `has_file`: a picture lies in the store under `file_key`."""

    n: int
    side: str
    text: str
    file_key: str | None
    at: datetime


def current(session: Session, who: int) -> OfficerTalk | None:
    """The talk of this chat that is not closed."""
    mine = select(OfficerTalk).where(OfficerTalk.conversation_id == who, OfficerTalk.state != "closed")
    return session.scalars(mine.order_by(OfficerTalk.id.desc())).first()


def begin(session: Session, who: int, now: datetime, field: str = "") -> OfficerTalk | Refused:
    """The talk of this chat: the one that goes on, or a new one that waits at the desk. Refusal: office-unknown."""
    known = current(session, who)
    if known is not None:
        return known
    agency = session.scalar(select(Agency.code).where(Agency.is_front).order_by(Agency.code))
    if agency is None:
        return refused("office-unknown")
    row = {"conversation_id": who, "agency_code": agency, "field": field, "state": "waiting", "opened_at": now}
    session.execute(insert_into(session, OfficerTalk).values(**row, last_at=now).on_conflict_do_nothing())
    return current(session, who) or refused("office-unknown")


def said(
    session: Session, keys: Keys, talk: OfficerTalk, side: str, now: datetime, *, text: str = "",
    file_key: str | None = None, once: str = "",
) -> int | Refused:  # fmt: skip
    """Add a message; returns its number. The first one opens the desk's card. Refusals: talk-closed, talk-empty.

    With the `once` of a message that is there already nothing is added: it came again because its answer was lost.
    """
    locked = session.get(OfficerTalk, talk.id, with_for_update=True)
    if (known := was_said(session, talk.id, once)) is not None:
        return known
    if locked is None or locked.state == "closed":
        return refused("talk-closed")
    words = text.strip()[:LONGEST]
    if not words and file_key is None:
        return refused("talk-empty")
    n = (session.scalar(select(func.max(TalkMessage.n)).where(TalkMessage.talk_id == talk.id)) or 0) + 1
    sealed = keys.encrypt(words, _place(talk.id, n)) if words else None
    session.add(TalkMessage(talk_id=talk.id, n=n, side=side, text=sealed, file_key=file_key, at=now, once=once or None))
    locked.last_at = now
    if side == "citizen" and n == 1:
        cards.open_card(session, now, "talk", subject(talk.id), talk.agency_code)
    if side == "officer":
        cards.keep(session, "talk", subject(talk.id), locked.staff_id, now)
        telling.tell(session, talk.conversation_id, "talk-said", now, priority=telling.REPLY, talk=talk.id, n=n)
    session.flush()
    return n


def was_said(session: Session, talk_id: int, once: str) -> int | None:
    """The number of the message that the officer's page called `once`; None when there is none."""
    named = select(TalkMessage.n).where(TalkMessage.talk_id == talk_id, TalkMessage.once == once)
    return session.scalar(named) if once else None


def attach(session: Session, talk: OfficerTalk, ref: StoredFile) -> Refused | None:
    """Write down a picture of this talk. Refusal: talk-files (there are too many)."""
    have = select(func.count()).select_from(StoredFile).where(StoredFile.subject == subject(talk.id))
    if (session.scalar(have) or 0) >= MOST_FILES:
        return refused("talk-files", most=MOST_FILES)
    session.add(ref)
    return None


def lines(session: Session, keys: Keys, talk_id: int, after: int = 0) -> list[Line]:
    """The messages behind number `after`, in order."""
    wanted = select(TalkMessage).where(TalkMessage.talk_id == talk_id, TalkMessage.n > after).order_by(TalkMessage.n)
    return [
        Line(row.n, row.side, keys.decrypt(row.text, _place(talk_id, row.n)) if row.text else "", row.file_key, row.at)
        for row in session.scalars(wanted)
    ]


def taken(session: Session, member: Member, talk_id: int, now: datetime) -> OfficerTalk | Refused:
    """The officer who has the card speaks from now on, also where a colleague began; the citizen is told once.

    Refusals: talk-closed, talk-taken.
    """
    talk = session.get(OfficerTalk, talk_id, with_for_update=True)
    if talk is None or talk.state == "closed":
        return refused("talk-closed")
    if talk.state == "open" and member.id not in (talk.staff_id, cards.owner_of(session, "talk", subject(talk_id))):
        return refused("talk-taken")
    fresh = talk.state == "waiting"
    talk.state, talk.staff_id, talk.claimed_at, talk.last_at = "open", member.id, now, now
    if fresh:
        key = f"talk-taken/{talk.id}"
        telling.tell(session, talk.conversation_id, "talk-taken", now, key=key, priority=telling.REPLY, talk=talk.id)
    return talk


def close(session: Session, talk_id: int, by: str, now: datetime) -> bool:
    """End a talk (`by` citizen, officer or time); False when it had ended."""
    talk = session.get(OfficerTalk, talk_id, with_for_update=True)
    if talk is None or talk.state == "closed":
        return False
    talk.state, talk.closed_at, talk.closed_by = "closed", now, by
    cards.finish(session, "talk", subject(talk_id), now)
    if by != "citizen":
        key = f"talk-closed/{talk.id}"
        telling.tell(
            session, talk.conversation_id, "talk-closed", now, key=key, priority=telling.REPLY, talk=talk.id, by=by
        )
    return True


# Built once: it is asked every few seconds, and building costs more than asking an empty table.
_OVER = (
    select(OfficerTalk.id)
    .where(
        OfficerTalk.state != "closed",
        ((OfficerTalk.state == "open") & (OfficerTalk.last_at < bindparam("quiet")))
        | ((OfficerTalk.state == "waiting") & (OfficerTalk.opened_at < bindparam("left"))),
    )
    .limit(bindparam("most"))
)


def _over(session: Session, now: datetime, most: int) -> Sequence[int]:
    return session.scalars(_OVER, {"quiet": now - QUIET_FOR, "left": now - WAITS_FOR, "most": most}).all()


def waiting_to_close(session: Session, now: datetime) -> bool:
    """Whether `close_quiet` has anything to do."""
    return bool(_over(session, now, 1))


def close_quiet(session: Session, now: datetime) -> int:
    """Close the talks that nobody goes on with; returns how many."""
    return sum(close(session, talk_id, "time", now) for talk_id in _over(session, now, 50))


def replies(session: Session, agency_code: str) -> Sequence[str]:
    """The office's canned replies, in order."""
    wanted = select(CannedReply.text).where(CannedReply.agency_code == agency_code).order_by(CannedReply.n)
    return session.scalars(wanted).all()


def subject(talk_id: int) -> str:
    """How cards, links and files name a talk."""
    return f"talk:{talk_id}"


def _place(talk_id: int, n: int) -> str:
    return f"talk_messages/{talk_id}/{n}/text"

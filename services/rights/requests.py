"""Doing what a person asks about her data: at once where a program can, else as a request with the days the law gives.

Decree 356/2025 Art. 5: acknowledged within 2 working days; seeing, copying and correcting within 10 days, withdrawing
consent within 15, erasing within 20.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from services import agencies, telling, working_days
from services.appointments import booking
from services.complaints import writing
from services.db.desk import OfficerTalk, TalkMessage
from services.db.following import Follow, Preference, Told
from services.db.machine import Conversation, Inbox, Outbox, WebMessage
from services.db.notices import Notice
from services.db.office import Guidance, Unanswered
from services.db.presubmissions import Presubmission, StoredFile
from services.db.telling import Telling
from services.db.visits import Rating, RightsRequest
from services.desk import cards, staff
from services.dossiers import notices, ways
from services.dossiers.hand import Hand
from services.keys import Keys
from services.presubmissions import consents, drafts
from services.rights import holdings
from services.working_days import due_in_days, due_in_working_days

Kind = Literal["view", "copy", "correct", "withdraw", "erase"]
DAYS: dict[Kind, int] = {"view": 10, "copy": 10, "correct": 10, "withdraw": 15, "erase": 20}
"""By when each must be done, in days; a day off goes on to the next working day."""
ACKNOWLEDGE_DAYS = 2
AT_THE_OFFICE = ("sent", "checking", "accepted")
"""States of a pre-submission on which an officer is working: erased only after she has let go of it."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of an erasure: `waits` are pre-submissions that the office still works on, `until` their last day."""

    waits: int
    until: datetime | None


def done(session: Session, who: int, kind: Kind, now: datetime, outcome: str = "done") -> None:
    """Write down a request that was met at once."""
    session.add(
        RightsRequest(
            conversation_id=who, kind=kind, made_at=now, acknowledge_by=now, due_at=now, done_at=now, outcome=outcome
        )
    )
    session.flush()


def ask(session: Session, who: int, kind: Kind, now: datetime) -> RightsRequest:
    """A request that a person of the office must meet. The same kind again while one is open: the same request."""
    mine = select(RightsRequest).where(
        RightsRequest.conversation_id == who, RightsRequest.kind == kind, RightsRequest.done_at.is_(None)
    )
    found = session.scalars(mine.limit(1)).first()
    if found is not None:
        return found
    front = agencies.front(session)
    calendar = working_days.load(session, front)
    row = RightsRequest(
        conversation_id=who, kind=kind, made_at=now, due_at=due_in_days(now, DAYS[kind], calendar).at,
        acknowledge_by=due_in_working_days(now, ACKNOWLEDGE_DAYS, calendar).at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    for head in staff.heads(session, front):
        if head.conversation_id is not None:
            key = f"rights/{row.id}/{head.id}"
            telling.tell(session, head.conversation_id, "rights-asked", now, key=key, id=row.id)
    return row


def finish(session: Session, keys: Keys, number: int, outcome: str, now: datetime) -> bool:
    """A request was met by a person; its writer is told. False when it was met before, or never made.

    With a request to erase, or to withdraw consent, what the office was still working on is erased now.
    """
    row = session.get(RightsRequest, number, with_for_update=True, populate_existing=True)
    if row is None or row.done_at is not None:
        return False
    row.done_at, row.outcome = now, outcome
    if row.kind in ("erase", "withdraw"):
        _erase_drafts(session, keys, row.conversation_id, now, also_at_the_office=True)
    return telling.tell(session, row.conversation_id, "rights-done", now, key=f"rights-done/{number}", id=number)


def withdraw(session: Session, keys: Keys, who: int, now: datetime) -> Erased:
    """Withdraw every consent: what she prepares is erased, because it rested on it; what the office works on waits."""
    consents.withdraw(session, who, now)
    waits = _at_the_office(session, who)
    _erase_drafts(session, keys, who, now)
    return _met(session, who, "withdraw", waits, now)


def erase(session: Session, keys: Keys, who: int, now: datetime) -> Erased:
    """Erase what can be erased now. The conversation's own memory is its conversation's to forget.

    What stays: dossiers and their records, which archive law keeps; the record that consent was given or withdrawn;
    the record of this request; and, until the office has let go of them, pre-submissions it is working on.
    """
    waits = _at_the_office(session, who)
    booking.cancel_all(session, who, now)
    writing.erase_of(session, who, now)
    _erase_drafts(session, keys, who, now)
    _erase_talks(session, who, now)
    notices.call_off(session, [who])  # what is queued would go, though nobody follows any more
    ways.forget(session, who)
    for model in (Follow, Told, Preference, Rating, Notice, Unanswered, Guidance):
        session.execute(delete(model).where(model.conversation_id == who))
    consents.withdraw(session, who, now)
    waiting = update(Telling).where(Telling.conversation_id == who, Telling.state == "open")
    session.execute(waiting.values(state="dropped"))
    _erase_messages(session, who)
    session.execute(update(Conversation).where(Conversation.id == who).values(person_id=None))
    return _met(session, who, "erase", waits, now)


def _at_the_office(session: Session, who: int) -> int:
    mine = Presubmission.conversation_id == who
    return session.scalar(select(func.count()).where(mine, Presubmission.state.in_(AT_THE_OFFICE))) or 0


def _met(session: Session, who: int, kind: Kind, waits: int, now: datetime) -> Erased:
    """Met at once, or as far as the office has let go: the rest is a request."""
    if not waits:
        done(session, who, kind, now)
        return Erased(0, None)
    return Erased(waits, ask(session, who, kind, now).due_at)


def _erase_drafts(session: Session, keys: Keys, who: int, now: datetime, *, also_at_the_office: bool = False) -> None:
    hand = Hand(session, keys, f"conversation:{who}", now)
    kept = () if also_at_the_office else AT_THE_OFFICE
    mine = select(Presubmission.code).where(
        Presubmission.conversation_id == who, Presubmission.erased_at.is_(None), Presubmission.state.not_in(kept)
    )
    for code in session.scalars(mine.order_by(Presubmission.code)).all():
        draft = drafts.opened(hand, who, code)
        if draft is not None:
            for kind in ("check", "approve"):
                cards.finish(session, kind, f"{code}#{draft.row.round}", now)
            drafts.delete(draft)


def _erase_talks(session: Session, who: int, now: datetime) -> None:
    """The words of talks that are over; one that goes on now belongs to two people."""
    over = select(OfficerTalk.id).where(OfficerTalk.conversation_id == who, OfficerTalk.state == "closed")
    numbers = list(session.scalars(over))
    session.execute(update(TalkMessage).where(TalkMessage.talk_id.in_(numbers)).values(text=None, file_key=None))
    subjects = [f"talk:{number}" for number in numbers]
    session.execute(
        update(StoredFile)
        .where(StoredFile.subject.in_(subjects), StoredFile.dropped_at.is_(None))
        .values(paper_n=None, erase_on=now.date())
    )


def _erase_messages(session: Session, who: int) -> None:
    """What was said here, on both sides, as far as it is over: what is under way now goes with the next erasing."""
    lane = holdings.lane_of(session, who)
    session.execute(delete(Inbox).where(Inbox.lane == lane, Inbox.state.in_(("done", "aside"))))
    gone = ("sent", "dropped", "unsure", "dead")
    session.execute(delete(Outbox).where(Outbox.conversation_id == who, Outbox.state.in_(gone)))
    channel, _, chat = lane.partition("/")
    if channel == "web":
        page = chat.partition("/")[2]
        session.execute(delete(WebMessage).where(WebMessage.session_id == page, WebMessage.delivered_ms.is_not(None)))

"""Who may check what: the officer who claimed the card, or a head of the agency, asked anew at every step.

A round of a pre-submission is named `CB-YYMMDD-NNNN#round`, as on its card and in its links.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import links
from services.db.desk import Card, Staff
from services.db.presubmissions import Presubmission, Return
from services.desk import staff
from services.desk.log import note
from services.keys import Keys
from services.refusal import Refused, refused

PURPOSE = "review"
OPEN = ("sent", "checking")
"""States of a pre-submission in which it can be marked."""


class Member(Protocol):
    """An officer as her chat knows her: `services.desk.staff.Member`."""

    @property
    def id(self) -> int: ...

    @property
    def conversation_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Checker:
    """An officer at a round of a pre-submission. `conversation_id` is her private chat, None when she has none."""

    staff_id: int
    name: str
    is_head: bool
    conversation_id: int | None
    code: str
    round: int

    @property
    def subject(self) -> str:
        """The round's name."""
        return subject(self.code, self.round)


def subject(code: str, round_: int) -> str:
    """The name of a round: `CB-261120-0001#1`."""
    return f"{code}#{round_}"


def parted(text: str) -> tuple[str, int]:
    """The code and the round of such a name; round 0 when there is none."""
    code, _, number = text.partition("#")
    return code, int(number) if number.isdecimal() and number.isascii() and len(number) < 9 else 0


def open_link(session: Session, keys: Keys, member: Member, code: str, now: datetime) -> str | Refused:
    """A one-time link's token for the present round of `code`; its address is `{PUBLIC_URL}/review/{token}`.

    Refusals: check-unknown (no such pre-submission, or it was never sent), check-not-yours (neither claimed by this
    officer nor is she a head of the agency).
    """
    row = session.get(Presubmission, code)
    if row is None or row.round < 1 or row.erased_at is not None:
        return refused("check-unknown", code=code)
    found = checker(session, member.id, row.code, row.round)
    named = subject(row.code, row.round)
    if isinstance(found, Refused):
        note(session, now, "open-link", named, found.key, staff_id=member.id, conversation_id=member.conversation_id)
        return found
    note(session, now, "open-link", named, staff_id=found.staff_id, conversation_id=found.conversation_id)
    return links.make(session, keys, PURPOSE, named, now, staff_id=found.staff_id)


def checker(session: Session, staff_id: int, code: str, round_: int) -> Checker | Refused:
    """The officer at this round, as the database knows her now.

    Refusals: check-unknown, check-not-yours (also for one who works here no more, or whose card went to another).
    """
    row, works = session.get(Presubmission, code), session.get(Staff, staff_id)
    if row is None or round_ < 1 or round_ > row.round or row.erased_at is not None:
        return refused("check-unknown", code=code)
    if works is None or works.ended_at is not None:
        return refused("check-not-yours", code=code)
    is_head = any(head.id == staff_id for head in staff.heads(session, row.agency_code))
    if not is_head and owner(session, subject(code, round_)) != staff_id:
        return refused("check-not-yours", code=code)
    return Checker(staff_id, works.name, is_head, works.conversation_id, code, round_)


def owner(session: Session, named: str) -> int | None:
    """Who has the round's card, or had it when it was finished."""
    return session.scalar(select(Card.owner_id).where(Card.kind == "check", Card.subject == named))


def held(session: Session, by: Checker) -> Presubmission | Refused:
    """The pre-submission, held until the transaction ends, when this round can still be decided.

    Refusals: check-finished (decided, or the citizen took it back or sent it anew), check-waiting (for the head's tap).
    """
    found = select(Presubmission).where(Presubmission.code == by.code).with_for_update()
    row = session.scalars(found.execution_options(populate_existing=True)).one()
    if row.round != by.round or row.state not in OPEN:
        return refused("check-finished", code=by.code)
    given = session.get(Return, (by.code, by.round), populate_existing=True)
    if given is not None and given.state == "waiting":
        return refused("check-waiting", code=by.code)
    return row

"""Dossiers that people follow, a program that changes them, and what must have reached whom at the end.

Every change carries a number of its own in its note, which its notice repeats: so whatever is lost, doubled or out of
order shows in what the platform took. A dossier goes to and fro between two statuses that may follow each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from services.clock import ms
from services.db.base import Base
from services.db.dossiers import Dossier, EventWork, Ledger
from services.db.following import Follow, Told
from services.db.machine import Conversation
from services.db.session import Database, reading, unit
from services.dossiers import changes
from services.dossiers.states import ACCEPTED, PROCESSING, SUPPLEMENT
from services.keys import Keys
from tests.twins.records import Call

FIRST_CHAT = 400_000
PROCEDURE, AGENCY = "1.001193", "H99.15"
_SAID = re.compile(r"việc số (\d+)-(\d+)\.")
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """The `n`-th change (1, 2, ...) of one dossier."""

    number: int
    n: int

    @property
    def code(self) -> str:
        """The dossier."""
        return code_of(self.number)

    @property
    def status(self) -> int:
        """PROCESSING and SUPPLEMENT in turn, which may follow each other for ever."""
        return PROCESSING if self.n % 2 else SUPPLEMENT

    @property
    def note(self) -> str:
        """What its notice repeats."""
        return f"việc số {self.number}-{self.n}."


def code_of(number: int) -> str:
    """The code of the `number`-th dossier."""
    return f"{AGENCY}-261101-{number:07d}"


def rounds(dossiers: int, changes_in_all: int) -> Iterator[Change]:
    """`changes_in_all` changes: each dossier's first one, then each one's second, and so on."""
    for number in range(changes_in_all):
        yield Change(number % dossiers, number // dossiers + 1)


def fill(url: str, keys: Keys, dossiers: int, *, chat: int = FIRST_CHAT, people: int = 0, group: bool = False) -> None:
    """`dossiers` dossiers, taken in and each followed by one chat; `people` chats share them (0: one chat each).

    The chats count up from `chat`, down from `-chat` for groups.
    """
    db, now = Database(url), datetime.now(UTC)
    people = people or dossiers
    try:
        for begin in range(0, dossiers, _AT_ONCE):
            _rows(db, Dossier, [
                {"code": code_of(number), "procedure_code": PROCEDURE, "agency_code": AGENCY, "status": ACCEPTED,
                 "received_at": now - timedelta(days=1)}
                for number in range(begin, min(dossiers, begin + _AT_ONCE))
            ])  # fmt: skip
            take_in(db, keys, now)
        sign = -1 if group else 1
        _rows(db, Conversation, [
            {"channel": "telegram", "account": "default", "chat": str(sign * (chat + person)), "created_ms": ms(now),
             "state": None, "locale": "vi", "claimed_until_ms": 0, "last_heard_ms": ms(now), "reach": "ok"}
            for person in range(people)
        ])  # fmt: skip
        with reading(db) as session:
            chats = {str(sign * (chat + person)): person for person in range(people)}
            ids = {
                chats[row.chat]: row.id
                for row in session.execute(select(Conversation.id, Conversation.chat))
                if row.chat in chats
            }
            known = session.execute(select(Ledger.code, Ledger.seq, Ledger.status, Ledger.holder_code)).all()
        who = {row.code: ids[int(row.code.rpartition("-")[2]) % people] for row in known}
        _rows(db, Follow, [
            {"dossier_code": row.code, "conversation_id": who[row.code], "since": now, "how": "digits",
             "is_muted": False} for row in known
        ])  # fmt: skip
        _rows(db, Told, [
            {"dossier_code": row.code, "conversation_id": who[row.code], "seq": row.seq, "status": row.status,
             "holder_code": row.holder_code, "due_at": None, "at": now} for row in known
        ])  # fmt: skip
    finally:
        db.close()


def take_in(db: Database, keys: Keys, now: datetime) -> None:
    """Let what was written be understood, before anybody follows it."""
    while True:
        with unit(db) as session:
            if not changes.take(session, keys, now, most=500) and not session.scalar(select(EventWork.id).limit(1)):
                return


def _rows(db: Database, table: type[Base], rows: Sequence[dict[str, object]]) -> None:
    for begin in range(0, len(rows), _AT_ONCE):
        with unit(db) as session:
            session.execute(insert(table), list(rows[begin : begin + _AT_ONCE]))


# -- what arrived ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Arrived:
    """What the platform took, against what it had to be told."""

    wanted: int
    delivered: int = 0
    lost: int = 0
    out_of_order: int = 0
    doubled: int = 0
    unanswered: int = 0
    """Messages that the platform took and whose answer never came back."""
    twice: list[tuple[Call, Call]] = field(default_factory=list)
    """The first and the second call of each message that came twice."""
    last_at: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether everything arrived, in order."""
        return not self.lost and not self.out_of_order and self.delivered == self.wanted


def judge(calls: Iterable[Call], written: Iterable[Change]) -> Arrived:
    """Compare the platform's record with the changes that were written: each told once, each dossier in order."""
    wanted: dict[int, list[int]] = {}
    for change in written:
        wanted.setdefault(change.number, []).append(change.n)
    found = Arrived(sum(map(len, wanted.values())))
    first: dict[tuple[int, int], Call] = {}
    orders: dict[int, list[int]] = {}
    for call in calls:
        said = _SAID.search(str(call.params.get("text", ""))) if call.method == "sendMessage" else None
        if said is None or not call.accepted:
            continue
        found.unanswered += not call.answered
        found.last_at = max(found.last_at, call.at)
        key = int(said[1]), int(said[2])
        if key in first:
            found.doubled += 1
            found.twice.append((first[key], call))
        else:
            first[key] = call
            orders.setdefault(key[0], []).append(key[1])
    found.delivered = len(first)
    for number, ns in wanted.items():
        got = orders.get(number, [])
        found.lost += len(set(ns) - set(got))
        found.out_of_order += got != sorted(got)
    return found


def said_in(text: str) -> tuple[int, int] | None:
    """The dossier and the number of the change that a notice tells; None for another text."""
    said = _SAID.search(text)
    return (int(said[1]), int(said[2])) if said else None

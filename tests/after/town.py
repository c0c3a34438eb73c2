"""An office in its town: a desk group, two officers, a head, citizens, and dossiers written as the ledger has them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.desk import Desk, Staff
from services.db.machine import Conversation
from services.db.session import Database, unit
from services.db.telling import Telling
from services.desk import staff
from services.dossiers import followers
from services.dossiers.hand import HOME, Hand
from services.dossiers.lifecycle import transition
from services.dossiers.opening import Filing, create
from services.dossiers.personal import Person
from services.keys import Keys
from services.office import AgencyEntry, OfficeFile, bring_in
from tests.kit.house import KEY
from tests.kit.patience import PATIENCE

T = TypeVar("T")

AGENCY, OTHER = "H99.15", "H99.15.CA"
CITIZEN, NEIGHBOUR, OFFICER, SECOND, HEAD, GROUP = 1, 2, 3, 4, 5, 6
"""Conversations."""
HOURS = {day: [("07:30", "11:30"), ("13:30", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
HOURS["sat"] = [("07:30", "11:30")]


def local(day: str, clock: str = "09:00") -> datetime:
    """A local moment."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=HOME)


@dataclass
class Town:
    """`now` is moved by hand."""

    db: Database
    now: datetime
    keys: Keys
    staff: dict[int, int]

    @classmethod
    def at(cls, db: Database, now: datetime) -> Town:
        """The office, its people and their chats."""
        made = cls(db, now, Keys.read(KEY), {})
        made.do(made._people)
        return made

    def do(self, work: Callable[[Session], T]) -> T:
        """One transaction."""
        with unit(self.db) as session:
            return work(session)

    def dies(self, work: Callable[[Session], Any]) -> None:
        """One transaction of a process that is killed before it ends."""

        class Killed(Exception):
            pass

        def until(session: Session) -> None:
            work(session)
            session.flush()
            raise Killed

        try:
            self.do(until)
        except Killed:
            return

    def at_once(self, times: int, work: Callable[[Session, int], T]) -> list[T]:
        """The same in so many threads, all let go at one moment, each with a transaction of its own."""
        gate = threading.Barrier(min(times, 8))

        def one(number: int) -> T:
            if number < gate.parties:
                gate.wait(PATIENCE)
            return self.do(lambda session: work(session, number))

        with ThreadPoolExecutor(gate.parties) as pool:
            return list(pool.map(one, range(times)))

    def sets(self, day: str, clock: str = "09:00") -> None:
        """It is this local moment."""
        self.now = local(day, clock)

    def later(self, **span: float) -> None:
        """Time goes on."""
        self.now += timedelta(**span)

    def dossier(
        self, code: str, status: int = 4, *, due: str = "", agency: str = AGENCY, holder: str | None = None,
        who: int | None = CITIZEN, procedure: str = "1.001193",
    ) -> None:  # fmt: skip
        """A dossier received two weeks ago, followed by somebody."""
        received = self.now - timedelta(days=14)
        filing = Filing(
            code=code, procedure_code=procedure, agency_code=agency, holder_code=holder, received_at=received,
            applicant=Person(name="Trần Thị Bích Ngọc", phone="0912345678"),
            due_at=local(due, "17:00") if due else None,
        )  # fmt: skip

        def files(session: Session) -> None:
            create(Hand(session, self.keys, "test", self.now), filing)
            if who is not None:
                followers.follow(session, code, who, "digits", self.now)

        self.do(files)
        if status != 2:
            self.becomes(code, status)

    def becomes(self, code: str, *statuses: int) -> None:
        """It gets these statuses, and its followers are told."""
        for number in statuses:

            def changes(session: Session, number: int = number) -> None:
                hand = Hand(session, self.keys, "test", self.now)
                done = transition(hand, code, number)
                assert not hasattr(done, "key"), done
                for who in followers.followers_of(session, code):
                    followers.remember(session, code, who, done.seq, done.state, self.now)  # type: ignore[union-attr]

            self.do(changes)

    def tellings(self, kind: str = "", state: str = "open") -> list[Telling]:
        """What is to be told, oldest first."""
        wanted = select(Telling).where(Telling.state == state).order_by(Telling.id)
        return self.do(lambda session: [row for row in session.scalars(wanted) if kind in ("", row.kind)])

    def told(self, kind: str) -> list[int]:
        """To whom, in order."""
        return [row.conversation_id for row in self.tellings(kind)]

    def member(self, who: int) -> staff.Member:
        """The member of staff whose chat this is."""
        found = self.do(lambda session: staff.member(session, who))
        assert found is not None
        return found

    def _people(self, session: Session) -> None:
        entries = [
            AgencyEntry(code=AGENCY, name="Trung tâm", level="commune", hours=HOURS, front=True),  # type: ignore[arg-type]
            AgencyEntry(code=OTHER, name="Công an phường", level="commune", hours=HOURS),  # type: ignore[arg-type]
        ]
        bring_in(session, OfficeFile(agencies=entries), self.now)
        for number in (CITIZEN, NEIGHBOUR, OFFICER, SECOND, HEAD, GROUP):
            chat = f"-{number}" if number == GROUP else str(number)
            session.add(Conversation(id=number, channel="phone", account="default", chat=chat, created_ms=0))
        for who, role in ((OFFICER, "officer"), (SECOND, "officer"), (HEAD, "head")):
            row = Staff(agency_code=AGENCY, role=role, name=role, conversation_id=who, made_at=self.now)
            session.add(row)
            session.flush()
            self.staff[who] = row.id
        session.add(Desk(agency_code=AGENCY, conversation_id=GROUP, bound_by=0, bound_at=self.now))

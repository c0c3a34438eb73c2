"""An office with its people, and a pre-submission on the officer's desk, written straight into the tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.checks.access import Checker, checker, subject
from services.db.desk import DeskLog, Staff
from services.db.machine import Conversation
from services.db.office import Agency
from services.db.presubmissions import ArrivalReceipt, Paper, Presubmission, Return, StoredFile
from services.db.session import Database, unit
from services.db.telling import Telling
from services.desk import cards, staff
from services.keys import Keys
from services.presubmissions.drafts import place
from tests.kit.house import KEY

T = TypeVar("T")

AGENCY = "H99.15"
CODE = "CB-261120-0001"
FORM = {
    "name": "Trần Thị Bích Ngọc", "id_number": "001190012345", "phone": "0912345678",
    "address": "00004|Số 12 đường Hoa Sữa",
}  # fmt: skip
PAPERS = (
    ("Tờ khai đăng ký khai sinh", "submit", "upload", False),
    ("Giấy chứng sinh", "submit", "upload", False),
    ("Giấy chứng nhận kết hôn", "show", "bring", False),
    ("Thẻ căn cước của người đi đăng ký", "show", "upload", True),
)
CITIZEN, OFFICER, OTHER, HEAD, ELSEWHERE = 1, 2, 3, 4, 5
"""Conversations. Staff have numbers of their own, in `Bench.staff`."""


@dataclass
class Bench:
    """One office over an open database; `now` is moved by hand."""

    db: Database
    now: datetime
    keys: Keys
    staff: dict[str, int]
    channel: str

    @classmethod
    def at(cls, db: Database, now: datetime, channel: str = "phone") -> Bench:
        """The office with officer, another officer, head, and an officer of another agency; all on `channel`."""
        made = cls(db, now, Keys.read(KEY), {}, channel)
        made.do(made._people)
        return made

    def do(self, work: Callable[[Session], T]) -> T:
        """One transaction."""
        with unit(self.db) as session:
            return work(session)

    def later(self, **span: float) -> None:
        """Time goes on."""
        self.now += timedelta(**span)

    def _people(self, session: Session) -> None:
        if session.get(Agency, AGENCY) is None:
            session.add(Agency(code=AGENCY, name="Trung tâm phường Một Cửa", level="commune", is_front=True, hours={}))
        session.add(Agency(code="H99.16", name="Trung tâm khác", level="commune", hours={}))
        for number in (CITIZEN, OFFICER, OTHER, HEAD, ELSEWHERE):
            if session.get(Conversation, number) is None:
                session.add(
                    Conversation(id=number, channel=self.channel, account="default", chat=f"c{number}", created_ms=0)
                )
        people = (
            ("officer", "Lê Văn Kiểm", OFFICER, AGENCY, "officer"), ("other", "Phạm Thu Hà", OTHER, AGENCY, "officer"),
            ("head", "Vũ Đức Long", HEAD, AGENCY, "head"), ("elsewhere", "Đỗ Minh", ELSEWHERE, "H99.16", "officer"),
        )  # fmt: skip
        for key, name, chat, agency, role in people:
            row = Staff(agency_code=agency, role=role, name=name, conversation_id=chat, made_at=self.now)
            session.add(row)
            session.flush()
            self.staff[key] = row.id

    def member(self, who: str) -> staff.Member:
        """A member as she is now."""
        found = self.do(lambda session: staff.by_id(session, self.staff[who]))
        assert found is not None
        return found

    def sent(
        self, session: Session, code: str = CODE, *, procedure: str = "1.001193", version: int = 0,
        put: Callable[[int, int], tuple[str, str, bytes]] | None = None, conversation: int = CITIZEN,
    ) -> None:  # fmt: skip
        """A pre-submission that has just been sent, with one file for each uploaded paper."""
        form = self.keys.encrypt(msgspec.json.encode(FORM).decode(), place(code))
        session.add(
            Presubmission(
                code=code, conversation_id=conversation, procedure_code=procedure, version_id=version, case={},
                agency_code=AGENCY, state="sent", form=form, round=1, created_at=self.now, changed_at=self.now,
                sent_at=self.now,
            )
        )  # fmt: skip
        for n, (title, side, how, is_identity) in enumerate(PAPERS, 1):
            session.add(Paper(presubmission_code=code, n=n, title=title, side=side, how=how, is_identity=is_identity))
            if how == "upload":
                self.file(session, code, n, 1, put=put)
        session.add(ArrivalReceipt(presubmission_code=code, round=1, manifest={}, seal="", at=self.now))
        session.flush()
        cards.open_card(session, self.now, "check", subject(code, 1), AGENCY)

    def file(
        self, session: Session, code: str, n: int, page: int, *, flags: tuple[str, ...] = (),
        put: Callable[[int, int], tuple[str, str, bytes]] | None = None,
    ) -> str:  # fmt: skip
        """One more file of a paper; its key."""
        key, media, content = put(n, page) if put else (f"{code}/{n}/{page}/{self.now}", "image/jpeg", b"x")
        session.add(
            StoredFile(
                key=key, subject=code, paper_n=n, page=page, media=media, size=len(content),
                digest=hashlib.sha256(content).hexdigest(), pages=1, flags=list(flags), prints=[], stored_at=self.now,
            )
        )  # fmt: skip
        return key

    def claims(self, session: Session, who: str = "officer", named: str = f"{CODE}#1") -> None:
        """The card is taken."""
        member = staff.by_id(session, self.staff[who])
        assert member is not None
        card = cards.open_card(session, self.now, "check", named, AGENCY)
        assert getattr(cards.claim(session, member, card, self.now), "owner_id", None) == member.id

    def on_desk(self, code: str = CODE, **more: Any) -> Checker:
        """A pre-submission that was sent and claimed; the officer at it."""

        def work(session: Session) -> None:
            self.sent(session, code, **more)
            self.claims(session, named=f"{code}#1")

        self.do(work)
        return self.by("officer", code)

    def by(self, who: str, code: str = CODE, round_: int = 1) -> Checker:
        """An officer at a round."""
        found = self.do(lambda session: checker(session, self.staff[who], code, round_))
        assert isinstance(found, Checker), found
        return found

    def sent_again(self, session: Session, *papers: int, code: str = CODE) -> None:
        """The citizen sends the next round, with a new file for `papers`."""
        row = session.get_one(Presubmission, code)
        for n in papers:
            self.file(session, code, n, 1)
            session.get_one(Paper, (code, n)).how = "upload"
        row.state, row.round, row.sent_at = "sent", row.round + 1, self.now
        session.flush()
        self.claims(session, named=subject(code, row.round))

    # -- looking -------------------------------------------------------------------------------------------------

    def row(self, code: str = CODE) -> Presubmission:
        """The pre-submission."""
        return self.do(lambda session: session.get_one(Presubmission, code))

    def given(self, round_: int = 1, code: str = CODE) -> Return | None:
        """The return of a round."""
        return self.do(lambda session: session.get(Return, (code, round_)))

    def told(self, kind: str) -> list[Telling]:
        """What is to be told."""
        return self.do(lambda session: list(session.scalars(select(Telling).where(Telling.kind == kind))))

    def logged(self, action: str) -> list[tuple[int | None, str, str]]:
        """What was logged: staff, subject, outcome."""
        found = select(DeskLog).where(DeskLog.action == action).order_by(DeskLog.id)
        return self.do(lambda session: [(row.staff_id, row.subject, row.outcome) for row in session.scalars(found)])

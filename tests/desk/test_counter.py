"""At the counter: one dossier for one pre-submission, a promised day, a receipt, a follower, nothing in plain text."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services import due
from services.db.dossiers import Dossier, Ledger
from services.db.following import Follow
from services.db.presubmissions import Presubmission
from services.db.session import Database, unit
from services.db.telling import Telling
from services.desk import actions, counter, staff
from services.desk.counter import Received
from services.dossiers import personal, receipts
from services.dossiers.hand import Hand
from services.keys import Keys
from services.refusal import Refused
from tests.desk.conftest import AGENCY, NOW, OTHER
from tests.kit import people
from tests.kit.databases import KINDS
from tests.kit.house import KEY, new_database
from tests.kit.postgres import drop_database

CODE, KEYS = "CB-261120-0001", Keys.read(KEY)
KNOWN, UNKNOWN = "1.001612", "1.013225"
"""A procedure with a published time; one in whose record the time is taken away."""


@pytest.fixture(params=KINDS)
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = new_database(request.param, tmp_path)
    db = Database(url)
    yield db
    db.close()
    if request.param == "postgresql":
        drop_database(url)


def prepared(db: Database, state: str = "accepted", procedure: str = KNOWN) -> int:
    with unit(db) as session:
        people.prepared(session, KEYS, CODE, procedure, state, NOW)
        return people.bind(session, "2001", "officer", AGENCY, NOW)


def received(db: Database, staff_id: int, code: str = CODE, day: date | None = None) -> Received | Refused:
    with unit(db) as session:
        by = staff.by_id(session, staff_id)
        assert by is not None
        return counter.receive(Hand(session, KEYS, by.actor, NOW), by, code, day)


def test_an_accepted_one_becomes_a_dossier(filled: Database) -> None:
    done = received(filled, prepared(filled))
    assert isinstance(done, Received)
    assert done.code == "H99.15-261120-0001"
    # three working days from Friday 20/11: Monday, Wednesday (Tuesday is a holiday), Thursday at closing time
    assert done.due_at == datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    with unit(filled) as session:
        row = session.scalars(select(Dossier).where(Dossier.code == done.code)).one()
        assert (row.applicant_name, row.applicant_phone, row.applicant_id_number) == ("•••", "•••5678", "•••2345")
        assert personal.read(session, KEYS, done.code).name == people.FORM["name"]
        assert session.get_one(Presubmission, CODE).dossier_code == done.code
        ledger = session.scalars(select(Ledger).where(Ledger.code == done.code)).one()
        assert (ledger.presubmission_code, ledger.channel) == (CODE, "counter")
        why = due.kept(session, done.code, done.due_at)
        assert why is not None
        assert (why.rule, why.count) == ("working-days", 3)
        citizen = people.conversation(session, people.CITIZEN, NOW)
        assert session.scalars(select(Follow.conversation_id)).all() == [citizen]
        assert [one.conversation_id for one in session.scalars(select(Telling))] == [citizen]
        bound = receipts.redeem(session, KEYS, asker="conversation:9", typed=done.receipt, now=NOW)
        assert not isinstance(bound, Refused)


def test_two_officers_at_once_open_one_dossier(filled: Database) -> None:
    first = prepared(filled)
    with unit(filled) as session:
        second = people.bind(session, "2002", "officer", AGENCY, NOW)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda who: received(filled, who), [first, second] * 4))
    assert sum(isinstance(one, Received) for one in done) == 1
    assert {one.key for one in done if isinstance(one, Refused)} == {"counter-filed"}
    with unit(filled) as session:
        assert session.scalar(select(func.count()).select_from(Dossier)) == 1


@pytest.mark.parametrize("state", ["draft", "sent", "checking", "returned", "withdrawn", "cancelled", "expired"])
def test_only_an_accepted_one(filled: Database, state: str) -> None:
    done = received(filled, prepared(filled, state))
    assert isinstance(done, Refused)
    assert (done.key, done.args) == ("counter-not-accepted", {"state": state})


def test_an_unknown_one_and_another_agencys(filled: Database) -> None:
    officer = prepared(filled)
    with unit(filled) as session:
        elsewhere = people.bind(session, "2002", "officer", OTHER, NOW)
    keys = [
        one.key for one in (received(filled, officer, "CB-261120-0009"), received(filled, elsewhere))
        if isinstance(one, Refused)
    ]  # fmt: skip
    assert keys == ["counter-unknown", "counter-elsewhere"]


def test_where_no_time_is_published_the_officer_names_a_working_day(filled: Database) -> None:
    officer = prepared(filled)
    with unit(filled) as session:
        people.without_times(session, KNOWN)
    refusals = [received(filled, officer, day=day) for day in (None, date(2026, 11, 21), date(2026, 11, 19))]
    assert [one.key for one in refusals if isinstance(one, Refused)] == [
        "counter-no-date",
        "counter-day",
        "counter-day",
    ]
    done = received(filled, officer, day=date(2026, 12, 4))
    assert isinstance(done, Received)
    assert done.due_at == datetime(2026, 12, 4, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("nhận CB-261120-0001", CODE), ("nhan cb 261120 0001", CODE), ("Nhận CB–261120—0001", CODE),
        ("nhận CB-261120-0001 nhé", None), ("nhận H99.15-261120-0001", None), ("nhận con nuôi", None), ("", None),
    ],
)  # fmt: skip
def test_the_code_in_what_was_typed(typed: str, code: str | None) -> None:
    assert counter.code_in(typed) == code


def test_what_an_officer_may_do_with_a_dossier(filled: Database) -> None:
    done = received(filled, prepared(filled))
    assert isinstance(done, Received)

    def acts(status: int, note: str = "", to: str = "", agency: str = AGENCY) -> str:
        with unit(filled) as session:
            by = next(one for one in staff.of_agency(session, agency))
            made = actions.act(Hand(session, KEYS, by.actor, NOW), by, done.code, status, note=note, to_agency=to)
            return made.key if isinstance(made, Refused) else str(made.state.status)

    with unit(filled) as session:
        people.bind(session, "2002", "officer", OTHER, NOW)
    assert acts(5, "Thiếu tờ khai", agency=OTHER) == "work-elsewhere"
    assert acts(3, "Không thuộc thẩm quyền") == "transition-impossible"
    assert acts(5, "  ") == "reason-missing"
    assert acts(5, "a" * 1001) == "note-long"
    assert acts(5, "Thiếu tờ khai") == "5"
    assert acts(4) == "4"
    assert acts(actions.HAND_OVER, to="nowhere") == "agency-unknown"
    assert acts(actions.HAND_OVER, to=OTHER) == "4"
    assert acts(9, agency=OTHER) == "9"
    assert acts(10) == "10"
    assert acts(4) == "transition-impossible"


@pytest.mark.parametrize(
    ("note", "found"),
    [
        ("gọi 0912345678", True), ("gọi 0912 345 678", True), ("căn cước 001190012345", True), ("+84912345678", True),
        ("Mời nhận tại quầy số 2", False), ("theo Nghị định 61/2018/NĐ-CP, 26/11/2026", False),
    ],
)  # fmt: skip
def test_a_note_that_holds_a_number(note: str, found: bool) -> None:
    assert actions.tells_a_number(note) is found

"""Complaints: encrypted, numbered without gaps, read and answered by the right people, erased on time."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from services import links
from services.complaints import answering, records, writing
from services.db.desk import Card, DeskLog
from services.db.presubmissions import StoredFile
from services.db.visits import Complaint
from services.desk import cards
from services.refusal import Refused, refused
from tests.after.town import AGENCY, CITIZEN, GROUP, HEAD, NEIGHBOUR, OFFICER, SECOND, Town, local

WORDS = "Cán bộ quầy 3 nói năng chưa đúng mực, số tôi là 0912 345 678"
ANSWER = "Trung tâm xin lỗi Ông/Bà và đã nhắc nhở cán bộ ngày 23/11/2026."


def write(town: Town, text: str, *refs: Any, who: int = CITIZEN) -> Refused | None:
    return town.do(lambda session: writing.write(session, town.keys, who, AGENCY, "manner", text, refs, town.now))


def send(town: Town, who: int = CITIZEN) -> records.Seen | Refused:
    return town.do(lambda session: writing.send(session, town.keys, who, town.now))


def sent(town: Town, who: int = CITIZEN) -> str:
    write(town, WORDS, who=who)
    done = send(town, who)
    assert isinstance(done, records.Seen)
    return done.code


def answer(town: Town, code: str, who: int = OFFICER, text: str = ANSWER) -> Refused | None:
    return town.do(lambda session: answering.answer(session, town.keys, town.staff[who], code, text, town.now))


def photo(n: int, **more: Any) -> Any:
    known = {
        "key": f"{n:040x}", "media": "image/jpeg", "size": 10, "why_not": "", "pages": 1, "flags": (), "prints": (),
        "digest": f"{n:064x}",
    }  # fmt: skip
    return SimpleNamespace(**{**known, **more})


def test_from_words_to_an_answer(town: Town) -> None:
    assert write(town, "Chờ lâu.", photo(1)) is None
    assert write(town, "Không ai giải thích.", photo(2)) is None
    done = send(town)
    assert isinstance(done, records.Seen)
    assert (done.code, done.text, len(done.files)) == ("PA-261120-0001", "Chờ lâu.\nKhông ai giải thích.", 2)
    assert done.due_at == local("2026-12-02", "17:00")  # seven working days
    assert town.told("desk-card") == [GROUP]
    assert answer(town, done.code) is None
    assert town.told("complaint-answered") == [CITIZEN]
    seen = town.do(lambda session: writing.own(session, town.keys, CITIZEN, "pa261120-0001"))
    assert seen is not None
    assert (seen.state, seen.answer) == ("answered", ANSWER)
    card = town.do(lambda session: session.scalars(select(Card)).one())
    assert card.state in ("done", "gone")
    for good in (True, False):
        assert town.do(lambda session: writing.satisfied(session, CITIZEN, done.code, good))  # noqa: B023
        kept = town.do(lambda session: session.get_one(Complaint, done.code).is_satisfied)
        assert kept is good
    assert not town.do(lambda session: writing.satisfied(session, NEIGHBOUR, done.code, True))


def test_no_word_lies_open_in_the_database(town: Town) -> None:
    code = sent(town)
    answer(town, code)
    row = town.do(lambda session: session.get_one(Complaint, code))
    for stored in (row.text, row.answer):
        assert stored is not None
        assert "quầy".encode() not in stored
        assert "xin lỗi".encode() not in stored
    assert all(WORDS[:10] not in str(one.args) for state in ("open", "done") for one in town.tellings(state=state))
    logged = town.do(lambda session: [f"{row.action} {row.subject}" for row in session.scalars(select(DeskLog))])
    assert not any("quầy" in line for line in logged)


def test_a_stored_text_opens_in_no_other_place(town: Town) -> None:
    first, second = sent(town), sent(town, NEIGHBOUR)

    def swaps(session: Any) -> None:
        one, other = session.get_one(Complaint, first), session.get_one(Complaint, second)
        one.text, other.text = other.text, one.text

    town.do(swaps)
    seen = town.do(lambda session: writing.own(session, town.keys, CITIZEN, first))
    assert seen is not None
    assert seen.text == ""


def test_twenty_at_once_have_twenty_numbers(town: Town) -> None:
    def one(session: Any, n: int) -> str:
        writing.write(session, town.keys, 100 + n, AGENCY, "late", WORDS, (), town.now)
        done = writing.send(session, town.keys, 100 + n, town.now)
        assert isinstance(done, records.Seen)
        return done.code

    codes = town.at_once(20, one)
    assert sorted(codes) == [f"PA-261120-{n:04d}" for n in range(1, 21)]


def test_sending_dies_wholly_or_not_at_all(town: Town) -> None:
    write(town, WORDS)
    town.dies(lambda session: writing.send(session, town.keys, CITIZEN, town.now))
    assert town.tellings() == []
    done = send(town)
    assert isinstance(done, records.Seen)
    assert done.code == "PA-261120-0001"
    assert send(town) == Refused("complaint-empty")


def test_limits(town: Town) -> None:
    assert write(town, "x" * (records.LONGEST + 1)) == refused("complaint-long", most=records.LONGEST)
    assert send(town) == Refused("complaint-empty")
    assert write(town, "", photo(0, key="", why_not="file-kind")) == Refused("file-kind")
    for n in range(records.MOST_FILES):
        assert write(town, "", photo(n)) is None
    assert write(town, "", photo(99)) == refused("complaint-files", most=records.MOST_FILES)
    for _ in range(records.MOST_A_DAY):
        sent(town)
    write(town, WORDS)
    assert send(town) == refused("complaint-many", most=records.MOST_A_DAY)
    town.later(hours=25)
    assert isinstance(send(town), records.Seen)


def test_who_may_read_and_answer(town: Town) -> None:
    code = sent(town)
    number = town.do(lambda session: session.scalars(select(Card.id)).one())
    assert town.do(lambda session: isinstance(answering.reader(session, town.staff[SECOND], code), Complaint))
    officer = town.member(OFFICER)
    town.do(lambda session: cards.claim(session, officer, number, town.now))
    assert answer(town, code, SECOND) == refused("complaint-not-yours", code=code)
    assert town.do(lambda session: isinstance(answering.reader(session, town.staff[HEAD], code), Complaint))
    assert answer(town, "PA-261120-0009") == refused("complaint-unknown", code="PA-261120-0009")
    assert answer(town, code, text="  ") == Refused("complaint-answer-empty")
    assert answer(town, code) is None
    assert answer(town, code) == refused("complaint-answered", code=code)


def test_two_answers_at_once_are_one(town: Town) -> None:
    code = sent(town)
    done = town.at_once(
        8, lambda session, n: answering.answer(session, town.keys, town.staff[HEAD], code, f"Lời {n}", town.now)
    )
    assert done.count(None) == 1
    assert len(town.tellings("complaint-answered")) == 1


def test_a_link_opens_once_for_its_officer(town: Town) -> None:
    code, officer = sent(town), town.member(OFFICER)
    token = town.do(lambda session: answering.open_link(session, town.keys, officer, code, town.now))
    assert isinstance(token, str)
    browser = town.do(lambda session: links.spend(session, town.keys, records.PURPOSE, token, town.now))
    assert isinstance(browser, str)
    assert town.do(lambda session: links.spend(session, town.keys, records.PURPOSE, token, town.now)) == Refused(
        "link-gone"
    )
    found = town.do(lambda session: links.opened(session, town.keys, records.PURPOSE, browser, town.now))
    assert found is not None
    assert (found.subject, found.staff_id) == (code, town.staff[OFFICER])
    answer(town, code)
    town.later(seconds=1)
    assert town.do(lambda session: links.opened(session, town.keys, records.PURPOSE, browser, town.now)) is None


def test_erased_by_its_writer(town: Town) -> None:
    write(town, WORDS, photo(1))
    code = send(town)
    assert isinstance(code, records.Seen)
    write(town, "Đang viết dở")
    assert town.do(lambda session: writing.erase_of(session, CITIZEN, town.now)) == 1
    row = town.do(lambda session: session.get_one(Complaint, code.code))
    assert (row.text, row.answer, row.state) == (None, None, "withdrawn")
    assert town.do(lambda session: writing.draft(session, town.keys, CITIZEN)) is None
    file = town.do(lambda session: session.scalars(select(StoredFile)).one())
    assert file.subject != code.code
    assert file.erase_on == town.now.date()
    assert answer(town, code.code) == refused("complaint-unknown", code=code.code)


def test_swept_on_time(town: Town) -> None:
    write(town, WORDS)
    code = sent(town, NEIGHBOUR)
    answer(town, code)
    town.now += records.DRAFT_KEPT + timedelta(days=1)
    town.do(lambda session: writing.sweep(session, town.now))
    assert town.do(lambda session: writing.draft(session, town.keys, CITIZEN)) is None
    assert town.do(lambda session: session.get_one(Complaint, code).text) is not None
    town.now += records.KEPT
    town.do(lambda session: writing.sweep(session, town.now))
    assert town.do(lambda session: session.get_one(Complaint, code).text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tôi khiếu nại quyết định này", True),
        ("đơn TỐ CÁO cán bộ", True),
        ("toi muon khieu nai", True),
        ("viet don to cao", True),
        ("tờ khai cao quá, chờ lâu", False),
        ("cái bàn to cao quá, ngồi không vừa", False),  # with accents the words must be exact
        ("chậm trả kết quả", False),
        ("", False),
    ],
)
def test_petitions_are_recognised(text: str, expected: bool) -> None:
    assert writing.speaks_of_petition(text) is expected


@given(st.text(max_size=80))
def test_any_number_is_read_without_a_fault(typed: str) -> None:
    assert records.normalise(typed).startswith("PA-")
    writing.speaks_of_petition(typed)

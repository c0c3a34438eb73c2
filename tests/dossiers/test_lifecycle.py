"""A dossier in our own hands: what may follow what, and what each step leaves behind."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from services.db.session import unit
from services.dossiers import codes, lifecycle, opening, states
from services.dossiers.opening import Filing
from services.dossiers.personal import Person
from services.refusal import Refused
from tests.dossiers.office import AGENCY, BIRTH, CODE, Office, key, kinds, ok, utc

DUE = utc("2026-11-26 10:00")
WAYS: dict[int, list[int]] = {1: [], 2: [], 3: [], 4: [4], 5: [5], 6: [6], 7: [7], 8: [8], 9: [9], 10: [9, 10]}
"""From 2 (or 1 for 1 and 3) to each status."""


def test_opening(office: Office) -> None:
    opened = office.create(due_at=DUE, status_note="Đủ giấy tờ")
    assert opened.code == CODE
    assert opened.seq == 1
    state = opened.state
    assert (state.status, state.holder_code, state.received_at) == (2, AGENCY, office.clock.now())
    assert state.due_at == state.first_due_at == DUE
    row = office.row("SELECT * FROM dossiers WHERE code = :code", code=CODE)
    assert (row.procedure_code, row.agency_code, row.holder_code, row.status) == (BIRTH, AGENCY, AGENCY, 2)
    assert row.status_note == "Đủ giấy tờ"
    (event,) = office.events(CODE)
    assert (event.kind, event.actor, event.text) == ("received", "staff:1", "Đủ giấy tờ")
    assert event.hash is not None
    assert event.note != "Đủ giấy tờ"


def test_times_on_sqlite_are_plain_text(office: Office) -> None:
    office.create(due_at=DUE)
    row = office.row("SELECT due_at, received_at FROM dossiers")
    if office.db.is_sqlite:
        assert tuple(row) == ("2026-11-26 10:00:00", "2026-11-20 02:00:00")
    else:
        assert row.due_at == DUE


def test_our_own_writes_are_no_foreign_events(office: Office) -> None:
    code = office.create(due_at=DUE, applicant=Person("Lê Thị A", "0912345678", "001190000001")).code
    office.moves(code, 4, holder="H45.20", note="Chuyển Phòng Tư pháp")
    office.moves(code, 5, note="Thiếu giấy chứng sinh")
    office.moves(code, 4)
    with office.hand() as hand:
        ok(lifecycle.extend(hand, code, DUE + timedelta(days=5), "Chờ xác minh"))
        ok(lifecycle.hand_over(hand, code, "H45.21"))
    office.moves(code, 9, event_id="x-1")
    office.moves(code, 10)
    events = office.events(code)
    assert {event.actor for event in events} == {"staff:1"}
    assert kinds(events) == ["received", "status", "status", "status", "due", "handover", "status", "status"]
    assert office.row("SELECT count(*) FROM dossier_anomalies")[0] == 0
    row = office.row("SELECT * FROM dossiers")
    assert (row.status, row.holder_code, row.status_note) == (10, "H45.21", None)


@pytest.mark.parametrize(("old", "new"), list(product(range(1, 11), range(1, 11))))
def test_the_transitions_of_the_contract(on_sqlite: Office, old: int, new: int) -> None:
    allowed = {
        1: {2, 3, 7}, 2: {4, 5, 6, 7, 8, 9}, 4: {5, 6, 7, 8, 9}, 5: {2, 4, 7, 8}, 6: {4, 7, 8, 9}, 9: {10},
    }  # fmt: skip
    office = on_sqlite
    code = office.create(status=1 if old in (1, 3) else 2).code
    for status in [3] if old == 3 else WAYS[old]:
        office.moves(code, status)
    if new in allowed.get(old, set()):
        assert office.moves(code, new).state.status == new
    elif new == old and new not in (3, 7, 8, 10):
        assert office.refuses(code, new) == "nothing-new"
    else:
        assert office.refuses(code, new) == "transition-impossible"


def test_the_same_status_with_something_new(office: Office) -> None:
    code = office.create(due_at=DUE).code
    office.moves(code, 4)
    assert office.refuses(code, 4) == "nothing-new"
    assert office.refuses(code, 4, holder=AGENCY) == "nothing-new"
    assert office.refuses(code, 4, due_at=DUE) == "nothing-new"
    assert office.moves(code, 4, holder="H45.20").state.holder_code == "H45.20"
    assert office.moves(code, 4, note="Đang thẩm định").state.status == 4
    later = office.moves(code, 4, due_at=DUE + timedelta(days=1)).state
    assert (later.due_at, later.first_due_at, later.extensions) == (DUE + timedelta(days=1), DUE, 1)
    office.moves(code, 9)
    office.moves(code, 10)
    assert office.refuses(code, 10, note="nữa") == "transition-impossible"


def test_what_cannot_be(office: Office) -> None:
    code = office.create(received_at=office.clock.now() - timedelta(hours=2), due_at=DUE).code
    now = office.clock.now()
    assert office.refuses("H45.15-261120-0999", 4) == "dossier-unknown"
    assert office.refuses(code, 11) == "status-unknown"
    assert office.refuses(code, 4, occurred_at=now + timedelta(hours=1)) == "time-future"
    assert office.refuses(code, 4, occurred_at=now - timedelta(hours=3)) == "before-receipt"
    assert office.refuses(code, 4, due_at=now - timedelta(days=1)) == "due-before-receipt"
    assert len(office.events(code)) == 1


def test_filings_that_cannot_be(office: Office) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"status": 0}, "status-unknown"),
        ({"status": 11}, "status-unknown"),
        ({"code": "   "}, "code-malformed"),
        ({"code": "A\x00B"}, "code-malformed"),
        ({"code": "A" * 201}, "code-malformed"),
        ({"received_at": utc("2026-11-21 10:00")}, "time-future"),
        ({"due_at": utc("2026-11-19 10:00")}, "due-before-receipt"),
        ({"status": 9, "finished_at": utc("2026-11-19 10:00")}, "before-receipt"),
        ({"parent_code": "không có"}, "parent-unknown"),
    ]
    for facts, expected in cases:
        with office.hand() as hand:
            filing = Filing(procedure_code=BIRTH, agency_code=AGENCY, **facts)
            assert key(opening.create(hand, filing)) == expected
    assert office.row("SELECT count(*) FROM dossiers")[0] == 0


def test_the_same_code_again(office: Office) -> None:
    office.create(code="000.00.15.H45-261120-0001")
    for again in ("000.00.15.H45-261120-0001", "000.00.15.h45–261120–0001"):
        with office.hand() as hand:
            filing = Filing(procedure_code=BIRTH, agency_code=AGENCY, code=again)
            assert key(opening.create(hand, filing)) == "dossier-exists"


def test_a_reported_event_counts_once(office: Office) -> None:
    code = office.create(due_at=DUE).code
    first = office.moves(code, 4, event_id="gw-77", holder="H45.20")
    again = office.moves(code, 4, event_id="gw-77", holder="H45.20")
    assert (first.fresh, again.fresh, again.seq) == (True, False, first.seq)
    other = office.create().code
    assert office.moves(other, 4, event_id="gw-77").fresh
    assert len(office.events(code)) == 2


def test_late_reporting(office: Office) -> None:
    code = office.create(received_at=utc("2026-11-18 01:00"), due_at=DUE).code
    office.moves(code, 4)
    done = office.moves(code, 9, occurred_at=utc("2026-11-19 08:00"))
    assert done.state.ended_at == utc("2026-11-19 08:00")
    event = office.events(code)[-1]
    assert (event.at, event.recorded_at) == (utc("2026-11-19 08:00"), office.clock.now())


@pytest.mark.parametrize(
    ("finished", "expected"),
    [("2026-11-25 16:00", "early"), ("2026-11-26 12:00", "on-time"), ("2026-11-27 01:00", "late")],
)
def test_in_time_or_not(office: Office, finished: str, expected: str) -> None:
    code = office.create(due_at=DUE).code
    office.clock.tick(days=10)
    assert office.moves(code, 9, occurred_at=utc(finished)).state.timeliness == expected


def test_extending_once(office: Office) -> None:
    code = office.create(due_at=DUE).code
    bare = office.create().code
    later = DUE + timedelta(days=3)
    with office.hand() as hand:
        assert key(lifecycle.extend(hand, "không có", later, "lý do")) == "dossier-unknown"
        assert key(lifecycle.extend(hand, bare, later, "lý do")) == "no-due"
        assert key(lifecycle.extend(hand, code, later, " ")) == "reason-missing"
        assert key(lifecycle.extend(hand, code, DUE, "lý do")) == "due-not-later"
        done = ok(lifecycle.extend(hand, code, later, "Chờ cơ quan phối hợp"))
        assert (done.state.due_at, done.state.first_due_at, done.state.extensions) == (later, DUE, 1)
        again = later + timedelta(days=1)
        assert key(lifecycle.extend(hand, code, again, "lý do")) == "extension-used"
        assert ok(lifecycle.extend(hand, code, again, "Lãnh đạo duyệt", override=True)).state.extensions == 2
        ended = opening.create(hand, Filing(procedure_code=BIRTH, agency_code=AGENCY, status=9, due_at=DUE))
        assert key(lifecycle.extend(hand, ok(ended).code, later, "lý do")) == "transition-impossible"
    event = office.events(code)[1]
    assert (event.kind, event.form_no, event.text) == ("due", "04", "Chờ cơ quan phối hợp")


def test_a_day_named_after_papers_came_is_no_extension(office: Office) -> None:
    for waits in (5, 6):
        code = office.create(due_at=DUE).code
        office.moves(code, 4)
        office.moves(code, waits, note="Chờ người nộp")
        assert office.moves(code, waits, due_at=DUE + timedelta(days=1)).state.extensions == 1  # still waiting
        assert office.moves(code, 4, due_at=DUE + timedelta(days=6)).state.extensions == 1
        with office.hand() as hand:
            assert key(lifecycle.extend(hand, code, DUE + timedelta(days=9), "lý do")) == "extension-used"
            again = lifecycle.transition(hand, code, 9, due_at=DUE + timedelta(days=9))
            assert key(again) == "extension-used"


def test_another_program_may_write_any_date(office: Office) -> None:
    office.insert("X1", 4, due_at="2026-11-26 10:00:00")
    for day in ("27", "30"):
        office.update("X1", due_at=f"2026-11-{day} 10:00:00")
        office.take()
    assert office.row("SELECT extensions FROM dossier_ledger").extensions == 2


def test_at_the_counter_in_ten_minutes(office: Office) -> None:
    with office.hand() as hand:
        done = ok(lifecycle.settle_at_once(hand, Filing(procedure_code="2.000815", agency_code=AGENCY)))
    assert done.state.status == 10
    assert kinds(office.events(done.code)) == ["received", "status", "status"]
    row = office.row("SELECT is_instant, timeliness FROM dossier_ledger")
    assert (bool(row[0]), row[1]) == (True, "on-time")
    assert office.row("SELECT count(*) FROM receipts")[0] == 0


def test_withdrawn_and_returned(office: Office) -> None:
    one, two = office.create().code, office.create().code
    with office.hand() as hand:
        assert ok(lifecycle.withdraw(hand, one, note="Theo đơn")).state.status == 7
        assert key(lifecycle.return_result(hand, two)) == "transition-impossible"
        ok(lifecycle.transition(hand, two, 9))
        done = ok(lifecycle.return_result(hand, two)).state
    assert (done.status, done.returned_at) == (10, office.clock.now())


def test_parents_and_children(office: Office) -> None:
    parent = office.create(due_at=DUE).code
    child = office.create(parent_code=parent, agency_code="H45.20").code
    with office.hand() as hand:
        filing = Filing(procedure_code=BIRTH, agency_code=AGENCY, parent_code=child)
        assert key(opening.create(hand, filing)) == "parent-is-child"
        refusal = lifecycle.transition(hand, parent, 9)
        assert isinstance(refusal, Refused)
        assert (refusal.key, refusal.args) == ("children-open", {"codes": [child]})
    office.moves(child, 8)
    assert office.moves(parent, 9).state.status == 9


def test_statuses_know_their_ends() -> None:
    assert {status for status, following in states.TRANSITIONS.items() if not following} == {3, 7, 8, 10}
    assert set(states.TRANSITIONS) == set(range(1, 11))


def test_found_by_any_spelling(office: Office) -> None:
    raw = "h45.15-261120-7"
    office.insert(raw)
    office.take()
    with unit(office.db) as session:
        for typed in (raw, " H45.15–261120–7 ", "h45.15 - 261120 - 7."):
            assert codes.find(session, typed) == raw
        for typed in ("", "x" * 300, "H45\x00", "H45.15-261120-8"):
            assert codes.find(session, typed) is None

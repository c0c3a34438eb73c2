"""Marks, one complete return, the head's tap, acceptance; who may do it, and what is counted."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services import links
from services.checks import counting, outcome, returning, viewing
from services.checks.accepting import accept
from services.checks.access import Checker, checker, open_link
from services.checks.marking import LONGEST, mark, mark_all, marks
from services.checks.returning import Asked, Given, give_back
from services.db.desk import Card, Staff
from services.db.presubmissions import ArrivalReceipt, Paper, Presubmission, StoredFile
from services.desk import cards, staff
from services.refusal import Refused
from tests.checks.bench import CODE, FORM, PAPERS, Bench

ALL_GOOD = dict.fromkeys(range(1, len(PAPERS) + 1), ("good", ""))
BLURRED = {**ALL_GOOD, 2: ("unreadable", "Ảnh mờ, xin chụp lại ở nơi đủ sáng")}
BEYOND = Asked("Bản cam kết về nơi sinh", "Giấy chứng sinh không ghi nơi sinh", "Điều 16 Luật Hộ tịch 2014")


def key(found: object) -> str:
    """The key of a refusal; "" for anything else."""
    return found.key if isinstance(found, Refused) else ""


def marked(bench: Bench, by: Checker, found: dict[int, tuple[str, str]]) -> str:
    return key(bench.do(lambda session: mark_all(session, bench.keys, by, found, bench.now)))


def returned(bench: Bench, by: Checker, *asked: Asked, reason: str = "") -> Given | Refused:
    return bench.do(lambda s: give_back(s, bench.keys, by, bench.now, asked=asked, reason=reason))


def returned_once(bench: Bench) -> Checker:
    """A first round that was given back for paper 2."""
    by = bench.on_desk()
    assert marked(bench, by, BLURRED) == ""
    assert returned(bench, by) == Given(False)
    bench.later(hours=3)
    return by


# -- who may --------------------------------------------------------------------------------------------------------


def test_only_who_claimed_it_or_a_head_gets_a_link(bench: Bench) -> None:
    bench.on_desk()

    def link(who: str, code: str = CODE) -> str:
        found = bench.do(lambda s: open_link(s, bench.keys, bench_member(s, bench, who), code, bench.now))
        return found.key if isinstance(found, Refused) else "link"

    assert [link(who) for who in ("officer", "head", "other", "elsewhere")] == [
        "link", "link", "check-not-yours", "check-not-yours",
    ]  # fmt: skip
    assert link("officer", "CB-261120-9999") == "check-unknown"
    assert [outcome for _, _, outcome in bench.logged("open-link")] == [
        "done", "done", "check-not-yours", "check-not-yours",
    ]  # fmt: skip


def bench_member(session: Session, bench: Bench, who: str) -> staff.Member:
    found = staff.by_id(session, bench.staff[who])
    assert found is not None
    return found


def test_a_link_leads_one_browser_to_this_round(bench: Bench) -> None:
    bench.on_desk()
    token = bench.do(lambda s: open_link(s, bench.keys, bench_member(s, bench, "officer"), CODE, bench.now))
    assert isinstance(token, str)
    browser = bench.do(lambda s: links.spend(s, bench.keys, "review", token, bench.now))
    assert isinstance(browser, str)
    opened = bench.do(lambda s: links.opened(s, bench.keys, "review", browser, bench.now))
    assert opened is not None
    assert (opened.subject, opened.staff_id) == (f"{CODE}#1", bench.staff["officer"])
    assert key(bench.do(lambda s: links.spend(s, bench.keys, "review", token, bench.now))) == "link-gone"


def test_who_leaves_or_hands_on_may_no_more(bench: Bench) -> None:
    by = bench.on_desk()
    bench.do(lambda s: setattr(s.get_one(Staff, by.staff_id), "ended_at", bench.now))
    assert key(bench.do(lambda s: checker(s, by.staff_id, CODE, 1))) == "check-not-yours"
    bench.do(lambda s: setattr(s.get_one(Staff, by.staff_id), "ended_at", None))
    bench.by("officer")

    def hand_on(session: Session) -> None:
        card = cards.open_card(session, bench.now, "check", f"{CODE}#1", "H99.15")
        target = f"staff:{bench.staff['other']}"
        assert isinstance(
            cards.pass_on(session, bench_member(session, bench, "officer"), card, target, bench.now), Card
        )

    bench.do(hand_on)
    assert key(bench.do(lambda s: checker(s, by.staff_id, CODE, 1))) == "check-not-yours"
    bench.by("other")
    assert key(bench.do(lambda s: checker(s, by.staff_id, CODE, 2))) == "check-unknown"
    assert key(bench.do(lambda s: checker(s, by.staff_id, CODE, 0))) == "check-unknown"


# -- marks ----------------------------------------------------------------------------------------------------------


def test_a_mark_is_kept_and_replaced(bench: Bench) -> None:
    by = bench.on_desk()
    assert bench.do(lambda s: mark(s, bench.keys, by, 1, "wrong", " Thiếu \n chữ ký ", bench.now)) is None
    assert bench.row().state == "checking"
    head = bench.by("head")
    assert bench.do(lambda s: mark(s, bench.keys, head, 1, "good", "", bench.now)) is None
    found = bench.do(lambda s: marks(s, CODE, 1))
    assert (found[1].verdict, found[1].note, found[1].staff_id) == ("good", "", bench.staff["head"])
    assert bench.do(lambda s: viewing.view(s, bench.keys, by, bench.now)).components[0].verdict == "good"


@pytest.mark.parametrize(
    ("n", "verdict", "note", "refusal"),
    [
        (9, "good", "", "check-no-component"),
        (0, "good", "", "check-no-component"),
        (1, "fine", "", "check-no-verdict"),
        (1, "", "có ghi chú", "check-no-verdict"),
        (1, "wrong", "x" * (LONGEST + 1), "check-note-long"),
        (1, "wrong", "Sai số 0912 345 678", "check-private"),
        (1, "wrong", "Căn cước 001190012345 đã hết hạn", "check-private"),
        (1, "wrong", "Tên tran thi bich ngoc viết sai", "check-private"),
        (1, "wrong", "nhà ở số 12 đường hoa sữa", "check-private"),
        (1, "wrong", "Ngày 20/11/2026 theo Nghị định 123/2015/NĐ-CP, thủ tục 1.001193", ""),
        (1, "wrong", "a\x00b", ""),
    ],
)
def test_marks_that_cannot_be(bench: Bench, n: int, verdict: str, note: str, refusal: str) -> None:
    by = bench.on_desk()
    assert marked(bench, by, {n: (verdict, note), 2: ("good", "")}) == refusal
    assert (2 in bench.do(lambda s: marks(s, CODE, 1))) == (refusal == ""), "all or none"


def test_marking_holds_on_to_the_card_and_waits_for_the_proof(bench: Bench) -> None:
    by = bench.on_desk()
    bench.do(lambda s: s.execute(delete(ArrivalReceipt)))

    def lease() -> datetime | None:
        return bench.do(lambda s: s.scalar(select(Card.lease_until).where(Card.owner_id == by.staff_id)))

    before = lease()
    bench.later(minutes=20)
    assert marked(bench, by, {1: ("good", "")}) == ""
    after = lease()
    assert before is not None
    assert after is not None
    assert after > before
    assert bench.row().state == "sent", "the receipt is still to be written"


# -- one complete return --------------------------------------------------------------------------------------------


def test_nothing_goes_back_before_everything_is_marked(bench: Bench) -> None:
    by = bench.on_desk()
    assert marked(bench, by, {2: BLURRED[2]}) == ""
    refusal = returned(bench, by)
    assert isinstance(refusal, Refused)
    assert (refusal.key, refusal.args["titles"]) == ("check-unmarked", [PAPERS[n][0] for n in (0, 2, 3)])
    assert (bench.row().state, bench.given()) == ("checking", None)


def test_one_list_with_a_note_for_each_defect(bench: Bench) -> None:
    by = bench.on_desk()
    assert marked(bench, by, {**BLURRED, 4: ("wrong", "")}) == ""
    assert key(returned(bench, by)) == "check-note-missing"
    assert marked(bench, by, {4: ("wrong", "Gửi cả mặt sau")}) == ""
    assert returned(bench, by) == Given(False)
    row, given = bench.row(), bench.given()
    assert given is not None
    assert (row.state, given.state, given.needs_head) == ("returned", "sent", False)
    assert [(item["n"], item["verdict"], item["note"]) for item in given.items] == [
        (2, "unreadable", BLURRED[2][1]), (4, "wrong", "Gửi cả mặt sau"),
    ]  # fmt: skip
    assert given.reason == f"{BLURRED[2][1]}; Gửi cả mặt sau"
    told = bench.told("checked-return")
    assert [(one.conversation_id, one.args) for one in told] == [(1, {"code": CODE, "round": 1})]
    card = bench.do(lambda s: cards.get(s, cards.open_card(s, bench.now, "check", f"{CODE}#1", "H99.15")))
    assert card is not None
    assert card.state == "done"
    list_ = bench.do(lambda s: outcome.returned(s, CODE, 1))
    assert list_ is not None
    assert list_.reason == ""


def test_nothing_wrong_is_no_return_and_a_defect_is_no_acceptance(bench: Bench) -> None:
    by = bench.on_desk()
    assert marked(bench, by, ALL_GOOD) == ""
    assert key(returned(bench, by)) == "check-nothing-wrong"
    assert marked(bench, by, {2: BLURRED[2]}) == ""
    refusal = bench.do(lambda s: accept(s, bench.keys, by, bench.now))
    assert isinstance(refusal, Refused)
    assert (refusal.key, refusal.args) == ("check-not-good", {"titles": ["Giấy chứng sinh"]})


def test_a_finished_round_takes_nothing_more(bench: Bench) -> None:
    by = returned_once(bench)
    assert marked(bench, by, {1: ("good", "")}) == "check-finished"
    assert key(returned(bench, by)) == "check-finished"
    assert key(bench.do(lambda s: accept(s, bench.keys, by, bench.now))) == "check-finished"
    sheet = bench.do(lambda s: viewing.view(s, bench.keys, by, bench.now))
    assert (sheet.state, sheet.outcome, sheet.form, sheet.components) == ("finished", "returned", (), ())
    assert key(bench.do(lambda s: viewing.file(s, by, 1, 1, bench.now))) == "check-finished"


def test_what_is_withdrawn_meanwhile_cannot_be_decided(bench: Bench) -> None:
    by = bench.on_desk()
    assert marked(bench, by, ALL_GOOD) == ""
    bench.do(lambda s: setattr(s.get_one(Presubmission, CODE), "state", "withdrawn"))
    assert key(bench.do(lambda s: accept(s, bench.keys, by, bench.now))) == "check-finished"
    assert bench.told("checked-good") == []


# -- beyond the list ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (Asked("Bản cam kết", "Cần rõ nơi sinh", ""), "check-basis-missing"),
        (Asked("Bản cam kết", "", "Điều 16"), "check-asked-incomplete"),
        (Asked("", "Cần rõ nơi sinh", "Điều 16"), "check-asked-incomplete"),
        (Asked("Giấy của Trần Thị Bích Ngọc", "Cần", "Điều 16"), "check-private"),
        (Asked("x" * 600, "Cần", "Điều 16"), "check-note-long"),
        (Asked(" ", "", "\x00"), "check-nothing-wrong"),
    ],
)
def test_a_paper_beyond_the_list_needs_everything(bench: Bench, asked: Asked, refusal: str) -> None:
    by = bench.on_desk()
    assert marked(bench, by, ALL_GOOD) == ""
    assert key(returned(bench, by, asked)) == refusal
    assert bench.row().state == "checking"


def test_the_head_agrees_to_a_paper_beyond_the_list(bench: Bench) -> None:
    by = bench.on_desk()
    assert marked(bench, by, ALL_GOOD) == ""
    assert returned(bench, by, BEYOND) == Given(True)
    assert (bench.row().state, bench.told("checked-return")) == ("checking", [])
    assert marked(bench, by, {1: ("good", "")}) == "check-waiting"
    assert [(one.conversation_id, one.args) for one in bench.told("check-approve")] == [(4, {"subject": f"{CODE}#1"})]
    for who in ("officer", "other", "elsewhere"):
        refusal = bench.do(
            lambda s, who=who: returning.decide(
                s, bench.keys, bench.staff[who], f"{CODE}#1", agrees=True, now=bench.now
            )
        )
        assert key(refusal) == "check-not-head"
    decide = lambda agrees: bench.do(  # noqa: E731
        lambda s: returning.decide(s, bench.keys, bench.staff["head"], f"{CODE}#1", agrees=agrees, now=bench.now)
    )
    assert decide(True) is None
    given, paper = bench.given(), bench.do(lambda s: s.get_one(Paper, (CODE, 5)))
    assert given is not None
    assert (given.state, given.approved_by, bench.row().state) == ("sent", bench.staff["head"], "returned")
    assert (paper.title, paper.side, paper.basis, paper.how) == (BEYOND.title, "asked", BEYOND.basis, "")
    assert len(bench.told("checked-return")) == len(bench.told("check-approved")) == 1
    assert key(decide(True)) == key(decide(False)) == "check-decided"


def test_what_the_head_denies_can_be_made_anew(bench: Bench) -> None:
    by = bench.on_desk()
    assert marked(bench, by, BLURRED) == ""
    for again in range(2):
        assert returned(bench, by, BEYOND) == Given(True)
        assert len(bench.told("check-approve")) == again + 1, "the head hears of each list"
        bench.do(
            lambda s: returning.decide(s, bench.keys, bench.staff["head"], f"{CODE}#1", agrees=False, now=bench.now)
        )
        bench.later(minutes=5)
    assert len(bench.told("check-denied")) == 2
    assert bench.do(lambda s: viewing.view(s, bench.keys, by, bench.now)).denied
    assert returned(bench, by) == Given(False)
    given = bench.given()
    assert given is not None
    assert ([item["n"] for item in given.items], given.needs_head) == ([2], False)


def test_a_head_who_checks_herself_needs_no_other_tap(bench: Bench) -> None:
    bench.on_desk()
    by = bench.by("head")
    assert marked(bench, by, ALL_GOOD) == ""
    assert returned(bench, by, BEYOND) == Given(False)
    given = bench.given()
    assert given is not None
    assert (given.needs_head, given.approved_by) == (True, bench.staff["head"])


# -- a second return ------------------------------------------------------------------------------------------------


def test_a_second_return_may_name_what_is_new_or_still_wrong(bench: Bench) -> None:
    returned_once(bench)
    bench.do(lambda s: bench.sent_again(s, 2, 4))
    by = bench.by("officer", round_=2)
    assert marked(bench, by, {**BLURRED, 4: ("wrong", "Giấy mới gửi là của người khác")}) == ""
    assert returned(bench, by) == Given(False)
    assert key(bench.do(lambda s: outcome.returned(s, CODE, 1)) or Refused("none")) == "none"


def test_what_could_have_been_said_needs_a_reason_and_the_head(bench: Bench) -> None:
    returned_once(bench)
    bench.do(lambda s: bench.sent_again(s, 2))
    by = bench.by("officer", round_=2)
    assert marked(bench, by, {**ALL_GOOD, 1: ("wrong", "Thiếu chữ ký ở trang hai")}) == ""
    refusal = returned(bench, by)
    assert isinstance(refusal, Refused)
    assert (refusal.key, refusal.args) == ("check-reason-missing", {"titles": [PAPERS[0][0]]})
    assert key(returned(bench, by, reason=f"Quên, gọi {FORM['phone']}")) == "check-private"
    reason = "Lần trước ảnh trang hai chưa mở được"
    assert returned(bench, by, reason=reason) == Given(True)
    bench.do(lambda s: returning.decide(s, bench.keys, bench.staff["head"], f"{CODE}#2", agrees=True, now=bench.now))
    found = bench.do(lambda s: outcome.returned(s, CODE, 2))
    assert found is not None
    assert found.reason == reason
    day = timedelta(days=1)
    (whole,) = bench.do(lambda s: counting.counted(s, bench.now - day, bench.now + day))
    reasons = {"unreadable": 1, "wrong": 1}  # the blurred paper of the first round, the signature of the second
    assert whole == counting.Counted("1.001193", returns=2, again=1, not_new=1, beyond=0, denied=0, reasons=reasons)
    assert bench.do(lambda s: counting.counted(s, bench.now - day, bench.now + day, "X")) == []
    assert bench.do(lambda s: counting.counted(s, bench.now + day, bench.now + 2 * day)) == []


def test_returns_are_counted_for_each_procedure(bench: Bench) -> None:
    returned_once(bench)
    other = "CB-261120-0002"
    by = bench.on_desk(other, procedure="2.000815")
    found = {**ALL_GOOD, 1: ("missing", "Chưa có"), 2: ("missing", "Chưa có"), 4: ("wrong", "Của người khác")}
    assert marked(bench, by, found) == ""
    assert returned(bench, by, BEYOND) == Given(True)
    day = timedelta(days=1)
    (first,) = bench.do(lambda s: counting.counted(s, bench.now - day, bench.now + day))
    assert first.procedure_code == "1.001193"  # the other list waits for the head
    bench.do(lambda s: returning.decide(s, bench.keys, bench.staff["head"], f"{other}#1", agrees=True, now=bench.now))
    _, second = bench.do(lambda s: counting.counted(s, bench.now - day, bench.now + day))
    assert second == counting.Counted(
        "2.000815", returns=1, again=0, not_new=0, beyond=1, denied=0,
        reasons={"missing": 2, "wrong": 1, "asked": 1},
    )  # fmt: skip


# -- acceptance -----------------------------------------------------------------------------------------------------


def test_what_is_brought_needs_no_mark(bench: Bench) -> None:
    by = bench.on_desk()
    assert key(bench.do(lambda s: accept(s, bench.keys, by, bench.now))) == "check-unmarked"
    assert marked(bench, by, dict.fromkeys((1, 2, 4), ("good", ""))) == ""
    assert bench.do(lambda s: accept(s, bench.keys, by, bench.now)) is None
    row = bench.row()
    assert (row.state, row.accepted_at) == ("accepted", bench.now)
    assert [one.args for one in bench.told("checked-good")] == [{"code": CODE}]
    good = bench.do(lambda s: outcome.good(s, CODE, bench.now))
    assert good is not None
    assert good.bring == tuple(title for title, *_ in PAPERS)
    assert [day.isoformat() for day, _ in good.place.open] == ["2026-11-20", "2026-11-23"]


# -- looking --------------------------------------------------------------------------------------------------------


def test_every_look_is_written_down(bench: Bench) -> None:
    by = bench.on_desk()
    sheet = bench.do(lambda s: viewing.view(s, bench.keys, by, bench.now))
    assert {line.field: line.value for line in sheet.form}["name"] == FORM["name"]
    assert [len(one.pieces) for one in sheet.components] == [1, 1, 0, 1]
    stored, media = bench.do(lambda s: viewing.file(s, by, 2, 1, bench.now))
    assert (stored.startswith(f"{CODE}/2/1"), media) == (True, "image/jpeg")
    for n, page in ((2, 2), (2, 0), (2, -1), (3, 1), (99, 1), (0, 1)):
        assert key(bench.do(lambda s, n=n, page=page: viewing.file(s, by, n, page, bench.now))) == "check-no-file"
    officer = bench.staff["officer"]
    assert bench.logged("view-form") == [(officer, f"{CODE}#1", "done")]
    assert bench.logged("view-file")[0] == (officer, f"{CODE}#1/2/1", "done")


def test_a_dropped_file_or_one_of_another_is_never_shown(bench: Bench) -> None:
    by = bench.on_desk()
    bench.on_desk("CB-261120-0002")

    def drop(session: Session) -> None:
        for file in session.query(StoredFile).where(StoredFile.subject == CODE, StoredFile.paper_n == 1):
            file.dropped_at = bench.now

    bench.do(drop)
    assert key(bench.do(lambda s: viewing.file(s, by, 1, 1, bench.now))) == "check-no-file"
    stored, _ = bench.do(lambda s: viewing.file(s, by, 2, 1, bench.now))
    assert stored.startswith(CODE)


# -- together -------------------------------------------------------------------------------------------------------


def test_accepting_and_giving_back_at_the_same_moment_decides_once(bench: Bench) -> None:
    by = bench.on_desk()
    assert marked(bench, by, BLURRED) == ""
    done: list[str] = []
    ready = threading.Barrier(6)

    def press() -> None:
        ready.wait()
        done.append(key(returned(bench, by)))

    presses = [threading.Thread(target=press) for _ in range(6)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert sorted(done) == ["", *["check-finished"] * 5]
    assert len(bench.told("checked-return")) == 1

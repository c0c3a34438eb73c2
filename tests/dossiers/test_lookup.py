"""Two tiers of looking up: what strangers see, how owners prove themselves, and that nobody can lock them out."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from services.db.machine import Conversation
from services.db.session import unit
from services.dossiers import lifecycle, lookup, receipts, steps, views
from services.dossiers.facade import Dossiers
from services.dossiers.personal import Person
from services.dossiers.receipts import Bound, Issued
from services.dossiers.stages import Stage
from services.refusal import Refused
from tests.dossiers.office import KEYS, Office, key, ok, utc

OWNER = Person("Lê Thị A", "0987612345", "001190098765")


def unlock(office: Office, digits: str, asker: str = "chat:1", code: str = "X1") -> str | Refused:
    """One try."""
    with unit(office.db) as session:
        return lookup.unlock(session, KEYS, asker=asker, code=code, digits=digits, now=office.clock.now())


def redeem(office: Office, typed: str, asker: str = "chat:1") -> Bound | Refused:
    """A receipt's code is typed or scanned."""
    with unit(office.db) as session:
        return receipts.redeem(session, KEYS, asker=asker, typed=typed, now=office.clock.now())


def issue(office: Office, code: str = "X1") -> Issued:
    """The counter prints a receipt."""
    with office.hand("staff:3") as hand:
        issued = receipts.issue(hand, code)
    assert isinstance(issued, Issued)
    return issued


def test_the_owner_proves_herself(office: Office) -> None:
    office.create(code="X1", applicant=OWNER)
    right = ["2345", "8765", " 23 45 ", "612345", "0987612345", "098765", "001190098765"]
    for digits in right:
        assert unlock(office, digits, code=" x1 ") == "X1", digits
    with unit(office.db) as session:
        assert lookup.owner_reads(session, "X1") == [(office.clock.now(), "chat:1", "digits")] * len(right)


def test_what_is_no_answer_is_not_counted(office: Office) -> None:
    office.create(code="X1", applicant=OWNER)
    for digits in ("", "345", "abcd", "1234567890123", "\u0662\u0663\u0664\u0665", "23-4"):
        assert key(unlock(office, digits)) == "digits-malformed", digits
    assert unlock(office, "2345") == "X1"


def test_no_hint_which_was_wrong(office: Office) -> None:
    office.create(code="X1", applicant=OWNER)
    office.create(code="X2")
    wrong = unlock(office, "0000")
    for other in (
        unlock(office, "0000", code="X2"),
        unlock(office, "0000", code="X3"),
        unlock(office, "112345", "c:9"),
    ):
        assert other == wrong
    assert wrong == Refused("not-matched", {"left": 4})


def test_five_tries_then_a_day(office: Office) -> None:
    office.create(code="X1", applicant=OWNER)
    assert [key(unlock(office, "0000")) for _ in range(5)] == ["not-matched"] * 4 + ["locked"]
    refusal = unlock(office, "2345")
    assert refusal == Refused("locked", {"until": office.clock.now() + timedelta(hours=24)})
    assert unlock(office, "2345", asker="chat:2") == "X1"
    office.clock.tick(hours=23, minutes=59)
    assert key(unlock(office, "2345")) == "locked"
    office.clock.tick(minutes=1)
    assert unlock(office, "2345") == "X1"


def test_a_lock_by_a_clock_that_was_years_ahead_is_over_after_a_day(office: Office) -> None:
    office.create(code="X1", applicant=OWNER)
    issued = issue(office)
    office.clock.tick(days=3650)
    for _ in range(5):
        wrong = unlock(office, "0000")
    for _ in range(10):
        redeem(office, "AAAAA-AAAAA")
    assert key(wrong) == "locked"
    office.clock.tick(days=-3650)
    assert key(unlock(office, "2345")) == "locked"
    assert key(redeem(office, issued.code)) == "locked"
    office.clock.tick(days=1)
    assert unlock(office, "2345") == "X1"
    assert isinstance(redeem(office, issued.code), Bound)


def test_the_right_answer_wipes_the_slate(office: Office) -> None:
    office.create(code="X1", applicant=OWNER)
    for _ in range(3):
        for _ in range(4):
            assert key(unlock(office, "0000")) == "not-matched"
        assert unlock(office, "2345") == "X1"


def test_nobody_can_lock_the_owner_out(office: Office) -> None:
    office.create(code="X1", applicant=OWNER)
    issued = issue(office)
    for number in range(20):
        assert key(unlock(office, "0000", asker=f"stranger:{number}")) == "not-matched"
    assert key(unlock(office, "0000", asker="stranger:20")) == "digits-closed"
    assert key(unlock(office, "2345")) == "digits-closed"
    assert isinstance(redeem(office, issued.code), Bound)
    office.clock.tick(hours=24)
    assert unlock(office, "2345") == "X1"


def test_tries_that_come_together_are_all_counted(on_postgresql: Office) -> None:
    office = on_postgresql
    office.create(code="X1", applicant=OWNER)
    answers: list[str] = []

    def guess(number: int) -> None:
        answers.append(key(unlock(office, f"{number:04d}", asker="chat:1")))

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["locked"] * 4 + ["not-matched"] * 4
    assert office.row("SELECT wrong FROM lookup_days").wrong == 5


def test_many_guesses_leave_little(office: Office) -> None:
    for number in range(40):
        unlock(office, "0000", asker="chat:1", code=f"H45.15-261120-{number:04d}")
    with unit(office.db) as session:
        assert lookup.forget_old(session, office.clock.now()) == 0
        assert lookup.forget_old(session, office.clock.now() + timedelta(days=3)) == 61, (
            "thirty tries, then nothing more"
        )


def test_the_public_tier_is_limited(office: Office) -> None:
    with unit(office.db) as session:
        now = office.clock.now()
        assert [lookup.may_ask(session, "address:1", now, most=3) for _ in range(5)] == [True] * 3 + [False] * 2
        assert lookup.may_ask(session, "address:2", now, most=3)
        assert lookup.may_ask(session, "address:1", now + timedelta(minutes=10), most=3)


def test_a_receipt_binds_one_scanner_once(office: Office) -> None:
    office.create(code="X1", applicant=OWNER)
    issued = issue(office)
    assert receipts.looks_like_code(issued.code)
    spelt = issued.code.lower().replace("-", " ").replace("q", "0")
    assert redeem(office, spelt, "chat:1") == Bound(issued.id, "X1", True)
    assert redeem(office, issued.token, "chat:1") == Bound(issued.id, "X1", False)
    assert key(redeem(office, issued.code, "chat:2")) == "receipt-spent"
    with unit(office.db) as session:
        assert receipts.printable(session, KEYS, issued.id) is None
        assert [way for _, _, way in lookup.owner_reads(session, "X1")] == ["receipt"]


@pytest.mark.parametrize("phone", ["0987654322", "098 765 4322", "0223334445"])
def test_a_whole_telephone_number_is_no_receipts_code(office: Office, phone: str) -> None:
    """Ten digits without a 1 have the letters of a code, where a 0 may be a misread Q."""
    office.create(code="X1", applicant=Person("Lê Thị A", phone))
    with unit(office.db) as session:
        session.add(Conversation(id=7, channel="web", account="default", chat="c", created_ms=0))
        session.flush()
        assert Dossiers(session, office.clock, KEYS).prove(7, "X1", phone) == "X1"
    assert all(not receipts.looks_like_code(str(number)) for number in (9876543222, 2222222222))


def test_a_receipt_is_printed_again_and_replaced(office: Office) -> None:
    office.create(code="X1")
    first = issue(office)
    with unit(office.db) as session:
        assert receipts.printable(session, KEYS, first.id) == first
    second = issue(office)
    assert second.code != first.code
    assert key(redeem(office, first.code)) == "receipt-revoked"
    assert isinstance(redeem(office, second.code), Bound)
    with office.hand() as hand:
        assert key(receipts.issue(hand, "không có")) == "dossier-unknown"


def test_the_counter_revokes(office: Office) -> None:
    office.create(code="X1")
    issued = issue(office)
    redeem(office, issued.code, "chat:thief")
    with office.hand("staff:3") as hand:
        assert receipts.revoke(hand, issued.id) == "chat:thief"
        assert key(receipts.revoke(hand, 999)) == "receipt-unknown"
    assert key(redeem(office, issued.code, "chat:thief")) == "receipt-revoked"


def test_guessing_receipts(office: Office) -> None:
    office.create(code="X1")
    issued = issue(office)
    for _ in range(10):
        assert key(redeem(office, "AAAAA-AAAAA")) == "receipt-unknown"
    assert key(redeem(office, issued.code)) == "locked"
    office.clock.tick(days=1)
    assert isinstance(redeem(office, issued.code), Bound)


def test_the_code_is_not_in_the_database(office: Office) -> None:
    office.create(code="X1")
    issued = issue(office)
    for row in office.rows("SELECT * FROM receipts"):
        assert issued.token not in str(row)


def test_what_strangers_see(office: Office) -> None:
    office.create(code="X1", applicant=OWNER)
    percents = []
    for status in (2, 4, 5, 4, 9, 10):
        if status != 2:
            office.moves("X1", status)
        with unit(office.db) as session:
            seen = views.public(session, "X1", office.clock.now())
        assert seen is not None
        percents.append(seen.percent)
    assert percents == [20, 50, 50, 50, 90, 100]
    with unit(office.db) as session:
        assert views.public(session, "X9", office.clock.now()) is None


def test_steps_make_progress_finer(office: Office) -> None:
    office.create(code="X1")
    office.moves("X1", 4)
    with office.hand() as hand:
        steps.plan(hand, "X1", [Stage("a", "H1"), Stage("b", "H2")])
        steps.move_on(hand, "X1")
        seen = views.public(hand.session, "X1", hand.now)
    assert seen is not None
    assert seen.percent == 55


def test_what_the_owner_sees(office: Office) -> None:
    office.create(code="X1", applicant=OWNER, due_at=utc("2026-11-24 10:00"))
    office.create(code="X1-1", parent_code="X1", agency_code="H45.20")
    office.update("X1", status=4, holder_code="H45.20", status_note="Đang thẩm định")
    office.take()
    office.clock.tick(days=6)
    with office.hand() as hand:
        seen = views.owner(hand.session, "X1", hand.now)
        assert seen is not None
        assert [(one.status, one.holder_code) for one in seen.timeline] == [(2, "H45.15"), (4, "H45.20")]
        assert (seen.turn, seen.lateness, seen.days_late, seen.note) == ("office", "late", 2, "Đang thẩm định")
        assert [child.code for child in seen.children] == ["X1-1"]
        ok(lifecycle.extend(hand, "X1", utc("2026-11-26 10:00"), "Chờ xác minh"))
        later = views.owner(hand.session, "X1", hand.now)
        assert later is not None
        assert (later.lateness, later.days_late, later.state.first_due_at) == ("due-today", 0, utc("2026-11-24 10:00"))
    office.moves("X1", 5)
    with unit(office.db) as session:
        seen = views.owner(session, "X1", office.clock.now())
        assert seen is not None
        assert seen.turn == "citizen"
        assert "0987612345" not in repr(seen)
        assert views.owner(session, "X9", office.clock.now()) is None


def test_the_timeline_tells_nothing_false_and_nothing_twice(office: Office) -> None:
    office.create(code="X1", applicant=OWNER, due_at=utc("2026-11-26 10:00"))
    office.update("X1", status=42, status_note="ghi nhầm")
    office.update("X1", status=4, status_note=None)
    office.update("X1", procedure_code="2.000815")
    office.update("X1", due_at="không biết" if office.db.is_sqlite else "infinity")
    office.update("X1", due_at="2026-12-03 10:00:00")
    office.update("X1", status_note="Chờ Phòng Tư pháp")
    office.take()
    with unit(office.db) as session:
        seen = views.owner(session, "X1", office.clock.now())
    assert seen is not None
    shown = [(one.status, one.kind, one.note) for one in seen.timeline]
    assert shown == [
        (2, "received", None), (4, "status", None), (4, "due", None), (4, "note", "Chờ Phòng Tư pháp"),
    ]  # fmt: skip


def test_lists_for_programs(office: Office) -> None:
    office.create(code="X1", due_at=utc("2026-11-24 10:00"))
    office.create(code="X2", due_at=utc("2026-11-26 10:00"), agency_code="H45.20")
    office.insert("X3", due_at="2026-11-24T09:00:00Z")
    office.take()
    office.moves("X1", 4)
    with unit(office.db) as session:

        def codes(**wanted: object) -> list[str]:
            return [code for code, _ in views.listed(session, **wanted)]  # type: ignore[arg-type]

        assert codes() == ["X1", "X2", "X3"]
        assert codes(limit=2) == ["X1", "X2"]
        assert codes(after="X2") == ["X3"]
        assert codes(status=2) == ["X2", "X3"]
        assert codes(agency="H45.20") == ["X2"]
        assert codes(due_before=utc("2026-11-25 00:00")) == ["X1", "X3"]
    office.moves("X1", 9)
    with unit(office.db) as session:
        assert codes(due_before=utc("2026-11-25 00:00")) == ["X3"]
        row = views.shared_row(session, "x1")
    assert row is not None
    assert (row["code"], row["status"]) == ("X1", 9)

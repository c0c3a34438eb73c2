"""However many claim a card at the same moment: one owner, and an answer for each."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from sqlalchemy import func, select

from services.db.desk import Card, DeskLog
from services.db.session import Database, unit
from services.db.telling import Telling
from services.desk import cards, clock, staff
from services.refusal import Refused
from tests.desk.conftest import AGENCY, NOW, OTHER
from tests.kit import people
from tests.kit.patience import PATIENCE

TAPS, AT_ONCE = 200, 16


def hired(db: Database, count: int, agency: str = AGENCY, role: str = "officer", first: int = 0) -> list[int]:
    with unit(db) as session:
        return [people.bind(session, str(2000 + first + n), role, agency, NOW) for n in range(count)]


def opened(db: Database, subject: str = "CB-261120-0001#1", kind: str = "check") -> int:
    with unit(db) as session:
        return cards.open_card(session, NOW, kind, subject, AGENCY)


def claimed(db: Database, staff_id: int, card_id: int) -> str:
    with unit(db) as session:
        by = staff.by_id(session, staff_id)
        assert by is not None
        done = cards.claim(session, by, card_id, NOW)
        return done.key if isinstance(done, Refused) else "owner"


def test_two_hundred_taps_make_one_owner_and_two_hundred_answers(db: Database) -> None:
    everybody, card_id = hired(db, TAPS), opened(db)
    together = Barrier(AT_ONCE)

    def tap(staff_id: int) -> str:
        if staff_id <= everybody[AT_ONCE - 1]:
            together.wait(PATIENCE)
        return claimed(db, staff_id, card_id)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = Counter(pool.map(tap, everybody))
    assert answers == {"owner": 1, "card-taken": TAPS - 1}
    with unit(db) as session:
        card = session.get_one(Card, card_id)
        assert card.state == "claimed"
        assert card.owner_id in everybody
        assert cards.owner_of(session, "check", "CB-261120-0001#1") == card.owner_id
        logged = select(DeskLog.outcome, func.count()).where(DeskLog.action == "claim").group_by(DeskLog.outcome)
        assert dict(session.execute(logged).all()) == {"done": 1, "card-taken": TAPS - 1}
        told = session.scalars(select(Telling).where(Telling.kind == "desk-yours")).all()
        owner = staff.by_id(session, card.owner_id or 0)
        assert [one.conversation_id for one in told] == [owner and owner.conversation_id]


def test_the_owner_who_taps_again_still_has_it(db: Database) -> None:
    (first, second), card_id = hired(db, 2), opened(db)
    assert [claimed(db, who, card_id) for who in (first, first, second)] == ["owner", "owner", "card-taken"]


def test_a_card_is_opened_once_however_often(db: Database) -> None:
    hired(db, 1)
    assert opened(db) == opened(db)
    with unit(db) as session:
        assert session.scalar(select(func.count()).select_from(Telling)) == 1


def test_who_may_not_take_it(db: Database) -> None:
    card_id, rating = opened(db), opened(db, "rating:1", "rating")
    (keeper,), (elsewhere,) = hired(db, 1, role="keeper"), hired(db, 1, OTHER, first=10)
    (officer,), (head,) = hired(db, 1, first=20), hired(db, 1, role="head", first=30)
    assert claimed(db, keeper, card_id) == "card-not-staff"
    assert claimed(db, elsewhere, card_id) == "card-elsewhere"
    assert claimed(db, officer, rating) == "card-for-head"
    assert claimed(db, officer, 999) == "card-unknown"
    assert claimed(db, head, rating) == "owner"
    with unit(db) as session:
        cards.finish(session, "check", "CB-261120-0001#1", NOW)
    assert claimed(db, officer, card_id) == "card-gone"


def test_a_lease_runs_out_in_working_time_and_any_clock_may_see_it(db: Database) -> None:
    (first, second), card_id = hired(db, 2), opened(db)
    assert claimed(db, first, card_id) == "owner"
    with unit(db) as session:
        # four hours of work from nine: two and a half before noon, one and a half after it
        assert session.get_one(Card, card_id).lease_until == NOW + timedelta(hours=6)
        assert clock.tick(session, NOW + timedelta(hours=5, minutes=59)) == 0
    dealt = []
    for _ in range(2):
        with unit(db) as session:
            dealt.append(clock.tick(session, NOW + timedelta(hours=6)))
    assert dealt == [1, 0]
    assert claimed(db, second, card_id) == "owner"


def test_reminded_once_then_escalated_once(db: Database) -> None:
    hired(db, 1)
    hired(db, 1, role="head", first=10)
    card_id = opened(db)
    seen = []
    for hours in (1, 2, 3, 6, 7, 30):
        with unit(db) as session:
            clock.tick(session, NOW + timedelta(hours=hours))
    with unit(db) as session:
        for kind, count in session.execute(select(Telling.kind, func.count()).group_by(Telling.kind)):
            seen.append((kind, count))
        assert session.get_one(Card, card_id).state == "open"
    assert sorted(seen) == [("desk-card", 1), ("desk-escalated", 1), ("desk-reminded", 1)]


def test_handed_on_it_has_a_new_owner_and_given_back_it_has_none(db: Database) -> None:
    (first, second), (elsewhere,) = hired(db, 2), hired(db, 1, OTHER, first=10)
    card_id = opened(db)
    claimed(db, first, card_id)

    def passes(who: int, target: str) -> str:
        with unit(db) as session:
            by = staff.by_id(session, who)
            assert by is not None
            done = cards.pass_on(session, by, card_id, target, NOW)
            return done.key if isinstance(done, Refused) else f"{done.agency_code} {done.owner_id}"

    assert passes(second, f"staff:{second}") == "card-not-yours"
    assert passes(first, f"staff:{elsewhere}") == "card-target-unknown"
    assert passes(first, "agency:nowhere") == "card-target-unknown"
    assert passes(first, f"staff:{second}") == f"{AGENCY} {second}"
    assert passes(second, f"agency:{OTHER}") == f"{OTHER} None"
    assert claimed(db, first, card_id) == "card-elsewhere"
    assert claimed(db, elsewhere, card_id) == "owner"
    with unit(db) as session:
        by = staff.by_id(session, elsewhere)
        assert by is not None
        assert not isinstance(cards.release(session, by, card_id, NOW), Refused)
        assert session.get_one(Card, card_id).owner_id is None

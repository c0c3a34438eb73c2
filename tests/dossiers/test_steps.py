"""The steps of a dossier's way: planned once, moved on by whatever hands it over or ends it, by whomever."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.db.session import unit
from services.dossiers import lifecycle, stages, steps
from services.dossiers.stages import Stage
from tests.dossiers.office import AGENCY, Office, key, ok, utc

DUE = utc("2026-11-26 10:00")
LAND, CHAIR = "H45.20", "H45.01"
WAY = [Stage("Thẩm định", LAND, utc("2026-11-24 10:00")), Stage("Trình ký", CHAIR, utc("2026-11-25 10:00"))]


def planned(office: Office, *way: Stage) -> str:
    """The code of a dossier at work on the first step of this way."""
    code = office.create(due_at=DUE, holder_code=LAND, status=4).code
    with office.hand() as hand:
        assert steps.plan(hand, code, way or WAY) is True
    return code


def seen(office: Office, code: str) -> list[Stage]:
    with unit(office.db) as session:
        return stages.of_dossier(session, code)


def marks(office: Office, code: str) -> str:
    """Each step in one letter: d(one), r(unning), l(ater)."""
    return "".join("d" if one.done_at else "r" if one.started_at else "l" for one in seen(office, code))


def test_steps_with_deadlines_of_their_own(office: Office) -> None:
    code = office.create(due_at=DUE).code
    with office.hand() as hand:
        assert key(steps.plan(hand, code, [Stage("Dài quá", LAND, DUE + timedelta(days=1))])) == "step-after-due"
        assert key(steps.plan(hand, code, [Stage("Sớm quá", LAND, utc("2026-11-19 10:00"))])) == "due-before-receipt"
        assert key(steps.plan(hand, "không có", WAY)) == "dossier-unknown"
        assert key(steps.move_on(hand, code)) == "no-step"
        assert steps.plan(hand, code, WAY) is True
    office.clock.tick(days=5)
    now = office.clock.now()
    running, later = seen(office, code)
    assert running.started_at == utc("2026-11-20 02:00")
    assert (running.is_late(now), running.days_late(now)) == (True, 1)
    assert not later.is_late(utc("2026-12-25 02:00")), "an agency that does not have it yet is not late"
    with office.hand() as hand:
        assert ok(steps.move_on(hand, code)).state.holder_code == CHAIR
        assert steps.move_on(hand, code) is None
    first, second = seen(office, code)
    assert first.done_at == second.started_at == second.done_at == now
    assert first.is_late(now)
    assert not second.is_late(utc("2026-11-29 02:00"))


def test_the_same_plan_again_does_nothing_and_what_is_done_stays(office: Office) -> None:
    code = planned(office)
    office.clock.tick(hours=1)
    with office.hand() as hand:
        assert steps.plan(hand, code, WAY) is False
    office.moves(code, 4, holder=CHAIR)
    before = seen(office, code)
    longer = [*WAY, Stage("Trả kết quả", AGENCY, DUE)]
    with office.hand() as hand:
        assert key(steps.plan(hand, code, WAY[1:])) == "step-done"
        assert key(steps.plan(hand, code, [Stage("Thẩm định", LAND, DUE), *WAY[1:]])) == "step-done"
        assert steps.plan(hand, code, longer) is True
    assert seen(office, code)[:2] == before
    assert marks(office, code) == "drl"
    office.moves(code, 8, note="Dừng")
    with office.hand() as hand:
        assert key(steps.plan(hand, code, longer)) == "transition-impossible"


def hand_over(office: Office, code: str, to: str, way: str) -> None:
    if way == "sql":
        office.update(code, holder_code=to)
        office.take()
    elif way == "api":
        office.moves(code, 4, holder=to, event_id=f"to-{to}")
    else:
        with office.hand() as hand:
            ok(lifecycle.hand_over(hand, code, to))


@pytest.mark.parametrize("way", ["sql", "api", "chat"])
def test_a_hand_over_ends_the_running_step_and_starts_the_next(office: Office, way: str) -> None:
    code = planned(office)
    office.clock.tick(hours=3)
    hand_over(office, code, "H45.99", way)
    assert marks(office, code) == "rl", "an agency that is not the next one changes nothing"
    hand_over(office, code, LAND, way)
    assert marks(office, code) == "rl"
    hand_over(office, code, CHAIR, way)
    first, second = seen(office, code)
    assert first.done_at == second.started_at is not None
    assert abs(first.done_at - office.clock.now()) < timedelta(minutes=1)
    before = seen(office, code)
    office.clock.tick(hours=1)
    office.take()
    office.update(code, status_note="Đang trình")
    office.take()
    assert seen(office, code) == before, "taken in once"


def test_two_hand_overs_that_are_taken_in_together(office: Office) -> None:
    code = planned(office, *WAY, Stage("Trả kết quả", AGENCY))
    office.update(code, holder_code=CHAIR)
    office.update(code, holder_code=AGENCY)
    office.take()
    assert marks(office, code) == "ddr"


def test_what_is_undone_leaves_the_plan_as_it_was(office: Office) -> None:
    code = planned(office)

    def undone() -> None:
        with office.hand() as hand:
            ok(lifecycle.hand_over(hand, code, CHAIR))
            assert [one.is_running for one in stages.of_dossier(hand.session, code)] == [False, True]
            raise InterruptedError

    with pytest.raises(InterruptedError):
        undone()
    assert marks(office, code) == "rl"


@pytest.mark.parametrize(("status", "way"), [(7, "sql"), (8, "sql"), (9, "sql"), (7, "ours"), (8, "ours"), (9, "ours")])
def test_the_end_ends_the_running_step(office: Office, status: int, way: str) -> None:
    code = planned(office)
    office.clock.tick(hours=3)
    if way == "sql":
        office.update(code, status=status)
        office.take()
    else:
        office.moves(code, status, note="Lý do")
    assert marks(office, code) == "dl"
    ended: datetime = office.row("SELECT ended_at FROM dossier_ledger")[0]
    assert str(seen(office, code)[0].done_at)[:16] == str(ended)[:16].replace("T", " ")


def test_what_is_not_accepted(office: Office) -> None:
    code = office.create(status=1).code
    with office.hand() as hand:
        steps.plan(hand, code, WAY)
    office.moves(code, 3, note="Không thuộc thẩm quyền")
    assert marks(office, code) == "dl"


def test_handing_out_the_result_may_be_a_step_of_its_own(office: Office) -> None:
    code = planned(office, WAY[0], Stage("Trả kết quả", AGENCY, DUE))
    office.moves(code, 9, holder=AGENCY)
    assert marks(office, code) == "dr"
    office.clock.tick(hours=2)
    office.moves(code, 10)
    assert marks(office, code) == "dd"
    assert seen(office, code)[1].done_at == office.clock.now()
    assert office.row("SELECT count(*) FROM dossier_anomalies")[0] == 0


def test_an_end_that_is_taken_back_gives_the_step_back(office: Office) -> None:
    code = planned(office)
    office.moves(code, 4, holder=CHAIR)
    office.update(code, status=9)
    office.take()
    assert marks(office, code) == "dd"
    office.update(code, status=4)
    office.take()
    assert marks(office, code) == "dr"


def test_two_steps_of_one_agency(office: Office) -> None:
    code = planned(office, Stage("Đo đạc", LAND), Stage("Thẩm định", LAND), Stage("Trình ký", CHAIR))
    with office.hand() as hand:
        assert not ok(steps.move_on(hand, code)).fresh
    assert marks(office, code) == "drl"
    office.moves(code, 4, holder=CHAIR)
    assert marks(office, code) == "ddr"

"""A later date: once, on a day when the office works, with a reason, before it is decided; and the end of a step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import select

from services.db.desk import DeskLog
from services.db.session import Database, unit
from services.desk import actions, extending, staff
from services.desk.staff import Member
from services.dossiers import events, lifecycle, opening, stages, steps
from services.dossiers.hand import Hand
from services.dossiers.opening import Filing
from services.dossiers.stages import Stage
from services.keys import Keys
from services.refusal import Refused
from tests.desk.conftest import AGENCY, NOW, OTHER
from tests.kit import people

DUE = datetime(2026, 11, 26, 10, tzinfo=UTC)
CODE, LATER, WHY = "H99.15-261120-0001", date(2026, 12, 1), "Chờ xác minh"


def at_work(db: Database, keys: Keys, agency: str = AGENCY, **facts: object) -> Member:
    """An officer of `agency`; a dossier of AGENCY is filed."""
    filing = Filing(procedure_code="1.001193", agency_code=AGENCY, status=4, due_at=DUE)
    with unit(db) as session:
        opening.create(Hand(session, keys, "staff:1", NOW), replace(filing, **facts))  # type: ignore[arg-type]
        found = staff.by_id(session, people.bind(session, "2001", "officer", agency, NOW))
    assert found is not None
    return found


def extended(db: Database, keys: Keys, by: Member, day: date = LATER, why: str = WHY, code: str = CODE) -> str:
    """The key of the refusal; "" when the date was moved."""
    with unit(db) as session:
        done = extending.extend(Hand(session, keys, by.actor, NOW), by, code, day, why)
    return done.key if isinstance(done, Refused) else ""


def test_once_until_the_office_closes_on_that_day(db: Database, keys: Keys) -> None:
    by = at_work(db, keys)
    assert extended(db, keys, by) == ""
    assert extended(db, keys, by, date(2026, 12, 2)) == "extension-used"
    with unit(db) as session:
        event = events.of_dossier(session, CODE)[-1]
        logged = [(row.action, row.outcome) for row in session.scalars(select(DeskLog).order_by(DeskLog.id))]
    assert (event.kind, event.form_no, event.text) == ("due", lifecycle.EXTENSION_FORM, WHY)
    assert event.row.due_at == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert logged == [("extend 2026-12-01", "done"), ("extend", "extension-used")]


def test_days_and_words_that_cannot_be(db: Database, keys: Keys) -> None:
    by = at_work(db, keys)
    for day, why, key in (
        (LATER, " ", "reason-missing"),
        (LATER, "x" * (actions.LONGEST_NOTE + 1), "note-long"),
        (date(2026, 11, 26), WHY, "due-not-later"),
        (date(2026, 11, 19), WHY, "counter-day"),
        (date(2026, 11, 24), WHY, "counter-day"),
        (date(2026, 11, 29), WHY, "counter-day"),
        (date(2036, 11, 26), WHY, "counter-day"),
    ):
        assert extended(db, keys, by, day, why) == key, day
    assert extended(db, keys, by, code="H99.15-261120-0009") == "dossier-unknown"
    with unit(db) as session:
        assert len(events.of_dossier(session, CODE)) == 1


def test_nothing_to_move(db: Database, keys: Keys) -> None:
    assert extended(db, keys, at_work(db, keys, due_at=None)) == "no-due"


def test_what_is_decided_is_not_made_timely(db: Database, keys: Keys) -> None:
    assert extended(db, keys, at_work(db, keys, status=9)) == "transition-impossible"


def test_another_agency(db: Database, keys: Keys) -> None:
    by = at_work(db, keys, OTHER)
    assert extended(db, keys, by) == "work-elsewhere"


def test_the_agency_of_the_next_step_is_offered_first_and_its_step_begins(db: Database, keys: Keys) -> None:
    by = at_work(db, keys, holder_code="H99.20")
    with unit(db) as session:
        hand = Hand(session, keys, by.actor, NOW)
        steps.plan(hand, CODE, [Stage("Thẩm định", "H99.20"), Stage("Xác minh", OTHER), Stage("Trình ký", OTHER)])
        seen = actions.look(hand, by, CODE)
        assert isinstance(seen, actions.AtWork)
        assert next(code for code, _ in actions.agencies(hand, seen)) == OTHER
        for note in ("", "Đang trình ký", ""):
            assert not isinstance(actions.act(hand, by, CODE, actions.END_STEP, note=note), Refused)
        way = stages.of_dossier(session, CODE)
        assert all(one.done_at for one in way)
        told = [(event.kind, event.row.holder_code, event.text) for event in events.of_dossier(session, CODE)]
        assert told == [("received", "H99.20", None), ("handover", OTHER, None), ("note", OTHER, "Đang trình ký")]
        refusal = actions.act(hand, by, CODE, actions.END_STEP)
        assert isinstance(refusal, Refused)
        assert refusal.key == "transition-impossible"

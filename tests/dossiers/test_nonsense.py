"""What other programs write and makes no sense: named, noted once, and never told as news."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.db.session import unit
from services.dossiers import views
from services.dossiers.changes import Change
from tests.dossiers.office import Office, utc

DUE = utc("2026-11-26 10:00")


def only(office: Office) -> Change:
    """The one change of the next look."""
    (change,) = office.take().changes
    return change


def noted(office: Office) -> list[tuple[str, int]]:
    """What the operator was told: the kinds of trouble, and how often each came."""
    return [(row.key, row.times) for row in office.rows("SELECT key, times FROM operator_notes ORDER BY id")]


@pytest.mark.parametrize(
    "written",
    ["ngày mai", "26/11/2026", "2026-11-26", "2026-11-26 10:00", "2026-11-26T10:00:00+07:00", "2026-02-30 10:00:00",
     "2026-11-26 25:00:00", "2026-11-26 10:00:00ZZ", "2026-11-26 10:00:00.5ZZ", "2026-11-26 10:00:00.", "now", "",
     1795687200, 2461371.5, b"\xff\xfe"],
)  # fmt: skip
def test_times_nobody_can_read(on_sqlite: Office, written: Any) -> None:
    office = on_sqlite
    office.create(code="X1", due_at=DUE)
    office.take()
    office.update("X1", due_at=written)
    change = only(office)
    assert change.anomalies == ("time-unreadable",)
    assert (change.verdict, change.due_at, change.state.due_at) == ("nothing", DUE, DUE)
    office.update("X1", status=4)
    assert only(office).anomalies == ()
    assert noted(office) == [("time-unreadable", 1)]
    with unit(office.db) as session:
        assert views.owner(session, "X1", office.clock.now()) is not None
        assert views.shared_row(session, "X1") is not None


def test_times_that_postgresql_takes_and_python_does_not(on_postgresql: Office) -> None:
    office = on_postgresql
    office.create(code="X1", due_at=DUE)
    office.take()
    for written in ("infinity", "12026-01-01 00:00:00+00", "0044-03-15 10:00:00 BC"):
        office.update("X1", due_at=written)
        assert only(office).anomalies == ("time-unreadable",)
    with unit(office.db) as session:
        assert views.owner(session, "X1", office.clock.now()) is not None
    assert noted(office) == [("time-unreadable", 3)]


@pytest.mark.parametrize("written", ["9999-12-31 23:59:59", "0001-01-01 00:00:00"])
def test_a_date_that_stands_for_never_is_none(office: Office, written: str) -> None:
    office.create(code="X1", due_at=DUE)
    office.take()
    office.update("X1", due_at=written)
    assert only(office).anomalies == ("time-unreadable",)
    office.moves("X1", 4)
    office.update("X1", status=9)
    assert {one.state.due_at for one in office.take().changes} == {DUE}
    with unit(office.db) as session:
        assert views.owner(session, "X1", office.clock.now()) is not None


@pytest.mark.parametrize("value", [0, 11, 42, -1])
def test_unknown_statuses(office: Office, value: int) -> None:
    office.create(code="X1")
    office.take()
    office.update("X1", status=value)
    change = only(office)
    assert (change.verdict, change.anomalies, change.status) == ("nothing", ("status-unknown",), 2)
    office.update("X1", status=2)
    assert only(office).verdict == "nothing"
    office.update("X1", status=4)
    assert only(office).verdict == "news"
    assert noted(office) == [("status-unknown", 1)]


@pytest.mark.parametrize("value", ["xong", "9.5", "", b"\xff"])
def test_statuses_that_are_no_numbers(on_sqlite: Office, value: Any) -> None:
    office = on_sqlite
    office.insert("X1", status=value)
    assert only(office).anomalies == ("status-unknown",)
    office.update("X1", status="9")
    assert (only(office).status, noted(office)) == (9, [("status-unknown", 1)])


def test_back_from_done(office: Office) -> None:
    office.create(code="X1", due_at=DUE)
    office.moves("X1", 9)
    office.take()
    office.update("X1", status=4)
    change = only(office)
    assert (change.verdict, change.status, change.anomalies) == ("correction", 4, ("transition-impossible",))
    assert change.state.ended_at is None
    args = office.row("SELECT args FROM dossier_anomalies").args
    assert args == '{"old":9,"new":4}'
    office.update("X1", status=9)
    assert only(office).verdict == "news"


def test_finished_twice(office: Office) -> None:
    office.insert("X1", received_at="2026-11-18 02:00:00")
    office.update("X1", status=9, finished_at="2026-11-19 09:00:00")
    office.update("X1", finished_at="2026-11-18 09:00:00")
    changed = office.take().changes[-1]
    assert (changed.anomalies, changed.verdict) == (("finished-twice",), "nothing")
    assert changed.state.ended_at == utc("2026-11-19 09:00")
    office.update("X1", status=10)
    office.update("X1", status=9)
    assert office.take().changes[-1].anomalies == ("finished-twice",)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"received_at": "2026-11-20 09:00:00"}, "time-future"),  # local time taken for UTC
        ({"status": 9, "finished_at": "2026-11-18 09:00:00"}, "time-backwards"),
        ({"due_at": "2026-11-01 10:00:00"}, "time-backwards"),
        ({"due_at": None}, "due-removed"),
        ({"status": 9, "finished_at": "2026-12-01 09:00:00"}, "time-future"),
    ],
)
def test_times_that_make_no_sense(office: Office, columns: dict[str, Any], found: str) -> None:
    office.create(code="X1", received_at=utc("2026-11-19 02:00"), due_at=DUE)
    office.take()
    office.update("X1", **columns)
    change = only(office)
    assert change.anomalies == (found,)
    assert change.state.due_at == change.due_at == DUE
    assert change.state.received_at == utc("2026-11-19 02:00")
    assert change.state.ended_at in (None, change.at)
    assert noted(office) == [(found, 1)]


def test_one_note_however_often(office: Office) -> None:
    office.create(code="X1")
    for value in (42, 43, 42):
        office.update("X1", status=value)
    office.take()
    assert noted(office) == [("status-unknown", 3)]
    assert office.row("SELECT count(*) FROM dossier_anomalies")[0] == 3


def test_a_nonsense_status_does_not_bind_us(office: Office) -> None:
    office.create(code="X1")
    office.update("X1", status=42)
    assert office.moves("X1", 4).state.status == 4
    assert office.row("SELECT status FROM dossiers").status == 4


def test_text_in_another_encoding(on_sqlite: Office) -> None:
    office = on_sqlite
    office.create(code="X1")
    office.take()
    office.foreign.write("UPDATE dossiers SET status_note = CAST(x'c4f46e' AS TEXT), holder_code = CAST(x'ff' AS TEXT)")
    change = only(office)
    assert (change.note, change.holder_code) == ("\ufffd\ufffdn", "\ufffd")
    office.moves("X1", 4)
    office.foreign.write(
        "INSERT INTO dossiers (code, procedure_code, agency_code, status) VALUES (CAST(x'ff41' AS TEXT), 'a', 'b', 2)"
    )
    office.insert("X2")
    assert [change.code for change in office.take().changes] == ["X1", "X2"]
    assert noted(office) == [("code-unreadable", 1)]
    assert not office.take()


def test_a_program_whose_clock_is_a_little_ahead_does_not_stop_the_office(office: Office) -> None:
    ahead = office.clock.now() + timedelta(minutes=9)
    office.insert("X1", received_at=ahead.strftime("%Y-%m-%d %H:%M:%S"))
    assert only(office).anomalies == ()
    done = office.moves("X1", 9)
    assert (done.state.received_at, done.state.ended_at, done.state.timeliness) == (ahead, ahead, "on-time")
    assert office.moves("X1", 10).state.returned_at == ahead
    assert not [change for change in office.take().changes if change.anomalies]


def test_our_own_clock_put_back_a_little_does_not_either(office: Office) -> None:
    office.create(code="X1", due_at=DUE)
    received = office.clock.now()
    office.clock.tick(seconds=-40)
    assert office.moves("X1", 4, event_id="e1").state.received_at == received
    assert office.events("X1")[-1].at == received
    assert office.refuses("X1", 9, occurred_at=received + timedelta(minutes=5)) == "time-future"


def test_clocks_that_jump(office: Office) -> None:
    """Our own clock goes back by a day: nothing raises, and what happens then is still taken in, in order."""
    office.create(code="X1", due_at=DUE)
    office.clock.tick(days=-1)
    assert office.refuses("X1", 4) == "before-receipt"
    office.update("X1", status=4)
    assert [change.verdict for change in office.take().changes] == ["news", "news"]
    office.clock.tick(days=1, minutes=1)
    assert office.moves("X1", 9).state.timeliness == "early"
    assert office.moves("X1", 10).state.returned_at == office.clock.now() + timedelta(0)

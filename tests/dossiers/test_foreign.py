"""Other programs write as they like: everything is noticed, nonsense is named, and nothing false is understood."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from services.db import triggers
from services.db.session import unit
from services.dossiers import changes, views
from services.dossiers.changes import Change
from tests.dossiers.office import AGENCY, BIRTH, CODE, KEYS, Office, kinds, utc
from tests.kit.databases import Foreign

DUE = utc("2026-11-26 10:00")


def only(office: Office) -> Change:
    """The one change of the next look."""
    (change,) = office.take().changes
    return change


def noted(office: Office) -> list[tuple[str, int]]:
    """What the operator was told: the kinds of trouble, and how often each came."""
    return [(row.key, row.times) for row in office.rows("SELECT key, times FROM operator_notes ORDER BY id")]


def test_insert_update_and_nothing_new(office: Office) -> None:
    office.insert("X1", due_at="2026-11-26 10:00:00")
    first = only(office)
    assert (first.code, first.seq, first.kind, first.verdict, first.actor) == ("X1", 1, "received", "news", "foreign")
    assert first.state.received_at == first.at
    assert (first.due_at, first.state.first_due_at, first.state.holder_code) == (DUE, DUE, AGENCY)
    office.update("X1", status=9, status_note="Mời đến nhận")
    change = only(office)
    assert (change.status, change.verdict, change.note, change.kind) == (9, "news", "Mời đến nhận", "status")
    office.update("X1", status=9)
    assert not office.take()
    assert office.row("SELECT count(*) FROM event_work")[0] == 0


def test_replace_is_an_update_like_any_other(on_sqlite: Office) -> None:
    office = on_sqlite
    office.create(code="X1", due_at=DUE)
    office.take()
    for recursive in (0, 1):
        office.foreign.execute(f"PRAGMA recursive_triggers = {recursive}")
        office.foreign.write(
            "INSERT OR REPLACE INTO dossiers (code, procedure_code, agency_code, status) VALUES ('X1', ?, ?, ?)",
            (BIRTH, AGENCY, 4 + 5 * recursive),
        )
    found = [change for change in office.take().changes if change.verdict == "news"]
    assert [change.status for change in found] == [4, 9]
    assert found[-1].state.first_due_at == found[-1].state.due_at == DUE
    assert noted(office) == [("due-removed", 1)]


def test_writing_the_same_again_with_replace(on_sqlite: Office) -> None:
    office = on_sqlite
    office.insert("X1", due_at="2026-11-26T10:00:00.25Z", holder_code="H45.20")
    office.take()
    office.foreign.write("INSERT OR REPLACE INTO dossiers SELECT * FROM dossiers")
    assert not office.take()


@pytest.mark.parametrize(
    "written", ["2026-11-26 10:00:00", "2026-11-26T10:00:00", "2026-11-26T10:00:00Z", "2026-11-26 10:00:00.999Z"]
)
def test_agreed_forms_of_time(on_sqlite: Office, written: str) -> None:
    office = on_sqlite
    office.create(code="X1", due_at=DUE)
    office.take()
    office.update("X1", due_at=written)
    assert not office.take()
    assert noted(office) == []


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


def test_a_time_without_a_zone_is_utc_for_every_client(on_postgresql: Office) -> None:
    office = on_postgresql
    office.insert("X1", due_at="2026-11-26 10:00:00")
    assert only(office).due_at == DUE
    with unit(office.db) as session:
        assert triggers.clients_in_utc(session.connection())
        session.execute(text(f"ALTER DATABASE {office.db.url.database} RESET TimeZone"))
        assert not triggers.clients_in_utc(session.connection())


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


def test_the_promised_date_stays(office: Office) -> None:
    office.create(code="X1", due_at=DUE)
    office.take()
    office.update("X1", due_at="2026-12-03 10:00:00")
    change = only(office)
    assert (change.kind, change.verdict, change.due_at) == ("due", "news", utc("2026-12-03 10:00"))
    assert (change.state.first_due_at, change.state.extensions) == (DUE, 1)


def test_deleted_and_written_anew(office: Office) -> None:
    office.create(code="X1", due_at=DUE)
    office.take()
    office.foreign.write("DELETE FROM dossiers WHERE code = 'X1'")
    gone = only(office)
    assert (gone.kind, gone.verdict, gone.anomalies) == ("deleted", "nothing", ("deleted",))
    with unit(office.db) as session:
        assert views.public(session, "X1", office.clock.now()) is None
    assert office.refuses("X1", 4) == "dossier-unknown"
    office.insert("X1", status=4)
    back = only(office)
    assert (back.status, back.verdict, back.state.deleted_at, back.state.first_due_at) == (4, "news", None, DUE)
    assert kinds(office.events("X1")) == ["received", "deleted", "received"]
    assert noted(office) == [("deleted", 1), ("due-removed", 1)]


def test_our_write_after_an_unseen_foreign_one(office: Office) -> None:
    office.create(code="X1", due_at=DUE)
    office.update("X1", status=4, status_note="chờ")
    done = office.moves("X1", 9, note="Mời đến nhận")
    assert (done.seq, done.state.status) == (3, 9)
    assert [(change.seq, change.verdict, change.actor) for change in office.take().changes] == [
        (1, "news", "staff:1"), (2, "news", "foreign"), (3, "news", "staff:1"),
    ]  # fmt: skip


def test_a_nonsense_status_does_not_bind_us(office: Office) -> None:
    office.create(code="X1")
    office.update("X1", status=42)
    assert office.moves("X1", 4).state.status == 4
    assert office.row("SELECT status FROM dossiers").status == 4


def test_seen_at_once_by_those_who_look(office: Office) -> None:
    office.insert("X1", status=4)
    with unit(office.db) as session:
        seen = views.public(session, "x1", office.clock.now())
    assert seen is not None
    assert (seen.status, seen.percent) == (4, 50)
    office.update("X1", status=9)
    with unit(office.db) as session:
        seen = views.public(session, "X1", office.clock.now())
    assert seen is not None
    assert seen.percent == 90


def test_reverse_commits(on_postgresql: Office) -> None:
    office = on_postgresql
    for code in ("X1", "X2"):
        office.create(code=code)
    office.take()
    first, second = Foreign(office.db), Foreign(office.db)
    first.execute("UPDATE dossiers SET status = 4 WHERE code = 'X1'")
    second.execute("UPDATE dossiers SET status = 4 WHERE code = 'X2'")
    second.commit()
    assert [change.code for change in office.take().changes] == ["X2"]
    assert not office.take()
    first.commit()
    assert [change.code for change in office.take().changes] == ["X1"]
    first.close()
    second.close()


def test_two_takers_share_no_dossier_and_keep_its_order(on_postgresql: Office) -> None:
    office = on_postgresql
    for number in range(6):
        office.insert(f"X{number}")
        office.update(f"X{number}", status=4)
    with unit(office.db) as one, unit(office.db) as two:
        first = changes.take(one, KEYS, office.clock.now(), most=2)
        second = changes.take(two, KEYS, office.clock.now())
        assert [(change.code, change.seq) for change in first.changes] == [("X0", 1), ("X0", 2), ("X1", 1), ("X1", 2)]
        assert {change.code for change in second.changes} == {"X2", "X3", "X4", "X5"}
    assert not office.take()


def test_taking_waits_for_nobody(on_postgresql: Office) -> None:
    office = on_postgresql
    office.insert("X1", applicant_phone="0912345678")
    office.insert("X2")
    busy = Foreign(office.db)
    busy.execute("UPDATE dossiers SET holder_code = 'H1' WHERE code = 'X1'")
    taken = office.take()
    assert {change.code for change in taken.changes} == {"X1", "X2"}
    assert taken.moved == 0
    busy.commit()
    again = office.take()
    assert (again.moved, [change.kind for change in again.changes]) == (1, ["handover"])
    busy.close()


def test_undone_work_comes_again(office: Office) -> None:
    office.insert("X1")
    with unit(office.db) as session:
        assert changes.take(session, KEYS, office.clock.now())
        session.rollback()
    with unit(office.db) as session:
        changes.postpone(session, ["X1"], office.clock.now())
    assert not office.take()
    office.clock.tick(seconds=2)
    assert office.take()


def test_waiting(office: Office) -> None:
    with unit(office.db) as session:
        assert not changes.waiting(session, office.clock.now())
    office.insert("X1")
    with unit(office.db) as session:
        assert changes.waiting(session, office.clock.now())


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


def test_the_oldest_client_needs_nothing_of_ours(on_sqlite: Office) -> None:
    """No function of ours, no setting of ours, and nothing in the triggers that old versions of SQLite lack."""
    made = "\n".join(row.sql for row in on_sqlite.rows("SELECT sql FROM sqlite_master WHERE type = 'trigger'")).upper()
    for newer in ("DISTINCT FROM", "RETURNING", "UNIXEPOCH", "->", "JSON", "ON CONFLICT", "OR IGNORE", "ILIKE", "IIF("):
        assert newer not in made
    plain = sqlite3.connect(str(on_sqlite.db.url.database))
    plain.execute("INSERT INTO dossiers (code, procedure_code, agency_code, status) VALUES ('X1', 'a', 'b', 2)")
    plain.commit()
    plain.close()
    assert only(on_sqlite).code == "X1"


def test_a_writer_needs_no_rights_beyond_the_table(on_postgresql: Office) -> None:
    office = on_postgresql
    office.foreign.write("CREATE ROLE other_program")
    try:
        office.foreign.write("GRANT SELECT, INSERT, UPDATE ON dossiers TO other_program")
        office.foreign.write("SET ROLE other_program")
        office.foreign.write("SET search_path = pg_catalog")
        office.foreign.write(
            "INSERT INTO public.dossiers (code, procedure_code, agency_code, status) VALUES ('X1', 'a', 'b', 2)"
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            office.foreign.execute("SELECT * FROM public.dossier_people")
        office.foreign.connection.rollback()
        assert only(office).code == "X1"
    finally:
        office.foreign.write("RESET ROLE")
        office.foreign.write("REVOKE ALL ON public.dossiers FROM other_program")
        office.foreign.write("DROP ROLE other_program")


def test_missing_triggers_are_named_and_made_up_for(office: Office) -> None:
    gone = "dossiers_updated" if office.db.is_sqlite else "dossiers_written"
    office.create(code=CODE)
    office.take()
    with unit(office.db) as session:
        connection = session.connection()
        assert triggers.missing(connection) == []
        session.execute(text(f"DROP TRIGGER {gone}{'' if office.db.is_sqlite else ' ON dossiers'}"))
        assert triggers.missing(connection) == [gone]
    office.update(CODE, status=4)
    assert not office.take()
    with unit(office.db) as session:
        triggers.install(session.connection())
        assert triggers.missing(session.connection()) == []
    assert only(office).status == 4


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

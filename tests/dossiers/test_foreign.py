"""Other programs write as they like, in any form they may, and every change of theirs is noticed."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy import text

from services.db import triggers
from services.db.session import unit
from services.dossiers import views
from services.dossiers.changes import Change
from tests.dossiers.office import AGENCY, BIRTH, CODE, Office, kinds, utc

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


def test_a_time_without_a_zone_is_utc_for_every_client(on_postgresql: Office) -> None:
    office = on_postgresql
    office.insert("X1", due_at="2026-11-26 10:00:00")
    assert only(office).due_at == DUE
    with unit(office.db) as session:
        assert triggers.clients_in_utc(session.connection())
        session.execute(text(f"ALTER DATABASE {office.db.url.database} RESET TimeZone"))
        assert not triggers.clients_in_utc(session.connection())


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


def test_a_dossier_that_gets_another_code_is_gone_under_the_first(office: Office) -> None:
    office.create(code="X1", due_at=DUE)
    office.take()
    office.foreign.write("UPDATE dossiers SET code = 'X2', status = 4 WHERE code = 'X1'")
    found = [(change.code, change.kind, change.verdict) for change in office.take().changes]
    assert sorted(found) == [("X1", "deleted", "nothing"), ("X2", "received", "news")]
    with unit(office.db) as session:
        assert views.public(session, "X1", office.clock.now()) is None
        assert views.public(session, "X2", office.clock.now()) is not None
    assert noted(office) == [("deleted", 1)]
    office.foreign.write("UPDATE dossiers SET code = 'X1' WHERE code = 'X2'")
    found = [(change.code, change.kind, change.verdict) for change in office.take().changes]
    assert sorted(found) == [("X1", "received", "news"), ("X2", "deleted", "nothing")]


def test_our_write_after_an_unseen_foreign_one(office: Office) -> None:
    office.create(code="X1", due_at=DUE)
    office.update("X1", status=4, status_note="chờ")
    done = office.moves("X1", 9, note="Mời đến nhận")
    assert (done.seq, done.state.status) == (3, 9)
    assert [(change.seq, change.verdict, change.actor) for change in office.take().changes] == [
        (1, "news", "staff:1"), (2, "news", "foreign"), (3, "news", "staff:1"),
    ]  # fmt: skip


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

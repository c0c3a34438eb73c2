"""The chain of events: append-only for everybody, and whoever got around that is found and named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from services.db import triggers
from services.db.session import unit
from services.dossiers import chain, lifecycle, personal
from services.dossiers.chain import Broken
from services.keys import Keys
from tests.dossiers.office import AGENCY, KEYS, Office, ok

OTHER = Keys.read("ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=")


def story(office: Office) -> str:
    """A dossier with own and foreign events, all sealed."""
    code = office.create(code="X1", status_note="Đủ giấy tờ").code
    office.update(code, status=4, status_note="Chuyển Phòng Tư pháp")
    office.moves(code, 9, note="Mời đến nhận")
    office.take()
    office.create(code="X2")
    return code


def broken(office: Office, keys: Keys = KEYS) -> list[Broken]:
    """What a check of everything finds; the check of the one dossier must find the same."""
    with unit(office.db) as session:
        everything = list(chain.verify_all(session, keys))
        one = chain.verify(session, keys, "X1")
    assert [found for found in everything if found.code == "X1"] == one
    return everything


def test_append_only(office: Office) -> None:
    story(office)
    office.update("X1", holder_code="H45.99")  # an event without a seal
    for statement in (
        "UPDATE dossier_events SET status = 9",
        "UPDATE dossier_events SET hash = 'x'",
        "UPDATE dossier_events SET hash = NULL",
        "UPDATE dossier_events SET hash = 'x', status = 8 WHERE hash IS NULL",
        "UPDATE dossier_events SET hash = 'x', actor = 'staff:9' WHERE hash IS NULL",
        "UPDATE dossier_events SET at = NULL, hash = 'x' WHERE hash IS NULL",
        "UPDATE dossier_events SET note = 'x' WHERE hash IS NULL",
        "DELETE FROM dossier_events",
    ):
        with pytest.raises(DatabaseError, match="append-only"), unit(office.db) as session:
            session.execute(text(statement))


def test_append_only_also_for_replace(on_sqlite: Office) -> None:
    story(on_sqlite)
    for statement in (
        "INSERT OR REPLACE INTO dossier_events SELECT * FROM dossier_events",
        "UPDATE OR REPLACE dossier_events SET seq = 1 WHERE seq = 2",
    ):
        with pytest.raises(DatabaseError, match="append-only"), unit(on_sqlite.db) as session:
            session.execute(text(statement))


def test_append_only_also_for_truncate(on_postgresql: Office) -> None:
    story(on_postgresql)
    with pytest.raises(DatabaseError, match="append-only"), unit(on_postgresql.db) as session:
        session.execute(text("TRUNCATE dossier_events"))


def test_what_holds(office: Office) -> None:
    story(office)
    assert broken(office) == []
    office.update("X1", status=10)
    assert broken(office) == []  # not sealed yet, and nothing wrong with that
    office.take()
    assert broken(office) == []
    with unit(office.db) as session:
        assert chain.verify(session, KEYS, "không có") == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE dossier_events SET status = 2 WHERE dossier_code = 'X1' AND seq = 2", [Broken("X1", 2, "changed")]),
        (
            "UPDATE dossier_events SET at = '2026-11-19 02:00:00' WHERE dossier_code = 'X1' AND seq = 3",
            [Broken("X1", 3, "changed")],
        ),
        ("UPDATE dossier_events SET actor = 'staff:2' WHERE seq = 3", [Broken("X1", 3, "changed")]),
        ("DELETE FROM dossier_events WHERE seq = 2", [Broken("X1", 2, "missing"), Broken("X1", 3, "changed")]),
        ("DELETE FROM dossier_events WHERE seq = 3", [Broken("X1", 3, "cut"), Broken("X1", 2, "row")]),
        (
            "DELETE FROM dossier_events WHERE dossier_code = 'X1'",
            [Broken("X1", 3, "cut"), Broken("X1", 0, "row")],
        ),
        ("UPDATE dossier_notes SET text = 'khác' WHERE seq = 2", [Broken("X1", 2, "note")]),
        (
            "UPDATE dossier_events SET hash = NULL WHERE seq = 2",
            [Broken("X1", 2, "unsealed"), Broken("X1", 3, "changed")],
        ),
        ("UPDATE dossiers SET status = 4 WHERE code = 'X1'", [Broken("X1", 3, "row")]),
        ("UPDATE dossiers SET due_at = '2026-11-30 10:00:00' WHERE code = 'X1'", [Broken("X1", 3, "row")]),
    ],
)
def test_what_was_changed_is_named(office: Office, statement: str, found: list[Broken]) -> None:
    story(office)
    with unit(office.db) as session:
        triggers.remove(session.connection())
        session.execute(text(statement))
    assert broken(office) == found


def test_a_rewritten_chain_needs_the_key(office: Office) -> None:
    story(office)
    assert {found.why for found in broken(office, OTHER)} == {"changed"}
    assert KEYS.fingerprint() != OTHER.fingerprint()


def test_erased_words_leave_the_chain_whole(office: Office) -> None:
    code = story(office)
    with office.hand("staff:2") as hand:
        ok(lifecycle.erase_personal(hand, code))
    assert broken(office) == []
    assert office.rows("SELECT text, salt FROM dossier_notes WHERE text IS NOT NULL OR salt IS NOT NULL") == []
    assert office.row("SELECT status_note FROM dossiers WHERE code = 'X1'").status_note is None
    assert office.events(code)[-1].kind == "erased"
    office.update(code, holder_code=AGENCY)
    office.moves(code, 10)
    assert broken(office) == []
    with unit(office.db) as session:
        assert not personal.read(session, KEYS, code)


def test_every_event_is_sealed_over_the_one_before(office: Office) -> None:
    code = story(office)
    hashes = [event.hash for event in office.events(code)]
    assert None not in hashes
    assert len(set(hashes)) == 3
    reseal: Callable[..., str] = chain.seal
    first, second, _ = office.events(code)
    assert reseal(KEYS, first.hash, second, second.note) == second.hash
    assert reseal(KEYS, None, second, second.note) != second.hash


def test_a_row_that_was_taken_away_while_the_triggers_were_is_named(office: Office) -> None:
    code = story(office)
    gone = "dossiers_deleted"
    with unit(office.db) as session:
        session.execute(text(f"DROP TRIGGER {gone}{'' if office.db.is_sqlite else ' ON dossiers'}"))
        session.execute(text(f"DELETE FROM dossiers WHERE code = '{code}'"))
    with unit(office.db) as session:
        assert [(one.code, one.why) for one in chain.verify_all(session, KEYS)] == [(code, "row")]
        assert [(one.code, one.why) for one in chain.verify(session, KEYS, code)] == [(code, "row")]


def test_a_row_that_was_deleted_and_noticed_is_no_trouble_of_the_chain(office: Office) -> None:
    code = story(office)
    office.foreign.write("DELETE FROM dossiers")
    for _ in range(2):
        with unit(office.db) as session:
            found = [(one.code, one.why) for one in chain.verify_all(session, KEYS)]
            assert found == []
        office.take()
    assert office.events(code)[-1].kind == "deleted"

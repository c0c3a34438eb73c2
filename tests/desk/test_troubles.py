"""What somebody has to look at reaches somebody: once, by day, and not as a flood."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.db.desk import Staff
from services.db.dossiers import Ledger, OperatorNote
from services.db.session import Database, unit
from services.db.telling import Telling
from services.desk import troubles
from services.dossiers.settling import tell_operator
from tests.desk.conftest import AGENCY, NOW, OTHER
from tests.kit import people

NIGHT = NOW + timedelta(hours=13)


def noted(db: Database, key: str, *codes: str, agency: str = AGENCY) -> None:
    with unit(db) as session:
        for code in codes:
            if session.get(Ledger, code) is None:
                session.add(Ledger(code=code, code_key=code, agency_code=agency))
            session.flush()
            tell_operator(session, key, code, {}, NOW)


def ticked(db: Database, now: timedelta = timedelta()) -> int:
    with unit(db) as session:
        return troubles.tick(session, NOW + now) if troubles.waiting(session, NOW + now) else -1


def told(db: Database) -> list[tuple[str, list[str], int]]:
    """To whom, which dossiers, and how many more."""
    with unit(db) as session:
        chats = {people.conversation(session, chat, NOW): chat for chat in ("-3000", "-3001", "2000", "2001")}
        return [
            (chats[row.conversation_id], [code for _, _, code in troubles.named(session, row.args["notes"])],
             int(row.args["more"]))
            for row in session.scalars(select(Telling).order_by(Telling.id))
        ]  # fmt: skip


def staffed(db: Database) -> None:
    with unit(db) as session:
        people.bind_desk(session, "-3000", AGENCY, NOW)
        people.bind_desk(session, "-3001", OTHER, NOW)
        people.bind(session, "2000", "admin", AGENCY, NOW)


def test_the_desk_of_the_agency_telephones_and_the_admin_hears_of_other_programs(db: Database) -> None:
    staffed(db)
    noted(db, "unreachable", "A1", "A2")
    noted(db, "unreachable", "B1", agency=OTHER)
    noted(db, "status-unknown", "B2", agency=OTHER)
    assert ticked(db) == 3
    assert told(db) == [("-3000", ["A1", "A2"], 0), ("-3001", ["B1"], 0), ("2000", ["B2"], 0)]
    assert ticked(db) == -1


def test_where_no_admin_is_the_desk_hears_it_and_where_no_desk_is_the_front(db: Database) -> None:
    staffed(db)
    with unit(db) as session:
        session.scalars(select(Staff)).one().ended_at = NOW
        people.bind(session, "2001", "officer", AGENCY, NOW)
    noted(db, "deleted", "A1")
    noted(db, "unreachable", "C1", agency="H99.99")
    ticked(db)
    assert told(db) == [("-3000", ["A1"], 0), ("-3000", ["C1"], 0)]


def test_many_are_one_message(db: Database) -> None:
    staffed(db)
    noted(db, "unreachable", *(f"A{number:03}" for number in range(150)))
    assert ticked(db) == 1
    ((_, named, more),) = told(db)
    assert (len(named), more) == (troubles.SHOWN, 130)
    assert ticked(db) == -1


def test_nobody_is_woken_and_a_trouble_that_goes_on_is_told_again_after_a_day(db: Database) -> None:
    staffed(db)
    noted(db, "work-put-by", "A1")
    assert ticked(db, NIGHT - NOW) == -1
    assert ticked(db) == 1
    noted(db, "work-put-by", "A1")
    assert ticked(db, timedelta(hours=1)) == -1
    with unit(db) as session:
        tell_operator(session, "work-put-by", "A1", {}, NOW + timedelta(days=1, hours=1))
    assert ticked(db, timedelta(days=3)) == 1
    with unit(db) as session:
        assert session.scalars(select(OperatorNote)).one().times == 3


def test_an_office_without_staff_is_not_looked_at_for_ever(db: Database) -> None:
    noted(db, "unreachable", "A1")
    assert ticked(db) == 0
    assert ticked(db) == -1


@pytest.mark.parametrize("kind", sorted(troubles.KINDS))
def test_every_kind_is_one_that_is_documented(kind: str) -> None:
    assert f"`{kind}`" in (Path(__file__).parents[2] / "docs/database.md").read_text("utf-8")

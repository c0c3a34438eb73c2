"""Changes are claimed like any other work: in order, by one taker, and never twice or not at all."""

from __future__ import annotations

from services.db.session import unit
from services.dossiers import changes
from tests.dossiers.office import KEYS, Office
from tests.kit.databases import Foreign


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

"""A trouble is closed by those it was told to, once; what comes again opens it anew and is told again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.clock import ms
from services.db.desk import DeskLog, Staff
from services.db.dossiers import Ledger, OperatorNote
from services.db.notices import Notice
from services.db.session import Database, unit
from services.desk import closing, staff, troubles
from services.desk.closing import Closed, What
from services.dossiers.hand import Hand
from services.dossiers.settling import tell_operator
from services.keys import Keys
from services.refusal import Refused
from tests.desk.conftest import AGENCY, NOW, OTHER
from tests.kit import people

LATER = NOW + timedelta(hours=1)
CODE, ODD = "H99.15-261120-0001", "cũ/7"


def noted(db: Database, key: str, code: str = CODE, agency: str | None = AGENCY, *, now=NOW) -> int:  # type: ignore[no-untyped-def]
    """A trouble of a dossier of `agency`; None: of what is no dossier."""
    with unit(db) as session:
        if agency is not None and session.get(Ledger, code) is None:
            session.add(Ledger(code=code, code_key=code, agency_code=agency, holder_code=agency))
            session.flush()
        tell_operator(session, key, code, {}, now)
        mine = select(OperatorNote.id).where(OperatorNote.key == key, OperatorNote.dossier_code == code)
        return session.scalars(mine).one()


def unreached(db: Database, *facts: tuple[str, str]) -> None:
    """Notices of the dossiers in these states: (dossier, state)."""
    with unit(db) as session:
        for seq, (code, state) in enumerate(facts):
            session.add(
                Notice(
                    dossier_code=code, seq=seq, conversation_id=7, kind="status", status=4, state=state,
                    created_ms=ms(NOW), must_by_ms=ms(NOW), ways=1,
                )
            )  # fmt: skip


def works(db: Database, chat: str, role: str = "officer", agency: str = AGENCY) -> int:
    with unit(db) as session:
        return people.bind(session, chat, role, agency, NOW)


def closed(db: Database, keys: Keys, by: int, what: What, code: str = CODE) -> str:
    """The key of the refusal; "" when it was closed."""
    with unit(db) as session:
        member = staff.by_id(session, by)
        assert member is not None
        done = closing.close(Hand(session, keys, member.actor, LATER), member, what, code)
    return done.key if isinstance(done, Refused) else ""


def still_open(db: Database) -> list[tuple[str, str]]:
    with unit(db) as session:
        mine = select(OperatorNote.key, OperatorNote.dossier_code).where(OperatorNote.closed_at.is_(None))
        return [(key, code) for key, code in session.execute(mine.order_by(OperatorNote.id))]


def listed(db: Database, keys: Keys, by: int) -> list[tuple[str, str]]:
    with unit(db) as session:
        member = staff.by_id(session, by)
        assert member is not None
        found = closing.waiting(Hand(session, keys, member.actor, LATER), member, 20)
    return [(one.kind, one.code) for one in found]


def test_who_telephoned_says_so_and_the_news_counts_as_told(db: Database, keys: Keys) -> None:
    by = works(db, "2001")
    noted(db, "unreachable")
    noted(db, "unreachable", "H99.15-261120-0002")
    unreached(db, (CODE, "unreachable"), (CODE, "told"), (CODE, "open"), ("H99.15-261120-0002", "unreachable"))
    assert closed(db, keys, by, "called", "h99.15 – 261120 – 0001") == ""
    assert still_open(db) == [("unreachable", "H99.15-261120-0002")]
    with unit(db) as session:
        told = [(one.state, one.told_ms) for one in session.scalars(select(Notice).order_by(Notice.id))]
        logged = [
            (row.at, row.staff_id, row.action, row.subject, row.outcome) for row in session.scalars(select(DeskLog))
        ]
        call = closing.telephone(Hand(session, keys, "staff:1", NOW), CODE)
    assert told == [("telephoned", ms(LATER)), ("told", None), ("open", None), ("unreachable", None)]
    assert logged == [(LATER, by, "called", CODE, "done")]
    assert call == closing.Telephone(False, LATER)
    assert closed(db, keys, by, "called") == "trouble-closed"


def test_nobody_else_closes_it(db: Database, keys: Keys) -> None:
    officer, elsewhere, admin = works(db, "2001"), works(db, "2002", agency=OTHER), works(db, "2003", "admin")
    noted(db, "unreachable")
    noted(db, "status-unknown")
    assert closed(db, keys, elsewhere, "called") == "work-elsewhere"
    assert closed(db, keys, elsewhere, "seen") == "work-elsewhere"
    assert closed(db, keys, officer, "seen") == "trouble-not-admin"
    assert closed(db, keys, officer, "called", "H99.15-261120-0009") == "trouble-none"
    assert (listed(db, keys, elsewhere), listed(db, keys, officer)) == ([], [("unreachable", CODE)])
    assert len(listed(db, keys, admin)) == 2
    assert len(still_open(db)) == 2
    with unit(db) as session:
        outcomes = list(session.scalars(select(DeskLog.outcome).order_by(DeskLog.id)))
    assert outcomes == ["work-elsewhere", "work-elsewhere", "trouble-not-admin", "trouble-none"]
    assert closed(db, keys, admin, "seen") == ""
    assert still_open(db) == [("unreachable", CODE)]


def test_the_front_closes_what_it_was_told_for_others(db: Database, keys: Keys) -> None:
    officer, admin = works(db, "2001"), works(db, "2003", "admin")
    noted(db, "unreachable", "C1", "H99.99")  # nobody works there
    noted(db, "unreachable", "CB-261120-0001", None)
    noted(db, "deleted", "B1", OTHER)
    assert listed(db, keys, officer) == [("unreachable", "C1"), ("unreachable", "CB-261120-0001")]
    assert len(listed(db, keys, admin)) == 3
    works(db, "2002", agency=OTHER)
    noted(db, "unreachable", "B2", OTHER)
    assert closed(db, keys, officer, "called", "B2") == "work-elsewhere"
    assert closed(db, keys, officer, "called", "c1") == ""
    assert closed(db, keys, officer, "called", "cb 261120 – 0001") == ""
    assert closed(db, keys, admin, "seen", "B1") == ""
    assert still_open(db) == [("unreachable", "B2")]


def test_where_no_admin_is_the_desk_looks(db: Database, keys: Keys) -> None:
    officer = works(db, "2001")
    noted(db, "time-future")
    assert listed(db, keys, officer) == [("time-future", CODE)]
    assert closed(db, keys, officer, "seen") == ""
    with unit(db) as session:
        session.get_one(Staff, officer).role = "keeper"
    assert listed(db, keys, works(db, "2004", "admin", OTHER)) == []


def test_a_code_that_cannot_be_typed_is_closed_by_its_number(db: Database, keys: Keys) -> None:
    admin = works(db, "2003", "admin")
    number = noted(db, "code-unreadable", ODD, None)
    with unit(db) as session:
        member = staff.by_id(session, admin)
        assert member is not None
        hand = Hand(session, keys, member.actor, LATER)
        assert closing.close_number(hand, member, number) == Closed("seen", ODD, None)
        assert isinstance(closing.close_number(hand, member, number + 1), Refused)
    assert still_open(db) == []


def test_what_comes_again_opens_it_anew_and_is_told_again_at_once(db: Database, keys: Keys) -> None:
    by = works(db, "2001")
    noted(db, "unreachable")
    noted(db, "work-put-by")
    for key, told in (("unreachable", 1), ("work-put-by", 0)):
        with unit(db) as session:
            troubles.tick(session, NOW)
        assert closed(db, keys, by, "called" if key == "unreachable" else "seen") == ""
        noted(db, key, now=LATER + timedelta(minutes=1))
        assert (key, CODE) in still_open(db)
        with unit(db) as session:
            assert troubles.tick(session, LATER) == told, key
            assert session.scalars(select(OperatorNote.times).where(OperatorNote.key == key)).one() == 2
    assert closed(db, keys, by, "called") == ""


def test_a_message_names_no_trouble_that_was_closed_meanwhile(db: Database, keys: Keys) -> None:
    by = works(db, "2001")
    first, second = noted(db, "unreachable"), noted(db, "unreachable", "H99.15-261120-0002")
    assert closed(db, keys, by, "called") == ""
    with unit(db) as session:
        assert troubles.named(session, f"{first},{second}") == [(second, "unreachable", "H99.15-261120-0002")]


@pytest.mark.parametrize("db", ["postgresql"], indirect=True)
def test_two_who_say_so_at_once_are_told_who_was_first(db: Database, keys: Keys) -> None:
    first, second = works(db, "2001"), works(db, "2002")
    number = noted(db, "unreachable")
    with unit(db) as session:
        slow = staff.by_id(session, second)
        assert slow is not None
        seen = session.get_one(OperatorNote, number)
        assert (seen.closed_at, closed(db, keys, first, "called")) == (None, "")
        done = closing.close_number(Hand(session, keys, slow.actor, LATER), slow, number)
    assert isinstance(done, Refused)
    assert (done.key, done.args["at"]) == ("trouble-closed", LATER)

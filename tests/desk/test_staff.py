"""Invitations count once, in the right place, for a day; who is on leave is replaced; who left is nobody."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from services.db.desk import DeskLog, Staff, StaffInvite
from services.db.session import Database, unit
from services.desk import invites, staff
from services.keys import Keys
from services.refusal import Refused
from tests.desk.conftest import AGENCY, NOW, OTHER
from tests.kit import people


def made(db: Database, keys: Keys, role: str = "officer", name: str = "", agency: str = AGENCY) -> str:
    with unit(db) as session:
        code = invites.make(session, keys, agency, role, NOW, made_by="test", name=name)
    assert isinstance(code, str)
    return code


def said(db: Database, keys: Keys, code: str, chat: str = "2001", *, later: timedelta = timedelta()) -> str:
    with unit(db) as session:
        who = people.conversation(session, chat, NOW)
        done = invites.accept(session, keys, who, code, NOW + later)
        return done.key if isinstance(done, Refused) else f"{done.role} {done.name}".strip()


def said_in_group(db: Database, keys: Keys, code: str, sender: str) -> str:
    with unit(db) as session:
        group = people.conversation(session, "-3001", NOW)
        done = invites.accept_desk(session, keys, group, people.conversation(session, sender, NOW), code, NOW)
        return done.key if isinstance(done, Refused) else done


def test_a_code_has_a_shape_of_its_own_and_is_kept_as_a_hash(db: Database, keys: Keys) -> None:
    code = made(db, keys)
    assert invites.looks_like_code(code)
    assert invites.looks_like_code(code.replace("-", "").lower())
    assert not invites.looks_like_code("K7QF2-9XMPA")
    assert not invites.looks_like_code("H45.15-261121-0001")
    with unit(db) as session:
        kept = session.scalars(select(StaffInvite)).one()
        assert code.replace("-", "") not in f"{kept.code_hash}{kept.made_by}{kept.name}"


def test_a_code_counts_once_and_for_a_day(db: Database, keys: Keys) -> None:
    code = made(db, keys)
    assert said(db, keys, code.lower().replace("-", " – ")) == "officer"
    assert said(db, keys, code, "2002") == "invite-spent"
    late = made(db, keys)
    assert said(db, keys, late, "2002", later=timedelta(hours=24, seconds=1)) == "invite-late"


def test_in_the_wrong_place_it_is_burnt(db: Database, keys: Keys) -> None:
    with unit(db) as session:
        people.bind(session, "2001", "head", AGENCY, NOW)
        people.bind(session, "2002", "head", OTHER, NOW)
        people.bind(session, "2003", "officer", AGENCY, NOW)
    personal, desk = made(db, keys), made(db, keys, "desk")
    assert said_in_group(db, keys, personal, "2001") == "invite-wrong-place"
    assert said(db, keys, personal, "2009") == "invite-spent"
    assert said(db, keys, desk, "2001") == "invite-wrong-place"
    for sender in ("2002", "2003", "2008"):
        code = made(db, keys, "desk")
        assert said_in_group(db, keys, code, sender) == "invite-not-head"
    assert said_in_group(db, keys, made(db, keys, "desk"), "2001") == AGENCY
    with unit(db) as session:
        assert len(staff.desks(session, AGENCY)) == 1
        refusals = set(session.scalars(select(DeskLog.outcome).where(DeskLog.action == "bind")))
        assert {"invite-wrong-place", "invite-spent", "invite-not-head"} <= refusals


def test_guesses_are_few(db: Database, keys: Keys) -> None:
    code = made(db, keys)
    for n in range(invites.GUESSES):
        assert said(db, keys, f"AAAA-BBBB-CCC{n + 2}") == "invite-unknown"
    assert said(db, keys, code) == "too-many-guesses"
    assert said(db, keys, code, later=timedelta(minutes=11)) == "officer"


def test_whom_the_office_file_named_is_found_by_her_invitation(db: Database, keys: Keys) -> None:
    with unit(db) as session:
        session.add(Staff(agency_code=AGENCY, role="officer", name="Quầy 1", made_at=NOW))
    assert said(db, keys, made(db, keys, name="Quầy 1")) == "officer Quầy 1"
    with unit(db) as session:
        assert [one.conversation_id is not None for one in staff.of_agency(session)] == [True]


def test_one_chat_is_one_member(db: Database, keys: Keys) -> None:
    said(db, keys, made(db, keys))
    assert said(db, keys, made(db, keys, "head")) == "head"
    said(db, keys, made(db, keys, "officer", agency=OTHER))
    with unit(db) as session:
        (one,) = staff.of_agency(session)
        assert (one.agency_code, one.role) == (OTHER, "officer")
        assert staff.end(session, one.id, NOW)
        assert not staff.end(session, one.id, NOW)
        assert staff.member(session, one.conversation_id or 0) is None


@pytest.mark.parametrize(("agency", "role", "key"), [("X", "officer", "agency-unknown"), (AGENCY, "x", "role-unknown")])
def test_no_invitation_for_what_is_not_there(db: Database, keys: Keys, agency: str, role: str, key: str) -> None:
    with unit(db) as session:
        done = invites.make(session, keys, agency, role, NOW, made_by="test")
        assert isinstance(done, Refused)
        assert done.key == key


def test_leave_and_who_stands_in(db: Database) -> None:
    friday, monday = date(2026, 11, 20), date(2026, 11, 23)
    with unit(db) as session:
        lan, mai, head = (
            people.bind(session, chat, role, AGENCY, NOW)
            for chat, role in (("2001", "officer"), ("2002", "officer"), ("2003", "head"))
        )
        assert staff.set_backup(session, lan, lan) is not None
        assert staff.set_backup(session, lan, mai) is None
        assert staff.take_leave(session, lan, friday, monday) is None
        assert staff.take_leave(session, lan, monday, friday) is not None
    with unit(db) as session:
        assert [one.id for one in staff.officers(session, AGENCY, friday)] == [mai]
        assert [one.id for one in staff.officers(session, AGENCY, date(2026, 11, 24))] == [lan, mai]
        staff.take_leave(session, mai, friday, friday)
        staff.set_backup(session, mai, lan)  # each the other's: neither is there
    with unit(db) as session:
        assert [one.id for one in staff.officers(session, AGENCY, friday)] == [head]
        assert staff.back_at_work(session, lan, friday) == 1
        assert [one.id for one in staff.officers(session, AGENCY, friday)] == [lan]

"""Lists to the desks and reminders to citizens: on the right days, to the right people, once whatever happens."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from handlers import book
from handlers.tellings import KINDS
from services import due_notices, working_days
from services.db.desk import Desk, StaffLeave
from services.dossiers import followers
from services.facade import Services
from tests.after.town import AGENCY, CITIZEN, GROUP, HEAD, NEIGHBOUR, OFFICER, OTHER, SECOND, Town
from tests.after.words import talk_of
from tests.kit.clock import FakeClock

CODE = "H99.15-261106-0001"
assert book.FLOWS


def tick(town: Town) -> int:
    return town.do(lambda session: due_notices.tick(session, town.now))


def test_morning_and_evening_once_each(town: Town) -> None:
    town.dossier(CODE, due="2026-11-20")
    town.sets("2026-11-20", "07:29")
    assert tick(town) == 0
    town.sets("2026-11-20", "07:30")
    assert [tick(town) for _ in range(3)] == [1, 0, 0]
    assert town.told("due-list") == [GROUP]
    town.sets("2026-11-20", "16:30")
    assert [tick(town) for _ in range(3)] == [2, 0, 0]
    assert town.told("due-list") == [GROUP, GROUP, HEAD]
    town.sets("2026-11-20", "20:30")
    assert tick(town) == 0


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-24", 0),  # a holiday
        ("2026-11-21", 0),  # a Saturday on which the office is open, but no working day
        ("2026-11-22", 0),
        ("2026-08-22", 1),  # a make-up Saturday
        ("2026-11-25", 1),
    ],
)
def test_on_working_days_only(town: Town, day: str, expected: int) -> None:
    town.sets(day, "08:00")
    town.dossier(CODE, due=day)
    assert tick(town) == expected


def test_a_row_of_the_calendar_decides(town: Town) -> None:
    town.sets("2026-11-23", "08:00")
    town.dossier(CODE, due="2026-11-23")
    town.do(lambda session: working_days.mark(session, date(2026, 11, 23), "off", agency_code=AGENCY))
    assert tick(town) == 0


def test_two_clock_processes_and_a_kill(town: Town) -> None:
    town.dossier(CODE, due="2026-11-20")
    town.sets("2026-11-20", "08:00")
    town.dies(lambda session: due_notices.tick(session, town.now))
    assert town.tellings() == []
    assert sum(town.at_once(8, lambda session, _: due_notices.tick(session, town.now))) == 1
    assert town.told("due-list") == [GROUP]


def test_waiting_is_true_exactly_while_there_is_something_to_do(town: Town) -> None:
    def waits() -> bool:
        return town.do(lambda session: due_notices.waiting(session, town.now))

    town.sets("2026-11-20", "07:00")
    assert not waits()
    town.sets("2026-11-20", "08:30")
    assert waits()
    tick(town)
    assert not waits()
    town.sets("2026-11-20", "16:45")
    assert waits()
    tick(town)
    assert not waits()


def test_what_stands_in_the_lists(town: Town) -> None:
    town.sets("2026-11-23", "08:00")
    town.dossier("H99.15-261106-0001", due="2026-11-18")
    town.dossier("H99.15-261106-0002", due="2026-11-23")
    town.dossier("H99.15-261106-0003", due="2026-11-25")  # the 24th is off
    town.dossier("H99.15-261106-0004", due="2026-11-26")
    town.dossier("H99.15-261106-0005", 5, due="2026-11-20")  # the citizen's turn: the clock stands
    town.dossier("H99.15-261106-0006", 9, due="2026-11-20")
    town.dossier("H99.15-261106-0007", due="2026-11-23", holder=OTHER)
    found = town.do(lambda session: due_notices.lists(session, AGENCY, date(2026, 11, 23)))
    assert [(item.code[-4:], item.days_late) for item in found.late.items] == [("0001", 5)]
    assert [item.code[-4:] for item in found.today.items] == ["0002"]
    assert [item.code[-4:] for item in found.tomorrow.items] == ["0003"]
    assert found.next_day == date(2026, 11, 25)
    held = town.do(lambda session: due_notices.lists(session, OTHER, date(2026, 11, 23)))
    assert [item.code[-4:] for item in held.today.items] == ["0007"]


def test_of_many_only_the_most_urgent_are_read_and_the_others_counted(town: Town) -> None:
    """A backlog of years is a number, not something to keep in memory at every list."""
    town.sets("2026-11-23", "08:00")
    late = due_notices.SHOWN + 3
    for number in range(late):
        town.dossier(f"H99.15-261106-{number:04d}", due=f"2026-11-{20 if number % 2 else 19}", who=None)
    for number in range(late, late + 2):
        town.dossier(f"H99.15-261106-{number:04d}", due="2026-11-23", who=None)
    found = town.do(lambda session: due_notices.lists(session, AGENCY, date(2026, 11, 23)))
    assert (found.late.count, found.today.count, found.tomorrow.count) == (late, 2, 0)
    assert (len(found.late.items), found.late.more) == (due_notices.SHOWN, 3)
    days = [item.days_late for item in found.late.items]
    assert days == sorted(days, reverse=True)
    assert days.count(4) == (late + 1) // 2
    assert [(item.code[-4:], item.days_late) for item in found.today.items] == [("0023", 0), ("0024", 0)]
    assert (found.today.more, found.has("evening"), found.has("morning")) == (0, True, True)


def test_a_long_list_is_cut_and_counted_and_names_nobody(town: Town) -> None:
    town.sets("2026-11-23", "08:00")
    for number in range(23):
        town.dossier(f"H99.15-261106-{number:04d}", due="2026-11-23")
    text = said(town, GROUP, "due-list", {"agency": AGENCY, "day": "2026-11-23", "which": "morning"})
    assert "Phải trả hôm nay (23):" in text
    assert text.count("H99.15-261106-") == due_notices.SHOWN
    assert "và 3 hồ sơ khác" in text
    assert "Bích" not in text
    assert "5678" not in text


def test_nothing_is_said_when_all_is_done_by_then(town: Town) -> None:
    town.sets("2026-11-23", "08:00")
    town.dossier(CODE, due="2026-11-23")
    args = {"agency": AGENCY, "day": "2026-11-23", "which": "evening"}
    assert said(town, GROUP, "due-list", args)
    town.becomes(CODE, 9)
    assert said(town, GROUP, "due-list", args) == ""


def test_without_a_group_each_officer_and_for_leave_the_backup(town: Town) -> None:
    town.dossier(CODE, due="2026-11-20")
    town.do(lambda session: session.get_one(Desk, 1).__setattr__("ended_at", town.now))
    chats = town.do(lambda session: due_notices.desk_chats(session, AGENCY, date(2026, 11, 20)))
    assert chats == [OFFICER, SECOND]
    day = date(2026, 11, 20)
    town.do(lambda session: session.add(StaffLeave(staff_id=town.staff[OFFICER], first_day=day, last_day=day)))
    assert town.do(lambda session: due_notices.desk_chats(session, AGENCY, day)) == [SECOND]


def test_an_agency_without_a_desk_is_told_through_the_front(town: Town) -> None:
    assert town.do(lambda session: due_notices.desk_chats(session, OTHER, date(2026, 11, 20))) == [GROUP]


# -- the citizen's turn ---------------------------------------------------------------------------------------------


def test_a_reminder_after_three_and_ten_days_by_day(town: Town) -> None:
    town.dossier(CODE, 5)
    days = {}
    for day in range(1, 16):
        town.later(days=1)
        tick(town)
        days[day] = len(town.told("my-turn"))
    # day 3 is Monday 23/11, day 10 Monday 30/11
    assert (days[2], days[3], days[9], days[10], days[15]) == (0, 1, 1, 2, 2)
    assert set(town.told("my-turn")) == {CITIZEN}


def test_a_reminder_waits_for_a_working_day(town: Town) -> None:
    town.dossier(CODE, 9)
    town.sets("2026-11-24", "09:00")  # four days later, a holiday
    assert tick(town) == 0
    town.sets("2026-11-25", "09:00")
    assert tick(town) == 1


def test_who_muted_or_stopped_is_not_reminded(town: Town) -> None:
    town.dossier(CODE, 9)
    town.do(lambda session: followers.follow(session, CODE, NEIGHBOUR, "digits", town.now))
    town.do(lambda session: followers.mute(session, CODE, CITIZEN, muted=True))
    town.sets("2026-11-30", "09:00")
    tick(town)
    assert town.told("my-turn") == [NEIGHBOUR]


def test_a_reminder_says_nothing_once_the_turn_is_over(town: Town) -> None:
    town.dossier(CODE, 5)
    args = {"code": CODE, "status": 5}
    assert "bổ sung" in said(town, CITIZEN, "my-turn", args)
    assert said(town, NEIGHBOUR, "my-turn", args) == ""
    town.becomes(CODE, 4)
    assert said(town, CITIZEN, "my-turn", args) == ""


def said(town: Town, who: int, kind: str, args: dict[str, Any]) -> str:
    """What a telling says now."""

    def words(session: Any) -> str:
        services = Services(session, FakeClock(town.now), None, town.keys)  # type: ignore[arg-type]
        told = KINDS[kind](talk_of(services, who, town.now), args)
        return told.text if told else ""

    return town.do(words)

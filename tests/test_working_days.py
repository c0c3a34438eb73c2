"""Due dates: the legal rules on real calendars, with every correction that an office may have to make."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from services.db.session import Database, unit
from services.dossiers.hand import HOME
from services.office import AgencyEntry, OfficeFile, bring_in, check
from services.working_days import (
    Calendar,
    Due,
    Off,
    due_in_days,
    due_in_working_days,
    due_same_day,
    load,
    mark,
    unmark,
)
from tests.kit.databases import KINDS, databases

COMMON = Calendar()
TET_OPTION_2 = Calendar(
    {
        date(2027, 2, 4): ("work", "phương án 2"),
        date(2027, 2, 11): ("off", "phương án 2"),
        date(2027, 2, 12): ("off", "phương án 2"),
    }
)


@pytest.fixture(params=KINDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    yield from databases(request.param, tmp_path)


def at(day: str, clock: str = "09:00") -> datetime:
    """A local moment, as received."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=HOME)


@pytest.mark.parametrize(
    ("received", "count", "calendar", "expected"),
    [
        ("2026-11-20", 1, COMMON, "2026-11-23"),
        ("2026-11-20", 3, COMMON, "2026-11-26"),  # 24/11 is a holiday, new in 2026
        ("2026-11-20", 5, COMMON, "2026-11-30"),
        ("2026-11-23", 1, COMMON, "2026-11-25"),
        ("2026-08-21", 1, COMMON, "2026-08-22"),  # a make-up Saturday
        ("2026-08-28", 1, COMMON, "2026-09-03"),  # 31/08 swapped, 01 and 02/09 off
        ("2027-02-02", 3, COMMON, "2027-02-12"),
        ("2027-02-02", 3, TET_OPTION_2, "2027-02-15"),
        (
            "2027-02-02",
            3,
            Calendar({date(2027, 2, day): ("off", "") for day in (11, 12)}),
            "2027-02-16",  # what comes out wrong when only days off can be added
        ),
        ("2025-12-31", 1, COMMON, "2026-01-02"),
        ("2025-12-31", 1, Calendar({date(2026, 1, 2): ("off", "hoán đổi")}), "2026-01-05"),
        ("2026-01-09", 1, Calendar({date(2026, 1, 10): ("work", "hoán đổi")}), "2026-01-10"),
    ],
)
def test_working_days(received: str, count: int, calendar: Calendar, expected: str) -> None:
    assert due_in_working_days(at(received), count, calendar).day == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("received", "count", "expected"),
    [
        ("2026-11-13", 15, "2026-11-30"),
        ("2026-11-20", 12, "2026-12-02"),
        ("2026-09-25", 60, "2026-11-25"),  # the duty to register a birth
        ("2026-11-09", 15, "2026-11-25"),  # the duty to register a death
    ],
)
def test_calendar_days(received: str, count: int, expected: str) -> None:
    assert due_in_days(at(received), count, COMMON).day == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("2026-11-23", "14:59", "2026-11-23"),
        ("2026-11-23", "15:00", "2026-11-23"),
        ("2026-11-23", "15:01", "2026-11-25"),
        ("2026-11-20", "15:01", "2026-11-23"),
        ("2026-11-21", "09:00", "2026-11-23"),  # a Saturday
        ("2026-11-24", "16:00", "2026-11-25"),  # a holiday
    ],
)
def test_the_same_day(day: str, clock: str, expected: str) -> None:
    assert due_same_day(at(day, clock), COMMON).day == date.fromisoformat(expected)


def test_a_due_date_says_why() -> None:
    due = due_in_working_days(at("2026-11-20"), 3, COMMON)
    assert due.why.skipped == (
        Off(date(2026, 11, 21), "weekend"),
        Off(date(2026, 11, 22), "weekend"),
        Off(date(2026, 11, 24), "holiday", "Ngày Văn hóa Việt Nam"),
    )
    rolled = due_in_days(at("2026-11-13"), 15, COMMON).why
    assert rolled.rolled_from == date(2026, 11, 28)
    assert due_same_day(at("2026-11-23", "15:01"), COMMON).why.after_cutoff


def test_the_day_is_the_local_one() -> None:
    late_on_thursday_in_utc = datetime(2026, 11, 19, 18, 0, tzinfo=UTC)  # Friday, 01:00 in the office
    assert due_in_working_days(late_on_thursday_in_utc, 1, COMMON).day == date(2026, 11, 23)


def test_due_at_closing_time() -> None:
    def when(calendar: Calendar) -> Due:
        return due_in_working_days(at("2026-11-25"), 1, calendar)

    assert when(COMMON).at == datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    hours = {"thu": [["07:00", "11:30"], ["13:30", "16:30"]]}
    assert when(Calendar({}, hours)).at == datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
    assert when(Calendar({date(2026, 11, 26): ("half_am", "")}, hours)).at == datetime(2026, 11, 26, 4, 30, tzinfo=UTC)


def test_a_half_day_opens_but_does_not_count() -> None:
    saturday = date(2026, 11, 21)
    calendar = Calendar({saturday: ("half_am", "")})
    assert not calendar.is_working(saturday)
    assert calendar.sessions(saturday) == [(time(7, 30), time(11, 30))]
    assert COMMON.sessions(saturday) == []
    assert due_in_working_days(at("2026-11-20"), 1, calendar).day == date(2026, 11, 23)
    assert Calendar({date(2026, 11, 23): ("half_pm", "")}).is_working(date(2026, 11, 23))


def test_the_day_before_for_a_notice() -> None:
    assert COMMON.previous_working(date(2026, 11, 25)) == date(2026, 11, 23)
    assert COMMON.previous_working(date(2026, 9, 3)) == date(2026, 8, 28)


@pytest.mark.parametrize("count", [0, -3])
def test_a_term_has_at_least_a_day(count: int) -> None:
    for rule in (due_in_working_days, due_in_days):
        with pytest.raises(ValueError, match="at least one day"):
            rule(at("2026-11-20"), count, COMMON)


def test_no_due_date_on_a_day_off() -> None:
    for shift in range(400):
        received = datetime.fromordinal(at("2026-11-20").toordinal() + shift).replace(tzinfo=HOME)
        for count in (1, 3, 7):
            assert TET_OPTION_2.is_working(due_in_working_days(received, count, TET_OPTION_2).day)
            assert TET_OPTION_2.is_working(due_in_days(received, count, TET_OPTION_2).day)


def test_corrections_in_the_database(db: Database) -> None:
    office = check(OfficeFile([AgencyEntry("H45.15", "Xã A", "commune", hours={"fri": [("07:00", "11:30")]})]))
    friday, monday = date(2026, 11, 27), date(2026, 11, 30)
    with unit(db) as session:
        bring_in(session, office)
        mark(session, friday, "off", source="bão số 9", decided_by="UBND")
        mark(session, monday, "off", source="bão số 9")
        mark(session, monday, "work", agency_code="H45.15", source="trực")
        mark(session, monday, "half_am", agency_code="H45.15", source="trực")
        mark(session, monday, "work", agency_code="H45.15", source="trực")
    with unit(db) as session:
        ours, others = load(session, "H45.15"), load(session, "H45.16")
    assert ours.off(friday) == Off(friday, "decided", "bão số 9")
    assert ours.is_working(monday)
    assert not others.is_working(monday)
    assert ours.closes(date(2026, 12, 4)) == time(11, 30)
    with unit(db) as session:
        unmark(session, friday)
        assert load(session, "H45.15").is_working(friday)

"""Due dates of dossiers: the procedure's published time, the agency's calendar, and the explanation that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import due, working_days
from services.catalog.model import Method, ProcedureRecord, Time
from services.db.session import Database, unit
from services.dossiers.hand import HOME
from services.office import AgencyEntry, OfficeFile, bring_in
from services.working_days import Calendar
from tests.kit.databases import KINDS, databases

AGENCY = "H99.15"
HOURS = {day: [("07:30", "11:30"), ("13:30", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture(params=KINDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    for made in databases(request.param, tmp_path):
        with unit(made) as session:
            hours = {**HOURS, "sat": [("07:30", "11:30")]}
            entry = AgencyEntry(code=AGENCY, name="Trung tâm", level="commune", hours=hours, front=True)
            bring_in(session, OfficeFile(agencies=[entry]))
        yield made


def at(day: str, clock: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=HOME)


def record(*times: Time, way: str = "counter") -> ProcedureRecord:
    return ProcedureRecord(code="1.000001", name="Thủ tục", methods=(Method(way=way, times=times),))  # type: ignore[arg-type]


WORKING, DAYS = ("working_day", "day")


@pytest.mark.parametrize(
    ("received", "time", "expected"),
    [
        ("2026-11-20 09:00", Time(value=1, unit="working_day"), "2026-11-23 17:00"),
        ("2026-11-20 09:00", Time(value=3, unit="working_day"), "2026-11-26 17:00"),
        ("2026-11-20 09:00", Time(value=5, unit="working_day"), "2026-11-30 17:00"),
        ("2026-11-23 09:00", Time(value=1, unit="working_day"), "2026-11-25 17:00"),
        ("2026-08-21 09:00", Time(value=1, unit="working_day"), "2026-08-22 11:30"),  # a make-up Saturday
        ("2026-08-28 09:00", Time(value=1, unit="working_day"), "2026-09-03 17:00"),
        ("2026-11-23 15:01", Time(same_day=True), "2026-11-25 17:00"),
        ("2026-11-23 14:59", Time(same_day=True), "2026-11-23 17:00"),
        ("2026-11-13 09:00", Time(value=15, unit="day"), "2026-11-30 17:00"),
        ("2026-11-20 09:00", Time(value=12, unit="day"), "2026-12-02 17:00"),
        ("2026-08-31 09:00", Time(value=6, unit="month"), "2027-03-01 17:00"),  # 28/02 is a Sunday
        ("2026-11-20 09:00", Time(value=4, unit="hour"), "2026-11-20 15:00"),
        ("2026-11-20 16:00", Time(value=2, unit="hour"), "2026-11-23 08:30"),
        ("2026-11-21 09:00", Time(value=30, unit="minute"), "2026-11-23 08:00"),
    ],
)
def test_vectors(db: Database, received: str, time: Time, expected: str) -> None:
    day, clock = received.split()
    with unit(db) as session:
        found = due.due_at(session, record(time), AGENCY, at(day, clock))
    assert found is not None
    assert f"{found.at.astimezone(HOME):%Y-%m-%d %H:%M}" == expected


def test_rows_of_the_calendar_count_in_both_directions(db: Database) -> None:
    three = record(Time(value=3, unit="working_day"))
    with unit(db) as session:
        assert _day(due.due_at(session, three, AGENCY, at("2027-02-02"))) == "2027-02-12"
        working_days.mark(session, date(2027, 2, 4), "work", source="phương án 2")
        for day in (11, 12):
            working_days.mark(session, date(2027, 2, day), "off", source="phương án 2")
        assert _day(due.due_at(session, three, AGENCY, at("2027-02-02"))) == "2027-02-15"
        # the agency's own row goes before the one for all
        working_days.mark(session, date(2027, 2, 11), "work", agency_code=AGENCY)
        assert _day(due.due_at(session, three, AGENCY, at("2027-02-02"))) == "2027-02-11"
        assert _day(due.due_at(session, three, "H99.16", at("2027-02-02"))) == "2027-02-15"
        working_days.mark(session, date(2026, 1, 2), "off", source="hoán đổi")
        one = record(Time(value=1, unit="working_day"))
        assert _day(due.due_at(session, one, AGENCY, at("2025-12-31"))) == "2026-01-05"


def test_without_a_unit_nothing_is_promised(db: Database) -> None:
    with unit(db) as session:
        for unknown in (record(), record(Time(value=10)), record(Time(text="ngay")), record(Time(value=0, unit="day"))):
            assert due.due_at(session, unknown, AGENCY, at("2026-11-20")) is None


def test_the_case_and_the_way_decide(db: Database) -> None:
    procedure = ProcedureRecord(
        code="1.000001", name="Thủ tục",
        methods=(
            Method(way="online", times=(Time(value=2, unit="working_day"),)),
            Method(
                way="counter",
                times=(
                    Time(value=1, unit="working_day", when={"kind": ("simple",)}),
                    Time(value=5, unit="working_day", when={"kind": ("hard",)}),
                ),
            ),
        ),
    )  # fmt: skip
    received = at("2026-11-25")
    with unit(db) as session:
        assert _day(due.due_at(session, procedure, AGENCY, received, case={"kind": "simple"})) == "2026-11-26"
        assert _day(due.due_at(session, procedure, AGENCY, received, case={"kind": "hard"})) == "2026-12-02"
        assert _day(due.due_at(session, procedure, AGENCY, received, way="online")) == "2026-11-27"
        assert _day(due.due_at(session, procedure, AGENCY, received, way="post")) == "2026-11-27"


def test_the_explanation_is_kept_and_never_overwritten(db: Database) -> None:
    promised = due.due_on(Time(value=3, unit="working_day"), at("2026-11-20"), Calendar())
    assert promised is not None
    with unit(db) as session:
        due.keep(session, "H99.15-261120-0001", promised, at("2026-11-20"))
        later = due.due_on(Time(value=9, unit="working_day"), at("2026-11-20"), Calendar())
        assert later is not None
        due.keep(session, "H99.15-261120-0001", later, at("2026-11-25"))
    with unit(db) as session:
        assert due.kept(session, "H99.15-261120-0001", promised.at) == promised.why
        assert due.kept(session, "H99.15-261120-0001", later.at) == later.why
        assert due.kept(session, "H99.15-261120-0002", promised.at) is None


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)), st.integers(1, 60),
    st.sampled_from(["working_day", "day", "month", "hour", "minute"]),
)  # fmt: skip
def test_a_due_date_lies_on_a_working_day_and_after_the_receipt(received: datetime, count: int, unit_: str) -> None:
    calendar = Calendar({}, {day: [list(span) for span in spans] for day, spans in HOURS.items()})
    received = received.replace(tzinfo=HOME)
    found = due.due_on(Time(value=count, unit=unit_), received, calendar)  # type: ignore[arg-type]
    assert found is not None
    assert calendar.is_working(found.day)
    assert found.at > received
    more = due.due_on(Time(value=count + 1, unit=unit_), received, calendar)  # type: ignore[arg-type]
    assert more is not None
    assert more.at >= found.at


def _day(found: working_days.Due | None) -> str:
    assert found is not None
    return found.day.isoformat()

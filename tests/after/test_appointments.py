"""Seats at the counter: never more than there are, at open hours only, reminded once, warned in time."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from services import working_days
from services.appointments import booking, slots, watch
from services.appointments.booking import Booked, Matter
from services.appointments.slots import Place
from services.db.presubmissions import Presubmission
from services.db.visits import Appointment, Counter
from services.dossiers.hand import HOME
from services.refusal import Refused
from services.working_days import Calendar
from tests.after.town import AGENCY, CITIZEN, HOURS, NEIGHBOUR, Town, local

HERE = Matter("", AGENCY)
EIGHT = local("2026-11-23", "08:30")
CODE = "H99.15-261106-0001"


def counter(town: Town, n: int = 1, *, minutes: int = 60, capacity: int = 2, fields: tuple[str, ...] = ()) -> None:
    row = Counter(
        agency_code=AGENCY, n=n, name=f"Quầy {n}", fields=list(fields), slot_minutes=minutes, capacity=capacity
    )
    town.do(lambda session: session.merge(row))


def book(town: Town, who: int = CITIZEN, at: datetime = EIGHT, what: Matter = HERE) -> Booked | Refused:
    return town.do(lambda session: booking.book(session, who, what, at, town.now))


def tick(town: Town) -> int:
    return town.do(lambda session: watch.tick(session, town.now))


def free(town: Town, day: str, field: str = "") -> list[tuple[str, int]]:
    found = town.do(lambda session: slots.slots(session, AGENCY, date.fromisoformat(day), town.now, field=field))
    return [(f"{one.starts_at.astimezone(HOME):%H:%M}", one.free) for one in found]


def test_forty_people_and_three_seats(town: Town) -> None:
    counter(town, 1, capacity=2)
    counter(town, 2, capacity=1)
    done = town.at_once(40, lambda session, n: booking.book(session, 100 + n, HERE, EIGHT, town.now))
    assert sum(isinstance(one, Booked) for one in done) == 3
    assert {one.key for one in done if isinstance(one, Refused)} == {"visit-full"}
    seats = town.do(lambda session: session.execute(select(Appointment.counter, Appointment.seat)).all())
    assert sorted(tuple(row) for row in seats) == [(1, 1), (1, 2), (2, 1)]
    assert "08:30" not in dict(free(town, "2026-11-23"))


def test_a_cancelled_seat_is_free_again(town: Town) -> None:
    counter(town, capacity=1)
    mine = book(town)
    assert isinstance(mine, Booked)
    assert book(town, NEIGHBOUR) == Refused("visit-full")
    assert not town.do(lambda session: booking.cancel(session, NEIGHBOUR, mine.id, town.now))
    assert town.do(lambda session: booking.cancel(session, CITIZEN, mine.id, town.now))
    assert isinstance(book(town, NEIGHBOUR), Booked)


def test_a_change_keeps_the_old_seat_until_the_new_one_is_hers(town: Town) -> None:
    counter(town, capacity=1)
    mine, nine = book(town), local("2026-11-23", "09:30")
    assert isinstance(mine, Booked)
    book(town, NEIGHBOUR, nine)
    kept = town.do(lambda session: booking.book(session, CITIZEN, HERE, nine, town.now, instead=mine.id))
    assert kept == Refused("visit-full")
    assert [one.id for one in town.do(lambda session: booking.coming(session, CITIZEN, town.now))] == [mine.id]
    ten = local("2026-11-23", "10:30")
    town.dies(lambda session: booking.book(session, CITIZEN, HERE, ten, town.now, instead=mine.id))
    assert [one.id for one in town.do(lambda session: booking.coming(session, CITIZEN, town.now))] == [mine.id]
    town.do(lambda session: booking.book(session, CITIZEN, HERE, ten, town.now, instead=mine.id))
    assert [one.starts_at for one in town.do(lambda session: booking.coming(session, CITIZEN, town.now))] == [ten]


def test_only_offered_times_can_be_had(town: Town) -> None:
    counter(town)
    for at in (
        local("2026-11-23", "08:31"), local("2026-11-23", "12:00"), local("2026-11-24", "08:30"),
        local("2026-11-22", "08:30"), local("2026-11-20", "08:30"), local("2027-03-01", "08:30"),
    ):  # fmt: skip
        assert book(town, at=at) == Refused("visit-full"), at


def test_one_person_has_three_visits_at_most(town: Town) -> None:
    counter(town, capacity=9)
    for hour in ("08:30", "09:30", "10:30"):
        assert isinstance(book(town, at=local("2026-11-23", hour)), Booked)
    refused = book(town, at=local("2026-11-25", "08:30"))
    assert isinstance(refused, Refused)
    assert refused.key == "visit-many"


def test_hours_saturdays_holidays_and_notice(town: Town) -> None:
    counter(town)
    assert free(town, "2026-11-21") == [("07:30", 2), ("08:30", 2), ("09:30", 2), ("10:30", 2)]
    assert free(town, "2026-11-22") == []
    assert free(town, "2026-11-24") == []
    town.sets("2026-11-23", "10:01")
    assert [at for at, _ in free(town, "2026-11-23")] == ["13:30", "14:30", "15:30"]
    town.do(lambda session: working_days.mark(session, date(2026, 11, 25), "half_am", agency_code=AGENCY))
    assert [at for at, _ in free(town, "2026-11-25")] == ["07:30", "08:30", "09:30", "10:30"]
    days = town.do(lambda session: slots.days(session, AGENCY, town.now, most=3))
    assert [day.isoformat() for day, _ in days] == ["2026-11-23", "2026-11-25", "2026-11-26"]


def test_a_field_goes_to_its_counter_and_a_closed_counter_to_nobody(town: Town) -> None:
    counter(town, 1, fields=("Hộ tịch",), capacity=1)
    counter(town, 2, fields=("Đất đai",), capacity=3)
    counter(town, 3, capacity=0)
    assert dict(free(town, "2026-11-23", "Hộ tịch"))["08:30"] == 1
    assert dict(free(town, "2026-11-23", "Đất đai"))["08:30"] == 3
    assert dict(free(town, "2026-11-23", "Chứng thực"))["08:30"] == 4
    assert dict(free(town, "2026-11-23"))["08:30"] == 4


def test_without_counters_nothing_is_offered(town: Town) -> None:
    assert town.do(lambda session: slots.days(session, AGENCY, town.now)) == []


@given(st.integers(5, 120), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_slots_lie_within_the_hours_and_never_overlap(minutes: int, day: date) -> None:
    calendar = Calendar({}, {name: [list(span) for span in spans] for name, spans in HOURS.items()})
    found = [at.astimezone(HOME) for at in slots.starts(calendar, Place(1, "", minutes, 1), day)]
    spans = slots.open_spans(calendar, day)
    for at in found:
        end = at + timedelta(minutes=minutes)
        assert any(begin <= at.time() and end.time() <= closes for begin, closes in spans)
    assert all(later - at >= timedelta(minutes=minutes) for at, later in itertools.pairwise(found))
    assert bool(found) <= (calendar.is_working(day) or day.weekday() == 5)
    assert all(begin >= time(7, 30) for begin, _ in spans)


# -- the evening before ---------------------------------------------------------------------------------------------


def test_reminded_at_seven_the_evening_before_once(town: Town) -> None:
    counter(town)
    book(town)
    town.sets("2026-11-22", "18:59")
    assert tick(town) == 0
    town.sets("2026-11-22", "19:00")
    town.dies(lambda session: watch.tick(session, town.now))
    assert sum(town.at_once(8, lambda session, _: watch.tick(session, town.now))) == 1
    assert [tick(town), town.told("visit-tomorrow")] == [0, [CITIZEN]]


def test_an_office_that_closes_calls_off(town: Town) -> None:
    counter(town)
    mine = book(town)
    assert isinstance(mine, Booked)
    town.do(lambda session: working_days.mark(session, date(2026, 11, 23), "half_pm", agency_code=AGENCY))
    town.sets("2026-11-22", "19:00")
    assert [tick(town), tick(town)] == [1, 0]
    assert town.told("visit-tomorrow") == []
    (telling,) = town.tellings("visit-useless")
    assert telling.args == {"id": mine.id, "why": "closed"}
    states = town.do(lambda session: session.execute(select(Appointment.state, Appointment.seat)).all())
    assert [tuple(row) for row in states] == [("called-off", None)]


def test_what_happens_after_the_reminder_is_told_in_the_morning(town: Town) -> None:
    counter(town)
    book(town)
    town.sets("2026-11-22", "19:00")
    tick(town)
    town.do(lambda session: working_days.mark(session, date(2026, 11, 23), "off", agency_code=AGENCY))
    for day, clock, expected in (("2026-11-22", "22:00", 0), ("2026-11-23", "06:29", 0), ("2026-11-23", "06:30", 1)):
        town.sets(day, clock)
        assert tick(town) == expected
    assert town.told("visit-useless") == [CITIZEN]


def prepared(town: Town, state: str) -> Matter:
    row = Presubmission(
        code="CB-261120-0001", conversation_id=CITIZEN, procedure_code="1.001193", version_id=1, case={},
        agency_code=AGENCY, state=state, for_other=False, round=1, created_at=town.now, changed_at=town.now,
    )  # fmt: skip
    town.do(lambda session: session.merge(row))
    return town.do(lambda session: booking.matter(session, CITIZEN, "CB-261120-0001", AGENCY, town.now))


def test_reasons_not_to_go(town: Town) -> None:
    counter(town)
    cases = {"accepted": None, "filed": None, "withdrawn": "withdrawn", "expired": "withdrawn", "returned": "returned"}
    visit = book(town, what=prepared(town, "accepted"))
    assert isinstance(visit, Booked)
    for state, expected in cases.items():
        prepared(town, state)
        assert town.do(lambda session: watch.useless(session, visit, town.now)) == expected, state
    town.dossier(CODE, 4)
    wanted = town.do(lambda session: booking.matter(session, CITIZEN, CODE, AGENCY, town.now))
    assert wanted.subject == CODE
    fetch = book(town, at=local("2026-11-23", "09:30"), what=wanted)
    assert isinstance(fetch, Booked)
    for statuses, expected in (((), "not-ready"), ((5,), None), ((4, 9), None), ((10,), "ended")):
        town.becomes(CODE, *statuses)
        assert town.do(lambda session: watch.useless(session, fetch, town.now)) == expected, statuses


def test_a_code_of_somebody_else_is_no_matter(town: Town) -> None:
    town.dossier(CODE, 4)
    prepared(town, "accepted")
    for code in (CODE, "CB-261120-0001", "H99.15-000000-0000", "'; DROP TABLE counters"):
        assert town.do(lambda session: booking.matter(session, NEIGHBOUR, code, AGENCY, town.now)) == HERE  # noqa: B023


def test_what_was_accepted_is_what_she_comes_for(town: Town) -> None:
    counter(town)
    wanted = prepared(town, "accepted")
    assert town.do(lambda session: booking.matter(session, CITIZEN, "", AGENCY, town.now)) == wanted
    book(town, what=wanted)
    assert town.do(lambda session: booking.matter(session, CITIZEN, "", AGENCY, town.now)) == HERE


def test_nothing_is_looked_at_while_nothing_is_near(town: Town) -> None:
    assert not town.do(lambda session: watch.waiting(session, town.now))
    counter(town)
    book(town)
    assert not town.do(lambda session: watch.waiting(session, town.now))
    town.sets("2026-11-22", "19:00")
    assert town.do(lambda session: watch.waiting(session, town.now))
    assert town.do(lambda session: session.scalar(select(func.count()).select_from(Appointment))) == 1

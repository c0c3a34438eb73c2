"""Codes: given out in order, without gaps or doubles, and recognised in the shapes that others use."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from services.db.session import unit
from services.dossiers import codes
from tests.dossiers.office import AGENCY, Office


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("H45.15-261121-0001", "H45.15-261121-0001"),
        ("h45.15 – 261121 – 0001", "H45.15-261121-0001"),
        ("000.00.15.H45-190722-0001", "000.00.15.H45-190722-0001"),
        ("H15.50.05.13-261008-0975", "H15.50.05.13-261008-0975"),
        ("G12-261008-0123456", "G12-261008-0123456"),
        ("«H10.23-180723-0001».", "H10.23-180723-0001"),
        ("H45.15-261121-12345", "H45.15-261121-12345"),
        ("hồ sơ của tôi", None),
        ("CB-261121-0001", None),
        ("H45.15-261121-001", None),
        ("H45.15-26112-0001", None),
        ("X45.15-261121-0001", None),
        ("H45.15-261121-0001 H45.15-261121-0002", None),
        ("H45.15-٢٦١١٢١-0001", None),
        ("", None),
        ("H" * 100_000, None),
    ],
)
def test_recognised(typed: str, expected: str | None) -> None:
    assert codes.recognise(typed) == expected


def test_in_order_per_agency_and_local_day(office: Office) -> None:
    assert [office.create().code for _ in range(3)] == [f"H45.15-261120-{number:04d}" for number in (1, 2, 3)]
    assert office.create(agency_code="h45.16").code == "H45.16-261120-0001"
    office.clock.tick(hours=15)  # 17:00 in UTC: the next day has begun in the office
    assert office.create().code == "H45.15-261121-0001"


def test_codes_of_others_are_passed_over(office: Office) -> None:
    for number in (1, 2, 4):
        office.insert(f"H45.15-261120-{number:04d}")
    assert [office.create().code for _ in range(2)] == ["H45.15-261120-0003", "H45.15-261120-0005"]


def test_more_than_9999_in_a_day(office: Office) -> None:
    office.create()
    with unit(office.db) as session:
        session.execute(text("UPDATE dossier_counters SET last = 9998"))
    assert [office.create().code for _ in range(2)] == ["H45.15-261120-9999", "H45.15-261120-10000"]
    assert codes.recognise("H45.15-261120-10000") == "H45.15-261120-10000"


def test_an_undone_transaction_leaves_no_gap(office: Office) -> None:
    with unit(office.db) as session:
        assert codes.generate(session, AGENCY, date(2026, 11, 20)) == "H45.15-261120-0001"
        session.rollback()
    assert office.create().code == "H45.15-261120-0001"


def test_no_doubles_when_many_open_at_once(office: Office) -> None:
    opened: list[str] = []
    failed: list[Any] = []

    def work() -> None:
        try:
            for _ in range(5):
                opened.append(office.create().code)
        except Exception as error:  # the thread's failure is the test's
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(opened) == [f"H45.15-261120-{number:04d}" for number in range(1, 21)]

"""Days and times of a visit as people say them."""

from __future__ import annotations

from datetime import date, time

import pytest

from handlers import visit_said

TODAY = date(2026, 11, 20)  # a Friday
FREE = [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23), date(2026, 11, 28), date(2026, 12, 1)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mai", (11, 21)), ("sáng mai", (11, 21)), ("chieu mai a", (11, 21)), ("hôm nay", (11, 20)),
        ("thứ 7 tuần này", (11, 21)), ("thu bay", (11, 21)), ("t7 tuần sau", (11, 28)), ("sáng thứ hai", (11, 23)),
        ("28/11", (11, 28)), ("ngày 28", (11, 28)), ("ngày 1 tháng 12", (12, 1)), ("28-11-2026", (11, 28)),
        ("tomorrow", (11, 21)), ("monday", (11, 23)), ("chủ nhật", (11, 22)), ("ngày mốt", (11, 22)),
    ],
)  # fmt: skip
def test_a_day(typed: str, meant: tuple[int, int]) -> None:
    assert visit_said.day(typed, FREE, TODAY) == date(2026, *meant)


@pytest.mark.parametrize("typed", ["cần mang gì", "ngày nào cũng được", "31/2", "thủ tục này", "x" * 200])
def test_no_day(typed: str) -> None:
    assert visit_said.day(typed, FREE, TODAY) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("8h30", (8, 30)), ("8 giờ", (8, 0)), ("9 rưỡi", None), ("9 giờ rưỡi", (9, 30)), ("2 giờ chiều", (14, 0)),
        ("8:15", (8, 15)), ("10g", (10, 0)), ("25h", None), ("sớm nhất", None),
    ],
)  # fmt: skip
def test_a_time(typed: str, meant: tuple[int, int] | None) -> None:
    assert visit_said.clock(typed) == (time(*meant) if meant else None)

"""The first line of an answer tells the time as far as the ways of filing and the cases allow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.app import LOCALES
from bot.dialog.flow import Talk
from bot.texts import Texts
from handlers import wording
from services.catalog.model import Method, ProcedureRecord, Time

TALK = Talk(None, Texts(LOCALES), "vi", datetime(2026, 11, 20, 2, 0, tzinfo=UTC), 1, {}, {})


@pytest.mark.parametrize(
    ("counter", "online", "said"),
    [
        ([Time(7, "working_day", text="tại quầy")], [Time(7, "working_day", text="trên mạng")], "7 ngày làm việc"),
        ([Time(7, "working_day")], [Time(5, "working_day")], "từ 5 đến 7 ngày làm việc, tùy cách nộp hoặc trường hợp"),
        (
            [Time(3, "day"), Time(10, "day", text="phải xác minh")], [Time(5, "day")],
            "từ 3 đến 10 ngày, tùy cách nộp hoặc trường hợp",
        ),
        ([Time(3, "day")], [Time(3, "working_day")], "tùy cách nộp hoặc trường hợp"),
        ([Time(text="theo lịch hẹn")], [Time(3, "day")], "tùy cách nộp hoặc trường hợp"),
        ([Time(same_day=True)], [Time(3, "day")], "tùy cách nộp hoặc trường hợp"),
    ],
)  # fmt: skip
def test_the_time(counter: list[Time], online: list[Time], said: str) -> None:
    methods = (Method(way="counter", times=tuple(counter)), Method(way="online", times=tuple(online)))
    record = ProcedureRecord(code="1.000001", name="Thử", methods=methods)
    assert wording.in_short(TALK, record, "time", {}) == said

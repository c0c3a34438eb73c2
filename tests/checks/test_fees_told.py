"""A part is told whole: no fee is left out, and none is said twice."""

from __future__ import annotations

from pathlib import Path

from bot.dialog.flow import Talk
from bot.texts import Texts
from handlers import sheet, wording
from services.catalog.model import Fee, Method, ProcedureRecord, Time
from services.catalog.store import Version
from tests.kit.clock import FakeClock


def talk() -> Talk:
    return Talk(None, Texts(Path("locales")), "vi", FakeClock().now(), 1, {}, {}, 1)


def record(*methods: Method) -> ProcedureRecord:
    return ProcedureRecord(code="1.000001", name="Thủ tục thử", methods=methods)


def told(aspect: str, *methods: Method) -> list[str]:
    return wording.told(talk(), record(*methods), aspect, {})


def test_a_fee_whose_words_are_part_of_another_is_told() -> None:
    fees = (Fee(amount=15_000), Fee(amount=5_000), Fee(amount=0, text="hộ nghèo"))
    assert told("fee", Method("counter", fees=fees)) == [
        "Lệ phí: 15.000 đồng.", "• 5.000 đồng", "• miễn phí (hộ nghèo)",
    ]  # fmt: skip


def test_the_first_fee_alone_is_told_once() -> None:
    one = (Fee(text="theo nghị quyết của HĐND cấp tỉnh."),)
    assert told("fee", *(Method(way, fees=one) for way in ("counter", "online"))) == [
        "Lệ phí: theo nghị quyết của HĐND cấp tỉnh."
    ]


def test_fees_that_differ_by_the_way_of_filing_are_told_for_each() -> None:
    ways = (Method("counter", fees=(Fee(amount=10_000),)), Method("online", fees=(Fee(amount=7_000),)))
    assert told("fee", *ways) == [
        "Lệ phí: tùy trường hợp.", "• Trực tiếp tại quầy: 10.000 đồng",
        "• Trực tuyến trên Cổng Dịch vụ công quốc gia: 7.000 đồng",
    ]  # fmt: skip


def test_a_time_is_told_in_the_same_way() -> None:
    times = (Time(value=15, unit="working_day"), Time(value=5, unit="working_day", text="có hạn riêng"))
    first, *more = told("time", Method("counter", times=times))
    assert first == "Thời gian giải quyết: 15 ngày làm việc."
    assert more[0] == "• 5 ngày làm việc (có hạn riêng)"


def test_the_picture_to_print_has_all_fees_too() -> None:
    fees = (Fee(amount=15_000), Fee(amount=0, text="hộ nghèo"))
    version = Version(1, record(Method("counter", fees=fees)), None, None, None)
    (drawn,) = sheet.draft(talk(), version, {}, office="", hotline="")
    assert [block.detail for block in drawn.blocks if block.text == "Lệ phí"] == ["15.000 đồng\nmiễn phí (hộ nghèo)"]

"""What nobody should send: every word of these conversations with odd texts behind and before it, on PostgreSQL too."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.complaints.records import LONGEST
from tests.after.test_complaint_answer import Chat
from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.phone import Phone

ODD = (
    "đánh giá \x00261120 5", "đánh giá 261120\x00x 1", "đánh giá 99999999999999999999 1", "đánh giá 0", "đánh giá -1",
    "ĐÁNH GIÁ 5 SAO!", "PA-000000-0000", "PA-٢٦١١٢٠-٠٠٠١", "pa 261120 - 0001", "trả lời PA-261120-0001 " + "x" * 9_000,
    "phản ánh " + "x" * 9_000, "lịch hẹn \u202e", "quyền riêng'; DROP TABLE ratings; --", "đặt lịch 31/02/2026",
)  # fmt: skip
"""Texts that look like one of our words, and are not quite."""
IN_A_COMPLAINT = ("\x00", "😀" * 3, " \n\t ", "x" * (LONGEST + 1))


@pytest.mark.parametrize("kind", [pytest.param("sqlite", marks=pytest.mark.slow), "postgresql"])
async def test_every_message_gets_an_answer(kind: str, tmp_path: Path) -> None:
    clock = FakeClock()
    phone = Phone("zalo-bot", clock)
    house = await House.open(new_database(kind, tmp_path), tmp_path, {("phone", "default"): phone}, clock)
    try:
        chat = Chat(house, phone)
        for text in ODD:
            said = await chat.says(text)
            assert said.strip(), text
            assert "lỗi của hệ thống" not in said, text
        for text in IN_A_COMPLAINT:
            said = await chat.says("menu", "phản ánh", "1", text, "huỷ")
            assert "lỗi của hệ thống" not in said, text
        said = await chat.says("phản ánh", "bỏ", "phản ánh", "1", "x" * LONGEST, "gửi")
        assert "Đã nhận phản ánh số PA-261120-" in said
    finally:
        await house.close()

"""The opening hours are asked for in many words, and other questions hold the same ones."""

from __future__ import annotations

import pytest

from handlers import hours


@pytest.mark.parametrize(
    "text",
    [
        "t7 co lam k", "thứ 7 mấy giờ đóng cửa vậy", "mai có làm việc không ạ", "sáng thứ 7 phường có làm không",
        "mấy giờ mở cửa", "chủ nhật có mở cửa không", "cho hỏi chiều nay mấy giờ nghỉ", "cuối tuần có nhận hồ sơ không",
        "trưa có nghỉ không", "ubnd phuong lam viec den may gio",
    ],
)  # fmt: skip
def test_the_hours_are_asked_for(text: str) -> None:
    assert hours.asked(text)


@pytest.mark.parametrize(
    "text",
    [
        "hôm nay nộp thì mai có không", "làm khai sinh mấy giờ có", "nghỉ thai sản", "lam cccd t7 duoc khong",
        "tôi muốn làm việc với cán bộ", "thứ 7 có làm căn cước không", "mấy giờ rồi", "có làm không", "làm sao",
    ],
)  # fmt: skip
def test_something_else_is_asked_for(text: str) -> None:
    assert not hours.asked(text)

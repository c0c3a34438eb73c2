"""Who complains of the officers is told apart from who asks how a petition is settled."""

from __future__ import annotations

import pytest

from handlers import grievance


@pytest.mark.parametrize(
    "text",
    [
        "cho toi phan anh", "toi muon khieu nai can bo", "Tôi muốn tố cáo cán bộ", "em muốn góp ý ạ", "khiếu nại",
        "phản ánh ở đâu", "muốn phản ánh thái độ phục vụ", "I want to complain about the staff",
        "có chuyện bức xúc muốn phản ánh lên xã",
    ],
)  # fmt: skip
def test_a_wish_to_complain(text: str) -> None:
    assert grievance.heard(text) == "wish"


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("can bo phuong toi thai do khong tot", "manner"), ("nhân viên một cửa hách dịch quá", "manner"),
        ("cán bộ vòi tiền", "papers"), ("can bo voi tien", "papers"), ("cb đòi tiền lót tay mới ký", "papers"),
        ("cán bộ bắt đi lại 3 lần", "late"), ("cán bộ ngâm hồ sơ của tôi", "late"), ("the officer was rude", "manner"),
    ],
)  # fmt: skip
def test_what_officers_did(text: str, topic: str) -> None:
    assert (grievance.heard(text), grievance.topic(text)) == ("told", topic)


@pytest.mark.parametrize(
    "text",
    [
        "thủ tục giải quyết khiếu nại lần đầu cần gì", "thu tuc giai quyet khieu nai lan dau can gi", "khiếu nại ở đâu",
        "giải quyết tố cáo cán bộ xã", "khiếu nại quyết định của chủ tịch xã", "tố cáo cán bộ thì gửi đơn đi đâu",
        "cán bộ làm sai đòi bồi thường", "tôi là cán bộ xã nghỉ hưu", "cán bộ nói với tiền phạt thì nộp kho bạc",
        "góp ý kiến đối với quy chế quản lý kiến trúc", "bác muốn gặp cán bộ", "cán bộ thái độ tốt lắm",
        "đổi tiền, cán bộ thuế", "cán bộ đòi thêm giấy xác nhận", "có con với cán bộ xã",
    ],
)  # fmt: skip
def test_what_sounds_alike_is_a_question(text: str) -> None:
    assert grievance.heard(text) is None

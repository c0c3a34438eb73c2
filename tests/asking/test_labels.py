"""Labels that are too long for a choice, and cases told with their questions."""

from __future__ import annotations

from handlers import cases, details
from services.catalog.model import CaseChoice, CaseQuestion, ProcedureRecord

LAND = (
    "Đăng ký biến động khi chuyển nhượng, thừa kế, tặng cho, góp vốn, chuyển đổi quyền sử dụng đất, tài sản gắn liền"
    " với đất (sang tên sổ đỏ)"
)


def test_the_everyday_name_in_brackets_survives_the_cut() -> None:
    for most in (60, 80):
        cut = details.short(LAND, most)
        assert len(cut) <= most
        assert cut.endswith("… (sang tên sổ đỏ)")
        assert cut.startswith("Đăng ký biến động khi chuyển nhượng")


def test_a_label_that_fits_is_left_alone() -> None:
    assert details.short("Tách hộ (ra riêng)") == "Tách hộ (ra riêng)"


def test_a_remark_as_long_as_the_title_is_cut_with_it() -> None:
    text = "Cấp giấy phép (" + "cho công trình và nhà ở riêng lẻ " * 4 + "nữa)"
    cut = details.short(text)
    assert len(cut) <= 80
    assert cut.endswith("…")


def test_an_answer_is_told_behind_its_question() -> None:
    asked = CaseQuestion(
        id="last", text="Có biết nơi cư trú cuối cùng không?",
        choices=(CaseChoice(id="known", label="Biết"), CaseChoice(id="unknown", label="Không xác định được")),
    )  # fmt: skip
    record = ProcedureRecord(code="1.000001", name="Thử", questions=(asked,))
    assert cases.told(record, {"last": "known"}) == ["Có biết nơi cư trú cuối cùng không? Biết"]
    assert cases.told(record, {}) == []

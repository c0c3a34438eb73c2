"""The national portal's records as they really come: every trap once, and nothing guessed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.catalog import portal
from services.catalog.lines import read_line
from services.catalog.model import Fee, ProcedureRecord, Time


def record(**change: Any) -> dict[str, Any]:
    """A small record of the portal's shape."""
    plain = {
        "code": "1.000123", "name": "Cấp giấy thử", "field": "Hộ tịch", "level": "Cấp xã", "agency": ["UBND cấp xã"],
        "authority": "", "issuer": "Bộ Tư pháp", "documents": [paper("Tờ khai")], "steps": ["Nộp", "Nhận"],
        "methods": [{"channel": "Trực tiếp", "time": "3 Ngày làm việc", "time_raw": "", "fee": "Miễn phí", "note": ""}],
        "fee": "", "time_limit": "", "legal_basis": [{"code": "60/2014/QH13", "name": "Luật Hộ tịch"}],
        "result": "Giấy thử", "conditions": "Không có thông tin", "subjects": "Công dân Việt Nam, Người nước ngoài",
        "decision_no": "163/QĐ-BTP", "type": "", "address": "", "url": "", "source": "", "snapshot": "2026-07",
        "dvc_weight_2025_12": None, "in_nuicam_commune_list_2026_08": True,
    }  # fmt: skip
    return plain | change


def paper(name: str, originals: int = 1, copies: int = 0, case: str = "") -> dict[str, Any]:
    return {"name": name, "qty_original": originals, "qty_copy": copies, "form": "", "case": case}


def read(**change: Any) -> ProcedureRecord:
    """The record as an import reads it."""
    made = read_line(json.dumps(record(**change)).encode())
    assert isinstance(made, ProcedureRecord)
    return made


def method(**change: str) -> dict[str, str]:
    return {"channel": "Trực tiếp", "time": "", "time_raw": "", "fee": "", "note": ""} | change


# -- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "note", "expected"),
    [
        ("3 Ngày làm việc", "", Time(value=3, unit="working_day")),
        ("05 ngày", "", Time(value=5, unit="day")),
        ("1 Giờ", "", Time(value=1, unit="hour")),
        ("02 Tháng", "", Time(value=2, unit="month")),
        ("30 phút", "", Time(value=30, unit="minute")),
        # a bare number means nothing; what the note says is shown instead
        ("1", "", Time()),
        ("1", "Ngay trong ngày", Time(text="Ngay trong ngày")),
        ("1 Khác", "", Time()),
        ("0 Ngày làm việc", "", Time()),
        ("0 Giờ", "Trong ngày", Time(text="Trong ngày")),
        ("Khác", "", Time()),
        ("Không quy định", "", Time()),
        ("Không có thông tin", "", Time()),
        ("", "Không có thông tin về thời hạn", Time()),
        ("Theo kỳ họp HĐND tỉnh", "", Time(text="Theo kỳ họp HĐND tỉnh")),
        # from when it is counted is said anyway; another beginning is not
        ("17 ngày làm việc, kể từ ngày nhận đủ hồ sơ hợp lệ.", "", Time(value=17, unit="working_day")),
        ("15 ngày kể từ ngày ra quyết định", "", Time(value=15, unit="day", text="kể từ ngày ra quyết định")),
        # several times in one cell are cases: the first one alone would be wrong for the others
        (
            "20 ngày, nhà ở riêng lẻ 15 ngày", "", Time(text="20 ngày, nhà ở riêng lẻ 15 ngày"),
        ),
        ("10 ngày làm việc (15 ngày nếu phải xác minh)", "", Time(text="10 ngày làm việc (15 ngày nếu phải xác minh)")),
        ("03 tháng và 20 ngày làm việc", "", Time(text="03 tháng và 20 ngày làm việc")),
        ("1.5 ngày", "", Time(text="1.5 ngày")),
        ("7-10 ngày", "", Time(text="7-10 ngày")),
    ],
)  # fmt: skip
def test_a_time_has_a_unit_or_is_unknown(time: str, note: str, expected: Time) -> None:
    assert portal.read_time(time, note) == expected


def test_times_differ_by_channel() -> None:
    made = read(methods=[method(time="20 Ngày"), method(channel="Trực tuyến", time="15 Ngày"), method(channel="Fax")])
    assert [(m.way, m.times[0].value) for m in made.methods] == [("counter", 20), ("online", 15)]


def test_what_the_note_says_is_told_once() -> None:
    (alone,) = read(methods=[method(time="1", note="Giải quyết ngay")]).methods
    assert (alone.times, alone.note) == ((Time(text="Giải quyết ngay"),), "")
    (beside,) = read(methods=[method(time="15 ngày và 3 giờ", note="Giải quyết ngay")]).methods
    assert (beside.times, beside.note) == ((Time(text="15 ngày và 3 giờ"),), "Giải quyết ngay")
    (nothing,) = read(methods=[method(time="1", note="Không có thông tin")]).methods
    assert (nothing.times, nothing.note) == ((), "")


# -- fees -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fee", "expected"),
    [
        ("Miễn phí", [Fee(amount=0)]),
        ("Mức giá : Miễn phí", [Fee(amount=0)]),
        # free, with a note that says it is not
        ("Miễn phí(do Hội đồng nhân dân tỉnh quyết định)", [Fee(text="do Hội đồng nhân dân tỉnh quyết định")]),
        ("Miễn phí (Theo quy định của Luật phí và lệ phí.)", [Fee(text="Theo quy định của Luật phí và lệ phí.")]),
        ("Miễn phí(1)", []),
        ("Miễn phí()", []),
        ("", []),
        ("Không có thông tin", []),
        ("Phí : Không Đồng", []),
        ("Phí : Đồng Không có", []),
        ("Lệ phí : Không", []),
        ("Lệ phí : 0 Đồng", []),
        ("Phí : 0 Đồng Không thu phí", [Fee(text="Không thu phí")]),
        ("Lệ phí : 8.000 Đồng", [Fee(amount=8000)]),
        ("8000 đồng", [Fee(amount=8000)]),
        ("Phí : 50.000 Đồng (Năm mươi nghìn đồng)", [Fee(amount=50_000, text="Năm mươi nghìn đồng")]),
        ("Lệ phí : 20,000 VNĐ trực tiếp", [Fee(amount=20_000, text="trực tiếp")]),
        ("Phí : 5.000-10.000 Đồng", [Fee(text="5.000-10.000 Đồng")]),
        ("Phí : 1.00 Đồng", [Fee(text="1.00 Đồng")]),
        ("10 USD", [Fee(text="10 USD")]),
        ("Phí : Đồng Theo quy định của Bộ Tài chính", [Fee(text="Theo quy định của Bộ Tài chính")]),
        # several in one cell, each with its heading
        (
            "Lệ phí : 20.000 Đồng trực tiếp Lệ phí : 10.000 Đồng trực tuyến",
            [Fee(amount=20_000, text="trực tiếp"), Fee(amount=10_000, text="trực tuyến")],
        ),
    ],
)
def test_a_fee_is_free_only_where_nothing_else_is_said(fee: str, expected: list[Fee]) -> None:
    assert list(portal.read_fees(fee)) == expected


# -- papers ---------------------------------------------------------------------------------------------------------


def test_notes_are_no_papers() -> None:
    made = read(
        documents=[
            paper("Tờ khai"),
            paper("Chỉ nộp khi không tra cứu được", 0, 0),
            paper("Bản sao giấy tờ", 0, 1),
            paper("Lưu ý: mang theo bản chính", 1),
            paper("Xuất trình khi được hỏi", 1, case="* Lưu ý:"),
            paper("   ", 1),
        ]
    )
    assert [(one.name[:8], one.kind) for one in made.papers] == [
        ("Tờ khai", "submit"), ("Chỉ nộp ", "note"), ("Bản sao ", "submit"), ("Lưu ý: m", "note"), ("Xuất trì", "note"),
    ]  # fmt: skip


def test_to_file_and_to_show_are_two_lists_and_no_cases() -> None:
    made = read(
        documents=[
            paper("- Tờ khai", case="* Giấy tờ phải nộp"),
            paper("+ Căn cước", case="* Giấy tờ phải xuất trình"),
            paper("Giấy khác", case="Thành phần hồ sơ gồm:"),
        ]
    )
    assert made.questions == ()
    assert [(one.name, one.kind, one.when) for one in made.papers] == [
        ("Tờ khai", "submit", {}), ("Căn cước", "show", {}), ("Giấy khác", "submit", {}),
    ]  # fmt: skip


def test_cases_become_one_question() -> None:
    made = read(
        documents=[
            paper("Tờ khai"),
            paper("Giấy chứng sinh", case="Trường hợp sinh tại cơ sở y tế:"),
            paper("Giấy cam đoan", case="Trường hợp sinh ngoài cơ sở y tế:"),
            paper("Giấy chứng sinh", 0, 1, case="Trường hợp sinh tại cơ sở y tế:"),
        ]
    )
    (question,) = made.questions
    assert [choice.label for choice in question.choices] == [
        "Trường hợp sinh tại cơ sở y tế", "Trường hợp sinh ngoài cơ sở y tế",
    ]  # fmt: skip
    first, second = (choice.id for choice in question.choices)
    assert [one.when for one in made.papers] == [
        {}, {question.id: (first,)}, {question.id: (second,)}, {question.id: (first,)},
    ]  # fmt: skip


def test_a_single_case_or_too_many_are_told_beside_the_paper() -> None:
    (alone,) = read(documents=[paper("Tờ khai", case="Đối với tổ chức")]).papers
    assert (alone.when, alone.note) == ({}, "Đối với tổ chức")
    many = read(documents=[paper("Tờ khai", case=f"Đối với loại {n}") for n in range(13)])
    assert (many.questions, many.papers[12].note) == ((), "Đối với loại 12")


# -- everything else ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("1.001193", "1.001193"), ("1.001193.000.00.00.H41", "1.001193"), (" 2.000815.H41 ", "2.000815"),
        ("1.00119", None), ("1.0011934", None), ("BTP-123", None), ("", None), ("１.００１１９３", None),
        ("1.001193\n", "1.001193"),
    ],
)  # fmt: skip
def test_local_suffixes_belong_off_the_code(code: str, expected: str | None) -> None:
    assert portal.national_code(code) == expected


def test_nothing_known_is_nothing_told() -> None:
    made = read(conditions="Không", address=".", result="Không quy định", agency=["", " "], subjects="")
    assert (made.conditions, made.where, made.results, made.agencies, made.subjects) == ((), "", (), (), ())


def test_a_list_may_come_as_a_text() -> None:
    made = read(agency="UBND cấp xã", steps="Nộp hồ sơ")
    assert (made.agencies, made.steps) == (("UBND cấp xã",), ("Nộp hồ sơ",))


def test_levels_names_and_people() -> None:
    made = read(name="Thủ tục  cấp giấy\nthử", level="Cấp xã, Cơ quan khác")
    assert (made.name, made.levels) == ("Cấp giấy thử", ("commune", "other"))
    assert made.subjects == ("Công dân Việt Nam", "Người nước ngoài")
    assert read(name="Thủ tục hải quan đối với khí").name == "Thủ tục hải quan đối với khí"


def test_where_it_comes_from_is_kept() -> None:
    made = read(url="https://dichvucong.gov.vn/x", dvc_weight_2025_12=120)
    assert (made.source.snapshot, made.source.url, made.popularity) == ("2026-07", "https://dichvucong.gov.vn/x", 120)
    assert made.approval is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"code": "x"}, "code: 'x' is not a procedure code"),
        ({"name": " "}, "name: is empty"),
        ({"documents": {}}, "documents, methods: must be lists"),
        ({"methods": "x"}, "documents, methods: must be lists"),
        ({"documents": ["Tờ khai"]}, "does not have the portal's shape"),
        ({"methods": [1]}, "does not have the portal's shape"),
        ({"documents": [paper("Tờ khai") | {"qty_original": "một"}]}, "qty_original: 'một' is no number"),
        ({"documents": [paper("Tờ khai", -1)]}, "qty_original: '-1' is no number"),
        ({"dvc_weight_2025_12": 10**30}, "popularity: is no number of uses"),
        ({"legal_basis": ["Luật"]}, "does not have the portal's shape"),
    ],
)
def test_a_broken_record_is_refused_with_a_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(**change)

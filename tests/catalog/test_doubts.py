"""Turns that mean several procedures are offered as a choice, and what settles them is heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.catalog.abbreviations import stems_of
from services.catalog.doubts import doubt_table, doubtful, settled
from services.catalog.search import SearchIndex
from tests.catalog.everyday import everyday_index


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    return everyday_index()


@pytest.mark.parametrize(
    ("open_to_both", "told"),
    [
        ("làm lại căn cước", "làm lại căn cước bị mất"),
        ("xin làm lại bằng lái", "bằng lái hết hạn làm lại ở đâu"),
        ("tôi muốn nghỉ bán", "tôi muốn nghỉ bán luôn"),
        ("quán em định nghỉ bán", "quán em nghỉ bán hai tháng"),
        ("nhận tiền bảo hiểm xã hội", "nhận bảo hiểm xã hội một lần"),
        ("em muốn đăng ký hộ khẩu", "em muốn nhập hộ khẩu nhà chồng"),
        ("tách sổ", "tách sổ hộ khẩu với cha mẹ"),
        ("tôi muốn sang tên", "tôi muốn sang tên xe máy"),
        ("em muốn làm giấy khai sinh", "em muốn làm giấy khai sinh cho con mới đẻ"),
        ("bà ngoại tôi già yếu thì được hưởng gì", "bà ngoại tôi già yếu thì được hưởng trợ cấp mai táng gì"),
        ("bán nhà cần những thủ tục gì", "bán nhà rồi sang tên cần những thủ tục gì"),
        ("con đi học xa phải làm giấy tờ gì", "làm khai sinh cho con cần gì"),
    ],
)
def test_a_turn_is_in_doubt_until_something_settles_it(open_to_both: str, told: str) -> None:
    assert doubtful(" ".join(stems_of(open_to_both)))
    assert not doubtful(" ".join(stems_of(told)))


def test_a_settled_turn_is_more_than_a_bare_topic(index: SearchIndex) -> None:
    assert settled("lam lai can cuoc bi mat")
    assert not settled("lam lai can cuoc")
    assert not settled("dang ki ket hon")
    assert index.search("lam lai the cccd bi mat").kind == "answer"


@pytest.mark.parametrize("said", ["làm lại căn cước", "toi muon nghi ban", "tách sổ", "nhan tien bao hiem xa hoi"])
def test_in_doubt_there_is_a_choice(index: SearchIndex, said: str) -> None:
    found = index.search(said)
    assert found.kind == "choose"
    assert len(found.hits) >= 2


@pytest.mark.parametrize(
    ("said", "code"),
    [("làm lại thẻ căn cước bị mất", "1.014064"), ("quán em nghỉ bán hẳn, trả giấy phép", "1.001266")],
)
def test_what_is_settled_finds_its_procedure(index: SearchIndex, said: str, code: str) -> None:
    assert index.search(said).hits[0].code == code


def test_a_line_without_what_settles_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "doubts.tsv").write_text("\\btach so\\b\n", "utf-8")
    with pytest.raises(ValueError, match=r"doubts\.tsv:1"):
        doubt_table(tmp_path)

"""Whether somebody else may go: how it is asked, and that the first line answers as far as the record knows."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import msgspec
import pytest

from bot.app import LOCALES
from bot.dialog.flow import Talk
from bot.texts import Texts
from handlers import on_behalf
from services.catalog.model import CaseChoice, CaseQuestion, Paper, ProcedureRecord
from tests.catalog.everyday import STARTER

TALK = Talk(None, Texts(LOCALES), "vi", datetime(2026, 11, 20, 2, 0, tzinfo=UTC), 1, {}, {})


@cache
def everyday_records() -> dict[str, ProcedureRecord]:
    """The shipped procedures by their codes."""
    lines = (line for path in STARTER.glob("*.jsonl") for line in path.read_bytes().splitlines() if line.strip())
    return {record.code: record for record in (msgspec.json.decode(line, type=ProcedureRecord) for line in lines)}


@pytest.mark.parametrize(
    "text",
    [
        "lam ho duoc ko", "làm hộ được không", "đi thay được không", "nộp giùm có được ko", "nhờ con đi được không",
        "con toi lam thay duoc khong", "có cần ủy quyền không", "khai sinh bà nội đi thay được không",
        "can somebody else do it", "can i do it for my mother",
    ],
)  # fmt: skip
def test_it_is_asked_in_many_words(text: str) -> None:
    assert on_behalf.aspect(text, "conditions") == on_behalf.ASPECT


@pytest.mark.parametrize(
    "text",
    [
        "làm hộ khẩu được không", "làm hộ chiếu được không", "thay đổi tên được không", "làm giúp tôi giấy khai sinh",
        "bao nhiêu tuổi thì được", "làm hồ sơ được không", "lấy hộ tịch được không",
    ],
)  # fmt: skip
def test_what_sounds_alike_is_not_it(text: str) -> None:
    assert on_behalf.aspect(text, "conditions") == "conditions"


def test_a_fee_stays_a_fee() -> None:
    assert on_behalf.aspect("nộp thay mất phí không", "fee") == "fee"


def first(code: str) -> str:
    return on_behalf.lines(TALK, everyday_records()[code])[0]


def test_yes_no_or_not_known_comes_first() -> None:
    assert first("2.000635").startswith("Làm thay được, cần")
    assert first("1.001193").startswith("Làm thay được, cần")
    assert first("1.000894").startswith("Không làm thay hết được")
    assert first("2.000884").startswith("Không làm thay hết được")
    assert first("1.004194").startswith("Chưa rõ")


def test_who_goes_decides_the_papers() -> None:
    lines = on_behalf.lines(TALK, everyday_records()["2.000635"])
    assert lines[1:3] == [
        "• Người thân đi thay: văn bản ủy quyền (không cần chứng thực)",
        "• Người khác đi thay: văn bản ủy quyền có chứng thực",
    ]


def test_papers_that_she_brings_herself_are_not_told_as_more() -> None:
    assert "tờ khai" not in "\n".join(on_behalf.lines(TALK, everyday_records()["3.000333"]))


def test_one_paper_for_all_stands_in_the_first_line() -> None:
    who = CaseQuestion(
        id="who", text="Ai nộp hồ sơ?",
        choices=(CaseChoice(id="self", label="Tự nộp"), CaseChoice(id="other", label="Nhờ một người nộp thay")),
    )  # fmt: skip
    paper = Paper(name="Giấy ủy quyền", when={"who": ("other",)})
    record = ProcedureRecord(code="1.000001", name="Thử", questions=(who,), papers=(paper,))
    assert on_behalf.lines(TALK, record)[0] == "Làm thay được, cần giấy ủy quyền."


def test_every_everyday_procedure_answers() -> None:
    for code, record in everyday_records().items():
        line = on_behalf.lines(TALK, record)[0]
        assert line.startswith(("Làm thay được, ", "Không làm thay hết được", "Chưa rõ")), code

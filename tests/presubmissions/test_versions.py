"""A new version of a procedure while a draft waits, and another case: what changes for this person, and what stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.catalog import importing, store
from services.catalog.model import CaseChoice, CaseQuestion, FormField, Paper, ProcedureRecord, Source
from services.db import presubmissions as tables
from services.facade import Services
from tests.presubmissions.chat import CARD, Chat, page
from tests.presubmissions.walks import NAME, NUMBER, filled, ready

BIRTH = "1.001193"


def changed(chat: Chat, change: Callable[[ProcedureRecord], ProcedureRecord]) -> None:
    """The office imports a new version of the birth registration."""

    def work(session: Session, services: Services) -> None:
        version = store.load(session, BIRTH)
        assert version is not None
        # without the portal's fingerprint it does not merely restate what is there
        record = msgspec.structs.replace(change(version.record), source=Source())
        line = msgspec.json.encode(record)
        done = importing.import_lines(session, [(1, line)], services.clock.now(), origin="import")
        assert (done.changed, done.refused) == (1, [])

    chat.run(work)


def papers_of(chat: Chat, code: str) -> list[tuple[int, str, str]]:
    rows = select(tables.Paper).where(tables.Paper.presubmission_code == code).order_by(tables.Paper.n)
    found: Sequence[tables.Paper] = chat.run(lambda session, _: list(session.scalars(rows)))
    return [(paper.n, paper.title, paper.how) for paper in found]


def test_a_new_version_says_what_changed_for_this_person_and_keeps_what_was_sent(chat: Chat) -> None:
    code = ready(chat)
    chat.say("menu")
    before = papers_of(chat, code)

    def change(record: ProcedureRecord) -> ProcedureRecord:
        kept = [paper for paper in record.papers if paper.name != "Giấy tờ chứng minh nơi cư trú"]
        return msgspec.structs.replace(record, papers=(*kept, Paper(name="Sổ khám thai", copies=1)))

    changed(chat, change)
    chat.say("chuẩn bị hồ sơ")
    said = chat.tap("Làm tiếp")
    assert "bản mới" in said
    assert "+ Cần thêm: Sổ khám thai" in said
    assert "− Không cần nữa: Giấy tờ chứng minh nơi cư trú" in said
    assert "Giấy 3/3: Sổ khám thai" in said
    assert papers_of(chat, code) == [*before[:3], (5, "Sổ khám thai", "")]
    files = chat.run(lambda session, _: [f.paper_n for f in session.scalars(select(tables.StoredFile))])
    assert sorted(files) == [1, 2]
    chat.say("menu")
    chat.say(code)
    assert "bản mới" not in chat.text


def test_a_new_version_that_changes_nothing_for_her_says_so(chat: Chat) -> None:
    ready(chat)
    changed(chat, lambda record: msgspec.structs.replace(record, summary="Một câu khác."))
    chat.say("chuẩn bị hồ sơ")
    assert "không thay đổi" in chat.tap("Làm tiếp")
    assert "Xem lại bộ hồ sơ" in chat.text


def test_a_new_question_about_the_case_is_asked(chat: Chat) -> None:
    code = filled(chat)
    chat.say("menu")

    def change(record: ProcedureRecord) -> ProcedureRecord:
        sort = CaseQuestion(id="sinh", text="Bé sinh ở đâu?", choices=(
            CaseChoice(id="vien", label="Ở bệnh viện"), CaseChoice(id="nha", label="Ở nhà"),
        ))  # fmt: skip
        more = Paper(name="Giấy xác nhận của thôn", originals=1, when={"sinh": ("nha",)})
        return msgspec.structs.replace(record, questions=(*record.questions, sort), papers=(*record.papers, more))

    changed(chat, change)
    assert "Bé sinh ở đâu?" in chat.say(code)
    assert "+ Cần thêm: Giấy xác nhận của thôn" in chat.tap("Ở nhà")


def test_another_case_from_the_review(chat: Chat) -> None:
    code = ready(chat)
    chat.tap("Sửa")
    chat.tap("Trường hợp khác")
    chat.say("1")
    chat.say("2")
    assert "− Không cần nữa: Giấy chứng sinh" in chat.say("1")
    assert "Giấy chứng sinh" not in [title for _, title, _ in papers_of(chat, code)]
    gone = chat.run(
        lambda session, _: [f.size for f in session.scalars(select(tables.StoredFile)) if f.paper_n is None]
    )
    assert gone == [1002]


def test_six_papers_with_digits_and_photos_alone(chat: Chat) -> None:
    def change(record: ProcedureRecord) -> ProcedureRecord:
        six = tuple(Paper(name=f"Giấy số {number} của bộ", originals=1) for number in range(1, 7))
        return msgspec.structs.replace(record, questions=(), methods=(), papers=six)

    changed(chat, change)

    def digit(label: str) -> str:
        """The number of a choice, as a numbered list shows it."""
        labels = [shown for _, shown in chat.heard[-1].choices]
        return chat.say(str(next(n for n, shown in enumerate(labels, 1) if shown.startswith(label))))

    chat.say(BIRTH)
    digit("Chuẩn bị hồ sơ")
    code = re.search(r"CB-\d{6}-\d{4}", digit("Đồng ý"))
    assert code
    digit("Cho chính mình")
    digit("Điền bằng ảnh căn cước")
    digit("Đồng ý")
    card = CARD.format(number=NUMBER, name=NAME, address="12 Phan Chu Trinh, Phường Cửa Nam, Thành phố Hà Nội")
    chat.send(page(50, card=card))
    digit("Đúng, điền giúp tôi")
    assert "Giấy 1/6" in chat.say("0912345678")
    for number in range(1, 7):
        assert f"Giấy {number}/6" in chat.text
        chat.send(page(number))
        digit("Xong giấy này")
    assert f"Xem lại bộ hồ sơ {code[0]}" in chat.text
    assert f"Bộ hồ sơ {code[0]} đã gửi" in digit("Gửi để kiểm tra")


def test_the_procedures_own_fields_are_asked_and_checked(chat: Chat) -> None:
    def change(record: ProcedureRecord) -> ProcedureRecord:
        fields = (
            FormField(label="Họ tên con", kind="name", example="Nguyễn Thị Mơ"),
            FormField(label="Ngày sinh của con", kind="birth_date"),
            FormField(label="Nơi sinh", kind="choice", options=("Bệnh viện", "Ở nhà")),
            FormField(label="Có cần bản sao không", kind="yes_no"),
            FormField(label="Chỉ khi bị bỏ rơi", when={record.questions[1].id: (record.questions[1].choices[-1].id,)}),
        )
        return msgspec.structs.replace(record, form_fields=fields)

    changed(chat, change)
    filled(chat, asked="họ tên con, ví dụ: Nguyễn Thị Mơ")
    assert "không có chữ số" in chat.say("Mơ 2")
    assert "ngày sinh của con" in chat.say("Nguyễn Thị Mơ")
    assert "ngày, tháng, năm" in chat.say("31/02/2026").lower()
    assert "[Bệnh viện] [Ở nhà]" in chat.say("5/11/2026")
    assert "[Có] [Không]" in chat.tap("Ở nhà")
    assert "Giấy 1/2" in chat.tap("Không")
    said = chat.say("xem lại")
    assert "• Họ tên con: Nguyễn Thị Mơ\n• Ngày sinh của con: 05/11/2026\n• Nơi sinh: Ở nhà" in said
    chat.tap("Sửa")
    assert "Đang ghi: Ở nhà" in chat.tap("Nơi sinh")


@pytest.mark.parametrize("typed", ["không biết", "Chưa rõ", "toi khong nho.", "chua biet nua"])
def test_what_she_does_not_know_stays_open_for_the_officer_and_is_no_answer(chat: Chat, typed: str) -> None:
    def change(record: ProcedureRecord) -> ProcedureRecord:
        fields = (FormField(label="Nơi sinh"), FormField(label="Số định danh của cha", kind="id_number"))
        return msgspec.structs.replace(record, form_fields=fields)

    changed(chat, change)
    filled(chat, asked="nơi sinh")
    asked = chat.say(typed)
    if typed == "chua biet nua":  # more than that is an answer
        assert "số định danh của cha" in asked
        return
    assert "Chưa biết nơi sinh cũng không sao" in asked
    assert "[Để trống] [Tôi sẽ điền] [Gặp cán bộ]" in asked
    assert "Xin cho biết: nơi sinh" in chat.say("tôi sẽ điền")
    chat.say(typed)
    assert "số định danh của cha" in chat.say("để trống")
    chat.say(typed)
    assert "Giấy 1/2" in chat.tap("Để trống")
    said = chat.say("xem lại")
    assert "• Nơi sinh: (chưa biết)\n• Số định danh của cha: (chưa biết)" in said
    chat.tap("Sửa")
    assert "Đang ghi: (chưa biết)" in chat.tap("Nơi sinh")
    chat.say("Trạm y tế xã")
    assert "• Nơi sinh: Trạm y tế xã" in chat.tap("Xem lại cả bộ")

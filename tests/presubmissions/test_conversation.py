"""Preparing papers as a citizen does it, on the real dialog and both databases."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.desk import Card
from services.db.presubmissions import Consent, DraftMove, Paper, Presubmission, StoredFile
from services.facade import Services
from services.presubmissions import files
from services.presubmissions.drafts import read_form
from services.presubmissions.sending import MOST_WAITING
from tests.kit.house import House
from tests.presubmissions.chat import CARD, Chat, page
from tests.presubmissions.conftest import NewChat
from tests.presubmissions.walks import (
    BOTH,
    NAME,
    NUMBER,
    PHONE,
    STREET,
    filled,
    give_back,
    ready,
    row,
    started,
)

# -- consent --------------------------------------------------------------------------------------------------------


def test_without_consent_nothing_is_kept_and_everything_else_works(chat: Chat) -> None:
    chat.say("1.001193")
    chat.say("chuẩn bị hồ sơ")
    for _ in range(3):
        chat.say("1")
    assert "chưa phải là nộp hồ sơ" in chat.text
    assert "Không sao" in chat.tap("Không đồng ý")
    assert chat.run(lambda session, _: session.scalar(select(Presubmission.code))) is None
    given = chat.run(lambda session, _: [(c.kind, c.is_given, c.version) for c in session.scalars(select(Consent))])
    assert given == [("prepare", False, "2026-11")]
    assert "Đăng ký khai sinh" in chat.say("lệ phí khai sinh")
    assert "Lệ phí: " in chat.say("Đăng ký khai sinh")


def test_silence_is_no_consent(chat: Chat) -> None:
    chat.say("1.001193")
    chat.say("chuẩn bị hồ sơ")
    for _ in range(3):
        chat.say("1")
    assert "Ông/Bà có đồng ý không?" in chat.say("hmm")
    assert chat.run(lambda session, _: session.scalar(select(Presubmission.code))) is None


def test_the_list_is_exactly_that_of_her_case(chat: Chat) -> None:
    code = started(chat)
    titles = chat.run(
        lambda session, _: [
            (p.title, p.side, p.how, p.is_identity) for p in session.scalars(select(Paper).order_by(Paper.n))
        ]
    )
    assert len(row(chat, code).case) == 3
    assert [title[1:3] for title in titles] == [("submit", ""), ("submit", ""), ("show", "bring"), ("show", "bring")]
    assert [title[3] for title in titles] == [False, False, True, False]


# -- the form -------------------------------------------------------------------------------------------------------


def test_each_answer_is_checked_at_once(chat: Chat) -> None:
    started(chat)
    assert "không có chữ số" in chat.say("Nguyễn 3")
    assert "12 số" in chat.say(NAME)
    assert "9 số" in chat.say("012345678")
    assert "có 11 chữ số" in chat.say("00119012345")
    assert "Ba số đầu" in chat.say("999190123456")
    assert "12 số" in chat.tap("Sửa lại")
    chat.say("999190123456")
    assert "điện thoại" in chat.tap("Đúng rồi")
    assert "Số mới là" in chat.say("01234567890")
    assert "nơi ở" in chat.say("+84 912 345 678")
    assert "Chưa tìm thấy" in chat.say("qqqq zzzz")
    assert "Mới có" in chat.say("Hà Nội")


def test_a_name_of_ten_thousand_letters_is_refused(chat: Chat) -> None:
    started(chat)
    assert "không quá 100" in chat.say("a" * 10_000)


@BOTH
def test_the_form_is_kept_encrypted_and_nothing_typed_in_the_state(chat: Chat) -> None:
    code = started(chat)
    states = [chat.state]
    for typed in (NAME.lower(), "999190123456", "đúng rồi", PHONE, "phuong cua nam, ha noi", STREET):
        chat.say(typed)
        states.append(chat.state)
    chat.send(page(1))
    chat.say("xem lại")
    chat.tap("Sửa")
    chat.tap("Họ và tên")
    states.append(chat.state)
    marked = [NAME, NAME.lower(), "999190123456", PHONE, "0912 345 678", STREET, "phuong cua nam"]
    for state in states:
        assert not [value for value in marked if value.casefold() in state.decode().casefold()]
    for _, _, args in chat.tells():
        assert set(args) <= {"code", "round", "kind", "subject", "card"}
    kept = row(chat, code)
    assert kept.form is not None
    assert NAME.encode() not in kept.form
    form = chat.run(lambda session, services: read_form(services.keys, session.get_one(Presubmission, code)))
    assert form["name"] == NAME
    assert form["address"].endswith(f"|{STREET}")


def test_an_answer_can_be_changed_or_stay(chat: Chat) -> None:
    ready(chat)
    chat.tap("Sửa")
    assert "Đang ghi: •••• 3456" in chat.tap("Số định danh")
    assert "Xem lại bộ hồ sơ" in chat.tap("Giữ nguyên")
    chat.tap("Sửa")
    chat.tap("Họ và tên")
    assert "Họ và tên: Trần Văn Bình" in chat.say("Trần Văn Bình")


def test_the_code_of_the_card_fills_the_form_after_a_consent_of_its_own(chat: Chat) -> None:
    started(chat)
    assert "dữ liệu nhạy cảm" in chat.tap("Điền bằng ảnh căn cước")
    chat.tap("Đồng ý")
    assert "Chưa đọc được" in chat.send(page(1))
    text = CARD.format(number=NUMBER, name=NAME, address="12 Phan Chu Trinh, Phường Cửa Nam, Hà Nội")
    shown = chat.send(page(2, card=text))
    assert NAME in shown
    assert NUMBER not in shown
    assert NUMBER not in chat.state.decode()
    chat.tap("Đúng, điền giúp tôi")
    if "xã, phường nào" in chat.text:
        chat.tap("Phường Cửa Nam")
    assert "điện thoại" in chat.text
    photos = chat.run(lambda session, _: [(f.paper_n, f.erase_on) for f in session.scalars(select(StoredFile))])
    assert photos == [(None, chat.house.clock.now().date())] * 2


def test_what_is_no_card_fills_nothing(chat: Chat) -> None:
    started(chat)
    chat.tap("Điền bằng ảnh căn cước")
    chat.tap("Đồng ý")
    for text in ("", "https://example.org", "1|2|3|4|5|6|7", "x" * 5000):
        assert "Chưa đọc được" in chat.send(page(1, card=text))
    assert "họ và tên" in chat.tap("Tự gõ")


# -- papers ---------------------------------------------------------------------------------------------------------


@BOTH
def test_pages_of_one_paper_photos_albums_and_pdfs(chat: Chat) -> None:
    code = filled(chat)
    assert "Đã nhận 1 trang" in chat.send(page(1))
    assert chat.send(page(2)) == 'Đã nhận, giấy này có 2 trang. Gửi tiếp, hoặc chọn "Xong giấy này".'
    assert "có 4 trang" in chat.send(page(3), page(4))
    assert "có 7 trang" in chat.send(page(5, media="application/pdf", pages=3))
    assert "Giấy 2/2" in chat.say("1")
    files = chat.run(
        lambda session, _: [
            (f.paper_n, f.page, f.subject, f.erase_on is not None)
            for f in session.scalars(select(StoredFile).order_by(StoredFile.page))
        ]
    )
    assert files == [(1, n, code, True) for n in range(1, 6)]


def test_the_coach_says_what_to_do_and_never_stands_in_the_way(chat: Chat) -> None:
    filled(chat)
    assert "hơi tối" in chat.send(page(1, "blurred", "dark"))
    assert "chụp lại của ảnh số 1" in chat.send(page(1, "dark"))
    assert "hơi tối" in chat.text
    assert "Đã nhận 1 trang" in chat.tap("Bỏ những ảnh chưa rõ")
    assert "Bỏ những ảnh chưa rõ" not in chat.text
    assert "Giấy 2/2" in chat.say("1")
    assert "1 trang, có ảnh chưa rõ" in chat.say("xem lại")


def test_the_same_page_twice_is_told(chat: Chat) -> None:
    filled(chat)
    one = page(1)
    chat.send(one)
    assert "giống ảnh số 1" in chat.send(page(1))
    assert "đã có rồi" in chat.send(one)
    assert "Đã bỏ" in chat.tap("Bỏ ảnh vừa gửi")
    assert "Đã nhận 1 trang" in chat.text


def test_pages_that_came_are_not_dropped_by_a_slip(chat: Chat) -> None:
    code = filled(chat)
    refs = [page(1, media="application/pdf", pages=3)]
    now = chat.house.clock.now()
    assert chat.run(lambda session, services: files.arrived(session, services.keys, 1, code, 1, refs, now))
    assert "Đã nhận 3 trang" in chat.say("1")
    assert "Xong giấy này" in chat.tap("Không, giữ lại")
    chat.tap("Tôi sẽ mang theo")
    assert "Giấy 2/2" in chat.tap("Có")


@pytest.mark.parametrize(
    "why",
    ["file-empty", "file-too-large", "file-kind", "file-disguised", "file-broken", "file-encrypted", "file-bomb",
     "file-pages", "file-active", "file-not-had", "something-new"],
)  # fmt: skip
def test_a_refused_file_says_why_and_how_to_go_on(chat: Chat, why: str) -> None:
    filled(chat)
    said = chat.send(page(1, why=why)).splitlines()[0]
    assert "Xin" in said
    assert "Đã nhận 1 trang" in chat.send(page(2))


def test_three_hundred_files_end_somewhere(chat: Chat) -> None:
    filled(chat)
    said = chat.send(*(page(number) for number in range(1, 301)))
    assert "Đã đủ số ảnh" in said
    assert "Đã nhận 40 trang" in said


def test_an_identity_paper_is_asked_for_separately_and_need_not_be_sent(chat: Chat) -> None:
    ready(chat)
    chat.tap("Sửa")
    assert "chỉ cần số định danh" in chat.tap("Giấy tờ tùy thân")
    assert "mang theo khi đến" in chat.tap("Không đồng ý")
    chat.tap("Sửa")
    chat.tap("Giấy tờ tùy thân")
    assert chat.tap("Đồng ý").startswith("Giấy tờ tùy thân")  # not one of the two that are asked for in turn
    chat.send(page(7))
    assert "căn cước hoặc hộ chiếu: 1 trang" in chat.say("xong")


def test_a_pdf_goes_by_a_link_that_works_once(chat: Chat) -> None:
    filled(chat)
    assert re.search(r"/upload/[\w-]{20,}", chat.say("gửi pdf"))


# -- sending --------------------------------------------------------------------------------------------------------


@BOTH
def test_sending_opens_one_card_and_nothing_can_be_changed_then(chat: Chat) -> None:
    code = ready(chat)
    asked = chat.heard
    assert "đã gửi" in chat.tap("Gửi để kiểm tra")
    chat.heard = asked
    cards = chat.run(lambda session, _: [(c.kind, c.subject, c.agency_code) for c in session.scalars(select(Card))])
    assert cards == [("check", f"{code}#1", row(chat, code).agency_code)]
    assert row(chat, code).round == 1
    assert "đã gửi" in chat.say(code)
    form = chat.run(lambda session, services: read_form(services.keys, session.get_one(Presubmission, code)))
    assert form["name"] == NAME


def test_nobody_keeps_the_officers_from_everybody_else(chat: Chat) -> None:
    code = ready(chat)

    def others(session: Session, _: Services) -> None:
        mine = session.get_one(Presubmission, code)
        same = ("conversation_id", "procedure_code", "version_id", "case", "agency_code", "created_at", "changed_at")
        for number in range(MOST_WAITING):
            facts = {name: getattr(mine, name) for name in same}
            session.add(Presubmission(code=f"CB-261101-{number:04d}", state="sent", round=1, **facts))

    chat.run(others)
    assert "Cán bộ đang xem 10 bộ hồ sơ của Ông/Bà" in chat.say("gửi")
    assert row(chat, code).state == "draft"
    chat.run(lambda session, _: setattr(session.get_one(Presubmission, "CB-261101-0000"), "state", "accepted"))
    assert "đã gửi" in chat.say("gửi")


def test_what_is_missing_is_asked_for_before_it_can_be_sent(chat: Chat) -> None:
    filled(chat)
    chat.say("xem lại")
    assert "Gửi để kiểm tra" not in chat.text
    assert "Giấy 1/2" in chat.tap("Làm tiếp")


@BOTH
def test_returned_papers_are_sent_again_only_those(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 2)
    assert "Thiếu dấu." in chat.say("chuẩn bị hồ sơ") or "Thiếu dấu." in chat.tap("Làm tiếp")
    chat.tap("Gửi lại: Giấy chứng sinh")
    assert "Thiếu dấu." in chat.text
    assert "Xong giấy này" not in chat.text
    chat.send(page(8))
    assert "đã đủ" in chat.say("xong")
    assert "đã gửi" in chat.tap("Gửi để kiểm tra")
    assert row(chat, code).round == 2
    kept = chat.run(
        lambda session, _: [(f.paper_n, f.size) for f in session.scalars(select(StoredFile)) if f.paper_n is not None]
    )
    assert sorted(kept) == [(1, 1001), (2, 1008)]


def test_a_return_cannot_be_sent_back_unchanged(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 1, 2)
    chat.say(code)
    chat.tap("Gửi lại: Tờ khai")
    chat.send(page(9))
    chat.say("xong")
    assert "Gửi để kiểm tra" not in chat.text
    chat.tap("Gửi lại: Giấy chứng sinh")
    assert "đã đủ" in chat.tap("Tôi sẽ mang theo")


@BOTH
def test_a_paper_that_was_good_keeps_its_pages_when_one_is_added(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 2)
    chat.say(code)
    chat.tap("Xem lại cả bộ")
    chat.tap("Sửa")
    assert "1 trang" in chat.tap("Tờ khai")
    chat.send(page(5))
    chat.say("xong")
    kept = select(StoredFile.size).where(StoredFile.paper_n == 1)
    assert sorted(chat.run(lambda session, _: list(session.scalars(kept)))) == [1001, 1005]


def test_a_good_paper_that_was_emptied_is_asked_for_before_it_goes_back(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 2)
    chat.say(code)
    chat.tap("Gửi lại: Giấy chứng sinh")
    chat.send(page(8))
    assert "đã đủ" in chat.say("xong")
    chat.tap("Xem lại cả bộ")
    chat.tap("Sửa")
    chat.tap("Tờ khai")
    chat.say("bỏ ảnh")
    assert "Gửi để kiểm tra" not in chat.say(code)
    chat.tap("Gửi lại: Tờ khai")
    chat.send(page(9))
    assert "Gửi để kiểm tra" in chat.say("xong")


def test_withdrawn_after_sending(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    chat.tap("Rút bộ hồ sơ")
    assert "Đã rút" in chat.tap("Có")
    assert row(chat, code).state == "withdrawn"
    assert chat.run(lambda session, _: session.scalar(select(Card.state))) == "gone"


# -- coming back ----------------------------------------------------------------------------------------------------


@BOTH
def test_an_unfinished_one_waits_for_days(chat: Chat, house: House) -> None:
    code = filled(chat)
    chat.send(page(1))
    chat.say("huỷ")
    house.clock.tick(days=9)
    assert "đang chuẩn bị dở" in chat.say("chuan bi ho so")
    assert "Giấy 2/2" in chat.tap("Làm tiếp")
    assert code in chat.say("xem lại")


@BOTH
def test_moved_to_another_chat_by_six_digits(chat: Chat, new_chat: NewChat) -> None:
    code = filled(chat)
    chat.say("xem lại")
    chat.tap("Việc khác")
    digits = re.search(r"\b\d{6}\b", chat.tap("Chuyển sang kênh khác").replace(code, ""))
    assert digits
    other = new_chat(2)
    wrong = f"{(int(digits[0]) + 1) % 1_000_000:06d}"
    assert "chưa đúng" in other.say(f"chuyển hồ sơ {wrong}")
    assert "Đã chuyển" in other.say(f"chuyen ho so {digits[0]}")
    assert "Ông/Bà có đồng ý không?" in other.text
    assert "Giấy 1/2" in other.tap("Đồng ý")
    assert (1, "prepare-moved", {"code": code}) in chat.tells()
    assert "không còn ở đây" in chat.say(code)
    assert "chưa đúng" in new_chat(3).say(f"chuyển hồ sơ {digits[0]}")
    assert chat.run(lambda session, _: session.scalar(select(DraftMove.code_hash))) is None


def test_a_code_that_is_too_old_moves_nothing(chat: Chat, new_chat: NewChat, house: House) -> None:
    filled(chat)
    chat.say("xem lại")
    chat.tap("Việc khác")
    digits = re.search(r"(?<![-\d])\d{6}(?!\d)", chat.tap("Chuyển sang kênh khác"))
    house.clock.tick(minutes=11)
    assert digits
    assert "chưa đúng" in new_chat(2).say(f"chuyển hồ sơ {digits[0]}")


def test_guessing_codes_is_stopped(new_chat: NewChat) -> None:
    thief = new_chat(9)
    for number in range(10):
        assert "chưa đúng" in thief.say(f"chuyển hồ sơ {number:06d}")
    assert "ngày mai" in thief.say("chuyển hồ sơ 000010")


@BOTH
def test_deleted_is_deleted_and_asked_first(chat: Chat, house: House) -> None:
    code = ready(chat)
    chat.tap("Việc khác")
    chat.tap("Xóa ngay")
    assert "Xem lại bộ hồ sơ" in chat.tap("Không, giữ lại")
    chat.tap("Việc khác")
    chat.tap("Xóa ngay")
    assert "Đã xóa" in chat.tap("Có")
    kept = row(chat, code)
    assert (kept.form, kept.state, kept.erased_at is not None) == (None, "cancelled", True)
    today = kept.erased_at.date() if kept.erased_at else None
    assert chat.run(lambda session, _: {f.erase_on for f in session.scalars(select(StoredFile))}) == {today}
    assert "không còn ở đây" in chat.say(code)


def test_given_up_is_kept_thirty_days(chat: Chat) -> None:
    code = ready(chat)
    chat.tap("Việc khác")
    chat.tap("Bỏ bộ hồ sơ này")
    assert "sau 30 ngày" in chat.tap("Có")
    kept = row(chat, code)
    assert kept.state == "cancelled"
    assert kept.form is not None
    assert kept.erase_on
    assert kept.ended_at
    assert (kept.erase_on - kept.ended_at.date()).days == 30


def test_a_strangers_code_opens_nothing(chat: Chat, new_chat: NewChat) -> None:
    code = filled(chat)
    said = new_chat(5).say(code)
    assert "không còn ở đây" in said
    assert NAME not in said

"""Preparing for somebody else, coming back by buttons of old, in another language, and too often."""

from __future__ import annotations

import re

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.dialog.flow import Talk
from bot.dialog.state import State
from bot.dialog.values import Choice, Heard
from services.db.presubmissions import ArrivalReceipt, Delegation, Paper, Presubmission
from services.facade import Services
from services.presubmissions import arrival, consents, moves
from services.refusal import Refused
from tests.kit.house import House
from tests.presubmissions.chat import Chat, page
from tests.presubmissions.conftest import NewChat
from tests.presubmissions.walks import (
    BOTH,
    NUMBER,
    PHONE,
    STREET,
    code_in,
    filled,
    give_back,
    ready,
    row,
    started,
)

# -- for somebody else ----------------------------------------------------------------------------------------------


def helped(chat: Chat) -> tuple[str, str]:
    """A draft for somebody else, and the owner's code."""
    chat.say("1.001193")
    chat.tap("Chuẩn bị hồ sơ")
    for _ in range(3):
        chat.say("1")
    code = code_in(chat.say("đồng ý"))
    chat.tap("Làm giúp người khác")
    found = re.search(r"UQ-\w{5}-\w{5}", chat.tap("Lấy mã"))
    assert found
    return code, found[0]


@BOTH
def test_the_owner_agrees_in_her_own_chat_and_can_take_it_back(chat: Chat, new_chat: NewChat) -> None:
    code, key = helped(chat)
    assert "chưa trả lời" in chat.tap("Chủ hồ sơ đã đồng ý chưa?")
    assert "ở máy của mình" in chat.say(key)
    chat.say(code)
    owner = new_chat(2)
    assert "Đăng ký khai sinh" in owner.say(key.lower().replace("-", " "))
    assert "rút ủy quyền" in owner.tap("Đồng ý")
    assert (1, "prepare-agreed", {"code": code}) in chat.tells()
    assert "chủ hồ sơ như trên căn cước" in chat.tap("Chủ hồ sơ đã đồng ý chưa?")
    chat.say("Giàng A Páo")
    assert "chưa đúng" in new_chat(3).say(key)
    assert code in owner.say("rút ủy quyền")
    assert "Đã rút lại" in owner.tap("Rút lại")
    assert (1, "prepare-revoked", {"code": code}) in chat.tells()
    assert row(chat, code).form is None
    assert "không còn ở đây" in chat.say("001090123456")


def test_an_owner_who_does_not_agree(chat: Chat, new_chat: NewChat) -> None:
    code, key = helped(chat)
    owner = new_chat(2)
    owner.say(key)
    assert "không đồng ý" in owner.tap("Không đồng ý")
    assert (1, "prepare-declined", {"code": code}) in chat.tells()
    assert "chưa trả lời" in chat.tap("Chủ hồ sơ đã đồng ý chưa?")
    assert "chưa đúng" in owner.say(key)


def test_an_owner_without_a_chat_confirms_at_the_counter(chat: Chat) -> None:
    code, _ = helped(chat)
    assert "tại quầy" in chat.tap("Chủ hồ sơ xác nhận tại quầy")
    assert row(chat, code).for_other
    assert chat.run(lambda session, _: [d.given_at for d in session.scalars(select(Delegation))]) == [None]


# -- around it ------------------------------------------------------------------------------------------------------


def test_the_whole_of_it_in_english(chat: Chat) -> None:
    chat.say("English")
    chat.say("1.001193")
    chat.say("prepare")
    for _ in range(3):
        chat.say("1")
    assert "not yet a filing" in chat.text
    chat.tap("I agree")
    chat.tap("For myself")
    assert "has no digits" in chat.say("Anna 2")
    chat.say("Anna Maria")
    if "no accents" in chat.text:
        chat.tap("Right")
    chat.say(NUMBER)
    chat.say(PHONE)
    chat.say("phuong cua nam, ha noi")
    if "[Phường Cửa Nam" in chat.text:
        chat.tap("Phường Cửa Nam")
    chat.say(STREET)
    assert "a little blurred" in chat.send(page(1, "blurred"))
    chat.tap("This paper is complete")
    chat.tap("I will bring it")
    assert "were sent" in chat.tap("Send for the check")


def test_the_button_below_a_return_opens_that_paper(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 1, 2)
    state = State.load(msgspec.json.decode(chat.state))
    choices = (Choice("1", "Gửi lại: 1"), Choice("2", "Gửi lại: 2"))

    def tell(session: Session, services: Services) -> str:
        talk = Talk(services, chat.app.texts, "vi", services.clock.now(), chat.who, {}, {}, chat.who)
        told = chat.dialog.aside(state, talk, "Cần gửi lại", "prepare.resend", {"code": code}, choices)
        return told.choices[1][0]

    token = chat.run(tell)
    chat.state = msgspec.json.encode(state.dump())
    assert "Giấy chứng sinh" in chat.hears(Heard("tap", tap=token))


def test_buttons_of_last_year_say_how_it_stands(chat: Chat, house: House) -> None:
    filled(chat)
    old = chat.heard
    chat.say("tôi sẽ mang theo")
    chat.say("tôi sẽ mang theo")
    chat.say("gửi")
    house.clock.tick(days=365)
    chat.heard = old
    assert "Câu hỏi này đã qua" in chat.tap("Tôi sẽ mang theo")


def test_whoever_does_not_agree_any_more_may_delete(chat: Chat) -> None:
    code = filled(chat)
    chat.run(lambda session, services: consents.withdraw(session, 1, services.clock.now()))
    assert "Ông/Bà có đồng ý không?" in chat.say(code)
    assert "Xóa hẳn bộ hồ sơ" in chat.tap("Không đồng ý")


def test_no_more_than_five_drafts_at_a_time(chat: Chat) -> None:
    started(chat)
    for _ in range(4):
        chat.say("1.001193")
        chat.tap("Chuẩn bị hồ sơ")
        for _ in range(3):
            chat.say("1")
    chat.say("1.001193")
    chat.tap("Chuẩn bị hồ sơ")
    for _ in range(3):
        chat.say("1")
    assert "đang có 5 bộ hồ sơ" in chat.text


# -- what must not be ------------------------------------------------------------------------------------------------


def moving(chat: Chat) -> tuple[str, str]:
    """A draft, and the digits that move it."""
    code = filled(chat)
    chat.say("xem lại")
    chat.tap("Việc khác")
    found = re.search(r"(?<![-\d])\d{6}(?!\d)", chat.tap("Chuyển sang kênh khác"))
    assert found
    return code, found[0]


def test_who_does_not_agree_is_asked_nothing_of_the_form(chat: Chat, new_chat: NewChat) -> None:
    code, digits = moving(chat)
    other = new_chat(2)
    other.say(f"chuyển hồ sơ {digits}")
    assert "Xóa hẳn" in other.tap("Không đồng ý")
    kept = other.tap("Không, giữ lại")
    assert "Ông/Bà có đồng ý không?" in kept
    assert "Giấy 1/2" not in kept
    other.tap("Không đồng ý")
    other.tap("Có")
    assert row(chat, code).form is None


def test_guessing_from_many_chats_is_stopped_too(chat: Chat, new_chat: NewChat) -> None:
    _, digits = moving(chat)

    def guess(session: Session, services: Services) -> None:
        for number in range(99):
            hand = services.presubmissions.hand(100 + number)
            assert isinstance(moves.here(hand, 100 + number, f"{number:06d}"), Refused)

    chat.run(guess)
    assert "chưa đúng" in new_chat(200).say("chuyển hồ sơ 000100")
    assert "Đã thử nhiều mã" in new_chat(201).say(f"chuyển hồ sơ {digits}")


def test_what_was_filed_stays_filed_when_it_is_deleted(chat: Chat) -> None:
    code = ready(chat)
    chat.tap("Gửi")

    def file(session: Session, services: Services) -> None:
        session.get_one(Presubmission, code).state = "filed"

    chat.run(file)
    chat.say(code)
    chat.tap("Xóa")
    chat.tap("Có")
    assert (row(chat, code).state, row(chat, code).form) == ("filed", None)


def test_a_stranger_verifies_a_receipt_and_learns_nothing_else(chat: Chat, new_chat: NewChat) -> None:
    code = ready(chat)
    chat.tap("Gửi")

    def prove(session: Session, services: Services) -> None:
        found = arrival.gather(session, code)
        assert found is not None
        assert arrival.issue(session, services.keys, found, services.clock.now())

    chat.run(prove)
    title = chat.run(lambda session, _: session.scalars(select(Paper.title).where(Paper.n == 1)).one())
    own, seen = chat.say(f"xác minh {code}"), new_chat(7).say(f"xác minh {code}")
    mark = chat.run(lambda session, _: session.scalars(select(ArrivalReceipt.seal)).one())[:12].upper()
    assert (title in own, mark in own) == (True, True)
    assert (title in seen, mark in seen) == (False, True)

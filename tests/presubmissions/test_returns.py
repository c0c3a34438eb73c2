"""Papers that were given back, sets without a photo, unclear photos, and how the papers are counted."""

from __future__ import annotations

from services.presubmissions import arrival
from tests.presubmissions.chat import Chat, page
from tests.presubmissions.walks import BOTH, filled, give_back, ready, row

NOT_NOW = "Hiện chưa cần gửi ảnh hay tệp"


# -- a photo that no question waits for -------------------------------------------------------------------------------


@BOTH
def test_a_photo_after_a_return_leads_to_the_paper(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 2)
    chat.say("hồ sơ của tôi")
    said = chat.send(page(8))
    assert NOT_NOW not in said
    assert f"Bộ hồ sơ {code} có giấy cần gửi lại" in said
    assert "Giấy chứng sinh" in said
    assert "Thiếu dấu." in said
    assert "Đã nhận 1 trang" in chat.send(page(8))
    chat.say("xong")
    assert "đã gửi" in chat.tap("Gửi để kiểm tra")


def test_with_several_papers_she_chooses_which(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 1, 2)
    chat.say("menu")
    said = chat.send(page(8))
    assert code in said
    assert "[Gửi lại: Tờ khai đăng ký khai sinh] [Gửi lại: Giấy chứng sinh]" in said
    assert "Giấy 1/2" in chat.tap("Gửi lại: Tờ khai")
    chat.send(page(9))
    chat.say("xong")
    chat.say("menu")
    assert "Giấy 2/2: Giấy chứng sinh" in chat.send(page(10))
    chat.send(page(10))
    chat.say("xong")
    chat.say("menu")
    assert "Gửi để kiểm tra" in chat.send(page(11))


def test_back_leads_to_what_was_open(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 2)
    chat.say("lịch làm việc")
    asked = chat.heard[-1].text
    chat.send(page(8))
    assert asked in chat.say("0")


def test_nobody_else_is_led_anywhere(chat: Chat) -> None:
    chat.say("menu")
    assert NOT_NOW in chat.send(page(1))
    ready(chat)
    chat.say("gửi")
    chat.say("menu")
    assert NOT_NOW in chat.send(page(1))


# -- all that she has here --------------------------------------------------------------------------------------------


def test_what_is_prepared_stands_among_her_dossiers(chat: Chat) -> None:
    assert "chưa theo dõi hồ sơ nào" in chat.say("hồ sơ của tôi")
    code = ready(chat)
    for before, words in (("", "đang điền dở"), ("gửi", "đang chờ kiểm tra")):
        if before:
            chat.say(code)
            chat.say(before)
        assert f"[{code}: {words} (Đăng ký khai sinh)]" in chat.say("hồ sơ của tôi")
    assert "đã gửi" in chat.tap(code)
    give_back(chat, code, 2)
    assert f"[{code}: có giấy cần gửi lại (Đăng ký khai sinh)]" in chat.say("hồ sơ của tôi")
    assert "Gửi lại: Giấy chứng sinh" in chat.tap(code)


# -- no photo at all --------------------------------------------------------------------------------------------------


def bare(chat: Chat) -> str:
    """A set whose papers are all brought, at the question before it is sent."""
    code = filled(chat)
    chat.tap("Tôi sẽ mang theo")
    chat.tap("Tôi sẽ mang theo")
    assert "Chưa có ảnh giấy tờ nào. Vẫn gửi phần thông tin" in chat.tap("Gửi để kiểm tra")
    return code


def test_without_a_photo_it_is_asked_before_it_goes(chat: Chat) -> None:
    code = bare(chat)
    assert row(chat, code).state == "draft"
    assert "đã gửi" in chat.tap("Vẫn gửi")
    assert row(chat, code).state == "sent"


def test_or_a_photo_is_sent_after_all(chat: Chat) -> None:
    bare(chat)
    assert "Giấy 1/2" in chat.tap("Gửi ảnh giấy tờ")
    chat.send(page(1))
    assert "Tờ khai đăng ký khai sinh: 1 trang" in chat.say("xong")
    assert "đã gửi" in chat.tap("Gửi để kiểm tra")


async def test_the_receipt_of_answers_alone_speaks_of_no_files(chat: Chat) -> None:
    code = bare(chat)
    chat.tap("Vẫn gửi")
    await chat.app.proofs.step()
    proof = chat.run(lambda session, services: arrival.check(session, services.keys, None, code))
    assert isinstance(proof, arrival.Proof)
    said = chat.say(f"xác minh {code}")
    assert "chỉ có thông tin đã khai" in said
    assert "Mọi tệp" not in said


# -- unclear photos ---------------------------------------------------------------------------------------------------


@BOTH
def test_all_unclear_photos_go_at_once(chat: Chat) -> None:
    filled(chat)
    chat.send(page(1))
    chat.send(page(2, "blurred"))
    chat.send(page(3, "dark"))
    said = chat.tap("Bỏ những ảnh chưa rõ")
    assert "Đã bỏ 2 ảnh." in said
    assert "Đã nhận 1 trang" in said
    assert "Bỏ những ảnh chưa rõ" not in said


def test_another_try_stays_though_it_is_unclear_too(chat: Chat) -> None:
    filled(chat)
    chat.send(page(1, "blurred"))
    chat.send(page(1, "dark"))
    said = chat.tap("Bỏ những ảnh chưa rõ")
    assert "Đã bỏ 1 ảnh." in said
    assert "Đã nhận 1 trang" in said


def test_one_unclear_photo_has_one_button(chat: Chat) -> None:
    filled(chat)
    said = chat.send(page(1, "blurred"))
    assert "Bỏ ảnh vừa gửi" in said
    assert "Bỏ những ảnh chưa rõ" not in said

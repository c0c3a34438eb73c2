"""Papers that were given back, sets without a photo, unclear photos, and how the papers are counted."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.dialog.values import FileRef
from services import retention
from services.db.presubmissions import Presubmission, StoredFile
from services.presubmissions import arrival
from tests.presubmissions.chat import Chat, page
from tests.presubmissions.walks import BOTH, filled, give_back, ready, row


def wanted(chat: Chat) -> bool:
    """Whether a photo of hers would be fetched although no question waits for one."""
    return bool(chat.run(lambda _, services: services.presubmissions.wants_files(chat.who)))


def kept_of(session: Session, code: str, n: int) -> int:
    mine = select(StoredFile).where(StoredFile.subject == code, StoredFile.paper_n == n)
    return len(session.scalars(mine).all())


NOT_NOW = "Hiện chưa cần gửi ảnh hay tệp"


# -- a photo that no question waits for -------------------------------------------------------------------------------


@BOTH
def test_a_photo_after_a_return_is_kept_for_the_paper(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 2)
    chat.say("hồ sơ của tôi")
    said = chat.send(page(8))
    assert NOT_NOW not in said
    assert f"đã được giữ cho giấy cần gửi lại của bộ hồ sơ {code}" in said
    assert "Giấy chứng sinh\nĐã nhận 1 trang" in said
    chat.say("xong")
    assert "đã gửi" in chat.tap("Gửi để kiểm tra")


def test_with_several_papers_she_chooses_which(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 1, 2)
    chat.say("menu")
    said = chat.send(page(8))
    assert f"Ảnh vừa gửi đã được giữ. Bộ hồ sơ {code}" in said
    assert "[Gửi lại: Tờ khai đăng ký khai sinh] [Gửi lại: Giấy chứng sinh]" in said
    assert "2 ảnh vừa gửi đã được giữ" in chat.send(page(9))
    assert "Giấy 1/2: Tờ khai đăng ký khai sinh\nĐã nhận 2 trang" in chat.tap("Gửi lại: Tờ khai")
    chat.say("xong")
    chat.say("menu")
    assert "Giấy 2/2: Giấy chứng sinh\nĐã nhận 1 trang" in chat.send(page(10))
    chat.say("xong")
    chat.say("menu")
    assert "Gửi để kiểm tra" in chat.send(page(11))


def test_what_is_held_goes_to_no_paper_chosen_another_way(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 1, 2)
    chat.say("menu")
    chat.send(page(8))
    chat.say("menu")
    chat.say(code)
    assert "Đã nhận" not in chat.tap("Gửi lại: Giấy chứng sinh")


def test_a_photo_that_was_held_for_no_paper_is_erased(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 1, 2)
    chat.say("menu")
    photo = page(8)
    chat.send(photo)
    erased: list[str] = []
    for _ in range(3):
        assert not erased
        chat.house.clock.tick(seconds=86_400)
        erased += chat.run(lambda session, services: retention.erase_due(session, services.clock.now()).files)
        if erased:
            break
    assert photo.key in erased
    assert "Ảnh vừa gửi đã được giữ." in chat.send(page(9))  # one, not two


def test_of_two_sets_none_is_guessed(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 2)
    first = row(chat, code)
    another = Presubmission(
        code="CB-261120-0099", conversation_id=chat.who, procedure_code=first.procedure_code, case={}, round=1,
        version_id=first.version_id, agency_code=first.agency_code, state="returned", for_other=False,
        created_at=first.created_at, changed_at=first.created_at,
    )  # fmt: skip
    chat.run(lambda session, _: session.add(another))
    chat.say("menu")
    assert not wanted(chat)
    assert "chưa được giữ; xin gửi lại ở đây" in chat.send(page(8))


def test_a_picture_of_an_identity_paper_is_not_kept_without_its_consent(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 3)
    chat.say("menu")
    assert not wanted(chat)
    assert "[Đồng ý] [Không đồng ý]" in chat.send(page(8))
    assert chat.run(lambda session, _: kept_of(session, code, 3)) == 0
    chat.say("đồng ý")
    chat.say("menu")
    assert wanted(chat)
    assert "Đã nhận 1 trang" in chat.send(page(9))


def test_nothing_is_fetched_of_somebody_who_was_given_nothing_back(chat: Chat) -> None:
    assert not wanted(chat)
    code = ready(chat)
    assert not wanted(chat)
    chat.say("gửi")
    assert not wanted(chat)
    give_back(chat, code, 2)
    assert wanted(chat)


def test_a_photo_that_was_not_fetched_in_time_is_asked_for_anew(chat: Chat) -> None:
    code = ready(chat)
    chat.say("gửi")
    give_back(chat, code, 2)
    chat.say("menu")
    assert "chưa được giữ; xin gửi lại ở đây" in chat.send(FileRef("", "a.jpg", "image/jpeg", 9))


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

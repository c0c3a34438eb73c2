"""Ways through preparing papers that many tests begin with."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.presubmissions import Paper, Presubmission, Return
from services.facade import Services
from tests.presubmissions.chat import Chat, page
from tests.presubmissions.conftest import DATABASES

BOTH = pytest.mark.parametrize("house", DATABASES, indirect=True)
NAME, NUMBER, PHONE, STREET = "Nguyễn Thị Mận", "001190123456", "0912345678", "57 ngõ Tràng Tiền Cũ"


def row(chat: Chat, code: str) -> Presubmission:
    found = chat.run(lambda session, _: session.get_one(Presubmission, code))
    assert isinstance(found, Presubmission)
    return found


def code_in(text: str) -> str:
    found = re.search(r"CB-\d{6}-\d{4}", text)
    assert found, text
    return found[0]


def started(chat: Chat) -> str:
    """A draft of the birth registration for herself, at its first question of the form."""
    chat.say("1.001193")
    chat.tap("Chuẩn bị hồ sơ")
    for _ in range(3):
        chat.say("1")
    code = code_in(chat.say("đồng ý"))
    chat.tap("Cho chính mình")
    return code


def filled(chat: Chat, asked: str = "Giấy 1/2") -> str:
    """The same with a full form, at its first paper."""
    code = started(chat)
    chat.say(NAME.lower())
    chat.say(NUMBER)
    chat.say(PHONE)
    chat.say("phuong cua nam, ha noi")
    if "xã, phường nào" in chat.text:
        chat.tap("Phường Cửa Nam")
    assert asked in chat.say(STREET)
    return code


def ready(chat: Chat) -> str:
    """The same with all papers, at the review."""
    code = filled(chat)
    chat.send(page(1))
    chat.say("xong")
    chat.send(page(2))
    assert "Xem lại bộ hồ sơ" in chat.say("xong")
    return code


def give_back(chat: Chat, code: str, *items: int) -> None:
    """The office returns papers."""

    def work(session: Session, services: Services) -> None:
        one = session.get_one(Presubmission, code)
        one.state = "returned"
        titles = {paper.n: paper.title for paper in session.scalars(select(Paper))}
        listed = [{"n": n, "title": titles[n], "verdict": "wrong", "note": "Thiếu dấu.", "basis": ""} for n in items]
        session.add(
            Return(
                presubmission_code=code, round=one.round, items=listed, reason="", state="sent", staff_id=1,
                at=services.clock.now(),
            )
        )  # fmt: skip

    chat.house.clock.tick(seconds=60)
    chat.run(work)

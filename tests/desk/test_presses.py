"""Presses in the desk's chats, through the whole machine: each is answered, in the right chat, and nothing is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.desk import Card, DeskLog
from services.desk import cards
from tests.kit import guard, people
from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.phone import Phone

OFFICERS, GROUP, AGENCY = 40, "-3001", "H99.15"
"""Two hundred press in `test_claims` and in `bench/claims.py`; here each press goes through the whole machine."""
CODE = "CB-261120-0001"


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.slow), "postgresql"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock()
    phone = Phone("telegram", clock)
    url = new_database(request.param, tmp_path)
    opened = await House.open(url, tmp_path, {("phone", "default"): phone}, clock)
    yield opened
    await opened.close()


def phone_of(house: House) -> Phone:
    phone = house.app.channels[("phone", "default")]
    assert isinstance(phone, Phone)
    return phone


async def staffed(house: House, *, group: bool) -> int:
    now = house.clock.now()

    def write(session: Session) -> int:
        for n in range(OFFICERS):
            people.bind(session, str(2000 + n), "officer", AGENCY, now)
        if group:
            people.bind_desk(session, GROUP, AGENCY, now)
        people.prepared(session, house.app.keys, CODE, "1.001193", "checking", now)
        return cards.open_card(session, now, "check", f"{CODE}#1", AGENCY)

    made = await house.app.threads.write(write)
    await house.settles(400)
    return made


@pytest.mark.parametrize("group", [True, False])
async def test_each_who_presses_is_answered(house: House, group: bool) -> None:
    card_id, phone = await staffed(house, group=group), phone_of(house)
    shown = dict(phone.pages)
    assert set(shown) == ({GROUP} if group else {str(2000 + n) for n in range(OFFICERS)})
    before = len(phone.pages)
    for n in range(OFFICERS):
        chat = str(2000 + n)
        there = GROUP if group else chat
        token = next(token for token, label in shown[there].choices if label == "Nhận")
        more = {"sender": chat} if group else {}
        await house.hears(phone, there, kind="tap", tap=token, **more)
    await house.settles(400)
    answers = [(chat, page.text) for chat, page in phone.pages[before:]]
    answered = Counter(chat for chat, _ in answers if chat != GROUP)
    assert len(answered) == OFFICERS
    won = [chat for chat, text in answers if "Đã nhận việc" in text]
    assert len(won) == 1
    lost = [chat for chat, text in answers if "Đã có người nhận" in text]
    assert sorted([*won, *lost]) == sorted(str(2000 + n) for n in range(OFFICERS))
    card = await house.app.threads.read(lambda session: session.get_one(Card, card_id))
    assert card.state == "claimed"
    await house.app.threads.read(lambda session: guard.check(session, house.app.keys, phone.pages))


async def test_whoever_does_not_work_here_is_sent_on_once_and_written_down(house: House) -> None:
    await staffed(house, group=True)
    phone = phone_of(house)
    token = next(token for token, label in phone.pages[-1][1].choices if label == "Nhận")
    before = len(phone.pages)
    for n in range(5):
        await house.hears(phone, GROUP, kind="tap", tap=token, sender=str(9000 + n))
    await house.hears(phone, GROUP, kind="text", text="ai nhận đi", sender="9000")
    await house.settles()
    assert [chat for chat, _ in phone.pages[before:]] == [GROUP]
    tried = select(DeskLog.outcome).where(DeskLog.action == "take")
    outcomes = await house.app.threads.read(lambda session: list(session.scalars(tried)))
    assert outcomes == ["card-not-staff"] * 5


async def test_an_officer_who_left_can_press_no_more(house: House) -> None:
    card_id, phone = await staffed(house, group=True), phone_of(house)
    token = next(token for token, label in phone.pages[-1][1].choices if label == "Nhận")
    await house.app.threads.write(lambda session: people.leaves(session, "2000", house.clock.now()))
    await house.hears(phone, GROUP, kind="tap", tap=token, sender="2000")
    await house.settles()
    card = await house.app.threads.read(lambda session: session.get_one(Card, card_id))
    assert card.state == "open"

"""An answer comes back to the chat it belongs to, on every platform, and can be judged there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.aftercare import Aftercare
from bot.channels.profiles import PROFILES
from services.complaints import answering
from services.db.desk import Staff
from services.db.telling import Telling
from services.db.visits import Complaint
from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.phone import Phone

CODE = "PA-261120-0001"
ANSWER = "Trung tâm xin lỗi Ông/Bà."


class Chat:
    """One person at one phone."""

    def __init__(self, house: House, phone: Phone) -> None:
        self.house, self.phone = house, phone

    async def says(self, *texts: str) -> str:
        """Types; returns all that was answered."""
        before = len(self.phone.shown)
        for text in texts:
            self.house.clock.tick(seconds=5)
            at = int(self.house.clock.now().timestamp() * 1000)
            await self.house.hears(self.phone, "1001", kind="text", text=text, at=at)
            await self.house.settles()
        return "\n".join(message.text for message in self.phone.shown[before:])


@pytest.mark.parametrize("profile", list(PROFILES))
async def test_the_answer_comes_back(profile: str, tmp_path: Path) -> None:
    clock = FakeClock()
    phone = Phone(profile, clock)
    house = await House.open(new_database("sqlite", tmp_path), tmp_path, {("phone", "default"): phone}, clock)
    try:
        chat, app = Chat(house, phone), house.app
        assert CODE in await chat.says("phản ánh", "1", "Chờ lâu quá", "gửi")

        def answers(session: Any) -> None:
            row = Staff(agency_code="H99.15", role="officer", made_at=clock.now())
            session.add(row)
            session.flush()
            assert answering.answer(session, app.keys, row.id, CODE, ANSWER, clock.now()) is None

        await app.threads.write(answers)
        await chat.says("làm giấy khai sinh cần gì")
        shown = [message for message in phone.shown if ANSWER in message.text]
        assert len(shown) == 1
        assert bool(shown[0].choices) is bool(PROFILES[profile].limits.buttons)
        assert ANSWER in await chat.says(CODE.lower())
        assert "Cảm ơn" in await chat.says("1")
        kept = await app.threads.read(lambda session: session.get_one(Complaint, CODE).is_satisfied)
        assert kept is True
    finally:
        await house.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_the_clocks_of_two_processes_say_everything_once(kind: str, tmp_path: Path) -> None:
    clock = FakeClock()
    phone = Phone("telegram", clock)
    url = new_database(kind, tmp_path)
    house = await House.open(url, tmp_path, {("phone", "default"): phone}, clock)
    (tmp_path / "beside").mkdir()
    beside = await House.open(url, tmp_path / "beside", {("phone", "default"): Phone("telegram", clock)}, clock)
    try:
        chat = Chat(house, phone)
        insert = (
            "INSERT INTO dossiers (code, procedure_code, agency_code, status, applicant_phone, received_at)"
            " VALUES ('H99.15-261120-0001', '1.004873', 'H99.15', 9, '0912345678', '2026-11-20T01:30:00Z')"
        )
        await house.app.threads.write(lambda session: session.connection().exec_driver_sql(insert).close())
        await chat.says("H99.15-261120-0001", "1", "5678")
        update = "UPDATE dossiers SET status = 10 WHERE code = 'H99.15-261120-0001'"
        await house.app.threads.write(lambda session: session.connection().exec_driver_sql(update).close())
        while await house.app.notifier.step():
            pass
        clocks = [Aftercare(one.app.threads, clock, one.app.wake) for one in (house, beside)]
        told = sum([await one.step() for one in clocks for _ in range(3)])
        assert told == 1
        kinds = await house.app.threads.read(lambda session: list(session.scalars(select(Telling.kind))))
        assert kinds.count("rate") == 1
        await house.settles()
        assert sum("hài lòng" in str(message.choices) for message in phone.shown) == 1
    finally:
        await beside.app.stop()
        await house.close()

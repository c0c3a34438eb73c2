"""Notices: everybody who must know is told once, on a way that works, when she wants it; silence is seen."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from bot.port import SendFailed
from services.db.dossiers import OperatorNote
from services.db.machine import Conversation
from services.db.notices import Notice
from services.dossiers import followers
from services.dossiers.followers import Wishes
from services.keys import Keys
from tests.kit.clock import FakeClock
from tests.kit.house import KEY, House, new_database
from tests.kit.phone import Phone

CODE = "H99.15-261120-0001"


@dataclass
class Two:
    """Two phones of one person, on two platforms."""

    house: House
    first: Phone
    second: Phone

    async def sql(self, statement: str) -> None:
        """Another program writes."""
        if self.house.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.house.url.removeprefix("sqlite:///"))) as connection:
                connection.execute(statement)
                connection.commit()
            return
        with psycopg.connect(self.house.url.replace("+psycopg", "")) as connection:
            connection.execute(statement.encode())

    async def says(self, phone: Phone, text: str) -> None:
        """The person types."""
        self.house.clock.tick(seconds=3)
        at = int(self.house.clock.now().timestamp() * 1000)
        await self.house.hears(phone, f"chat-{phone.name}", kind="text", text=text, at=at)
        await self.house.settles()

    async def follows(self, phone: Phone) -> None:
        """The person proves to be the owner on this phone."""
        await self.says(phone, CODE)
        await self.says(phone, "1")
        await self.says(phone, "5678")

    def news(self, phone: Phone) -> list[str]:
        """The first lines of the notices that reached this phone."""
        lines = [page.text.split("\n")[0] for _, page in phone.pages]
        return [line for line in lines if (line.startswith("Hồ sơ") and ":" not in line) or line.startswith("Xin đính")]

    async def rows(self, table: type[Any]) -> list[Any]:
        """All rows of a table."""
        return await self.house.app.threads.read(lambda session: list(session.scalars(select(table))))


@pytest.fixture(params=["sqlite", "postgresql"])
async def two(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Two]:
    clock = FakeClock(datetime(2026, 11, 20, 3, 0, tzinfo=UTC))
    first, second = Phone("telegram", clock, name="first"), Phone("zalo-bot", clock, name="second")
    channels: dict[Any, Any] = {("first", "default"): first, ("second", "default"): second}
    house = await House.open(new_database(request.param, tmp_path), tmp_path, channels, clock)
    made = Two(house, first, second)
    await made.sql(
        "INSERT INTO dossiers (code, procedure_code, agency_code, status, applicant_phone, received_at) "
        f"VALUES ('{CODE}', '1.001193', 'H99.15', 2, '0912345678', '2026-11-20T01:30:00Z')"
    )
    await house.settles()
    yield made
    await house.close()


async def status(two: Two, number: int) -> None:
    await two.sql(f"UPDATE dossiers SET status = {number} WHERE code = '{CODE}'")
    await two.house.settles()


async def test_every_change_is_told_once_and_written_down(two: Two) -> None:
    await two.follows(two.first)
    await status(two, 4)
    await status(two, 4)
    await status(two, 9)
    assert two.news(two.first) == [f"Hồ sơ {CODE} đang được xử lý.", f"Hồ sơ {CODE} đã có kết quả."]
    assert [row.state for row in await two.rows(Notice)] == ["told", "told"]


async def test_a_status_undone_before_anybody_was_told_says_nothing(two: Two) -> None:
    await two.follows(two.first)
    await status(two, 4)
    await status(two, 9)
    await status(two, 4)
    assert two.news(two.first)[-1].startswith("Xin đính chính")
    assert len(two.news(two.first)) == 3


async def test_the_letterbox_is_emptied_and_masked(two: Two) -> None:
    phone = await two.house.app.threads.read(
        lambda session: session.connection().exec_driver_sql("SELECT applicant_phone FROM dossiers").scalar_one()
    )
    assert phone == "•••5678"
    assert Keys.read(KEY)


async def test_a_blocked_chat_leaves_a_note_for_the_office(two: Two) -> None:
    await two.follows(two.first)
    two.first.refuse = lambda chat, page: SendFailed("gone", "blocked")
    await status(two, 4)
    await two.house.app.watch.step()
    assert [row.state for row in await two.rows(Notice)] == ["unreachable"]
    assert [note.key for note in await two.rows(OperatorNote)] == ["unreachable"]


async def linked(two: Two) -> None:
    await two.follows(two.first)
    await two.says(two.first, "liên kết")
    code = next(page.text for _, page in reversed(two.first.pages) if "Mã liên kết" in page.text).split()[3].rstrip(".")
    await two.says(two.second, f"liên kết {code}")
    people = [row.person_id for row in await two.rows(Conversation)]
    assert len(people) == 2
    assert people[0] == people[1] is not None


async def test_news_goes_to_the_other_chat_when_the_first_is_blocked(two: Two) -> None:
    await linked(two)
    two.first.refuse = lambda chat, page: SendFailed("gone", "blocked")
    await status(two, 4)
    await two.house.settles()
    assert two.news(two.first) == []
    assert two.news(two.second) == [f"Hồ sơ {CODE} đang được xử lý."]
    await two.house.app.watch.step()
    assert [(row.state, row.ways) for row in await two.rows(Notice)] == [("told", 2)]


async def test_a_platform_that_is_away_too_long_is_passed_by_with_exactly_one_copy(two: Two) -> None:
    await linked(two)
    two.first.refuse = lambda chat, page: SendFailed("retryable", "down")
    await status(two, 4)
    two.house.clock.tick(seconds=300)
    await two.house.settles()
    assert two.news(two.second) == []
    two.house.clock.tick(seconds=500)
    await two.house.settles()
    await two.house.settles()
    assert two.news(two.second) == [f"Hồ sơ {CODE} đang được xử lý."]
    two.first.refuse = lambda chat, page: None
    two.house.clock.tick(seconds=4000)
    await two.house.settles()
    assert two.news(two.first) == []


async def test_silence_is_counted_and_returns_to_zero(two: Two) -> None:
    await two.follows(two.first)
    two.first.refuse = lambda chat, page: SendFailed("retryable", "down")
    await status(two, 4)
    two.house.clock.tick(seconds=200)
    await two.house.app.watch.step()
    assert b"silence_total 1.0" in two.house.app.metrics.text()
    two.first.refuse = lambda chat, page: None
    two.house.clock.tick(seconds=10)
    await two.house.settles()
    await two.house.app.watch.step()
    assert b"silence_total 0.0" in two.house.app.metrics.text()


async def who(two: Two) -> int:
    return int((await two.rows(Conversation))[0].id)


async def wish(two: Two, wanted: Wishes) -> None:
    number = await who(two)
    await two.house.app.threads.write(lambda session: followers.wish(session, number, wanted))


async def test_quiet_hours_hold_a_notice_back_until_they_end(two: Two) -> None:
    await two.follows(two.first)
    await wish(two, Wishes(quiet=(21 * 60, 7 * 60)))
    two.house.clock.tick(hours=12)  # 22:00 local
    await status(two, 4)
    assert two.news(two.first) == []
    two.house.clock.tick(hours=9, minutes=30)
    await two.house.settles()
    assert len(two.news(two.first)) == 1


async def test_without_quiet_hours_a_status_goes_at_night_too(two: Two) -> None:
    await two.follows(two.first)
    two.house.clock.tick(hours=14)
    await status(two, 4)
    assert len(two.news(two.first)) == 1


async def test_a_digest_tells_the_day_in_one_message(two: Two) -> None:
    await two.follows(two.first)
    await wish(two, Wishes(mode="digest"))
    await status(two, 4)
    await status(two, 9)
    assert two.news(two.first) == []
    two.house.clock.tick(hours=7, minutes=30)
    await two.house.settles()
    told = [page.text for _, page in two.first.pages if page.text.startswith("Tin về hồ sơ")]
    assert told == [f"Tin về hồ sơ của Ông/Bà trong ngày:\n• {CODE} (đã có kết quả)"]
    await two.house.app.watch.step()
    assert {row.state for row in await two.rows(Notice)} == {"told", "replaced"}


async def test_who_stopped_is_told_nothing(two: Two) -> None:
    await two.follows(two.first)
    await two.says(two.first, "ngừng nhận tin")
    await status(two, 4)
    assert two.news(two.first) == []
    assert await two.rows(Notice) == []


async def test_a_write_that_makes_no_sense_tells_the_citizen_nothing_and_the_operator_once(two: Two) -> None:
    await two.follows(two.first)
    await two.sql(f"UPDATE dossiers SET status = 77 WHERE code = '{CODE}'")
    await two.house.settles()
    assert two.news(two.first) == []
    assert len(await two.rows(OperatorNote)) == 1

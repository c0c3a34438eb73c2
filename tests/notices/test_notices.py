"""Notices: everybody who must know is told once, on a way that works, when she wants it; silence is seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.port import SendFailed
from services.db.dossiers import OperatorNote
from services.db.notices import Notice
from services.dossiers.followers import Wishes
from services.keys import Keys
from tests.kit.house import KEY
from tests.notices.conftest import house_of_two
from tests.notices.pair import CODE, Two


@pytest.fixture(params=["sqlite", "postgresql"])
async def two(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Two]:
    """Both databases at once: what is said here of each is the heart of it."""
    async with house_of_two(request.param, tmp_path) as made:
        yield made


async def test_every_change_is_told_once_and_written_down(two: Two) -> None:
    await two.follows(two.first)
    await two.status(4)
    await two.status(4)
    await two.status(9)
    assert two.news(two.first) == [f"Hồ sơ {CODE} đang được xử lý.", f"Hồ sơ {CODE} đã có kết quả."]
    assert [row.state for row in await two.rows(Notice)] == ["told", "told"]


async def test_a_status_undone_before_anybody_was_told_says_nothing(two: Two) -> None:
    await two.follows(two.first)
    await two.status(4)
    await two.status(9)
    await two.status(4)
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
    await two.status(4)
    await two.house.app.watch.step()
    assert [row.state for row in await two.rows(Notice)] == ["unreachable"]
    assert [note.key for note in await two.rows(OperatorNote)] == ["unreachable"]


async def test_news_goes_to_the_other_chat_when_the_first_is_blocked(two: Two) -> None:
    await two.linked()
    two.first.refuse = lambda chat, page: SendFailed("gone", "blocked")
    await two.status(4)
    await two.house.settles()
    assert two.news(two.first) == []
    assert two.news(two.second) == [f"Hồ sơ {CODE} đang được xử lý."]
    await two.house.app.watch.step()
    assert [(row.state, row.ways) for row in await two.rows(Notice)] == [("told", 2)]


async def test_a_platform_that_is_away_too_long_is_passed_by_with_exactly_one_copy(two: Two) -> None:
    await two.linked()
    two.first.refuse = lambda chat, page: SendFailed("retryable", "down")
    await two.status(4)
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
    await two.status(4)
    two.house.clock.tick(seconds=200)
    await two.house.app.watch.step()
    assert b"silence_total 1.0" in two.house.app.metrics.text()
    two.first.refuse = lambda chat, page: None
    two.house.clock.tick(seconds=10)
    await two.house.settles()
    await two.house.app.watch.step()
    assert b"silence_total 0.0" in two.house.app.metrics.text()


async def test_quiet_hours_hold_a_notice_back_until_they_end(two: Two) -> None:
    await two.follows(two.first)
    await two.wish(Wishes(quiet=(21 * 60, 7 * 60)))
    two.house.clock.tick(hours=12)  # 22:00 local
    await two.status(4)
    assert two.news(two.first) == []
    two.house.clock.tick(hours=9, minutes=30)
    await two.house.settles()
    assert len(two.news(two.first)) == 1


async def test_without_quiet_hours_a_status_goes_at_night_too(two: Two) -> None:
    await two.follows(two.first)
    two.house.clock.tick(hours=14)
    await two.status(4)
    assert len(two.news(two.first)) == 1


async def test_a_digest_tells_the_day_in_one_message(two: Two) -> None:
    await two.follows(two.first)
    await two.wish(Wishes(mode="digest"))
    await two.status(4)
    await two.status(9)
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
    await two.status(4)
    assert two.news(two.first) == []
    assert await two.rows(Notice) == []


async def test_a_write_that_makes_no_sense_tells_the_citizen_nothing_and_the_operator_once(two: Two) -> None:
    await two.follows(two.first)
    await two.sql(f"UPDATE dossiers SET status = 77 WHERE code = '{CODE}'")
    await two.house.settles()
    assert two.news(two.first) == []
    assert len(await two.rows(OperatorNote)) == 1

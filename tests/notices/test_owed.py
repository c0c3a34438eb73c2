"""Reminders and whatever else the office says by itself: obligations like news, in the history, under the watch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from bot.port import Page, SendFailed
from handlers.tellings import KINDS
from services import telling
from services.db.dossiers import OperatorNote
from services.db.notices import Notice
from services.db.telling import Telling
from services.dossiers import followers
from services.dossiers.followers import Wishes
from tests.notices.pair import CODE, Two

TURN = f"Hồ sơ {CODE} đang chờ"


def blocked(chat: str, page: Page) -> SendFailed:
    return SendFailed("gone", "blocked")


async def write(two: Two, work: Callable[[Session], object]) -> None:
    """The office writes."""
    await two.house.app.threads.write(work)


async def remind(two: Two, key: str | None = None) -> None:
    """A reminder that the dossier waits for her is written."""
    who, now = await two.who(two.first), two.house.clock.now()
    await write(
        two,
        lambda session: telling.tell(session, who, "my-turn", now, key=key, priority=telling.BULK, code=CODE, status=5),
    )


def reminders(two: Two, second: bool = False) -> list[str]:
    """The reminders that reached a phone."""
    phone = two.second if second else two.first
    return [page.text for _, page in phone.pages if "bổ sung" in page.text and "nhắc" in page.text.lower()]


async def told(two: Two) -> list[tuple[str, str]]:
    """The notices, after the watch looked."""
    await two.house.app.watch.step()
    return await two.notices()


async def test_a_reminder_is_an_obligation_and_is_told_once(two: Two) -> None:
    await two.follows(two.first)
    await two.status(5)
    await remind(two, "turn/1")
    await remind(two, "turn/1")
    (row,) = [row for row in await two.rows(Notice) if row.kind == "my-turn"]
    assert (row.dossier_code, row.state, row.outbox_key) == (CODE, "open", f"telling/{row.seq}")
    await two.house.settles()
    assert await told(two) == [("status", "told"), ("my-turn", "told")]


async def test_what_is_not_said_by_itself_is_no_obligation(two: Two) -> None:
    await two.follows(two.first)
    who, now = await two.who(two.first), two.house.clock.now()
    await write(two, lambda session: telling.tell(session, who, "talk-taken", now, talk=1))
    assert await two.notices() == []


def test_every_kind_that_is_owed_has_words() -> None:
    assert set(KINDS) >= telling.OWED


async def test_silence_counts_reminders_that_nobody_turned_into_messages(two: Two) -> None:
    await two.follows(two.first)
    await two.status(5)
    await remind(two)
    assert await two.silence() == 0
    two.house.clock.tick(minutes=61)  # the part of the house that makes messages of them is away
    assert await two.silence() == 1
    await two.house.settles()
    assert await two.silence() == 0


async def test_where_there_is_nothing_to_say_any_more_nothing_is_owed(two: Two) -> None:
    await two.follows(two.first)
    await two.status(5)
    await remind(two)
    await two.status(4)
    assert [kind for kind, _ in await two.notices()] == ["status", "status"]


async def test_a_reminder_finds_her_other_chat(two: Two) -> None:
    await two.linked()
    await two.status(5)
    two.first.refuse = blocked
    await remind(two)
    await two.rests()
    assert len(two.second.pages[-1][1].text.split("\n")) > 2
    assert CODE in two.second.pages[-1][1].text
    assert ("my-turn", "told") in await told(two)
    await remind(two)  # now it is known that the first one is gone
    await two.rests()
    assert [state for kind, state in await told(two) if kind == "my-turn"] == ["told", "told"]


async def test_a_reminder_goes_where_news_of_the_dossier_goes(two: Two) -> None:
    await two.linked()
    await two.status(5)
    await two.says(two.second, "menu")
    before = len(two.first.pages)
    await remind(two)
    await two.rests()
    assert len(two.first.pages) == before
    assert CODE in two.second.pages[-1][1].text


async def test_what_reaches_nobody_is_told_to_the_office_unless_it_only_reminds(two: Two) -> None:
    await two.follows(two.first)
    await two.status(5)
    two.first.refuse = blocked
    await remind(two)
    await two.rests()
    assert ("my-turn", "unreachable") in await told(two)
    assert await two.rows(OperatorNote) == []
    who, now = await two.who(two.first), two.house.clock.now()
    # a dossier made at the counter out of what she had prepared
    await write(two, lambda session: telling.tell(session, who, "counter-filed", now, presubmission="CB-1", code=CODE))
    await two.rests()
    assert ("counter-filed", "unreachable") in await told(two)
    assert [(note.key, note.dossier_code) for note in await two.rows(OperatorNote)] == [("unreachable", CODE)]


async def test_what_breaks_three_times_is_told_to_the_office(two: Two) -> None:
    await two.follows(two.first)
    who, now = await two.who(two.first), two.house.clock.now()
    await write(two, lambda session: telling.tell(session, who, "checked-return", now, code=CODE))  # no round: a bug
    for _ in range(4):
        await two.house.settles()
        two.house.clock.tick(minutes=1)
    assert [row.state for row in await two.rows(Telling)] == ["dropped"]
    assert await told(two) == [("checked-return", "unreachable")]
    assert [note.key for note in await two.rows(OperatorNote)] == ["unreachable"]


async def test_a_reminder_that_may_have_arrived_is_not_said_again(two: Two) -> None:
    await two.linked()
    await two.status(5)
    two.first.fails = [SendFailed("unknown", "timeout")]
    await remind(two)
    await two.rests()
    assert ("my-turn", "unsure") in await told(two)
    assert [row.state for row in await two.outbox("unsure")] == ["unsure"]
    assert not [page for _, page in two.second.pages if "bổ sung" in page.text]


async def test_a_rating_is_asked_in_one_chat_and_stays_there(two: Two) -> None:
    await two.linked()
    await two.follows(two.second)
    for status in (9, 10):
        await two.status(status)
    await two.rests()
    asked = [
        phone.name for phone in (two.first, two.second) for _, page in phone.pages if "đánh giá" in page.full_text()
    ]
    assert asked.count("first") + asked.count("second") >= 1
    rows = [row for row in await two.rows(Telling) if row.kind == "rate"]
    assert sorted(row.state for row in rows) == ["done", "dropped"]
    assert [kind for kind, _ in await told(two)].count("rate") == 1


async def test_reminders_wait_for_the_morning_even_when_they_come_late(two: Two) -> None:
    await two.follows(two.first)
    await two.status(5)
    await remind(two)
    two.house.clock.tick(hours=12)  # the house was away; it is 22:00
    await two.rests()
    assert ("my-turn", "open") in await told(two)
    assert await two.silence() == 0
    two.house.clock.tick(hours=9, minutes=30)
    await two.rests()
    assert ("my-turn", "told") in await told(two)


@pytest.mark.parametrize("kind", ["rights-done", "visit-useless"])
async def test_her_own_quiet_hours_hold_for_all_of_it(two: Two, kind: str) -> None:
    await two.follows(two.first)
    await two.wish(Wishes(quiet=(21 * 60, 7 * 60)))
    two.house.clock.tick(hours=12)
    who, now = await two.who(two.first), two.house.clock.now()
    await write(two, lambda session: telling.tell(session, who, kind, now, id=404))
    await two.rests()
    (row,) = await two.rows(Telling)
    assert row.state == "open"
    assert row.next_ms > int(now.timestamp() * 1000)


async def test_one_person_is_reminded_once_of_a_dossier_she_follows_in_two_chats(two: Two) -> None:
    await two.linked()
    await two.follows(two.second)
    await two.status(5)
    first, second = await two.who(two.first), await two.who(two.second)
    assert await two.house.app.threads.read(lambda session: followers.followers_of(session, CODE)) == [first, second]
    two.house.clock.tick(days=5)  # 25/11: the day before is a holiday
    await two.rests()
    assert [kind for kind, _ in await told(two)].count("my-turn") == 1

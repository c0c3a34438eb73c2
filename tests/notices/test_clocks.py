"""Clocks that jump, forwards and back: leases, sending, the watch and the digest go on, once each and in order."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.delivery import Sender
from bot.outbox import database_ms
from bot.port import Page, SendFailed
from services.clock import ms
from services.db.dossiers import OperatorNote
from services.db.machine import Conversation, Lease
from services.dossiers.followers import Wishes
from tests.notices.pair import CODE, Two

PROCESSED, DONE = f"Hồ sơ {CODE} đang được xử lý.", f"Hồ sơ {CODE} đã có kết quả."


@pytest.mark.parametrize("hours", [-26, -1, 1, 26, 24 * 40])
async def test_news_goes_on_after_a_jump(two: Two, hours: int) -> None:
    await two.follows(two.first)
    await two.status(4)
    two.house.clock.tick(hours=hours)
    await two.status(9)
    await two.house.app.watch.step()
    assert two.news(two.first) == [PROCESSED, DONE]
    assert [state for _, state in await two.notices()] == ["told", "told"]
    assert await two.silence() == 0


async def test_a_jump_while_a_message_waits_for_its_next_try(two: Two) -> None:
    """Tried in vain, then the clock goes back by an hour: it goes as soon as it would have gone, once, in order."""
    await two.follows(two.first)
    two.first.refuse = lambda chat, page: SendFailed("retryable", "down")
    await two.status(4)
    two.house.clock.tick(hours=-1)
    two.first.refuse = lambda chat, page: None
    await two.status(9)
    two.house.clock.tick(minutes=1)
    await two.rests()
    assert two.news(two.first) == [PROCESSED, DONE]
    assert await two.silence() == 0


async def test_a_jump_forwards_sends_no_second_copy_by_another_way(two: Two) -> None:
    await two.linked()
    two.first.refuse = lambda chat, page: SendFailed("retryable", "down")
    await two.status(4)
    two.house.clock.tick(hours=5)  # for the watch the platform was away all the time
    two.first.refuse = lambda chat, page: None
    await two.rests()
    two.house.clock.tick(hours=-5)
    await two.rests()
    two.house.clock.tick(hours=6)
    await two.rests()
    assert two.news(two.first) + two.news(two.second) == [PROCESSED]
    assert await two.rows(OperatorNote) == []
    assert [state for _, state in await two.notices()] == ["told"]


async def test_the_watch_gives_nobody_up_because_the_clock_jumped(two: Two) -> None:
    await two.follows(two.first)
    two.first.refuse = lambda chat, page: SendFailed("retryable", "down")
    await two.status(4)
    two.house.clock.tick(days=30)
    await two.house.app.watch.step()
    assert await two.rows(OperatorNote) == []
    assert await two.silence() == 1
    two.house.clock.tick(days=-30)
    two.first.refuse = lambda chat, page: None
    two.house.clock.tick(minutes=15)
    await two.rests()
    assert two.news(two.first) == [PROCESSED]
    assert await two.silence() == 0


@pytest.mark.parametrize("back", [1, 30])
async def test_a_digest_is_told_once_whatever_the_clock_does_around_it(two: Two, back: int) -> None:
    await two.follows(two.first)
    await two.wish(Wishes(mode="digest"))
    await two.status(4)
    two.house.clock.tick(hours=7, minutes=30)  # 17:30
    await two.rests()
    two.house.clock.tick(hours=-back)
    await two.rests()
    two.house.clock.tick(hours=back)
    await two.rests()
    assert len([page for _, page in two.first.pages if page.text.startswith("Tin về hồ sơ")]) == 1
    assert [state for _, state in await two.notices()] == ["told"]


async def test_a_lease_taken_before_the_clock_went_back_ends_when_its_holder_gives_it_up(two: Two) -> None:
    """On SQLite leases run by this machine's clock; a sender that lives renews its own, so nothing stands still."""
    await two.follows(two.first)
    two.house.clock.tick(hours=-3)
    await two.status(4)
    assert two.news(two.first) == [PROCESSED]
    app = two.house.app
    for sender in app.senders:
        await sender.finish()
    other = Sender(two.first, app.threads, app.clock, app.metrics, owner="another")
    await two.sql(f"UPDATE dossiers SET status = 9 WHERE code = '{CODE}'")
    await app.notifier.step()
    await other.step()
    await other.all_sent()
    await other.step()
    assert two.news(two.first) == [PROCESSED, DONE]


@pytest.mark.parametrize("hours", [3, 24 * 365])
async def test_what_a_killed_process_held_before_the_clock_went_back_is_not_held_for_hours(
    two: Two, hours: int
) -> None:
    """Its lease of the account and its claim of the conversation seem to end far ahead: nobody waits for them."""
    await two.follows(two.first)
    ahead = ms(two.house.clock.now()) + hours * 3_600_000
    app = two.house.app
    # on PostgreSQL leases run by the server's clock, which is the real one
    database = await app.threads.read(lambda session: database_ms(session, ms(app.clock.now())))

    def died(session: Session) -> None:
        lease = "send/first/default"
        session.execute(
            update(Lease).where(Lease.name == lease).values(owner="dead", until_ms=database + hours * 3_600_000)
        )
        session.execute(update(Conversation).values(claimed_until_ms=ahead))

    await app.threads.write(died)
    before = len(two.first.pages)
    sender = Sender(two.first, app.threads, app.clock, app.metrics, owner="next")
    await two.house.hears(two.first, "chat-first", kind="text", text="menu", at=ms(app.clock.now()))
    assert await app.turns.step()
    await sender.step()
    await sender.all_sent()
    assert len(two.first.pages) == before + 1


async def test_a_message_tried_long_ago_by_a_wrong_clock_is_not_given_up_at_once(two: Two) -> None:
    """A failing try during a jump of four days forwards makes no dead letter out of a message of this minute."""
    await two.follows(two.first)

    def down(chat: str, page: Page) -> SendFailed:
        return SendFailed("retryable", "down")

    two.first.refuse = down
    await two.status(4)
    two.house.clock.tick(days=4)
    await two.rests()
    dead = await two.outbox("dead")
    two.house.clock.tick(days=-4)
    two.first.refuse = lambda chat, page: None
    two.house.clock.tick(minutes=20)
    await two.rests()
    # four days by every clock we have is four days: then the office knows whom to phone
    assert (two.news(two.first) == [PROCESSED]) != bool(dead)
    assert bool(dead) == bool(await two.rows(OperatorNote))

"""News on the chat page: told when the page fetched it, and not before; a closed page is seen by the watch."""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.clock import ms
from services.db.dossiers import OperatorNote
from services.db.machine import Conversation, WebSession
from services.dossiers import followers
from tests.notices.pair import CODE, Two

PAGE = "page-1"


async def opened(two: Two) -> None:
    """Somebody follows the dossier on the chat page."""
    now = two.house.clock.now()

    def write(session: Session) -> None:
        session.add(WebSession(id=PAGE, token_hash="t", created_ms=ms(now), seen_ms=ms(now)))
        who = Conversation(channel="web", account="default", chat=PAGE, created_ms=ms(now))
        session.add(who)
        session.flush()
        followers.follow(session, CODE, who.id, "digits", now)

    await two.house.app.threads.write(write)


async def test_what_nobody_fetched_is_not_told(two: Two) -> None:
    await opened(two)
    await two.status(4)
    assert await two.notices() == [("status", "open")]
    await two.house.app.sessions.fetched(PAGE, 1)
    await two.house.app.watch.step()
    assert await two.notices() == [("status", "told")]


async def test_a_page_that_was_closed_before_it_was_read_told_nothing(two: Two) -> None:
    await opened(two)
    await two.status(4)
    await two.house.app.sessions.end(PAGE)
    await two.rests()
    assert await two.notices() == [("status", "unreachable")]
    assert [note.key for note in await two.rows(OperatorNote)] == ["unreachable"]


async def test_a_page_that_nobody_opens_for_a_day_is_told_to_the_office_and_silence_ends(two: Two) -> None:
    await opened(two)
    await two.status(4)
    two.house.clock.tick(hours=23)
    assert await two.silence() == 1
    assert await two.rows(OperatorNote) == []
    two.house.clock.tick(hours=2)
    await two.rests()
    assert await two.silence() == 0
    assert [(note.key, note.dossier_code) for note in await two.rows(OperatorNote)] == [("unreachable", CODE)]

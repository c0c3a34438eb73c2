"""In which chat: the one she chose, else where she spoke last; another when it fails; once, and never after a stop."""

from __future__ import annotations

from sqlalchemy import select

from bot.port import Page, SendFailed
from services import people
from services.clock import ms
from services.db.dossiers import OperatorNote
from services.db.machine import Conversation, Outbox
from services.db.notices import Notice, NoticeWay
from services.dossiers.followers import Wishes
from services.keys import Keys
from tests.kit.house import KEY
from tests.notices.pair import CODE, Two

MORE = "H99.15-261120-0002"
PROCESSED, DONE = f"Hồ sơ {CODE} đang được xử lý.", f"Hồ sơ {CODE} đã có kết quả."


def down(chat: str, page: Page) -> SendFailed:
    return SendFailed("retryable", "down")


def blocked(chat: str, page: Page) -> SendFailed:
    return SendFailed("gone", "blocked")


def well(chat: str, page: Page) -> None:
    return None


# -- chosen ---------------------------------------------------------------------------------------------------------


async def test_news_comes_where_she_spoke_last(two: Two) -> None:
    await two.linked()
    await two.status(4)
    assert (two.news(two.first), two.news(two.second)) == ([PROCESSED], [])
    await two.says(two.second, "menu")
    await two.status(9)
    assert (two.news(two.first), two.news(two.second)) == ([PROCESSED], [DONE])


async def test_she_chooses_the_channel_of_one_dossier_and_of_all(two: Two) -> None:
    await two.linked()
    await two.dossier(MORE)
    await two.says(two.first, MORE)
    await two.says(two.first, "1")
    await two.says(two.first, "5678")
    await two.says(two.first, "kênh nhận tin")
    asked = two.first.pages[-1][1].full_text()
    assert "kênh Ông/Bà nhắn gần nhất" in asked
    await two.says(two.first, "2")  # the other chat
    assert "Đã lưu" in "\n".join(page.text for _, page in two.first.pages[-2:])
    await two.says(two.first, f"hồ sơ {MORE}")
    await two.says(two.first, "Chọn kênh báo hồ sơ này")
    assert "Như các hồ sơ khác" in "\n".join(label for _, label in two.first.pages[-1][1].choices)
    await two.says(two.first, "1")  # this chat
    await two.status(4)
    await two.status(4, code=MORE)
    assert two.news(two.second) == [PROCESSED]
    assert two.news(two.first) == [f"Hồ sơ {MORE} đang được xử lý."]
    await two.says(two.first, "kênh nhận tin")
    await two.says(two.first, "Kênh Ông/Bà nhắn gần nhất")
    await two.status(9)
    assert two.news(two.first)[-1] == DONE


async def test_somebody_with_one_chat_is_told_how_to_link_another(two: Two) -> None:
    await two.follows(two.first)
    await two.says(two.first, "kênh nhận tin")
    assert two.first.pages[-1][1].text.startswith("Hiện mới có một kênh")


async def test_nobody_chooses_the_chat_of_somebody_else(two: Two) -> None:
    await two.follows(two.first)
    await two.says(two.second, "menu")
    mine, other = await two.who(two.first), await two.who(two.second)
    services = two.house.app.services
    assert not await two.house.app.threads.write(lambda session: services(session).dossiers.tell_in(mine, other))
    await two.links()
    assert await two.house.app.threads.write(lambda session: services(session).dossiers.tell_in(mine, other))
    assert not await two.house.app.threads.write(lambda session: services(session).dossiers.tell_in(mine, 999))


async def test_a_person_who_follows_it_in_both_chats_is_told_once(two: Two) -> None:
    await two.linked()
    await two.follows(two.second)
    await two.status(4)
    await two.status(9)
    assert (two.news(two.first), two.news(two.second)) == ([], [PROCESSED, DONE])
    assert len(await two.notices()) == 2
    await two.says(two.first, "menu")
    await two.status(4)
    assert len(two.news(two.first)) == 1, "a correction, once"
    assert len(two.news(two.second)) == 2


async def test_a_chat_that_is_unlinked_gets_no_more_news_of_the_other(two: Two) -> None:
    await two.linked()
    await two.says(two.first, "kênh nhận tin")
    await two.says(two.first, "2")
    await two.says(two.second, "kênh nhận tin")
    await two.says(two.second, "Bỏ liên kết kênh này")
    await two.status(4)
    assert (two.news(two.first), two.news(two.second)) == ([PROCESSED], [])
    assert await two.rows(NoticeWay) == []


async def test_linking_anew_does_not_bring_back_a_chat_that_was_left(two: Two) -> None:
    """The first chat gives the person its own number: it must not find the second one again under that number."""
    await two.linked()
    keys, now = Keys.read(KEY), two.house.clock.now()
    first, second = await two.who(two.first), await two.who(two.second)

    def leave_and_link(session) -> None:  # type: ignore[no-untyped-def]
        assert people.leave(session, first)
        third = Conversation(channel="third", account="default", chat="3", created_ms=ms(now))
        session.add(third)
        session.flush()
        assert people.join(session, keys, third.id, people.offer(session, keys, first, now), now) is None

    await two.house.app.threads.write(leave_and_link)
    numbers = {row.id: row.person_id for row in await two.rows(Conversation)}
    assert numbers[first] != numbers[second]
    assert sum(number == numbers[first] for number in numbers.values()) == 2


async def test_what_was_linked_before_comes_along(two: Two) -> None:
    await two.linked()
    keys, now = Keys.read(KEY), two.house.clock.now()
    first = await two.who(two.first)

    def link(session) -> None:  # type: ignore[no-untyped-def]
        other = Conversation(channel="third", account="default", chat="3", created_ms=ms(now))
        session.add(other)
        session.flush()
        # she shows the code in the new chat, and types it in one of the two that are linked already
        assert people.join(session, keys, first, people.offer(session, keys, other.id, now), now) is None

    await two.house.app.threads.write(link)
    assert len({row.person_id for row in await two.rows(Conversation)}) == 1


# -- another way ----------------------------------------------------------------------------------------------------


async def test_later_news_of_a_blocked_chat_goes_to_the_other_at_once(two: Two) -> None:
    await two.linked()
    two.first.refuse = blocked
    await two.status(4)
    await two.status(9)
    assert two.news(two.second) == [PROCESSED, DONE]
    await two.house.app.watch.step()
    assert [state for _, state in await two.notices()] == ["told", "told"]
    assert await two.rows(OperatorNote) == []


async def test_with_both_platforms_away_nothing_is_given_up_and_one_copy_arrives(two: Two) -> None:
    await two.linked()
    two.first.refuse = two.second.refuse = down
    await two.status(4)
    for _ in range(40):
        two.house.clock.tick(minutes=5)
        await two.rests()
    assert await two.rows(OperatorNote) == []
    assert await two.silence() == 1
    two.first.refuse = two.second.refuse = well
    for _ in range(4):
        two.house.clock.tick(minutes=11)
        await two.rests()
    assert sorted(two.news(two.first) + two.news(two.second)) == [PROCESSED]
    assert await two.silence() == 0
    assert len(await two.outbox("dropped")) < 8, "the longer it lasts, the more seldom it turns"


async def test_a_digest_of_two_dossiers_goes_another_way_as_one(two: Two) -> None:
    await two.linked()
    await two.dossier(MORE)
    await two.says(two.first, MORE)
    await two.says(two.first, "1")
    await two.says(two.first, "5678")
    await two.wish(Wishes(mode="digest"))
    await two.status(4)
    await two.status(4, code=MORE)
    two.first.refuse = blocked
    two.house.clock.tick(hours=7, minutes=30)
    await two.rests()
    told = [page.text for _, page in two.second.pages if page.text.startswith("Tin về hồ sơ")]
    assert len(told) == 1
    assert CODE in told[0]
    assert MORE in told[0]
    await two.house.app.watch.step()
    assert {state for _, state in await two.notices()} == {"told"}


async def test_a_digest_that_reaches_nobody_is_told_to_the_office(two: Two) -> None:
    await two.follows(two.first)
    await two.wish(Wishes(mode="digest"))
    await two.status(4)
    two.first.refuse = blocked
    await two.says(two.first, "menu")  # refused: the chat is known to be gone
    two.house.clock.tick(hours=7, minutes=30)
    await two.rests()
    assert [note.key for note in await two.rows(OperatorNote)] == ["unreachable"]
    assert [state for _, state in await two.notices()] == ["unreachable"]


async def test_news_of_two_pages_is_taken_back_and_told_whole(two: Two) -> None:
    await two.linked()
    words = " ".join(f"điều-{number}" for number in range(700))
    two.first.refuse = down
    await two.status(4, note=words)
    assert len(await two.outbox("queued")) == 2
    two.house.clock.tick(minutes=15)
    await two.rests()
    two.first.refuse = well
    two.house.clock.tick(hours=2)
    await two.rests()
    told = "\n".join(page.text for _, page in two.second.pages)
    assert PROCESSED in told
    assert "điều-0 " in told
    assert "điều-699" in told
    assert not [page for _, page in two.first.pages if "điều-" in page.text]


async def test_the_other_chat_has_its_own_quiet_hours_and_its_own_stop(two: Two) -> None:
    await two.linked()
    await two.wish(Wishes(quiet=(21 * 60, 7 * 60)), two.second)
    two.first.refuse = blocked
    two.house.clock.tick(hours=12)  # 22:00 local
    await two.status(4)
    assert two.news(two.second) == []
    assert await two.silence() == 0, "she is not told at night, and nobody keeps silent"
    two.house.clock.tick(hours=9, minutes=30)
    await two.rests()
    assert two.news(two.second) == [PROCESSED]
    await two.wish(Wishes(stopped_at=two.house.clock.now()), two.second)
    await two.status(9)
    assert two.news(two.second) == [PROCESSED]
    assert [note.key for note in await two.rows(OperatorNote)] == ["unreachable"]


async def test_approved_wordings_go_along_on_another_way(two: Two) -> None:
    await two.linked()
    two.first.refuse = blocked
    await two.status(4)
    (row,) = [row for row in await two.outbox("sent") if row.key and "/way2" in row.key]
    assert row.page["template"]["event"] == "dossier-status-4"


async def test_one_notice_that_breaks_keeps_no_other_waiting(two: Two) -> None:
    await two.linked()
    two.first.refuse = blocked
    await two.status(4)
    now = ms(two.house.clock.now())
    first = await two.who(two.first)

    def break_one(session) -> None:  # type: ignore[no-untyped-def]
        # its message has no page that could be read
        for number, key in enumerate(("broken", "whole")):
            session.add(
                Notice(
                    dossier_code=CODE, seq=100 + number, conversation_id=first, kind="status", status=4,
                    created_ms=now, must_by_ms=now - 10 + number, outbox_key=key, sent_to=first, ways=1,
                )
            )  # fmt: skip
        for key, page in (("broken", {}), ("whole", {"text": "tin"})):
            session.add(
                Outbox(
                    channel="first", account="default", chat="chat-first", conversation_id=first, page=page, key=key,
                    state="dead", created_ms=now,
                )
            )  # fmt: skip

    await two.house.app.threads.write(break_one)
    await two.rests()
    await two.house.app.watch.step()
    states = select(Notice.outbox_key, Notice.state).where(Notice.seq >= 100).order_by(Notice.seq)
    found = await two.house.app.threads.read(lambda session: [tuple(row) for row in session.execute(states)])
    assert found == [("broken", "open"), ("whole/way2", "told")]

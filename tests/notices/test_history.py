"""`lịch sử`: everything the office said by itself, newest first, with time, channel and fate, in pages."""

from __future__ import annotations

from bot.port import Page, SendFailed
from handlers import notices as words
from services import telling
from services.clock import ms
from services.db.notices import Notice
from services.dossiers.followers import Wishes
from services.dossiers.notices import NEWS
from tests.notices.pair import CODE, Two


async def history(two: Two, *then: str) -> list[str]:
    """The lines of the last page, after typing."""
    for typed in ("lịch sử", *then):
        await two.says(two.first, typed)
    return [line for line in two.first.pages[-1][1].text.split("\n") if line.startswith("•")]


def blocked(chat: str, page: Page) -> SendFailed:
    return SendFailed("gone", "blocked")


async def test_nothing_yet(two: Two) -> None:
    await two.says(two.first, "lịch sử")
    assert "Chưa có tin báo nào" in "\n".join(page.text for _, page in two.first.pages)


async def test_news_and_reminders_stand_in_it_with_time_channel_and_fate(two: Two) -> None:
    await two.follows(two.first)
    await two.status(5)
    who = await two.who(two.first)
    two.house.clock.tick(hours=1)
    await two.house.app.threads.write(
        lambda session: telling.tell(
            session, who, "my-turn", two.house.clock.now(), priority=telling.BULK, code=CODE, status=5
        )
    )
    await two.rests()
    newest, older = await history(two)
    assert newest == (f"• 11 giờ 00, thứ Sáu, 20/11/2026, qua kênh trò chuyện: nhắc việc của hồ sơ {CODE}. Đã gửi đến.")
    assert older.endswith(f": hồ sơ {CODE} cần bổ sung giấy tờ. Đã gửi đến.")


async def test_it_is_the_same_in_all_her_chats_and_nobody_elses(two: Two) -> None:
    await two.follows(two.first)
    await two.status(4)
    await two.says(two.second, "lịch sử")
    assert "Chưa có tin báo nào" in two.second.pages[-1][1].text
    await two.links()
    await two.says(two.second, "lịch sử")
    assert f"hồ sơ {CODE} đang xử lý" in two.second.pages[-1][1].text


async def test_what_did_not_arrive_or_waits_says_so(two: Two) -> None:
    await two.follows(two.first)
    two.first.refuse = blocked
    await two.status(4)
    two.first.refuse = lambda chat, page: None
    await two.says(two.first, "menu")
    await two.wish(Wishes(mode="digest"))
    await two.status(9)
    found = await history(two)
    assert [line.rpartition(". ")[2] for line in found] == ["Chờ gộp vào tin cuối ngày.", "Chưa gửi được."]
    await two.says(two.first, "ngừng nhận tin")
    assert (await history(two))[0].endswith("Không gửi, vì Ông/Bà đã ngừng nhận tin.")


async def test_it_is_paged(two: Two) -> None:
    await two.follows(two.first)
    who, now = await two.who(two.first), ms(two.house.clock.now())

    def fill(session) -> None:  # type: ignore[no-untyped-def]
        for seq in range(25):
            session.add(
                Notice(
                    dossier_code=f"X{seq}", seq=seq, conversation_id=who, kind="status", status=4, state="told",
                    created_ms=now, must_by_ms=now, sent_to=who, told_ms=now, ways=1,
                )
            )  # fmt: skip

    await two.house.app.threads.write(fill)
    pages = [await history(two, *["Xem tin cũ hơn"] * more) for more in range(3)]
    codes = [line.split("hồ sơ ")[1].split()[0] for page in pages for line in page]
    assert codes == [f"X{seq}" for seq in reversed(range(25))]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert "Xem tin cũ hơn" not in [label for _, label in two.first.pages[-1][1].choices]


async def test_every_kind_and_state_has_its_words_in_every_language(two: Two) -> None:
    texts = two.house.app.texts
    states = ("open", "told", "kept", "replaced", "stopped", "unsure", "unreachable")
    for locale in texts.locales:
        for kind in (*NEWS, *telling.OWED):
            assert texts.text(f"history-{kind}", locale, code="X1", status="đang xử lý", count=2)
        for state in states:
            assert texts.text(f"history-is-{state}", locale)
        assert texts.text("history-telephoned", locale, moment="9 giờ", what="x")
        for channel, _ in two.house.app.channels:
            assert words.channel  # an office's own channel has a common name
            assert channel in ("web", "first", "second")
        for name in ("telegram", "zalo-oa", "zalo-bot", "web", "other"):
            assert texts.text(f"channel-{name}", locale)

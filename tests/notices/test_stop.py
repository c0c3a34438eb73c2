"""After "ngừng nhận tin" nothing comes that had not gone yet, in no chat; and what waits follows changed wishes."""

from __future__ import annotations

from services import telling
from services.db.notices import Notice, NoticeWay
from services.db.telling import Telling
from services.dossiers.followers import Wishes
from services.rights import requests
from tests.notices.pair import CODE, Two

PROCESSED, DONE = f"Hồ sơ {CODE} đang được xử lý.", f"Hồ sơ {CODE} đã có kết quả."
NIGHT = Wishes(quiet=(21 * 60, 7 * 60))


async def test_what_waited_for_the_morning_is_called_off(two: Two) -> None:
    await two.follows(two.first)
    await two.wish(NIGHT)
    two.house.clock.tick(hours=12)
    await two.status(4)
    await two.says(two.first, "ngừng nhận tin")
    two.house.clock.tick(hours=10)
    await two.house.settles()
    assert two.news(two.first) == []
    assert await two.notices() == [("status", "stopped")]


async def test_what_waited_for_the_digest_is_called_off(two: Two) -> None:
    await two.follows(two.first)
    await two.wish(Wishes(mode="digest"))
    await two.status(4)
    await two.says(two.first, "ngừng nhận tin")
    two.house.clock.tick(hours=8)
    await two.house.settles()
    assert not [page for _, page in two.first.pages if page.text.startswith("Tin về hồ sơ")]
    assert await two.notices() == [("status", "stopped")]


async def test_stopping_in_one_chat_stops_them_all(two: Two) -> None:
    await two.linked()
    await two.follows(two.second)
    await two.says(two.first, "ngừng nhận tin")
    await two.status(4)
    assert two.news(two.first) + two.news(two.second) == []
    assert await two.notices() == []


async def test_a_chat_that_is_linked_later_takes_over_how_she_wants_to_be_told(two: Two) -> None:
    await two.follows(two.first)
    await two.says(two.first, "ngừng nhận tin")
    await two.links()
    await two.follows(two.second)
    await two.status(4)
    assert two.news(two.first) + two.news(two.second) == []
    assert "chưa được báo" in "\n".join(page.text for _, page in two.second.pages), "nothing false is promised"


async def test_a_dossier_that_is_left_is_left_in_every_chat(two: Two) -> None:
    await two.linked()
    await two.follows(two.second)
    await two.says(two.second, "Ngừng báo hồ sơ này")
    await two.status(4)
    assert two.news(two.first) + two.news(two.second) == []


async def test_leaving_one_dossier_calls_off_its_own_news_only(two: Two) -> None:
    more = "H99.15-261120-0002"
    await two.follows(two.first)
    await two.dossier(more)
    for typed in (more, "1", "5678"):
        await two.says(two.first, typed)
    await two.wish(NIGHT)
    two.house.clock.tick(hours=12)
    await two.status(4)
    await two.status(4, code=more)
    await two.says(two.first, f"hồ sơ {CODE}")
    await two.says(two.first, "Ngừng báo hồ sơ này")
    two.house.clock.tick(hours=10)
    await two.house.settles()
    assert two.news(two.first) == [f"Hồ sơ {more} đang được xử lý."]


async def test_when_quiet_hours_are_given_up_what_waited_goes_in_order(two: Two) -> None:
    await two.follows(two.first)
    await two.wish(NIGHT)
    two.house.clock.tick(hours=12)
    await two.status(4)
    await two.says(two.first, "hồ sơ của tôi")
    await two.says(two.first, "Cài đặt nhận tin")
    await two.says(two.first, "Báo cả ban đêm")
    await two.status(9)
    assert two.news(two.first) == [PROCESSED, DONE]


async def test_when_the_digest_is_given_up_what_was_kept_is_told_and_nothing_old_after_it(two: Two) -> None:
    await two.follows(two.first)
    await two.wish(Wishes(mode="digest"))
    await two.status(4)
    await two.says(two.first, "hồ sơ của tôi")
    await two.says(two.first, "Cài đặt nhận tin")
    await two.says(two.first, "Báo ngay khi có thay đổi")
    told = [page.text for _, page in two.first.pages if page.text.startswith("Tin về hồ sơ")]
    assert told == [f"Tin về hồ sơ của Ông/Bà trong ngày:\n• {CODE} (đang xử lý)"]
    two.house.clock.tick(hours=12)
    await two.wish(Wishes(mode="digest"))
    await two.status(9)
    await two.wish(Wishes())
    await two.status(4)  # told at once, as a correction of what only waits in the digest it would be old
    two.house.clock.tick(hours=20)
    await two.house.settles()
    assert len([page for _, page in two.first.pages if page.text.startswith("Tin về hồ sơ")]) == 1


async def test_a_digest_that_is_late_waits_for_the_morning(two: Two) -> None:
    await two.follows(two.first)
    await two.wish(Wishes(mode="digest"))
    await two.status(4)
    two.house.clock.tick(hours=12)  # nobody had looked at 17:00; it is 22:00
    await two.house.settles()
    assert not [page for _, page in two.first.pages if page.text.startswith("Tin về hồ sơ")]
    two.house.clock.tick(hours=9, minutes=30)
    await two.house.settles()
    assert [page for _, page in two.first.pages if page.text.startswith("Tin về hồ sơ")]


async def test_a_reminder_that_waits_is_called_off_and_what_answers_her_is_not(two: Two) -> None:
    await two.follows(two.first)
    who, now = await two.who(two.first), two.house.clock.now()
    await two.status(5)
    two.house.clock.tick(hours=12)  # 22:00: reminders wait

    def tell(session) -> None:  # type: ignore[no-untyped-def]
        telling.tell(
            session, who, "my-turn", two.house.clock.now(), priority=telling.BULK, code=CODE, status=5
        )  # fmt: skip
        telling.tell(session, who, "rights-done", now, id=404)

    await two.house.app.threads.write(tell)
    await two.house.settles()
    assert [row.state for row in await two.rows(Telling) if row.kind == "my-turn"] == ["open"]
    await two.says(two.first, "ngừng nhận tin")
    two.house.clock.tick(hours=10)
    await two.house.settles()
    assert [row.state for row in await two.rows(Telling) if row.kind == "my-turn"] == ["dropped"]
    assert ("my-turn", "stopped") in await two.notices()
    assert "rights-done" not in [kind for kind, _ in await two.notices()], "there was nothing to say"


async def test_who_has_her_data_erased_is_told_nothing_that_was_queued_before(two: Two) -> None:
    await two.linked()
    await two.wish(NIGHT)
    await two.says(two.first, "kênh nhận tin")
    await two.says(two.first, "1")
    two.house.clock.tick(hours=12)
    await two.status(4)
    who, services = await two.who(two.first), two.house.app.services

    def erase(session) -> None:  # type: ignore[no-untyped-def]
        requests.erase(session, services(session).keys, who, two.house.clock.now())

    await two.house.app.threads.write(erase)
    two.house.clock.tick(hours=10)
    await two.rests()
    assert two.news(two.first) + two.news(two.second) == []
    assert await two.rows(Notice) == []
    assert await two.rows(NoticeWay) == []


async def test_a_stop_while_the_digest_is_being_made_holds(two: Two) -> None:
    """The stop came after the digest had taken hold of the notices: it reads the wishes under the lock."""
    await two.follows(two.first)
    await two.wish(Wishes(mode="digest"))
    await two.status(4)
    await two.wish(Wishes(mode="digest", stopped_at=two.house.clock.now()))
    two.house.clock.tick(hours=8)
    await two.rests()
    assert not [page for _, page in two.first.pages if page.text.startswith("Tin về hồ sơ")]
    assert await two.notices() == [("status", "stopped")]

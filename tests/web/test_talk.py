"""A citizen in her chat and an officer on her page speak with each other; nobody else reads a word."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
from PIL import Image
from sqlalchemy import select, text

from services import links, talks
from services.db.desk import OfficerTalk, Staff, TalkMessage
from services.db.machine import Conversation, Outbox
from services.desk import cards, staff
from services.refusal import Refused
from tests.web.guest import Guest
from tests.web.place import Place

SECRET = "Tôi là bà Thử, số 0912345678, hỏi về sổ đỏ"


def picture() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((900, 700), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
async def officer(place: Place) -> AsyncIterator[aiohttp.ClientSession]:
    """An officer's browser, and the officer with a chat of her own."""

    def hire(session: object) -> None:
        now = place.clock.now()
        session.add(  # type: ignore[attr-defined]
            Conversation(id=900, channel="phone", account="default", chat="900", created_ms=0, state=None)
        )
        session.add(  # type: ignore[attr-defined]
            Staff(id=7, agency_code="H99.15", role="officer", name="", conversation_id=900, made_at=now)
        )

    await place.house.app.threads.write(hire)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        yield browser


async def begun(place: Place, guest: Guest) -> int:
    """The citizen writes her first message; the number of the talk."""
    await guest.says("gặp cán bộ")
    await guest.says("1")
    await guest.says(SECRET)
    return int(await place.read(lambda session: session.scalar(select(OfficerTalk.id))))


async def claimed(place: Place, number: int, staff_id: int = 7) -> str:
    """The officer takes the card; the token of her link."""

    def take(session: object) -> str:
        by = staff.by_id(session, staff_id)  # type: ignore[arg-type]
        assert by is not None
        card = session.scalar(text("SELECT id FROM cards WHERE kind = 'talk'"))  # type: ignore[attr-defined]
        assert not isinstance(cards.claim(session, by, card, place.clock.now()), Refused)  # type: ignore[arg-type]
        assert not isinstance(talks.taken(session, by, number, place.clock.now()), Refused)  # type: ignore[arg-type]
        keys = place.house.app.keys
        return links.make(session, keys, "talk", f"talk:{number}", place.clock.now(), staff_id=staff_id)  # type: ignore[arg-type]

    return await place.house.app.threads.write(take)


async def page(place: Place, browser: aiohttp.ClientSession, token: str) -> str:
    """Open the link with its button; the page."""
    async with browser.get(f"{place.url}/talk/{token}") as door:
        assert door.status == 200
        assert "0912345678" not in await door.text()
    async with browser.post(f"{place.url}/talk/{token}") as opened:
        assert opened.status == 200
        assert opened.headers["Cache-Control"] == "no-store"
        return await opened.text()


def mark_of(html: str) -> str:
    found = re.search(r'name="mark" value="([^"]+)"', html)
    assert found
    return found[1]


async def test_both_ways_with_words_and_pictures(place: Place, guest: Guest, officer: aiohttp.ClientSession) -> None:
    number = await begun(place, guest)
    html = await page(place, officer, await claimed(place, number))
    assert SECRET in html
    at, mark = f"{place.url}/talk/at/{number}", mark_of(html)
    await place.house.settles()
    assert "đã nhận" in (await guest.reads())[-1]["text"]
    async with officer.post(at, data={"mark": mark, "do": "say", "text": "Chào bà, bà cần bản gốc."}) as said:
        assert said.status == 200
    await place.house.settles()
    assert (await guest.reads())[-1]["text"] == "Cán bộ: Chào bà, bà cần bản gốc."
    assert await guest.says("2") == []  # a number is a word here, and the bot keeps silent
    async with officer.get(f"{at}/lines?after=2") as news:
        told = await news.json()
    assert ("<p>2</p>" in told["html"], told["last"], told["closed"]) == (True, 3, False)
    assert 'data-n="3"' in told["html"]  # the page's script knows each line by its number
    form = aiohttp.FormData()
    form.add_field("id", mark)
    form.add_field("file", picture(), filename="mau.jpg", content_type="image/jpeg")
    async with officer.post(f"{at}/photo", data=form) as sent:
        assert sent.status == 200
    await place.house.settles()
    shown = (await guest.reads())[-2]["file"]
    got = await place.get(shown["url"])
    assert (got.status, got.body[:2], got.headers["Cache-Control"]) == (200, b"\xff\xd8", "no-store")
    async with officer.post(at, data={"mark": mark, "do": "close"}) as closed:
        assert closed.status == 200
    await place.house.settles()
    assert any("Cán bộ đã kết thúc trò chuyện" in said["text"] for said in (await guest.reads())[-2:])


async def test_a_citizens_picture_reaches_the_page_only(
    place: Place, guest: Guest, officer: aiohttp.ClientSession
) -> None:
    number = await begun(place, guest)
    form = aiohttp.FormData()
    form.add_field("id", "pic-1")
    form.add_field("file", picture(), filename="so-do.jpg", content_type="image/jpeg")
    answer = await place.post("/chat/messages", data=form, headers=guest.headers)
    assert answer.status == 202
    await place.house.settles()
    html = await page(place, officer, await claimed(place, number))
    assert f"/talk/at/{number}/file/2" in html
    async with officer.get(f"{place.url}/talk/at/{number}/file/2") as file:
        assert (file.status, (await file.read())[:2]) == (200, b"\xff\xd8")
    key = await place.read(lambda session: session.scalar(select(TalkMessage.file_key).where(TalkMessage.n == 2)))
    assert (await place.get(f"/pictures/sheet/{key}")).status == 404  # only what officers send is found by its name
    assert (await place.get(f"/talk/at/{number}/file/2")).status == 403


async def test_a_file_that_cannot_be_taken_is_told_on_both_sides(
    place: Place, guest: Guest, officer: aiohttp.ClientSession
) -> None:
    await guest.says("gặp cán bộ")
    await guest.says("1")

    async def sends(event: str, content: bytes, name: str) -> str:
        form = aiohttp.FormData()
        form.add_field("id", event)
        form.add_field("file", content, filename=name, content_type="image/jpeg")
        assert (await place.post("/chat/messages", data=form, headers=guest.headers)).status == 202
        before = (await guest.reads())[-1]["n"]
        await place.house.settles()
        return "\n".join(one["text"] for one in await guest.reads(before))

    assert "Loại tệp này chưa dùng được" in await sends("zip-1", b"PK\x03\x04junk", "a.zip")
    assert await place.read(lambda session: session.scalar(select(OfficerTalk.id))) is None  # nothing was said yet
    await guest.says(SECRET)
    assert "Loại tệp này chưa dùng được" in await sends("zip-2", b"PK\x03\x04junk", "a.zip")
    number = int(await place.read(lambda session: session.scalar(select(OfficerTalk.id))))
    mark = mark_of(await page(place, officer, await claimed(place, number)))
    form = aiohttp.FormData()
    form.add_field("id", mark)
    form.add_field("file", b"PK\x03\x04junk", filename="a.zip", content_type="image/jpeg")
    async with officer.post(f"{place.url}/talk/at/{number}/photo", data=form) as answer:
        assert answer.status == 400
        assert "Loại tệp này chưa dùng được" in await answer.text()


async def test_what_is_sent_again_because_its_answer_was_lost_is_said_once(
    place: Place, guest: Guest, officer: aiohttp.ClientSession
) -> None:
    number = await begun(place, guest)
    html = await page(place, officer, await claimed(place, number))
    at, mark = f"{place.url}/talk/at/{number}", mark_of(html)
    once = re.search(r'name="once" value="([\w-]{16,})"', html)
    assert once
    words = {"mark": mark, "do": "say", "text": "Bà cần bản gốc.", "once": once[1]}
    for _ in range(2):
        async with officer.post(at, data=words) as said:
            assert said.status == 200
            html = await said.text()
    assert html.count("Bà cần bản gốc.") == 1
    assert once[1] not in html  # the next message has another name
    async with officer.post(at, data={**words, "once": "another"}) as said:  # the same words, meant twice
        assert (await said.text()).count("Bà cần bản gốc.") == 2
    photo = picture()
    for _ in range(2):
        form = aiohttp.FormData()
        form.add_field("id", f"{mark}.{once[1]}-photo")
        form.add_field("file", photo, filename="mau.jpg", content_type="image/jpeg")
        async with officer.post(f"{at}/photo", data=form) as sent:
            assert sent.status == 200
            html = await sent.text()
    assert html.count("<img") == 1
    await place.house.settles()
    said_to_her = [one["text"] for one in await guest.reads() if "bản gốc" in one["text"]]
    assert said_to_her == ["Cán bộ: Bà cần bản gốc."] * 2


async def test_the_page_speaks_the_language_of_the_officers_chat(
    place: Place, guest: Guest, officer: aiohttp.ClientSession
) -> None:
    number = await begun(place, guest)
    token = await claimed(place, number)
    await place.house.app.threads.write(lambda session: setattr(session.get_one(Conversation, 900), "locale", "en"))
    html = await page(place, officer, token)
    assert '<html lang="en">' in html
    assert ">Citizen <time>" in html
    async with officer.get(f"{place.url}/talk/at/{number}/lines") as news:
        assert "Citizen" in (await news.json())["html"]


async def test_nobody_else_reads_or_writes(place: Place, guest: Guest, officer: aiohttp.ClientSession) -> None:
    number = await begun(place, guest)
    token = await claimed(place, number)
    html = await page(place, officer, token)
    at, mark = f"{place.url}/talk/at/{number}", mark_of(html)
    assert (await place.post(f"/talk/{token}")).status == 403  # a link opens once
    for method, path in (("GET", ""), ("GET", "/lines"), ("POST", ""), ("GET", "/file/1")):
        assert (await place.ask(method, f"/talk/at/{number}{path}")).status == 403
    async with officer.post(at, data={"mark": "wrong", "do": "say", "text": "x"}) as forged:
        assert forged.status == 403
    async with officer.get(f"{place.url}/talk/at/{number + 1}") as other:
        assert other.status == 403
    await place.house.app.threads.write(lambda session: staff.end(session, 7, place.clock.now()))
    async with officer.post(at, data={"mark": mark, "do": "say", "text": "x"}) as left:
        assert left.status == 403


async def test_words_lie_encrypted_and_never_in_a_staff_chat(place: Place, guest: Guest) -> None:
    await begun(place, guest)
    await place.house.settles()

    def everything(session: object) -> list[str]:
        tables = ("talks", "talk_messages", "tellings", "cards", "desk_log", "conversations", "outbox")
        return [str(row) for table in tables for row in session.execute(text(f"SELECT * FROM {table}"))]  # type: ignore[attr-defined]

    assert not [row for row in await place.read(everything) if "bà Thử" in row or "0912345678" in row]
    assert await place.read(lambda session: session.scalar(select(Outbox.id).where(Outbox.chat == "900"))) is None


async def test_a_talk_that_nobody_goes_on_with_closes_by_itself(place: Place, guest: Guest) -> None:
    await begun(place, guest)
    place.clock.tick(seconds=int(talks.WAITS_FOR.total_seconds()) + 60)
    await place.house.settles()
    assert any("tự đóng" in said["text"] for said in await guest.reads())
    await guest.says("gặp cán bộ")
    assert "Xin viết" in (await guest.says("1"))[-1]["text"]

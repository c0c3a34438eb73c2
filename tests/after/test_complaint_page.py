"""The page on which a complaint is read and answered, over real HTTP."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.dialog.values import FileRef
from services.complaints import answering, records, writing
from services.db.desk import DeskLog, Staff
from services.db.machine import Conversation
from services.db.telling import Telling
from services.db.visits import Complaint
from services.desk import staff
from tests.web.place import Answer, Place, opened

WORDS = "Chờ 3 tiếng.\n<script>alert(1)</script> & không ai giải thích"
ANSWER = "Xin lỗi Ông/Bà; từ 23/11 quầy có thêm người."
PHOTO = b"\xff\xd8\xff\xe0" + b"photo" * 10
CODE = "PA-261120-0001"


@dataclass
class Desk:
    """A place where a complaint waits, and its officer's browser."""

    place: Place
    officer: int
    browser: aiohttp.ClientSession

    async def do(self, work: Any) -> Any:
        """One transaction."""
        return await self.place.house.app.threads.write(work)

    async def link(self, who: int | None = None) -> str:
        """A new link's path."""
        keys, now = self.place.house.app.keys, self.place.clock.now()

        def makes(session: Any) -> Any:
            member = staff.by_id(session, who or self.officer)
            assert member is not None
            return answering.open_link(session, keys, member, CODE, now)

        return f"/complaint/{await self.do(makes)}"

    async def ask(self, method: str, path: str, **more: Any) -> Answer:
        """A request of the officer's browser, redirections followed."""
        async with self.browser.request(method, self.place.url + path, **more) as response:
            return Answer(response.status, await response.read(), response.headers)

    async def open(self) -> Answer:
        """Get a link, press its button, see the page."""
        return await self.ask("POST", await self.link())


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as place:
        app, now = place.house.app, place.clock.now()
        key = app.store.put(PHOTO)
        ref = FileRef(key, "", "image/jpeg", len(PHOTO), digest=hashlib.sha256(PHOTO).hexdigest())

        def fill(session: Any) -> int:
            for number in (1, 2):
                chat = Conversation(id=number, channel="again", account="default", chat=str(number), created_ms=0)
                session.add(chat)
            row = Staff(agency_code="H99.15", role="officer", conversation_id=2, made_at=now)
            session.add(row)
            session.flush()
            writing.write(session, app.keys, 1, "H99.15", "late", WORDS, (ref,), now)
            assert isinstance(writing.send(session, app.keys, 1, now), records.Seen)
            return row.id

        officer = await app.threads.write(fill)
        # an address without a name keeps cookies only when it is told to
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            yield Desk(place, officer, browser)


def mark(page: Answer) -> str:
    found = re.search(r'name="mark" value="([0-9a-f]+)"', page.body.decode())
    assert found
    return found[1]


async def test_a_get_shows_one_button_and_spends_nothing(desk: Desk) -> None:
    path = await desk.link()
    for _ in range(3):
        seen = await desk.ask("GET", path)
        assert seen.status == 200
        assert seen.body.count(b"<button") == 1
        assert b"PA-" not in seen.body
    assert (await desk.ask("POST", path)).status == 200
    assert (await desk.ask("POST", path)).status == 404


async def test_read_with_photo_and_answered(desk: Desk) -> None:
    page = await desk.open()
    text = page.body.decode()
    assert CODE in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; không" in text
    assert "<script>" not in text
    assert page.headers["Cache-Control"] == "no-store"
    photo = await desk.ask("GET", f"/complaint/at/{CODE}/photo/1")
    assert (photo.status, photo.body) == (200, PHOTO)
    for other in ("/photo/0", "/photo/2", "/photo/x", "/photo/999999999999"):
        assert (await desk.ask("GET", f"/complaint/at/{CODE}{other}")).status == 404
    sent = await desk.ask("POST", f"/complaint/at/{CODE}", data={"mark": mark(page), "answer": ANSWER})
    assert sent.status == 200
    told = await desk.do(lambda session: [row.kind for row in session.scalars(select(Telling))])
    assert told.count("complaint-answered") == 1
    state = await desk.do(lambda session: session.get_one(Complaint, CODE).state)
    assert state == "answered"
    # its links and pages are closed, and everything that was seen is written down
    desk.place.clock.tick(seconds=1)
    assert (await desk.ask("GET", f"/complaint/at/{CODE}")).status == 404
    actions = await desk.do(lambda session: [row.action for row in session.scalars(select(DeskLog))])
    assert {"open-link", "read-complaint", "answer-complaint"} <= set(actions)


async def test_an_empty_answer_is_asked_again(desk: Desk) -> None:
    page = await desk.open()
    again = await desk.ask("POST", f"/complaint/at/{CODE}", data={"mark": mark(page), "answer": "   "})
    assert again.status == 409
    assert b'role="alert"' in again.body
    long = "x" * (records.LONGEST + 1)
    again = await desk.ask("POST", f"/complaint/at/{CODE}", data={"mark": mark(page), "answer": long})
    assert again.status == 409
    assert long in again.body.decode()


async def test_another_site_and_another_browser_get_nothing(desk: Desk) -> None:
    page = await desk.open()
    forged = await desk.ask("POST", f"/complaint/at/{CODE}", data={"mark": "0" * 40, "answer": ANSWER})
    assert forged.status == 404
    async with aiohttp.ClientSession() as stranger:
        for method in ("GET", "POST"):
            async with stranger.request(
                method, f"{desk.place.url}/complaint/at/{CODE}", data={"mark": mark(page), "answer": ANSWER}
            ) as response:
                assert response.status == 404
    assert await desk.do(lambda session: session.get_one(Complaint, CODE).state) == "open"


async def test_who_works_here_no_more_reads_no_more(desk: Desk) -> None:
    page = await desk.open()
    now = desk.place.clock.now()
    await desk.do(lambda session: staff.end(session, desk.officer, now))
    assert (await desk.ask("GET", f"/complaint/at/{CODE}")).status == 404
    sent = await desk.ask("POST", f"/complaint/at/{CODE}", data={"mark": mark(page), "answer": ANSWER})
    assert sent.status == 404
    assert await desk.do(lambda session: session.get_one(Complaint, CODE).state) == "open"


@pytest.mark.parametrize("path", ["/complaint/x", "/complaint/" + "a" * 300, "/complaint/at/PA-1", "/complaint/at/%00"])
async def test_nonsense_is_a_clear_page(desk: Desk, path: str) -> None:
    for method in ("GET", "POST"):
        answer = await desk.ask(method, path)
        assert answer.status in (200, 404)
        assert b"Traceback" not in answer.body


async def test_a_late_link_opens_nothing(desk: Desk) -> None:
    path = await desk.link()
    desk.place.clock.tick(minutes=11)
    assert (await desk.ask("POST", path)).status == 404

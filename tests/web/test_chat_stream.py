"""The stream: what is said arrives at once, a silent line is kept open, a new line goes on where the old one broke."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.web.chat import Chat
from bot.web.sessions import Sessions
from services.db.machine import WebMessage
from tests.web.guest import Guest
from tests.web.place import Place, opened, served


@asynccontextmanager
async def streaming(folder: Path, heartbeat: float = 15.0) -> AsyncIterator[Place]:
    """A served house whose streams are woken, with a heartbeat of its own."""
    async with opened(folder) as place:
        app = place.house.app
        app.chat = Chat(
            Sessions(app.threads, place.clock, 60, str), app.web_channel, app.journal, app.wake, app.texts, place.clock,
            office_name=app.standing.office_name, heartbeat=heartbeat,
        )  # fmt: skip
        stop = asyncio.Event()
        waking = asyncio.create_task(app.chat.run(stop))
        try:
            async with served(app.site()) as place.url:
                yield place
        finally:
            stop.set()
            app.wake.streams.ring()
            await waking


@pytest.fixture
async def guest(tmp_path: Path) -> AsyncIterator[Guest]:
    async with streaming(tmp_path) as place:
        yield await Guest.comes(place)


async def test_what_is_said_arrives_and_is_delivered(guest: Guest) -> None:
    async with guest.listens() as stream:
        assert stream.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert stream.response.headers["Cache-Control"] == "no-store"
        assert (await stream.event())[0].startswith(":")
        await guest.sends({"id": "1", "text": "menu"})
        await guest.place.house.settles()
        heard = [await stream.message(), await stream.message()]
        assert heard == await guest.reads()
        await guest.sends({"id": "2", "text": "lịch làm việc"})
        await guest.place.house.settles()
        assert (await stream.message())["n"] == 3
    undelivered = select(WebMessage.n).where(WebMessage.delivered_ms.is_(None), WebMessage.n < 3)
    assert await guest.place.read(lambda session: list(session.scalars(undelivered))) == []


async def test_two_windows_hear_the_same(guest: Guest) -> None:
    async with guest.listens() as one, guest.listens() as other:
        await guest.sends({"id": "1", "text": "menu"})
        await guest.place.house.settles()
        assert await one.message() == await other.message()


async def test_a_new_line_goes_on_where_the_old_one_broke(guest: Guest) -> None:
    for text in ("menu", "lịch làm việc", "gặp cán bộ"):
        await guest.says(text)
    async with guest.listens(**{"Last-Event-ID": "2"}) as stream:
        assert (await stream.message())["n"] == 3
    async with guest.listens(after=3) as stream:
        assert (await stream.message())["n"] == 4
    async with guest.listens(after=1, **{"Last-Event-ID": "3"}) as stream:
        assert (await stream.message())["n"] == 2, "what the page asks for goes before what the browser remembers"


async def test_a_silent_line_is_kept_open(tmp_path: Path) -> None:
    async with streaming(tmp_path, heartbeat=0.02) as place:
        guest = await Guest.comes(place)
        async with guest.listens() as stream:
            assert [await stream.event() for _ in range(4)] == [[": open"], *[[": still here"]] * 3]
            await guest.says("menu")
            assert (await stream.message())["n"] == 1


async def test_the_end_of_the_session_ends_its_streams_and_no_other(guest: Guest) -> None:
    other = await Guest.comes(guest.place)
    async with guest.listens() as stream, other.listens() as theirs:
        await stream.event()
        await theirs.event()
        assert (await guest.place.post("/chat/end", headers=guest.headers)).status == 200
        assert await stream.event() == []
        await other.sends({"id": "1", "text": "menu"})
        await guest.place.house.settles()
        assert (await theirs.message())["n"] == 1


async def test_a_stop_of_the_server_ends_the_streams(guest: Guest) -> None:
    async with guest.listens() as stream:
        await stream.event()
        guest.place.house.app.chat.close()
        assert await stream.event() == []


async def test_a_page_that_went_away_leaves_nothing_behind(guest: Guest) -> None:
    chat = guest.place.house.app.chat
    async with aiohttp.ClientSession() as http:
        response = await http.get(guest.place.url + "/chat/stream", headers=guest.headers)
        await response.content.readline()
        assert chat.listening == 1
        response.close()
    while chat.listening:
        await guest.says("menu")  # only writing tells that nobody reads
    assert (await guest.reads())[-1]["n"] >= 2

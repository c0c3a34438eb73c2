"""The checklist's pictures over HTTP, and on the chat page."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from PIL import Image
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.pictures import Draft, Pictures
from bot.web.pictures import PictureRoutes
from services.catalog import importing, store
from services.catalog.checklist import Recipe
from services.catalog.model import Paper, ProcedureRecord
from services.db.office import Agency
from tests.kit.patience import PATIENCE
from tests.web.guest import Guest
from tests.web.place import Place, opened, served

CODE = "1.004222"
CASE = {"cho_o": "nguoi_than"}


async def _path(place: Place, case: dict[str, str] | None = None, *, locale: str = "vi", number: int = 1) -> str:
    version = await place.read(lambda session: store.load(session, CODE))
    return f"/pictures/{Recipe.of(CODE, version.id, CASE if case is None else case, locale, number).key()}"


async def _writes(place: Place, work: Callable[[Session], Any]) -> None:
    await place.house.app.threads.write(work)


async def test_a_picture_is_a_png_that_may_be_kept(place: Place) -> None:
    path = await _path(place)
    answer = await place.get(path)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == 'inline; filename="giay-to-1.004222.png"'
    assert answer.headers["Cache-Control"].startswith("public, max-age=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(answer.body)).width == 1080
    assert (await place.get(path)).body == answer.body


async def test_platforms_ask_for_the_head_first(place: Place) -> None:
    path = await _path(place)
    head, whole = await place.ask("HEAD", path), await place.get(path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.body))
    assert head.headers["ETag"] == whole.headers["ETag"]


async def test_what_was_fetched_before_is_not_sent_again(place: Place) -> None:
    path = await _path(place)
    mark = (await place.get(path)).headers["ETag"]
    again = await place.get(path, headers={"If-None-Match": f'"other", {mark}'})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", mark)
    assert (await place.get(path, headers={"If-None-Match": '"other"'})).status == 200


async def test_the_picture_changes_with_what_stands_on_it(place: Place) -> None:
    path = await _path(place)
    first = await place.get(path)
    now = place.clock.now()
    await _writes(place, lambda session: store.approve(session, [CODE], by="Giám đốc", decision_no="01/QĐ", now=now))
    approved = await place.get(path)
    await _writes(place, lambda session: session.execute(update(Agency).values(hotline="1022")))
    called = await place.get(path)
    record = ProcedureRecord(code=CODE, name="Đăng ký thường trú", papers=(Paper(name="Tờ khai"),))
    line = [(1, msgspec.json.encode(record))]
    await _writes(place, lambda session: importing.import_lines(session, line, now, origin="office"))
    replaced = await place.get(path)
    answers = [first, approved, called, replaced]
    assert [answer.status for answer in answers] == [200] * 4
    assert len({answer.headers["ETag"] for answer in answers}) == 4
    assert len({answer.body for answer in answers}) == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.replace("checklist", "somewhere"),
        lambda path: path.replace(CODE, "9.999999"),
        lambda path: path.replace(CODE, "1.001193"),  # a version, but not of this procedure
        lambda path: path.replace("nguoi_than", "nobody"),
        lambda path: path.replace("cho_o", "other"),
        lambda path: path.replace(".vi.", ".fr."),
        lambda path: path.replace(".1.png", ".2.png"),
        lambda path: path.replace(".1.png", ".1.jpg"),
        lambda path: path + "/",
        lambda path: path.replace("nguoi_than", "nguoi%20than"),
        lambda path: path.replace("nguoi_than", "%ff%fe"),
        lambda path: path.replace("cho_o", "..%2f..%2fetc"),
        lambda path: path.replace("cho_o", "a" * 5000),
        lambda path: "/pictures/",
    ],
)
async def test_any_other_address_is_a_clear_404(place: Place, change: Callable[[str], str]) -> None:
    answer = await place.get(change(await _path(place)))
    assert answer.status == 404
    assert answer.error in ("unknown-picture", "not-found")


async def test_only_get_and_head(place: Place) -> None:
    assert (await place.post(await _path(place))).status == 405


async def test_a_picture_speaks_the_language_of_its_key(place: Place) -> None:
    vietnamese, english = await place.get(await _path(place)), await place.get(await _path(place, locale="en"))
    assert english.status == 200
    assert "papers-1.004222.png" in english.headers["Content-Disposition"]
    assert english.body != vietnamese.body


@asynccontextmanager
async def _bounded(place: Place, pictures: Pictures, **bounds: Any) -> AsyncIterator[Place]:
    """The routes alone, with bounds of their own."""
    site = web.Application()
    site.add_routes(PictureRoutes(pictures, place.house.app.threads, place.clock, **bounds).routes())
    async with served(site) as url:
        yield replace(place, url=url)


async def test_new_drawings_are_bounded_for_an_address_and_kept_ones_are_not(place: Place) -> None:
    paths = [await _path(place, {"cho_o": choice}) for choice in ("nha_minh", "nguoi_than", "thue_muon")]
    async with _bounded(place, place.house.app.pictures, per_minute=2, trust_proxy=True) as here:

        async def statuses(**headers: str) -> list[int]:
            return [(await here.get(path, headers=headers)).status for path in paths]

        assert await statuses() == [200, 200, 429]
        assert await statuses() == [200, 200, 429]
        refused = await here.get(paths[2])
        assert (refused.error, refused.headers["Retry-After"]) == ("too-many-pictures", "60")
        assert await statuses(**{"X-Forwarded-For": "127.0.0.1, 192.0.2.7"}) == [200, 200, 200]
        assert await statuses() == [200, 200, 200], "somebody else's drawing serves all"
        place.clock.tick(minutes=1)
        english = [await _path(place, {"cho_o": "nha_minh"}, locale="en"), await _path(place, locale="en")]
        assert [(await here.get(path)).status for path in english] == [200, 200]


class Slow(Pictures):
    """Pictures whose drawing waits until `go`."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.house.app.db, place.house.app.texts, place.clock)
        self.begun, self.go, self.drawings = threading.Event(), threading.Event(), 0
        self.asked, self.all_asked = 0, asyncio.Event()

    def kept(self, draft: Draft) -> bytes | None:
        """Counts who asked; whoever finds nothing waits for the drawing in the same moment."""
        self.asked += 1
        if self.asked == 20:
            self.all_asked.set()
        return super().kept(draft)

    def drawn(self, draft: Draft) -> bytes:
        """Drawn once it may be."""
        self.drawings += super().kept(draft) is None
        self.begun.set()
        assert self.go.wait(PATIENCE)
        return super().drawn(draft)


async def test_a_crowd_for_one_picture_makes_one_drawing_and_leaves_a_thread_for_reading(place: Place) -> None:
    path, slow = await _path(place), Slow(place)
    async with _bounded(place, slow, most_waiting=20) as here:
        crowd = [asyncio.create_task(here.get(path)) for _ in range(20)]
        assert await asyncio.to_thread(slow.begun.wait, PATIENCE)
        assert (await place.get(f"/api/v1/procedures/{CODE}")).status == 200
        async with asyncio.timeout(PATIENCE):
            await slow.all_asked.wait()
        late = await here.get(await _path(place, {"cho_o": "nha_minh"}))
        assert (late.error, late.headers["Retry-After"]) == ("busy", "2")
        slow.go.set()
        answers = await asyncio.gather(*crowd)
    assert {answer.status for answer in answers} == {200}
    assert slow.drawings <= 2


async def test_the_latest_pictures_are_kept_and_no_more_than_fit(place: Place) -> None:
    app = place.house.app
    keys = [(await _path(place, {"cho_o": choice})).removeprefix("/pictures/") for choice in ("nha_minh", "thue_muon")]
    few = Pictures(app.db, app.texts, place.clock, most_bytes=1)
    drafts = [few.draft(key) for key in keys]
    for draft in drafts:
        assert draft is not None
        assert few.kept(draft) is None
        assert few.drawn(draft) == few.kept(draft)
    assert drafts[0] is not None
    assert few.kept(drafts[0]) is None
    with pytest.raises(LookupError):
        few.png("checklist/1.001193/999999/-.vi.1.png")


async def test_the_chat_page_gets_the_address_and_the_picture_is_there(guest: Guest) -> None:
    (answer,) = (await guest.says(CODE))[-1:]
    (answer,) = (await guest.taps(_tap(answer, "Giấy tờ cần có")))[-1:]
    (answer,) = (await guest.taps(_tap(answer, "Nhà của mình")))[-1:]
    sent, following = await guest.taps(_tap(answer, "Gửi ảnh danh sách"))
    assert sent["file"]["name"] == "giay-to-1.004222.png"
    assert sent["file"]["type"] == "image/png"
    assert "Đăng ký thường trú" in sent["text"]
    assert following["choices"]
    fetched = await guest.place.get(sent["file"]["url"])
    assert fetched.status == 200
    assert Image.open(io.BytesIO(fetched.body)).format == "PNG"


def _tap(message: dict[str, Any], label: str) -> str:
    return next(choice["tap"] for choice in message["choices"] if choice["label"] == label)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_pictures_are_read_from_both_databases(kind: str, tmp_path: Path) -> None:
    async with opened(tmp_path, kind=kind) as place:
        assert (await place.get(await _path(place))).status == 200

"""A served house with a pre-submission on an officer's desk, and browsers that keep their cookies."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import aiohttp
from PIL import Image, ImageDraw
from sqlalchemy import select

from bot.app import App
from services import links
from services.checks.access import open_link
from services.db.office import Procedure
from services.files.store import Store
from tests.checks.bench import CODE, PAPERS, Bench
from tests.web.place import Answer, Place


def paper(title: str, size: tuple[int, int] = (900, 1200)) -> bytes:
    """A photo of a paper, as a JPEG."""
    picture = Image.new("RGB", size, "#f3efe6")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((40, 40, size[0] - 40, size[1] - 40), outline="#444444", width=4)
    for line in range(10):
        pen.text((90, 120 + line * 90), f"{title.encode('ascii', 'ignore').decode()} {line}", "#222222", font_size=34)
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def pdf(pages: int = 2) -> bytes:
    """A scan as a PDF."""
    drawn = [Image.new("RGB", (300, 420), "#ffffff") for _ in range(pages)]
    out = io.BytesIO()
    drawn[0].save(out, "PDF", save_all=True, append_images=drawn[1:])
    return out.getvalue()


def desk(app: App, *codes: str, channel: str = "phone") -> Bench:
    """The office of `app`, with pre-submissions that lie on the officer's desk; their files are in the store."""
    bench = Bench.at(app.db, app.clock.now(), channel)
    version = bench.do(lambda s: s.scalar(select(Procedure.version_id).where(Procedure.code == "1.001193"))) or 0
    for code in codes or (CODE,):
        bench.on_desk(code, version=version, put=lambda n, page: stored(app.store, n))
    return bench


def stored(store: Store, n: int) -> tuple[str, str, bytes]:
    """A file in the store: a PDF for paper 4, a picture for the others."""
    content = pdf() if n == 4 else paper(PAPERS[n - 1][0])
    return store.put(content), "application/pdf" if n == 4 else "image/jpeg", content


def review_link(bench: Bench, who: str = "officer", code: str = CODE) -> str:
    """The path of a new link to the review page."""
    member = bench.member(who)
    token = bench.do(lambda s: open_link(s, bench.keys, member, code, bench.now))
    assert isinstance(token, str)
    return f"/review/{token}"


def upload_link(bench: Bench, conversation: int, subject: str) -> str:
    """The path of a new link to the upload page."""
    token = bench.do(lambda s: links.make(s, bench.keys, "upload", subject, bench.now, conversation_id=conversation))
    return f"/upload/{token}"


@dataclass
class Browser:
    """One browser at a place."""

    place: Place
    http: aiohttp.ClientSession
    path: str = ""
    answer: Answer | None = None

    async def get(self, path: str) -> Answer:
        """Follow a link, with redirects."""
        return await self._do("GET", path)

    async def post(self, path: str, **more: Any) -> Answer:
        """Send a form, and follow where it leads."""
        return await self._do("POST", path, **more)

    async def opens(self, path: str) -> Answer:
        """Open a one-time link and press its button."""
        assert (await self.get(path)).status == 200
        return await self.post(path)

    async def presses(self, what: str, **fields: str) -> Answer:
        """Press a button of the page that is open, with the page's own mark."""
        return await self.post(self.path, data={"mark": self.mark(), "do": what, **fields})

    def mark(self) -> str:
        """The mark of the page that is open."""
        assert self.answer is not None
        found = re.search(r'name="mark" value="([0-9a-f]{40})"', self.answer.body.decode())
        return found[1] if found else ""

    async def _do(self, method: str, path: str, **more: Any) -> Answer:
        async with self.http.request(method, self.place.url + path, **more) as response:
            said = Answer(response.status, await response.read(), response.headers)
            if response.content_type == "text/html" and response.status in (200, 400, 409):
                self.path, self.answer = response.url.path, said
            return said


def shown(answer: Answer) -> str:
    """A page's words."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.body.decode())).split())


@asynccontextmanager
async def browser(place: Place) -> AsyncIterator[Browser]:
    """A new browser; its cookies are those of 127.0.0.1."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Browser(place, http)

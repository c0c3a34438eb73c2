"""Pictures over HTTP: `GET /pictures/<key>`, open to everybody, for they hold nothing about a person; except contact
sheets, which are found only by a random name of 160 bits.

Platforms fetch a picture more than once, and ask for its head first, from a few addresses of theirs for all people.
What was drawn lately is therefore given without counting; only new drawings are bounded, per address and in all.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from aiohttp import web

from bot.pictures import PATH, SHEET, Draft, Pictures
from bot.threads import Threads
from bot.web.errors import refuse
from services.clock import Clock, ms

MOST_WAITING = 40
"""With so many drawings under way no further one is begun for the web."""
PER_MINUTE = 120
"""New drawings for one address in a minute."""
_MINUTE_MS = 60_000
_ADDRESSES = 10_000
_CACHE = "public, max-age=86400, stale-while-revalidate=604800"


class PictureRoutes:
    """The routes under /pictures. With `trust_proxy` the nearest proxy tells who asks."""

    def __init__(
        self, pictures: Pictures, threads: Threads, clock: Clock, *, trust_proxy: bool = False,
        per_minute: int = PER_MINUTE, most_waiting: int = MOST_WAITING,
    ) -> None:  # fmt: skip
        self._pictures, self._threads, self._clock, self._trust_proxy = pictures, threads, clock, trust_proxy
        self._per_minute, self._most_waiting = per_minute, most_waiting
        self._turn, self._waiting = asyncio.Lock(), 0
        self._drawn: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """The routes to add; each answers HEAD too."""
        return [web.get(PATH + "{key:.+}", self.one)]

    async def one(self, request: web.Request) -> web.Response:
        """One picture."""
        key = request.match_info["key"]
        if SHEET.fullmatch(key):
            return await self._sheet(key)
        draft = await self._threads.aside(lambda: self._pictures.draft(key))
        if draft is None:
            return refuse(404, "unknown-picture")
        headers = {
            "ETag": f'"{draft.mark}"',
            "Cache-Control": _CACHE,
            "Content-Disposition": f'inline; filename="{draft.name}"',
        }
        if any(draft.mark == known.value for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        data = self._pictures.kept(draft)
        if data is None:
            if self._waiting >= self._most_waiting:
                return self._later(503, "busy", 2)
            if not self._may_draw(request):
                return self._later(429, "too-many-pictures", 60)
            data = await self._draw(draft)
        return web.Response(body=data, content_type="image/png", headers=headers)

    async def _sheet(self, key: str) -> web.Response:
        """A contact sheet: whoever has its name was given it, and nobody on the way keeps it."""
        try:
            data = await self._threads.aside(lambda: self._pictures.sheet(key))
        except LookupError:
            return refuse(404, "unknown-picture")
        kind = "image/jpeg" if data.startswith(b"\xff\xd8") else "image/png"
        return web.Response(body=data, content_type=kind, headers={"Cache-Control": "no-store"})

    async def _draw(self, draft: Draft) -> bytes:
        """One drawing after the other: the other threads for reading stay free."""
        self._waiting += 1
        try:
            async with self._turn:
                return await self._threads.aside(lambda: self._pictures.drawn(draft))
        finally:
            self._waiting -= 1

    def _may_draw(self, request: web.Request) -> bool:
        """Whether a new drawing may be made for this address in this minute; counts it if so."""
        address = request.remote or ""
        if self._trust_proxy:
            address = ",".join(request.headers.getall("X-Forwarded-For", [address])).split(",")[-1].strip()
        minute = ms(self._clock.now()) // _MINUTE_MS
        since, count = self._drawn.pop(address, (minute, 0))
        count = count if since == minute else 0
        self._drawn[address] = (minute, min(count + 1, self._per_minute))
        if len(self._drawn) > _ADDRESSES:
            self._drawn.popitem(last=False)
        return count < self._per_minute

    def _later(self, status: int, key: str, seconds: int) -> web.Response:
        refused = refuse(status, key)
        refused.headers["Retry-After"] = str(seconds)
        return refused

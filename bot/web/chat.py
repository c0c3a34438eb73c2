"""The chat page's JSON: sessions, messages, and a stream of what is said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import BodyPartReader, web

from bot.channels.web import WebChannel
from bot.journal import Journal, Unreachable
from bot.port import Page
from bot.texts import Texts
from bot.wake import Wake
from bot.web.errors import refuse
from bot.web.sessions import Sessions
from services.clock import Clock, ms
from services.db.machine import WebMessage

HEARTBEAT_S = 15.0
LONGEST_TEXT = 100_000
LARGEST_FILE = 20 << 20
_STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}

Keep = Callable[[str, str, bytes], Awaitable[dict[str, Any] | None]]
"""Keeps a file a person sent: (session, name, bytes) -> what the update says of it; None where no files are taken."""


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    text: str | None = None
    tap: str | None = None


class Chat:
    """The routes under /chat."""

    def __init__(
        self, sessions: Sessions, channel: WebChannel, journal: Journal, wake: Wake, texts: Texts, clock: Clock,
        *, trust_proxy: bool = False, keep: Keep | None = None,
    ) -> None:  # fmt: skip
        self._sessions, self._channel, self._journal, self._wake = sessions, channel, journal, wake
        self._texts, self._clock, self._trust_proxy, self._keep = texts, clock, trust_proxy, keep
        self._streams: dict[str, set[asyncio.Event]] = {}
        self._closing = False

    def routes(self) -> list[web.RouteDef]:
        """The routes to add."""
        return [
            web.post("/chat/sessions", self.open),
            web.post("/chat/messages", self.say),
            web.get("/chat/messages", self.fetch),
            web.get("/chat/stream", self.stream, allow_head=False),
            web.post("/chat/end", self.end),
            web.get("/chat/strings", self.strings),
        ]

    # -- routes --------------------------------------------------------------------------------------------------

    async def open(self, request: web.Request) -> web.Response:
        """A new session."""
        address = request.remote or ""
        if self._trust_proxy:
            address = request.headers.get("X-Forwarded-For", address).split(",")[-1].strip()
        if not self._sessions.may_open(address):
            return refuse(429, "too-many-sessions")
        session, token = await self._sessions.open()
        return web.json_response({"session": session, "token": token}, status=201)

    async def say(self, request: web.Request) -> web.Response:
        """A message, a tap or a file from the page."""
        session = await self._session(request)
        if session is None:
            return refuse(401, "no-session")
        raw = (
            await self._file(request, session)
            if request.content_type == "multipart/form-data"
            else await self._words(request)
        )
        if isinstance(raw, web.Response):
            return raw
        raw |= {"session": session, "at": ms(self._clock.now())}
        try:
            body = msgspec.json.encode(raw)
            await self._journal.add("web", self._channel.account, self._channel.envelope(raw), body, may_spool=True)
        except Unreachable:
            return refuse(503, "try-again")
        return web.json_response({}, status=202)

    async def fetch(self, request: web.Request) -> web.Response:
        """What was said behind number `after`; what lies before it counts as delivered."""
        session = await self._session(request)
        if session is None:
            return refuse(401, "no-session")
        after = _number(request.query.get("after", "0"))
        if after is None:
            return refuse(400, "bad-number")
        if after:
            await self._sessions.fetched(session, after)
        found = await self._sessions.messages(session, after)
        return web.json_response(
            {"messages": [_shown(message) for message in found]}, headers={"Cache-Control": "no-store"}
        )

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events with the same objects; a comment every 15 seconds keeps the line open."""
        session = await self._session(request)
        if session is None:
            return refuse(401, "no-session")
        after = _number(request.query.get("after") or request.headers.get("Last-Event-ID") or "0")
        if after is None:
            return refuse(400, "bad-number")
        response = web.StreamResponse(headers=_STREAM_HEADERS)
        await response.prepare(request)
        news = asyncio.Event()
        self._streams.setdefault(session, set()).add(news)
        try:
            await response.write(b": open\n\n")
            while not self._closing:
                news.clear()
                found = await self._sessions.messages(session, after)
                for message in found:
                    data = msgspec.json.encode(_shown(message)).decode()
                    await response.write(f"id: {message.n}\ndata: {data}\n\n".encode())
                    after = message.n
                if found:
                    await self._sessions.fetched(session, after)
                    continue
                try:
                    await asyncio.wait_for(news.wait(), HEARTBEAT_S)
                except TimeoutError:
                    await response.write(b": still here\n\n")
        except (ConnectionResetError, asyncio.CancelledError):
            pass  # the page went away; what it did not read it fetches when it is back
        finally:
            self._streams[session].discard(news)
            if not self._streams[session]:
                del self._streams[session]
        return response

    async def end(self, request: web.Request) -> web.Response:
        """End the session; what was said to it is forgotten."""
        session = await self._session(request)
        if session is None:
            return refuse(401, "no-session")
        await self._sessions.end(session)
        return web.json_response({})

    async def strings(self, request: web.Request) -> web.Response:
        """The page's own texts."""
        locale = request.query.get("locale", "vi")
        return web.json_response({key: self._texts.text(key, locale) for key in self._texts.keys("page-")})

    # -- streams -------------------------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Pass hints on to the open streams until `stop`, then let them end."""
        while not stop.is_set():
            await self._wake.streams.wait(1.0)
            for session in self._wake.streams.take(100_000):
                for news in self._streams.get(session, ()):
                    news.set()
        self.close()

    def close(self) -> None:
        """End all streams; the pages reconnect by themselves."""
        self._closing = True
        for streams in self._streams.values():
            for news in streams:
                news.set()

    # -- reading -------------------------------------------------------------------------------------------------

    async def _session(self, request: web.Request) -> str | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return await self._sessions.whose(token.strip()) if scheme.lower() == "bearer" and token else None

    async def _words(self, request: web.Request) -> dict[str, Any] | web.Response:
        try:
            said = msgspec.json.decode(await request.read(), type=_Said)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return refuse(400, "bad-message")
        if not 0 < len(said.id) <= 100 or (said.text is None) == (said.tap is None):
            return refuse(400, "bad-message")
        if said.tap is not None:
            return {"kind": "tap", "id": said.id, "tap": said.tap[:100]}
        return {"kind": "text", "id": said.id, "text": (said.text or "")[:LONGEST_TEXT]}

    async def _file(self, request: web.Request, session: str) -> dict[str, Any] | web.Response:
        name, content, client_id = "", b"", ""
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                return refuse(400, "bad-message")
            if part.name == "id":
                client_id = (await part.text())[:100]
            elif part.name == "file":
                name = (part.filename or "")[:200]
                while chunk := await part.read_chunk(1 << 16):
                    content += chunk
                    if len(content) > LARGEST_FILE:
                        return refuse(413, "file-too-large")
        if not client_id:
            return refuse(400, "bad-message")
        kept = await self._keep(session, name, content) if self._keep else None
        return {"kind": "file", "id": client_id, "name": name, **(kept or {})}


def _shown(message: WebMessage) -> dict[str, Any]:
    page = Page.load(message.page)
    shown: dict[str, Any] = {
        "n": message.n,
        "text": page.text,
        "choices": [{"tap": token, "label": label} for token, label in page.choices],
    }
    if page.file:
        shown["file"] = dict(page.file)
    return shown


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 12 else None

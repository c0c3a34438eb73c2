"""The chat page's JSON: sessions, messages, and a stream of what is said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from bot.channels.web import WebChannel
from bot.journal import Journal, Unreachable
from bot.texts import Texts
from bot.wake import Wake
from bot.web.bodies import BadBody, TooLarge, read_form, read_whole
from bot.web.errors import refuse
from bot.web.sessions import Sessions
from bot.web.streams import HEARTBEAT_S, Streams, shown
from services.clock import Clock, ms

LONGEST_TEXT = 100_000
LARGEST_JSON = 2 << 20
"""The longest text of emoji, each written as two escapes of six characters, and some room."""
LARGEST_FILE = 20 << 20
_LONGEST_ID = 100
_LONGEST_NAME = 200
_LAST = (1 << 31) - 1
Keep = Callable[[str, str, bytes], Awaitable[dict[str, Any] | None]]
"""Keeps a file a person sent: (session, name, bytes) -> what the update says of it; None where no files are taken."""

OfficeName = Callable[[], Awaitable[str]]
"""Whose page this is; "" before an office was imported."""


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    text: str | None = None
    tap: str | None = None


class Chat:
    """The routes under /chat. A stream that has nothing to say writes a comment every `heartbeat` seconds."""

    def __init__(
        self, sessions: Sessions, channel: WebChannel, journal: Journal, wake: Wake, texts: Texts, clock: Clock,
        *, office_name: OfficeName, trust_proxy: bool = False, keep: Keep | None = None,
        heartbeat: float = HEARTBEAT_S,
    ) -> None:  # fmt: skip
        self._sessions, self._channel, self._journal = sessions, channel, journal
        self._texts, self._clock, self._trust_proxy, self._keep = texts, clock, trust_proxy, keep
        self._office_name = office_name
        self._streams = Streams(sessions, wake, heartbeat)

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
            # Only the last address was written by our proxy, be it in the same header or in one of its own.
            address = ",".join(request.headers.getall("X-Forwarded-For", [address])).split(",")[-1].strip()
        if not self._sessions.may_open(address):
            return refuse(429, "too-many-sessions")
        session, token = await self._sessions.open(address)
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
            {"messages": [shown(message) for message in found]}, headers={"Cache-Control": "no-store"}
        )

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events with the same objects; a comment every 15 seconds keeps the line open."""
        session = await self._session(request)
        if session is None:
            return refuse(401, "no-session")
        after = _number(request.query.get("after") or request.headers.get("Last-Event-ID") or "0")
        if after is None:
            return refuse(400, "bad-number")
        return await self._streams.pour(request, session, after)

    async def end(self, request: web.Request) -> web.Response:
        """End the session; what was said to it is forgotten."""
        session = await self._session(request)
        if session is None:
            return refuse(401, "no-session")
        await self._sessions.end(session)
        self._streams.end(session)
        return web.json_response({})

    async def strings(self, request: web.Request) -> web.Response:
        """The page's own texts."""
        locale = request.query.get("locale", "vi")
        texts = {key: self._texts.text(key, locale) for key in self._texts.keys("page-")}
        if name := await self._office_name():
            texts["page-office"] = name
        return web.json_response(texts)

    async def run(self, stop: asyncio.Event) -> None:
        """Pass hints on to the open streams until `stop`, then let them end."""
        await self._streams.run(stop)

    @property
    def listening(self) -> int:
        """How many streams are open."""
        return self._streams.listening

    def close(self) -> None:
        """End all streams; the pages reconnect by themselves."""
        self._streams.close()

    # -- reading -------------------------------------------------------------------------------------------------

    async def _session(self, request: web.Request) -> str | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return await self._sessions.whose(token.strip()) if scheme.lower() == "bearer" and token else None

    async def _words(self, request: web.Request) -> dict[str, Any] | web.Response:
        try:
            said = msgspec.json.decode(await read_whole(request, LARGEST_JSON), type=_Said)
        except TooLarge:
            return refuse(413, "too-large", hang_up=True)
        except BadBody:
            return refuse(400, "bad-message", hang_up=True)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return refuse(400, "bad-message")
        if not 0 < len(said.id) <= _LONGEST_ID or (said.text is None) == (said.tap is None):
            return refuse(400, "bad-message")
        if said.tap is not None:
            return {"kind": "tap", "id": said.id, "tap": said.tap[:100]}
        return {"kind": "text", "id": said.id, "text": (said.text or "")[:LONGEST_TEXT]}

    async def _file(self, request: web.Request, session: str) -> dict[str, Any] | web.Response:
        try:
            form = await read_form(request, LARGEST_FILE)
        except TooLarge:
            return refuse(413, "file-too-large", hang_up=True)
        except BadBody:
            return refuse(400, "bad-message", hang_up=True)
        if len(form.id) > _LONGEST_ID:
            return refuse(400, "bad-message")
        name = form.name[:_LONGEST_NAME]
        kept = await self._keep(session, name, form.content) if self._keep else None
        return {"kind": "file", "id": form.id, "name": name, **(kept or {})}


def _number(text: str) -> int | None:
    """A message number; one that no message will ever have stands for the last there can be."""
    return min(int(text), _LAST) if text.isdecimal() and text.isascii() and len(text) < 12 else None

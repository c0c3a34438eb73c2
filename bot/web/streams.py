"""The chat page's open lines: what is said to a session goes out at once, as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.pictures import picture_path
from bot.port import Page
from bot.wake import Wake
from bot.web.sessions import Sessions
from services.db.machine import WebMessage

HEARTBEAT_S = 15.0
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


def shown(message: WebMessage) -> dict[str, Any]:
    """A message as the page reads it."""
    page = Page.load(message.page)
    said: dict[str, Any] = {
        "n": message.n,
        "at": datetime.fromtimestamp(message.at_ms / 1000, UTC).isoformat(),
        "text": page.text,
        "choices": [{"tap": token, "label": label} for token, label in page.choices],
    }
    if page.file:
        said["file"] = _file(page.file)
    return said


def _file(file: Mapping[str, str]) -> dict[str, str]:
    """A file as the page reads it, with the address to fetch it from."""
    url = picture_path(file.get("key", ""))
    return {"name": file.get("name", ""), "type": file.get("media", ""), **({"url": url} if url else {})}


class _Line:
    """One open line: `news` wakes it, and `ended` tells it that its session is over."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.ended = False


class Streams:
    """All open lines of this process. One with nothing to say writes a comment every `heartbeat` seconds."""

    def __init__(self, sessions: Sessions, wake: Wake, heartbeat: float = HEARTBEAT_S) -> None:
        self._sessions, self._wake, self._heartbeat = sessions, wake, heartbeat
        self._lines: dict[str, set[_Line]] = {}
        self._closing = False

    @property
    def listening(self) -> int:
        """How many lines are open."""
        return sum(len(lines) for lines in self._lines.values())

    async def pour(self, request: web.Request, session: str, after: int) -> web.StreamResponse:
        """Answer `request` with what is said to `session` behind number `after`, until one side ends it."""
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        line = _Line()
        self._lines.setdefault(session, set()).add(line)
        try:
            await response.write(b": open\n\n")
            await self._write(response, line, session, after)
        except (ConnectionResetError, SQLAlchemyError, asyncio.CancelledError):
            pass  # the page or the database went away; what the page did not read it fetches when both are back
        finally:
            self._lines[session].discard(line)
            if not self._lines[session]:
                del self._lines[session]
        return response

    async def _write(self, response: web.StreamResponse, line: _Line, session: str, after: int) -> None:
        while not self._closing and not line.ended:
            line.news.clear()
            found = await self._sessions.messages(session, after)
            for message in found:
                data = msgspec.json.encode(shown(message)).decode()
                await response.write(f"id: {message.n}\ndata: {data}\n\n".encode())
                after = message.n
            if found:
                await self._sessions.fetched(session, after)
                continue
            try:
                await asyncio.wait_for(line.news.wait(), self._heartbeat)
            except TimeoutError:
                await response.write(b": still here\n\n")

    async def run(self, stop: asyncio.Event) -> None:
        """Pass hints on to the open lines until `stop`, then let them end."""
        while not stop.is_set():
            await self._wake.streams.wait(1.0)
            for session in self._wake.streams.take(100_000):
                for line in self._lines.get(session, ()):
                    line.news.set()
        self.close()

    def end(self, session: str) -> None:
        """The session is over, and its lines with it."""
        for line in self._lines.get(session, ()):
            line.ended = True
            line.news.set()

    def close(self) -> None:
        """End all lines; the pages reconnect by themselves."""
        self._closing = True
        for lines in self._lines.values():
            for line in lines:
                line.news.set()

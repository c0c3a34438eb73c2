"""A person at the chat page: a session, what she sends, what she reads, and the stream she listens to."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from tests.kit.patience import PATIENCE
from tests.web.place import Answer, Place


@dataclass
class Guest:
    """One session at `place`."""

    place: Place
    session: str
    token: str
    _number: int = 0

    @classmethod
    async def comes(cls, place: Place) -> Guest:
        """Open a session."""
        answer = await place.post("/chat/sessions", json={})
        assert answer.status == 201
        assert set(answer.json) == {"session", "token"}
        return cls(place, **answer.json)

    @property
    def headers(self) -> dict[str, str]:
        """What lets her in."""
        return {"Authorization": f"Bearer {self.token}"}

    async def sends(self, body: Any) -> Answer:
        """POST a message as it is."""
        written = io.BytesIO(json.dumps(body).encode())  # with every letter escaped, as many clients write it
        return await self.place.post("/chat/messages", data=written, headers=self.headers)

    async def says(self, text: str) -> list[dict[str, Any]]:
        """Type a message; what is answered to it."""
        return await self._does({"text": text})

    async def taps(self, tap: str) -> list[dict[str, Any]]:
        """Press a choice; what is answered to it."""
        return await self._does({"tap": tap})

    async def _does(self, what: dict[str, str]) -> list[dict[str, Any]]:
        before = await self.reads()
        self._number += 1
        answer = await self.sends({"id": f"own-{self._number}", **what})
        assert (answer.status, answer.body) == (202, b"{}")
        self.place.clock.tick(seconds=1)
        await self.place.house.settles()
        return await self.reads(before[-1]["n"] if before else 0)

    async def reads(self, after: int = 0) -> list[dict[str, Any]]:
        """Fetch what was said behind number `after`."""
        answer = await self.place.get(f"/chat/messages?after={after}", headers=self.headers)
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        messages: list[dict[str, Any]] = answer.json["messages"]
        return messages

    @asynccontextmanager
    async def listens(self, after: int | None = None, **headers: str) -> AsyncIterator[Stream]:
        """Open the stream."""
        path = "/chat/stream" if after is None else f"/chat/stream?after={after}"
        async with self.place.http.get(self.place.url + path, headers=self.headers | headers) as response:
            yield Stream(response)


@dataclass
class Stream:
    """Server-sent events as the page reads them."""

    response: aiohttp.ClientResponse

    async def event(self) -> list[str]:
        """The lines of the next event or comment; [] at the end."""
        lines: list[str] = []
        while line := await asyncio.wait_for(self.response.content.readline(), PATIENCE):
            if line == b"\n":
                return lines
            lines.append(line.decode().rstrip("\n"))
        return lines

    async def message(self) -> dict[str, Any]:
        """The next message, past comments; its `id:` is its number."""
        while (lines := await self.event())[0].startswith(":"):
            pass
        number, data = lines
        message: dict[str, Any] = msgspec.json.decode(data.removeprefix("data: "))
        assert number == f"id: {message['n']}"
        return message

"""The real web application on a port of this machine, with a client for it and a channel whose platform calls us."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.port import Channel
from services.db.machine import Inbox
from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.patience import PATIENCE
from tests.kit.phone import Phone

T = TypeVar("T")

SECRET = "a-secret-of-this-hook"
SIGNED = {"X-Secret": SECRET}


@dataclass
class Called(Phone):
    """A phone whose platform calls us, with a secret in a header."""

    def verify_hook(self, headers: Mapping[str, str], body: bytes) -> bool:
        """A constant-time comparison, as a real channel makes it."""
        return hmac.compare_digest(headers.get("X-Secret", "").encode(errors="replace"), SECRET.encode())


def hooks(clock: FakeClock) -> dict[tuple[str, str], Channel]:
    """A platform that sends an update again after 503 (`again`), with a second account, and one that never does."""
    made = (
        Called("telegram", clock, name="again", retries_hooks=True),
        Called("telegram", clock, name="again", account="second", retries_hooks=True),
        Called("zalo-bot", clock, name="once"),
    )
    return {(channel.name, channel.account): channel for channel in made}


@dataclass
class Place:
    """A house with its web application served at `url`."""

    house: House
    clock: FakeClock
    url: str
    http: aiohttp.ClientSession

    async def get(self, path: str, **more: Any) -> Answer:
        """GET `path`."""
        return await self.ask("GET", path, **more)

    async def post(self, path: str, **more: Any) -> Answer:
        """POST to `path`."""
        return await self.ask("POST", path, **more)

    async def ask(self, method: str, path: str, **more: Any) -> Answer:
        """One request, read to its end."""
        async with self.http.request(method, self.url + path, **more) as response:
            return Answer(response.status, await response.read(), response.headers)

    async def raw(self, request: bytes) -> bytes:
        """Write bytes to the server as they are; the answer's first line."""
        port = int(self.url.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            return (await asyncio.wait_for(reader.readline(), PATIENCE)).strip()
        finally:
            writer.close()

    async def read(self, work: Any) -> Any:
        """Read from the house's database."""
        return await self.house.app.threads.read(work)

    async def inbox(self) -> list[Inbox]:
        """Everything that was journalled, in order."""
        return await self.read(lambda session: _rows(session))


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return msgspec.json.decode(self.body)

    @property
    def error(self) -> str:
        """The key of a refusal."""
        refusal = self.json
        assert set(refusal) == {"error", "detail"}
        assert refusal["detail"]
        return str(refusal["error"])


def _rows(session: Session) -> list[Inbox]:
    return list(session.scalars(select(Inbox).order_by(Inbox.id)))


@asynccontextmanager
async def opened(folder: Path, *, kind: str = "sqlite", url: str = "", **more: Any) -> AsyncIterator[Place]:
    """A house over a new filled database (or the one at `url`), served."""
    clock = FakeClock()
    house = await House.open(url or new_database(kind, folder), folder, hooks(clock), clock, **more)
    try:
        async with served(house.app.site()) as address, aiohttp.ClientSession() as http:
            yield Place(house, clock, address, http)
    finally:
        await house.close()


@asynccontextmanager
async def served(site: web.Application) -> AsyncIterator[str]:
    """`site` on a free port of this machine; its address."""
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()

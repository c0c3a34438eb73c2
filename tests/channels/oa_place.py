"""An Official Account for tests: the twin, a database, and processes that share both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.channels.zalo_oa import ZaloOAChannel
from bot.channels.zalo_oa_templates import Param, Template
from bot.port import Inbound, Page, SendFailed
from bot.threads import Threads
from services.db.credentials import ChannelToken, ChannelTokenEvent
from services.db.session import Database
from tests.kit import postgres
from tests.kit.clock import FakeClock
from tests.kit.databases import new_database
from tests.kit.house import KEY
from tests.twins import ZaloOATwin
from tests.twins.zalo_oa import OAUTH

T = TypeVar("T")

Json = dict[str, Any]

USER = "246845883529197922"
PDF, JPG = b"%PDF-1.7 a paper", b"\xff\xd8\xff\xe0 a picture"
FILES = {"paper": PDF, "picture": JPG, "large": b"x" * ((1 << 20) + 1)}
TEMPLATES = {"ready": Template("11", {"code": Param(30)}), "rate": Template("12", {"code": Param(30)})}
OTHER_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="


class Unsteady(Threads):
    """Threads over a database that can go away: of the writes to come, the first `pass_on` happen, the rest fail."""

    pass_on: int | None = None

    async def write(self, work: Callable[[Session], T]) -> T:
        """One write, or an error as the driver raises it."""
        if self.pass_on is not None:
            if self.pass_on <= 0:
                raise OperationalError("away", None, Exception("away"))
            self.pass_on -= 1
        return await super().write(work)


@dataclass
class Place:
    """The twin and the database at `url`. `process()` is a channel with connections of its own."""

    twin: ZaloOATwin
    clock: FakeClock
    url: str
    seed: str
    databases: list[Database] = field(default_factory=list)
    channels: list[ZaloOAChannel] = field(default_factory=list)

    def process(self, **more: Any) -> ZaloOAChannel:
        """One process's channel over the twin; stopped with the place."""
        threads = more.pop("threads", None) or self.threads()
        options: dict[str, Any] = {
            "data_key": SecretStr(KEY),
            "secret_key": SecretStr(self.twin.oa_secret),
            "refresh_token": SecretStr(self.seed),
            "api_url": self.twin.url,
            "oauth_url": self.twin.url,
            "zbs_url": self.twin.url,
            "send_seconds": 2.0,
            "jitter": lambda: 0.0,
            "closing": threads.close,
            **more,
        }
        channel = ZaloOAChannel(
            "default", self.twin.app_id, SecretStr(self.twin.app_secret), threads=threads, clock=self.clock, **options
        )
        self.channels.append(channel)
        return channel

    def threads(self, kind: type[Threads] = Threads) -> Threads:
        """Connections of a process's own."""
        self.databases.append(Database(self.url))
        return kind(self.databases[-1])

    def row(self) -> ChannelToken:
        """The pair in the database."""
        with Session(self.databases[0].reading) as session:
            return session.scalars(select(ChannelToken)).one()

    def change(self, **values: Any) -> None:
        """Change the row of the pair, as nobody else does."""
        with Session(self.databases[0].engine) as session, session.begin():
            for name, value in values.items():
                setattr(session.scalars(select(ChannelToken)).one(), name, value)

    def events(self) -> list[str]:
        """What was written down of the exchanges, in order: kinds, with reasons where there are any."""
        with Session(self.databases[0].reading) as session:
            rows = session.scalars(select(ChannelTokenEvent).order_by(ChannelTokenEvent.id)).all()
            return [":".join(filter(None, (row.kind, row.reason))) for row in rows]

    def spent(self) -> int:
        """How many calls of the token endpoint Zalo saw."""
        return len(self.twin.calls_of(OAUTH))


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncIterator[Place]:
    """A place over a new migrated database of `kind`, with one follower."""
    url = new_database(kind, folder)
    clock = FakeClock()
    async with ZaloOATwin(now=lambda: clock.now().timestamp()) as twin:
        twin.person(USER)
        place = Place(twin, clock, url, twin.grant()[1])
        try:
            yield place
        finally:
            for channel in place.channels:
                await channel.stop()
            for db in place.databases:
                db.close()
            if kind == "postgresql":
                postgres.drop_database(url)


async def started(place: Place, **more: Any) -> ZaloOAChannel:
    """A started process's channel with a few files to send."""
    channel = place.process(**{"files": FILES.__getitem__, **more})
    await channel.start()
    return channel


async def heard(place: Place, event: Json) -> Inbound | None:
    """What a channel makes of an event, on which envelope and meaning must agree about the chat."""
    channel = place.channels[0] if place.channels else place.process()
    inbound = await channel.hear(event)
    envelope = channel.envelope(event)
    assert envelope.event_id
    if inbound is not None:
        assert inbound.chat == envelope.chat
    return inbound


async def fails(channel: ZaloOAChannel, kind: str, reason: str) -> SendFailed:
    """A message fails as it should; the failure."""
    with pytest.raises(SendFailed) as caught:
        await channel.send(USER, Page("Xin chào"))
    assert (caught.value.kind, caught.value.reason) == (kind, reason)
    assert caught.value.__cause__ is None
    return caught.value

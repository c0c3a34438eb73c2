"""A dossier whose changes break whatever takes them waits by itself; all others go on, and the operator is told."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.notify import Notifier
from handlers import book
from services.db.dossiers import EventWork, OperatorNote
from services.db.following import Follow
from services.db.machine import Conversation
from services.db.notices import Notice
from services.keys import Keys
from tests.kit.clock import FakeClock
from tests.kit.house import KEY, House, new_database
from tests.kit.phone import Phone

POISON, GOOD = "H99.15-261120-0001", ("H99.15-261120-0002", "H99.15-261120-0003")


class Choking(Keys):
    """Keys that cannot seal the events of one dossier."""

    def seal(self, data: bytes) -> str:
        if POISON.encode() in data:
            raise RuntimeError("cannot be sealed")
        return super().seal(data)


@dataclass
class Place:
    """A house whose notifier chokes on one dossier, and somebody who follows all of them."""

    house: House
    notifier: Notifier
    phone: Phone

    def sql(self, statement: str) -> None:
        """Another program writes."""
        url = self.house.url
        if url.startswith("sqlite"):
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
                connection.execute(statement)
                connection.commit()
            return
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute(statement.encode())

    async def told(self) -> list[str]:
        """The codes that notices were queued for, in order."""
        read = self.house.app.threads.read
        return await read(lambda session: list(session.scalars(select(Notice.dossier_code).order_by(Notice.id))))

    async def notes(self) -> list[tuple[str, str]]:
        """The operator's notes: key and dossier."""
        rows = select(OperatorNote.key, OperatorNote.dossier_code)
        return await self.house.app.threads.read(lambda session: [(a, b) for a, b in session.execute(rows)])


@pytest.fixture(params=["sqlite", "postgresql"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    clock = FakeClock()
    phone = Phone("telegram", clock)
    channels: dict[Any, Any] = {("phone", "default"): phone}
    house = await House.open(new_database(request.param, tmp_path), tmp_path, channels, clock)
    app = house.app
    choking = Choking.read(KEY)
    notifier = Notifier(app.threads, clock, app.wake, app.channels, book.dialog(), app.texts, choking)
    made = Place(house, notifier, phone)
    for code in (POISON, *GOOD):
        made.sql(
            "INSERT INTO dossiers (code, procedure_code, agency_code, status)"
            f" VALUES ('{code}', '1.001193', 'H99.15', 2)"
        )

    def follow(session: Session) -> None:
        who = Conversation(channel="phone", account="default", chat="1", created_ms=0)
        session.add(who)
        session.flush()
        for code in (POISON, *GOOD):
            session.add(Follow(dossier_code=code, conversation_id=who.id, since=clock.now(), how="digits"))

    await app.threads.write(follow)
    yield made
    await house.close()


async def test_the_others_go_on_and_the_broken_one_waits_longer_each_time(place: Place) -> None:
    await place.notifier.step()
    assert await place.told() == list(GOOD)
    assert await place.notifier.step() == 0
    assert await place.notes() == []
    for seconds in (2, 6, 31, 301):
        assert await place.notes() == []
        place.house.clock.tick(seconds=seconds)
        await place.notifier.step()
    assert await place.notes() == [("work-put-by", POISON)]


async def test_what_is_put_by_keeps_its_order_and_goes_when_it_can(place: Place) -> None:
    for seconds in (0, 2, 6, 31, 301):
        place.house.clock.tick(seconds=seconds)
        await place.notifier.step()
    place.sql(f"UPDATE dossiers SET status = 4 WHERE code = '{POISON}'")
    place.sql(f"UPDATE dossiers SET status = 4 WHERE code = '{GOOD[0]}'")
    await place.notifier.step()
    assert await place.told() == [*GOOD, GOOD[0]]
    assert await place.notifier.step() == 0, "what came later waits for what came first"
    place.house.clock.tick(hours=1)
    await place.house.app.notifier.step()  # by a program that can seal it
    assert (await place.told())[3:] == [POISON, POISON]
    rows = await place.house.app.threads.read(lambda session: list(session.scalars(select(EventWork.id))))
    assert rows == []

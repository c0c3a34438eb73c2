"""Two phones of one person, on two platforms, over a whole house; and another program that writes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.machine import Conversation, Outbox
from services.db.notices import Notice
from services.dossiers import followers
from services.dossiers.followers import Wishes
from tests.kit.house import House
from tests.kit.phone import Phone

CODE = "H99.15-261120-0001"


@dataclass
class Two:
    """Two phones of one person, on two platforms."""

    house: House
    first: Phone
    second: Phone

    async def sql(self, statement: str) -> None:
        """Another program writes."""
        if self.house.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.house.url.removeprefix("sqlite:///"))) as connection:
                connection.execute(statement)
                connection.commit()
            return
        with psycopg.connect(self.house.url.replace("+psycopg", "")) as connection:
            connection.execute(statement.encode())

    async def says(self, phone: Phone, text: str) -> None:
        """The person types."""
        self.house.clock.tick(seconds=3)
        at = int(self.house.clock.now().timestamp() * 1000)
        await self.house.hears(phone, f"chat-{phone.name}", kind="text", text=text, at=at)
        await self.house.settles()

    async def follows(self, phone: Phone) -> None:
        """The person proves to be the owner on this phone."""
        await self.says(phone, CODE)
        await self.says(phone, "1")
        await self.says(phone, "5678")

    def news(self, phone: Phone) -> list[str]:
        """The first lines of the notices that reached this phone."""
        lines = [page.text.split("\n")[0] for _, page in phone.pages]
        return [line for line in lines if (line.startswith("Hồ sơ") and ":" not in line) or line.startswith("Xin đính")]

    async def rows(self, table: type[Any]) -> list[Any]:
        """All rows of a table."""
        return await self.house.app.threads.read(lambda session: list(session.scalars(select(table))))

    async def status(self, number: int, note: str | None = None, code: str = CODE) -> None:
        """The dossier changes, and everything that follows happens."""
        said = f", status_note = '{note}'" if note is not None else ""
        await self.sql(f"UPDATE dossiers SET status = {number}{said} WHERE code = '{code}'")
        await self.rests()

    async def rests(self) -> None:
        """Everything happens, and what the watch makes of it too."""
        for _ in range(3):
            await self.house.settles()

    async def dossier(self, code: str) -> None:
        """One more dossier of the same person."""
        await self.sql(
            "INSERT INTO dossiers (code, procedure_code, agency_code, status, applicant_phone, received_at) "
            f"VALUES ('{code}', '1.001193', 'H99.15', 2, '0912345678', '2026-11-20T01:30:00Z')"
        )
        await self.house.settles()

    async def linked(self) -> None:
        """She follows the dossier on the first phone, links the second, and goes on with the first."""
        await self.follows(self.first)
        await self.links()
        await self.says(self.first, "menu")

    async def links(self) -> None:
        """The first phone shows a code, the second one takes it."""
        await self.says(self.first, "liên kết")
        shown = next(page.text for _, page in reversed(self.first.pages) if "Mã liên kết" in page.text)
        await self.says(self.second, f"liên kết {shown.split()[3].rstrip('.')}")

    async def who(self, phone: Phone) -> int:
        """The number of a phone's conversation."""
        return next(row.id for row in await self.rows(Conversation) if row.channel == phone.name)

    async def wish(self, wanted: Wishes, phone: Phone | None = None) -> None:
        """She changed how she wants to be told, without the words for it."""
        number = await self.who(phone or self.first)
        await self.house.app.threads.write(lambda session: followers.wish(session, number, wanted))

    async def notices(self) -> list[tuple[str, str]]:
        """Kind and state of every notice, oldest first."""
        return [(row.kind, row.state) for row in sorted(await self.rows(Notice), key=lambda row: row.id)]

    async def outbox(self, *states: str) -> list[Outbox]:
        """The messages in these states."""

        def read(session: Session) -> list[Outbox]:
            return list(session.scalars(select(Outbox).where(Outbox.state.in_(states)).order_by(Outbox.id)))

        return await self.house.app.threads.read(read)

    async def silence(self) -> float:
        """What the metric says after a look."""
        await self.house.app.watch.step()
        line = next(
            one
            for one in self.house.app.metrics.text().decode().splitlines()
            if one.startswith("motcua_silence_total ") or one.startswith("silence_total ")
        )
        return float(line.split()[-1])

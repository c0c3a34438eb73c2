"""The platform away for minutes and for a day, in given time: what was written meanwhile is told after, once, in order.

The real machine (notifier, delivery, watch, the Telegram channel over real HTTP) with its shipped pace and a clock that
this moves on; only the minutes are not lived through. Every call meets the outage: pages of a proxy, or connections
that are cut before the platform looked at anything.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import func, select

from bench.databases import SQLITE, opened
from bench.followed import Change, fill, judge, rounds
from bench.programs import TOKEN, Failed
from bench.tables import NotMeasured, Table
from bench.writers import Sql
from bot.app import App
from bot.settings import Settings
from services.db.notices import Notice
from services.keys import Keys
from tests.kit.clock import FakeClock
from tests.twins.faults import Fault
from tests.twins.telegram import TelegramTwin

RETRY_S = 10.0
_FAULTS = {"pages of a proxy": Fault.bad_gateway, "connections cut": Fault.drop_before}
_BURSTS = 40
_LONGEST_S = 4 * 86_400


@dataclass(slots=True)
class Scene:
    """One machine in given time."""

    app: App
    clock: FakeClock
    twin: TelegramTwin
    other: Sql
    looked: float = 0.0
    longest: float = 1.0
    """The most given seconds that go by at once while there is nothing to send."""

    @property
    def now(self) -> float:
        """Given time, unix seconds."""
        return self.clock.now().timestamp()

    async def goes_on(self, until: float) -> None:
        """Let the machine work until that time."""
        while self.now < until:
            await self._works()

    async def rests(self) -> None:
        """Let it work until nobody has to be told anything. Raises Failed."""
        open_ones = select(func.count()).where(Notice.state == "open")
        ends = self.now + _LONGEST_S
        while await self.app.threads.read(lambda session: session.scalar(open_ones)):
            await self.goes_on(self.now + 2.0)
            if self.now > ends:
                raise Failed("somebody is never told")

    async def _works(self) -> None:
        (sender,) = (one for one in self.app.senders if one.channel.name == "telegram")
        sent = await sender.step()
        await sender.all_sent()
        if self.now - self.looked >= 1.0:
            self.looked = self.now
            while await self.app.notifier.step():
                sent += 1
            await self.app.watch.step()
        if not sent:
            self.clock.tick(seconds=max(0.001, min(1.0, sender.waits_ms / 1000) * self.longest))


def run(
    notices: int = 1000, seconds: Sequence[float] = (300, 600), kinds: Sequence[str] = (SQLITE,), people: int = 0
) -> Table:
    """Each outage of `seconds` in each way; `notices` changes of a tenth as many dossiers, or of `people`."""
    table = Table(
        f"platform away, {notices:,} notices, given time",
        ("outage", "notices", "lost", "out of order", "twice", "calls while away", "first after s", "all after s",
         "real s"),
    )  # fmt: skip
    for kind in kinds:
        for lasts in seconds:
            for way in _FAULTS:
                try:
                    asyncio.run(_one(table, kind, notices, people or max(10, notices // 10), lasts, way))
                except NotMeasured as missing:
                    table.notes.append(f"{kind}: not measured, {missing}")
    return table


async def _one(table: Table, kind: str, notices: int, people: int, lasts: float, way: str) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-away-")))
        url = stack.enter_context(opened(kind, folder))
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        fill(url, Keys.read(key), people)
        clock = FakeClock()
        async with TelegramTwin(fast=True, now=lambda: clock.now().timestamp()) as twin:
            app = App(
                Settings(
                    _env_file=None, database_url=url, state_dir=folder, data_key=SecretStr(key),
                    telegram_token=SecretStr(TOKEN), telegram_api_url=twin.url,
                ),
                clock=clock,
            )  # fmt: skip
            scene = Scene(app, clock, twin, Sql(url))
            try:
                await app.threads.write(app.register_accounts)
                await app.channels["telegram", "default"].start()
                written = list(rounds(people, notices))
                away, back = await _lives(scene, written, lasts, way)
                await scene.rests()
            finally:
                scene.other.close()
                await app.stop()
            _tell(table, scene, written, (f"{kind}, {lasts:,.0f} s, {way}", away, back), time.monotonic() - began)


async def _lives(scene: Scene, written: Sequence[Change], lasts: float, way: str) -> tuple[float, float]:
    """A tenth of the changes before the outage, most while it lasts, a tenth after; returns when it was."""
    tenth = len(written) // 10
    scene.other.write_all(written[:tenth])
    await scene.goes_on(scene.now + 3.0)  # some of them are under way
    away = scene.now
    scene.twin.next("*", _FAULTS[way](), None)
    middle = written[tenth:-tenth]
    scene.longest = max(1.0, lasts / 3000)  # a day is looked at every half minute
    for number in range(_BURSTS):
        scene.other.write_all(_part(middle, number))
        await scene.goes_on(away + lasts * (number + 1) / _BURSTS)
    scene.twin.clear_faults()
    back, scene.longest = scene.now, 1.0
    scene.other.write_all(written[-tenth:])
    return away, back


def _part(changes: Sequence[Change], number: int) -> Sequence[Change]:
    size = -(-len(changes) // _BURSTS)
    return changes[number * size : (number + 1) * size]


def _tell(
    table: Table, scene: Scene, written: Sequence[Change], outage: tuple[str, float, float], seconds: float
) -> None:
    name, away, back = outage
    arrived = judge(scene.twin.calls, written)
    during = sum(away <= call.at < back for call in scene.twin.calls)
    first = min((call.at for call in scene.twin.calls if call.at >= back), default=back) - back
    table.add(
        name, arrived.delivered, arrived.lost, arrived.out_of_order, f"{arrived.doubled} of {arrived.unanswered}",
        during, f"{first:.1f}", f"{arrived.last_at - back:.0f}", f"{seconds:.0f}",
    )  # fmt: skip
    table.goal(f"{name}: 0 lost, in order, none twice but where an answer never came",
               arrived.whole and arrived.doubled <= arrived.unanswered)  # fmt: skip
    table.goal(f"{name}: the first retry within {RETRY_S:.0f} s of the platform's return", first <= RETRY_S)

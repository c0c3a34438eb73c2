"""A thousand dossiers against a million with five million events: look-up, push and turn, side by side.

Rows are made inside PostgreSQL with the triggers asleep; then the real machine works on both databases in turns.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from bench.databases import POSTGRES, opened
from bench.followed import AGENCY, PROCEDURE, code_of
from bench.tables import NotMeasured, Table
from services.db.session import Database, reading
from services.dossiers import views
from tests.kit.clock import FakeClock
from tests.kit.house import House
from tests.kit.phone import Phone

GOAL = 1.2
EVENTS = 5
_CODE = f"'{AGENCY}-261101-' || lpad(n::text, 7, '0')"
_FILL = (
    "SET session_replication_role = replica",
    f"""INSERT INTO dossiers (code, procedure_code, agency_code, holder_code, status, received_at)
        SELECT {_CODE}, '{PROCEDURE}', '{AGENCY}', '{AGENCY}', 4, now() - interval '3 days'
        FROM generate_series(0, %(most)s) AS n""",
    f"""INSERT INTO dossier_ledger (code, code_key, seq, hash, status, procedure_code, agency_code, holder_code,
        received_at, extensions, supplements, is_instant)
        SELECT {_CODE}, {_CODE}, {EVENTS}, 'h', 4, '{PROCEDURE}', '{AGENCY}', '{AGENCY}',
        now() - interval '3 days', 0, 0, false FROM generate_series(0, %(most)s) AS n""",
    f"""INSERT INTO dossier_events (dossier_code, seq, kind, status, holder_code, received_at, procedure_code,
        agency_code, actor, at, recorded_at, hash)
        SELECT {_CODE}, s, CASE WHEN s = 1 THEN 'received' ELSE 'status' END,
        (ARRAY[2, 4, 5, 4, 4])[s], '{AGENCY}', now() - interval '3 days', '{PROCEDURE}', '{AGENCY}', 'foreign',
        now() - interval '3 days', now() - interval '3 days', 'h'
        FROM generate_series(0, %(most)s) AS n, generate_series(1, {EVENTS}) AS s""",
    f"""INSERT INTO follows (dossier_code, conversation_id, since, how, is_muted)
        SELECT {_CODE}, 1 + n % 1000, now(), 'digits', false FROM generate_series(0, %(most)s) AS n""",
    f"""INSERT INTO told (dossier_code, conversation_id, seq, status, holder_code, at)
        SELECT {_CODE}, 1 + n % 1000, {EVENTS}, 4, '{AGENCY}', now() FROM generate_series(0, %(most)s) AS n""",
    """INSERT INTO conversations (channel, account, chat, locale, claimed_until_ms, last_heard_ms, reach, created_ms)
        SELECT 'phone', 'default', n::text, 'vi', 0, 0, 'ok', 0 FROM generate_series(1, 1000) AS n""",
    "SET session_replication_role = origin",
)


@dataclass(slots=True)
class Side:
    """One database with the machine over it. `took`: what -> seconds."""

    dossiers: int
    house: House
    phone: Any
    db: Database
    other: psycopg.Connection[Any]
    dice: random.Random
    took: dict[str, list[float]] = field(default_factory=dict)
    asked: int = 0

    async def measures(self) -> None:
        """One of each."""
        code = code_of(self.dice.randrange(self.dossiers))
        await self._times("look-up", lambda: self._looks_up(code))
        await self._times("turn", lambda: self._asks(code))
        changed = code_of(self.dice.randrange(self.dossiers))
        self.other.execute("UPDATE dossiers SET status = 9 - status WHERE code = %s", (changed,))
        self.other.commit()
        await self._times("push", self.house.app.notifier.step)
        self.house.clock.tick(seconds=70)

    async def _times(self, what: str, work: Callable[[], Awaitable[object]]) -> None:
        began = time.perf_counter()
        await work()
        self.took.setdefault(what, []).append(time.perf_counter() - began)

    async def _looks_up(self, code: str) -> None:
        with reading(self.db) as session:
            assert views.public(session, code, self.house.clock.now())
            assert views.owner(session, code, self.house.clock.now())

    async def _asks(self, code: str) -> None:
        self.asked += 1
        chat = str(2000 + self.asked)
        await self.house.hears(self.phone, chat, kind="text", text=code, event_id=f"ask-{self.asked}")
        await self.house.app.turns.step()


def run(most: int = 100_000, rounds: int = 100, fewest: int = 1000) -> Table:
    """Compare `fewest` dossiers with `most`, each with five events."""
    table = Table(
        f"{most:,} dossiers with {most * EVENTS:,} events against {fewest:,}, {POSTGRES}",
        ("what", f"ms at {fewest:,}", f"ms at {most:,}", "times"),
    )
    try:
        asyncio.run(_run(table, most, rounds, fewest))
    except NotMeasured as missing:
        table.notes.append(f"{POSTGRES}: not measured, {missing}")
    table.notes.append(f"load {os.getloadavg()[0]:.1f}")
    return table


async def _run(table: Table, most: int, rounds: int, fewest: int) -> None:
    with ExitStack() as stack:
        sides = [await _side(stack, count) for count in (fewest, most)]
        try:
            for number in range(rounds + 10):
                for side in sides:
                    await side.measures()
                    if number < 10:
                        side.took.clear()
        finally:
            for side in sides:
                side.other.close()
                side.db.close()
                await side.house.app.stop()
        for what in sides[0].took:
            few, many = (statistics.median(side.took[what]) * 1000 for side in sides)
            table.add(what, f"{few:.2f}", f"{many:.2f}", f"{many / few:.2f}")
            table.goal(f"{what}: within {GOAL} times", many / few <= GOAL)


async def _side(stack: ExitStack, dossiers: int) -> Side:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-million-")))
    url = stack.enter_context(opened(POSTGRES, folder))
    dsn = url.replace("+psycopg", "")
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in _FILL:
            connection.execute(statement.replace("%(most)s", str(dossiers - 1)).encode())
        connection.execute("VACUUM ANALYZE")
    clock = FakeClock(datetime.now(UTC))
    phone = Phone("telegram", clock)
    channels: dict[Any, Any] = {("phone", "default"): phone}
    house = await House.open(url, folder, channels, clock)
    return Side(dossiers, house, phone, Database(url), psycopg.connect(dsn), random.Random(dossiers))

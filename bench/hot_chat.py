"""One chat with 50,000 messages, or updates, waiting before everybody else's: how long it takes to claim what is next.

Each claim looks anew, as after a start: nothing is remembered from the one before. The writing to disk is not in it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench import queueing
from bench.databases import POSTGRES, SQLITE, opened
from bench.tables import NotMeasured, Table, percentile
from bot import lanes
from bot.ahead import Ahead
from bot.outbox import LEASE_MS, hold_lease
from bot.outgoing import STATUS
from services.db.session import Database, unit

GOAL_MS = 5.0
_HOT = f"telegram/default/{queueing.FIRST_CHAT}"
_LEASE, _OWNER = "send/telegram/default", "bench"


def run(
    waiting: int = 50_000, others: int = 2_000, claims: int = 300, kinds: tuple[str, ...] = (SQLITE, POSTGRES)
) -> Table:
    """`claims` of five each, past a chat with `waiting` and `others` chats with one."""
    table = Table(
        f"claiming past a chat with {waiting:,} waiting, {others:,} others with one",
        ("claim of", "p50 ms", "p99 ms", "most ms"),
    )
    for kind in kinds:
        try:
            _one(table, kind, waiting, others, claims)
        except NotMeasured as missing:
            table.notes.append(f"{kind}: not measured, {missing}")
    table.notes.append(f"load {os.getloadavg()[0]:.1f}")
    return table


def _one(table: Table, kind: str, waiting: int, others: int, claims: int) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-hot-")))
        url = stack.enter_context(opened(kind, folder))
        db = Database(url)
        stack.callback(db.close)
        queueing.put(url, waiting, chats=1, priority=STATUS)  # the hot chat's name is the first of all
        queueing.put(url, others, chats=others, priority=STATUS)
        with unit(db) as session:
            session.execute(
                text(
                    "INSERT INTO inbox (channel, account, event_id, lane, raw, received_ms, state, attempts, next_ms)"
                    " SELECT channel, account, CAST(id AS text), 'telegram/default/' || chat, :raw, 0, 'open', 0, 0"
                    " FROM outbox ORDER BY id"
                ),
                {"raw": b"{}"},
            )
        now = time.time_ns() // 1_000_000

        def messages(session: Session) -> int:
            hold_lease(session, _LEASE, _OWNER, now, LEASE_MS * 1000)
            began = time.perf_counter()
            busy = [str(queueing.FIRST_CHAT)]
            works = Ahead("telegram", "default", _LEASE, _OWNER).begin(session, now, 5, busy, now)
            took.append((time.perf_counter() - began) * 1000)
            return len(works or ())

        after = [_HOT]

        def updates(session: Session) -> int:
            began = time.perf_counter()
            found = lanes.open_lanes(session, after[0], 4)
            claimed, _ = lanes.claim(session, [_HOT, *found], now)
            after[0] = found[-1]
            took.append((time.perf_counter() - began) * 1000)
            return len(claimed)

        for name, claim in (("messages", messages), ("updates", updates)):
            took: list[float] = []
            _claim(db, claim, claims)
            p99 = percentile(took, 0.99)
            table.add(f"{kind}, {name}", f"{percentile(took, 0.5):.2f}", f"{p99:.2f}", f"{max(took):.2f}")
            table.goal(f"{kind}, {name}: p99 under {GOAL_MS:.0f} ms", p99 < GOAL_MS)


def _claim(db: Database, claim: Callable[[Session], int], claims: int) -> None:
    for _ in range(claims):
        with unit(db) as session:
            if not claim(session):
                raise AssertionError("there was something to claim")

"""How long after another program's commit its change is told: from the `UPDATE` to the request at the platform.

The other program is a plain SQL client that writes at random instants; nobody tells the bot anything. Settings and pace
are the shipped ones.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.databases import POSTGRES, SQLITE, opened
from bench.followed import fill, judge, rounds, said_in
from bench.programs import Failed, Program, free_port, settings
from bench.tables import NotMeasured, Table, percentile
from bench.writers import Sql
from services.keys import Keys
from tests.twins.process import TwinProcess

GOALS_S = {SQLITE: 1.0, POSTGRES: 0.25}
_ALL = ("web,turns,delivery,clock",)
_APART = ("web", "turns,clock", "delivery")
_REST_S = 30.0


def run(changes: int = 60, seed: int = 1) -> Table:
    """Measure `changes` changes on each database, a tenth to half a second apart."""
    table = Table(
        f"another program's commit to the request at the platform, {changes} changes",
        ("database", "processes", "p50 ms", "p95 ms", "most ms"),
    )
    for kind, processes in ((SQLITE, _ALL), (POSTGRES, _ALL), (POSTGRES, _APART)):
        try:
            _one(table, kind, processes, changes, random.Random(seed))
        except NotMeasured as missing:
            table.notes.append(f"{kind}: not measured, {missing}")
    table.notes.append(f"load {os.getloadavg()[0]:.1f}")
    return table


def _one(table: Table, kind: str, processes: Sequence[str], changes: int, dice: random.Random) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-foreign-")))
        twin = stack.enter_context(TwinProcess("telegram", record=folder / "calls.jsonl", fast=True))
        url = stack.enter_context(opened(kind, folder))
        env = settings(url, folder, twin.url, free_port())
        dossiers = min(changes, 100)
        fill(url, Keys.read(env["DATA_KEY"]), dossiers)
        for number, roles in enumerate(processes):
            arguments = ["-m", "bot", "serve", "--roles", roles]
            stack.enter_context(Program(f"serve-{number}", arguments, env, folder, ready="is ready"))
        other, committed = Sql(url), {}
        stack.callback(other.close)
        written = list(rounds(dossiers, changes))
        time.sleep(2.0)
        for change in written:
            committed[change.number, change.n] = other.write(change)
            time.sleep(dice.uniform(0.1, 0.5))
        deadline = time.monotonic() + _REST_S
        while not judge(twin.record(), written).whole:
            if time.monotonic() > deadline:
                raise Failed(f"{kind}: not all changes were told: {judge(twin.record(), written)}")
            time.sleep(0.2)
        took = []
        for call in twin.record():
            if told := said_in(str(call.params.get("text", ""))):
                took.append((call.at - committed[told]) * 1000)
    p95 = percentile(took, 0.95)
    table.add(kind, len(processes), f"{percentile(took, 0.5):.0f}", f"{p95:.0f}", f"{max(took):.0f}")
    table.goal(f"{kind}, {len(processes)} processes: p95 under {GOALS_S[kind]} s", p95 < GOALS_S[kind] * 1000)

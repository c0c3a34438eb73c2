"""Hook calls a second: kept durably before the 200, against aiogram's own webhook handler, which answers first.

aiogram gets the easiest case there is, a handler that does nothing; what it has acknowledged is nowhere but in memory.
"""

from __future__ import annotations

import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import load, updates
from bench.databases import POSTGRES, SQLITE, count, opened
from bench.programs import Failed, Program, free_port, settings
from bench.tables import NotMeasured, Table, ratios, spread
from services.db.machine import Inbox
from tests.twins.process import TwinProcess

GOAL = 1.5
_AIOGRAM = "aiogram, default webhook, nothing kept"


def run(rounds: int = 5, calls: int = 10_000) -> Table:
    """Measure in turns: `rounds` times, each server `calls` calls over 32 connections."""
    table = Table(
        f"hook calls acknowledged a second, 32 connections, {rounds} rounds of {calls:,}",
        ("server", "calls/s", "p50 ms", "p99 ms", "to aiogram"),
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-hooks-")))
        twin = stack.enter_context(TwinProcess("telegram", record=folder / "calls", fast=True))
        ports = {_AIOGRAM: free_port()}
        aiogram = ["-m", "bench.baseline_aiogram", "--port", str(ports[_AIOGRAM]), "--api", twin.url, "--handler", "nothing"]
        stack.enter_context(Program("aiogram", aiogram, {}, folder, ready="ready"))
        urls: dict[str, str] = {}
        for kind in (SQLITE, POSTGRES):
            try:
                urls[kind] = stack.enter_context(opened(kind, folder))
            except NotMeasured as missing:
                table.notes.append(f"{kind}: not measured, {missing}")
                continue
            ports[kind] = free_port()
            env = settings(urls[kind], folder, twin.url, ports[kind])
            stack.enter_context(Program(kind, ["-m", "bot", "serve", "--roles", "web"], env, folder, ready="ready"))
        runs: dict[str, list[load.Run]] = {name: [] for name in ports}
        for number in range(rounds + 1):
            for name, port in ports.items():
                bodies = updates.many(calls if number else calls // 5, "lệ phí đăng ký khai sinh", chats=500)
                done = load.post(port, "/hooks/telegram", bodies, folder)
                if set(done.statuses) != {"200"}:
                    raise Failed(f"{name} answered {done.statuses}")
                if number:  # the first round only warms up
                    runs[name].append(done)
        for kind, url in urls.items():
            kept = count(url, Inbox)
            if kept != rounds * calls + calls // 5:
                raise Failed(f"{kind} acknowledged {rounds * calls + calls // 5:,} updates and kept {kept:,}")
    theirs = [done.per_second for done in runs[_AIOGRAM]]
    for name, done in runs.items():
        ours = [one.per_second for one in done]
        ratio = ratios(ours, theirs)
        table.add(
            name if name == _AIOGRAM else f"ours, journalled in {name}", spread(ours), spread([one.ms(0.5) for one in done], 2),
            spread([one.ms(0.99) for one in done], 1), spread(ratio, 2),
        )  # fmt: skip
        if name != _AIOGRAM:
            table.goal(f"{name}: at least {GOAL} times aiogram's default", statistics.median(ratio) >= GOAL)
    table.notes.append("every acknowledged update was counted in the journal afterwards")
    return table

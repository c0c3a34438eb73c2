"""Hook calls a second: kept durably before the 200, against aiogram's own webhook handler, which answers first.

aiogram gets the easiest case there is, a handler that does nothing; what it has acknowledged is nowhere but in memory.
"""

from __future__ import annotations

import statistics
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench import load, updates
from bench.databases import POSTGRES, SQLITE, count, opened
from bench.programs import Failed, Program, free_port, settings
from bench.tables import NotMeasured, Table, ratios, spread
from services.db.machine import Inbox
from tests.twins.process import TwinProcess

GOAL = 1.5
_AIOGRAM = "aiogram, default webhook, nothing kept"


@dataclass(slots=True)
class _Server:
    """One server with what it did in each round. `cpu`: processor time a call, in microseconds."""

    name: str
    program: Program
    port: int
    url: str = ""
    runs: list[load.Run] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def take(self, calls: int, folder: Path, *, counts: bool) -> None:
        """One round. Raises Failed when a call is not answered 200."""
        before = self._cpu()
        bodies = updates.many(calls, "lệ phí đăng ký khai sinh", chats=500)
        done = load.post(self.port, "/hooks/telegram", bodies, folder)
        if set(done.statuses) != {"200"}:
            raise Failed(f"{self.name} answered {done.statuses}\n{self.program.tail()}")
        if counts:
            self.runs.append(done)
            self.cpu.append((self._cpu() - before) / calls * 1e6)

    def _cpu(self) -> float:
        used = psutil.Process(self.program.pid).cpu_times()
        return float(used.user + used.system)


def run(rounds: int = 5, calls: int = 10_000) -> Table:
    """Measure in turns: `rounds` times, each server `calls` calls over 32 connections."""
    table = Table(
        f"hook calls acknowledged a second, 32 connections, {rounds} rounds of {calls:,}",
        ("server", "calls/s", "p50 ms", "p99 ms", "CPU µs a call", "to aiogram"),
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-hooks-")))
        twin = stack.enter_context(TwinProcess("telegram", record=folder / "calls", fast=True))
        servers = [_aiogram(stack, folder, twin)]
        for kind in (SQLITE, POSTGRES):
            try:
                servers.append(_ours(stack, folder, twin, kind))
            except NotMeasured as missing:
                table.notes.append(f"{kind}: not measured, {missing}")
        for number in range(rounds + 1):
            for server in servers:  # the first round only warms up
                server.take(calls if number else calls // 5, folder, counts=number > 0)
        kept = rounds * calls + calls // 5
        for server in servers[1:]:
            if (found := count(server.url, Inbox)) != kept:
                raise Failed(f"{server.name} acknowledged {kept:,} updates and kept {found:,}")
    theirs = [done.per_second for done in servers[0].runs]
    for server in servers:
        ratio = ratios([done.per_second for done in server.runs], theirs)
        table.add(
            server.name, spread([done.per_second for done in server.runs]),
            spread([done.ms(0.5) for done in server.runs], 2), spread([done.ms(0.99) for done in server.runs], 1),
            spread(server.cpu), spread(ratio, 2),
        )  # fmt: skip
        if server.url:
            table.goal(f"{server.name}: at least {GOAL} times aiogram's default", statistics.median(ratio) >= GOAL)
    table.notes.append("every acknowledged update was found in the journal afterwards")
    return table


def _aiogram(stack: ExitStack, folder: Path, twin: TwinProcess) -> _Server:
    port = free_port()
    arguments = ["--port", str(port), "--api", twin.url, "--handler", "nothing"]
    program = Program("aiogram", ["-m", "bench.baseline_aiogram", *arguments], {}, folder, ready="ready")
    return _Server(_AIOGRAM, stack.enter_context(program), port)


def _ours(stack: ExitStack, folder: Path, twin: TwinProcess, kind: str) -> _Server:
    url, port = stack.enter_context(opened(kind, folder)), free_port()
    env = settings(url, folder, twin.url, port)
    program = Program(kind, ["-m", "bot", "serve", "--roles", "web"], env, folder, ready="is ready")
    return _Server(f"ours, journalled in {kind}", stack.enter_context(program), port, url)

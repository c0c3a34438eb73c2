"""Notices a second from the outbox to a platform without limits, against a bare loop that posts the same bodies.

One sender, PostgreSQL with full sync. Every message is claimed, sent, its receipt written down; the bare loop keeps
nothing. Measured in turns at the same twin, with the same number of calls under way.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psutil

from bench import queueing
from bench.databases import POSTGRES, opened
from bench.looking import Look
from bench.programs import Failed, Program, free_port, settings
from bench.tables import NotMeasured, Table, ratios, spread
from bot.outgoing import BULK
from tests.twins.process import TwinProcess

GOAL = 0.5
_WITHIN_S = 600.0


def run(notices: int = 10_000, rounds: int = 3, in_flight: tuple[int, ...] = (5, 20), kind: str = POSTGRES) -> Table:
    """`notices` in each of `rounds`, with each number of calls under way."""
    table = Table(
        f"{notices:,} notices out of the outbox, one sender, {kind}, {rounds} rounds",
        ("calls under way", "bare /s", "CPU µs", "ours /s", "CPU µs", "to the bare loop", "by CPU"),
    )
    for calls in in_flight:
        try:
            _one(table, kind, notices, rounds, calls)
        except NotMeasured as missing:
            table.notes.append(f"{kind}: not measured, {missing}")
    table.notes.append(f"load {os.getloadavg()[0]:.1f}")
    return table


def _one(table: Table, kind: str, notices: int, rounds: int, in_flight: int) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-draining-")))
        twin = stack.enter_context(TwinProcess("telegram", record=folder / "calls", fast=True))
        url = stack.enter_context(opened(kind, folder))
        env = {**settings(url, folder, twin.url, free_port()), "SENDS_IN_FLIGHT": str(in_flight)}
        arguments = ["-m", "bench.serving", "--roles", "delivery"]
        program = Program("ours", arguments, env, folder, ready="is ready")
        look = Look(url)
        ours, theirs, cpu, their_cpu = [], [], [], []
        with program:
            for number in range(rounds + 1):
                count = notices if number else notices // 5
                before, used = twin.stats()["sent"], _cpu(program.pid)
                queueing.put(url, count, chats=10_000, priority=BULK)
                rate = _drained(look, twin, before, count, program)
                if number:  # the first round only warms up
                    ours.append(rate)
                    cpu.append((_cpu(program.pid) - used) / count * 1e6)
                form = next(call.params for call in reversed(twin.record()) if call.method == "sendMessage")
                made, spent = queueing.bare(twin.url, form, folder, count=count, concurrency=in_flight)
                if number:
                    theirs.append(made)
                    their_cpu.append(spent)
        ratio = ratios(ours, theirs)
        table.add(
            in_flight, spread(theirs), spread(their_cpu), spread(ours), spread(cpu), spread(ratio, 2),
            spread(ratios(their_cpu, cpu), 2),
        )  # fmt: skip
        table.goal(f"{in_flight} under way: at least {GOAL} of the bare loop", statistics.median(ratio) >= GOAL)


def _drained(look: Look, twin: TwinProcess, before: int, count: int, program: Program) -> float:
    """Wait until all are sent and written down; returns messages a second from the first to the last."""
    deadline = time.monotonic() + _WITHIN_S
    while twin.stats()["sent"] < before + count or not look.at_rest():
        if not program.alive or time.monotonic() > deadline:
            raise Failed(f"not drained: {twin.stats()}\n{program.tail()}")
        time.sleep(0.25)
    if twin.stats()["sent"] != before + count:
        raise Failed("something was sent twice")
    calls = [call.at for call in twin.record() if call.method == "sendMessage"][-count:]
    return count / (calls[-1] - calls[0])


def _cpu(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)

"""Whole turns a second: from the hook call to the reply at the platform, durable on the way, in one process.

Against `baseline_aiogram`, which answers the same words from the same catalogue, writes the same domain rows and sends
the same reply, but keeps neither a journal nor an outbox. Measured in turns on SQLite and on PostgreSQL, both with
full sync, the platform's own limits lifted for both.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench import load, updates
from bench.databases import POSTGRES, SQLITE, count, opened
from bench.programs import Failed, Program, free_port, settings
from bench.tables import NotMeasured, Table, ratios, spread
from services.db.machine import Conversation, Inbox, Outbox
from services.db.office import Guidance
from tests.twins.process import TwinProcess
from tests.twins.records import Call

GOAL = 1.0
QUESTION = "lệ phí đăng ký khai sinh"
PEOPLE = 250
_WITHIN_S = 120.0


@dataclass(slots=True)
class Side:
    """One of the two programs, with a platform and a database of its own."""

    name: str
    program: Program
    twin: TwinProcess
    port: int
    url: str
    folder: Path
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Processor time of the program a turn, in milliseconds."""

    def drive(self, turns: int, expected: int | None = None) -> float:
        """Post `turns` updates and wait for their replies; returns turns a second, from first call to last reply."""
        before, cpu = self.twin.stats()["sent"], self._cpu()
        bodies = list(updates.many(turns, QUESTION, chats=PEOPLE))
        done = load.post(self.port, "/hooks/telegram", bodies, self.folder)
        if set(done.statuses) != {"200"}:
            raise Failed(f"{self.name} answered {done.statuses}")
        wanted, deadline = before + (expected or turns), time.monotonic() + _WITHIN_S
        while self.twin.stats()["sent"] < wanted:
            if time.monotonic() > deadline:
                raise Failed(f"{self.name}: {self.twin.stats()['sent'] - before} of {wanted - before} replies\n"
                             + self.program.tail())  # fmt: skip
            time.sleep(0.05)
        last = max(call.at for call in self.twin.record() if call.method == "sendMessage")
        self.cpu.append((self._cpu() - cpu) / turns * 1000)
        return turns / (last - done.began)

    def _cpu(self) -> float:
        used = psutil.Process(self.program.pid).cpu_times()
        return float(used.user + used.system)


def run(rounds: int = 5, turns: int = 1000, kinds: tuple[str, ...] = (SQLITE, POSTGRES)) -> Table:
    """Measure in turns: `rounds` times `turns` updates of 250 people each."""
    table = Table(
        f"whole turns a second, hook to reply, {rounds} rounds of {turns:,} by {PEOPLE} people",
        ("bot", "turns/s", "CPU ms a turn", "to the baseline"),
    )
    for kind in kinds:
        try:
            _compare(table, kind, rounds, turns)
        except NotMeasured as missing:
            table.notes.append(f"{kind}: not measured, {missing}")
    return table


def _compare(table: Table, kind: str, rounds: int, turns: int) -> None:
    with ExitStack() as stack:
        names = ("aiogram + async SQLAlchemy", "the same, reply known beforehand", "ours")
        sides = [_side(stack, name, kind) for name in names]
        for side in sides:
            # First contact: ours greets, which is one message more. Not measured.
            side.drive(PEOPLE, 2 * PEOPLE if side.name == "ours" else PEOPLE)
            side.cpu.clear()
        for _ in range(rounds):
            for side in sides:
                side.rates.append(side.drive(turns))
        for side in sides:
            _check(side, PEOPLE + rounds * turns)
        baseline, _, ours = sides
        for side in sides:
            ratio = ratios(side.rates, baseline.rates)
            table.add(f"{kind}: {side.name}", spread(side.rates), spread(side.cpu, 2), spread(ratio, 2))
        if {call.params["text"] for call in _replies(ours)} != {call.params["text"] for call in _replies(baseline)}:
            raise Failed("the two bots do not say the same")
        table.goal(
            f"{kind}: more than {GOAL} times the baseline",
            statistics.median(ratios(ours.rates, baseline.rates)) > GOAL,
        )


def _replies(side: Side) -> list[Call]:
    """The replies, without the greetings."""
    return [call for call in side.twin.record() if call.method == "sendMessage" and "reply_markup" in call.params]


def _check(side: Side, turns: int) -> None:
    """Each turn left its rows, once."""
    rows = {"guidance": count(side.url, Guidance), "people": count(side.url, Conversation)}
    if rows != {"guidance": turns, "people": PEOPLE}:
        raise Failed(f"{side.name}: {turns} turns left {rows}")
    if side.name == "ours" and (
        count(side.url, Inbox, Inbox.state == "done") != turns
        or count(side.url, Outbox, Outbox.state == "sent") != turns + PEOPLE
    ):
        raise Failed("the journal or the outbox is not whole")


def _side(stack: ExitStack, name: str, kind: str) -> Side:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-turns-")))
    twin = stack.enter_context(TwinProcess("telegram", record=folder / "calls", fast=True))
    url, port = stack.enter_context(opened(kind, folder)), free_port()
    if name == "ours":
        program = Program(
            name, ["-m", "bench.serving"], settings(url, folder, twin.url, port), folder, ready="is ready"
        )
    else:
        handler = "answer" if name.endswith("SQLAlchemy") else "fixed"
        arguments = ["--port", str(port), "--api", twin.url, "--database", url, "--handler", handler]
        program = Program("baseline", ["-m", "bench.baseline_aiogram", *arguments], {}, folder, ready="ready")
    return Side(name, stack.enter_context(program), twin, port, url, folder)

"""How long a person waits for her answer while a long queue of bulk notices drains.

From the moment her update is posted to the hook until the answer's request reaches the platform. With our own pace
lifted the whole machine is busy with the queue; with the shipped pace a reply also competes for the account's rate.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench import load, queueing, updates
from bench.databases import POSTGRES, SQLITE, opened
from bench.programs import Failed, Program, free_port, settings
from bench.tables import NotMeasured, Table, percentile
from bot.outgoing import BULK
from tests.twins.process import TwinProcess

GOAL_S = 1.0
_QUESTION = "1.001193 lệ phí"
_FIRST_CHAT = 700_000
_WITHIN_S = 120.0


def run(notices: int = 10_000, questions: int = 60, kinds: tuple[str, ...] = (SQLITE, POSTGRES)) -> Table:
    """`questions` one after another, a fifth of a second apart, while `notices` drain."""
    table = Table(
        f"answers while {notices:,} bulk notices drain, {questions} questions",
        ("database", "pace", "p50 ms", "p99 ms", "most ms", "notices meanwhile"),
    )
    for kind in kinds:
        for lifted in (True, False):
            try:
                _one(table, kind, notices, questions, lifted=lifted)
            except NotMeasured as missing:
                table.notes.append(f"{kind}: not measured, {missing}")
    table.notes.append(f"load {os.getloadavg()[0]:.1f}")
    return table


def _one(table: Table, kind: str, notices: int, questions: int, *, lifted: bool) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-replies-")))
        twin = stack.enter_context(TwinProcess("telegram", record=folder / "calls", fast=True))
        url, port = stack.enter_context(opened(kind, folder)), free_port()
        arguments = ["-m", "bench.serving"] if lifted else ["-m", "bot", "serve"]
        env = settings(url, folder, twin.url, port)
        program = stack.enter_context(Program("ours", arguments, env, folder, ready="is ready"))
        chats = [_FIRST_CHAT + number for number in range(questions)]
        load.post(port, "/hooks/telegram", [updates.typed(chat, "xin chào") for chat in chats], folder)
        _until(lambda: len(_answers(twin, chats)) == questions, program)
        time.sleep(3.0)
        greeted = len(twin.record())
        queueing.put(url, notices, chats=5000, priority=BULK)
        _until(lambda: len(twin.record()) > greeted + 5, program)
        asked: dict[int, float] = {}
        before = twin.stats()["sent"]
        for chat in chats:
            done = load.post(port, "/hooks/telegram", [updates.typed(chat, _QUESTION)], folder, connections=1)
            asked[chat] = done.began
            time.sleep(0.2)
        meanwhile = twin.stats()["sent"] - before - questions
        _until(lambda: len(_answers(twin, chats, asked)) == questions, program)
        answers = _answers(twin, chats, asked)
        took = [(answers[chat] - asked[chat]) * 1000 for chat in chats]
        name = f"{kind}, {'no pace' if lifted else 'shipped pace'}"
        table.add(kind, "none" if lifted else "as shipped", f"{percentile(took, 0.5):.0f}",
                  f"{percentile(took, 0.99):.0f}", f"{max(took):.0f}", meanwhile)  # fmt: skip
        table.goal(f"{name}: p99 of an answer under {GOAL_S} s while notices drain",
                   percentile(took, 0.99) < GOAL_S * 1000 and meanwhile > 0)  # fmt: skip


def _answers(twin: TwinProcess, chats: list[int], asked: dict[int, float] | None = None) -> dict[int, float]:
    """When each chat was first answered after it had asked."""
    wanted, found = set(chats), {}
    for call in twin.record():
        chat = int(call.params.get("chat_id", 0)) if call.method == "sendMessage" else 0
        if chat in wanted and chat not in found and call.at >= (asked or {}).get(chat, 0.0):
            found[chat] = call.at
    return found


def _until(true: Callable[[], bool], program: Program) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while not true():
        if not program.alive or time.monotonic() > deadline:
            raise Failed(f"no answer:\n{program.tail()}")
        time.sleep(0.2)

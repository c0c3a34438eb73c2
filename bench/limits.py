"""Telegram's limits, enforced by its twin: 30 messages a second, one a second in a chat, 20 a minute in a group.

A long queue to many people and some groups for a bounded time: how near the allowed rate it comes, and whether the
platform ever had to say 429. Then a platform that says 429 all the same: nothing may come before its time is over.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench import queueing
from bench.databases import SQLITE, opened
from bench.programs import Program, free_port, settings
from bench.tables import Table
from tests.twins.process import TwinProcess
from tests.twins.records import Call

ALLOWED = 30.0
GOAL = 0.85
_MUTED_S = 3


def run(seconds: float = 60.0, paces: tuple[float, ...] = (0, 27)) -> Table:
    """Send for `seconds` at each pace of the account (0: the shipped one), then with 429s put in line."""
    table = Table(
        f"Telegram's limits enforced, {seconds:.0f} s",
        ("pace", "messages/s", "of the allowed", "busiest second", "answers of 429", "too early"),
    )
    for pace in paces:
        calls, stats = _send(seconds, pace, limits=True)
        rate = _rate(calls)
        refused = sum(call.status == 429 for call in calls)
        name = f"{pace:.0f}/s" if pace else "as shipped"
        table.add(name, f"{rate:.2f}", f"{rate / ALLOWED:.3f}", stats["busiest_second"], refused, _early(calls))
        table.goal(f"{name}: no answer of 429", refused == 0)
        table.goal(f"{name}: at least {GOAL} of the allowed rate", rate / ALLOWED >= GOAL)
    calls, stats = _send(seconds / 3, 0, faults=({"kind": "rate_limited", "retry_after": _MUTED_S, "share": 0.03},))
    refused = sum(call.status == 429 for call in calls)
    early = _early(calls)
    table.add("429 put in line", f"{_rate(calls):.2f}", "-", "-", refused, early)
    table.goal("after a 429 not one call before retry_after", refused > 0 and early == 0)
    return table


def _send(seconds: float, pace: float, **twin_options: object) -> tuple[list[Call], dict[str, object]]:
    faults = twin_options.pop("faults", ())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-limits-")))
        twin = stack.enter_context(
            TwinProcess(
                "telegram", record=folder / "calls", fast=True,
                faults=tuple({"method": "sendMessage", **one} for one in faults), **twin_options,  # type: ignore[attr-defined]
            )
        )  # fmt: skip
        url = stack.enter_context(opened(SQLITE, folder))
        queueing.put(url, int(seconds * ALLOWED * 2), chats=2000)
        queueing.put(url, int(seconds), chats=10, group=True)
        env = settings(url, folder, twin.url, free_port())
        module = "bot"
        if pace:
            env["BENCH_PACE"], module = str(pace), "bench.serving"
        arguments = ["-m", module, *(["serve"] if module == "bot" else []), "--roles", "delivery"]
        stack.enter_context(Program("ours", arguments, env, folder, ready="is ready"))
        time.sleep(seconds)
        return [call for call in twin.record() if call.method == "sendMessage"], twin.stats()


def _rate(calls: list[Call]) -> float:
    return (len(calls) - 1) / (calls[-1].at - calls[0].at)


def _early(calls: list[Call]) -> int:
    """Calls within the time that a 429 of the whole account had named; those on their way when it came are not."""
    until, early = 0.0, 0
    for call in calls:
        early += call.at < until and call.at > until - _MUTED_S + 0.3
        if call.status == 429:
            until = call.at + _MUTED_S
    return early

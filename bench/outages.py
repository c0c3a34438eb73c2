"""Delivery in bad weather: refusals, pages of proxies, cut connections, the whole platform away, the database away.

One program with its shipped settings; the platform is a process of its own with faults put in line. Whatever happens,
every reply arrives, in order, and twice only where its first copy was taken and the answer never came.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.databases import POSTGRES, SQLITE, fill, opened
from bench.looking import Look
from bench.oracle import QUESTIONS
from bench.programs import Failed, Program, free_port, settings
from bench.tables import NotMeasured, Table
from tests.twins.process import TwinProcess
from tests.twins.records import Call

_WEATHER: tuple[tuple[dict[str, Any], float], ...] = (
    ({"kind": "rate_limited", "retry_after": 1}, 0.03),
    ({"kind": "bad_gateway"}, 0.03),
    ({"kind": "server_error"}, 0.02),
    ({"kind": "drop_before"}, 0.02),
    ({"kind": "drop_after"}, 0.02),
)
_FIRST_CHAT = 300_000
_REST_S = 240.0
RETRY_S = 10.0
"""After an outage the first retry comes within this many seconds."""


@dataclass(slots=True)
class _Scene:
    twin: TwinProcess
    program: Program
    look: Look
    people: int
    asked: int = 0

    def write(self, questions: int) -> None:
        """Everybody asks the next questions, one after another."""
        for question in QUESTIONS[self.asked : self.asked + questions]:
            for number in range(self.people):
                self.twin.do("user_says", _FIRST_CHAT + number, question)
        self.asked += questions

    def rest(self) -> None:
        """Wait until everything was taken, handled and sent. Raises Failed."""
        deadline = time.monotonic() + _REST_S
        while self.twin.stats()["pending"] or not self.look.at_rest():
            if not self.program.alive or time.monotonic() > deadline:
                raise Failed(f"not at rest: {self.twin.stats()}\n{self.program.tail()}")
            time.sleep(0.1)

    def sends(self) -> list[Call]:
        """Every attempt to send, oldest first."""
        return [call for call in self.twin.record() if call.method == "sendMessage"]


def run(seconds: float = 20.0, people: int = 60, kinds: tuple[str, ...] = (SQLITE, POSTGRES)) -> Table:
    """All runs; `seconds` is how long the platform, or the database, is away."""
    table = Table(
        f"delivery in bad weather, {people} people",
        ("run", "messages", "calls", "lost", "out of order", "twice", "note"),
    )
    for kind in kinds:
        try:
            _weather(table, kind, people)
            _away(table, kind, people, seconds)
        except NotMeasured as missing:
            table.notes.append(f"{kind}: not measured, {missing}")
    _limits(table, people)
    if POSTGRES in kinds:
        try:
            _database_away(table, people, seconds)
        except ImportError as missing:
            table.notes.append(f"{POSTGRES}: not measured, {missing}")
    return table


def _weather(table: Table, kind: str, people: int) -> None:
    faults = tuple({"method": "sendMessage", "share": share, **fault} for fault, share in _WEATHER)
    with ExitStack() as stack:
        scene = _scene(stack, kind, people, faults=faults)
        scene.write(4)
        scene.rest()
        sends = scene.sends()
        impatient = _impatient(sends)
        _count(table, f"{kind}: 12 % of the calls fail", sends, 4, people, f"{impatient} calls before retry_after")
        table.goal(f"{kind}: after a 429 no call before its time", impatient == 0)


def _away(table: Table, kind: str, people: int, seconds: float) -> None:
    with ExitStack() as stack:
        scene = _scene(stack, kind, people)
        scene.twin.do("next", "sendMessage", {"fault": {"kind": "bad_gateway"}}, None)
        scene.write(4)
        time.sleep(seconds)
        scene.twin.do("clear_faults")
        back = time.time()
        scene.rest()
        sends = scene.sends()
        first = min(call.at for call in sends if call.accepted) - back
        during = sum(call.at < back for call in sends)
        _count(
            table,
            f"{kind}: platform away {seconds:.0f} s",
            sends,
            4,
            people,
            f"back after {first:.1f} s, {during} tries",
        )
        table.goal(f"{kind}: the first retry within {RETRY_S:.0f} s of the platform's return", first <= RETRY_S)


def _limits(table: Table, people: int) -> None:
    with ExitStack() as stack:
        scene = _scene(stack, SQLITE, people * 4, limits=True)
        scene.write(3)
        scene.rest()
        sends = scene.sends()
        refused = sum(call.status == 429 for call in sends)
        lasted = max(call.at for call in sends) - min(call.at for call in sends)
        rate = len(sends) / lasted
        _count(
            table, "Telegram's limits enforced", sends, 3, people * 4, f"{rate:.1f}/s of 30/s, {refused} answers of 429"
        )
        table.goal("Telegram's limits: no answer of 429", refused == 0)


def _database_away(table: Table, people: int, seconds: float) -> None:
    from tests.kit.postgres import PostgresServer

    with ExitStack() as stack:
        server = stack.enter_context(PostgresServer(durable=True))
        url = server.fresh_database()
        fill(url)
        scene = _scene(stack, POSTGRES, people, url=url)
        scene.twin.set("webhook_backoff", [0.5, 1.0, 2.0])
        scene.write(1)
        server.stop()
        scene.write(2)
        time.sleep(seconds)
        server.start()
        scene.rest()
        sends, posted = scene.sends(), scene.twin.do("posted")
        told = sum(post["status"] == 503 for post in posted)
        name = f"database away {seconds:.0f} s"
        _count(table, name, sends, 3, people, f"{told} hooks told 503")
        strange = {post["status"] for post in posted} - {200, 503}
        table.goal(f"{name}: hooks answer 200 or 503, nothing else", told > 0 and not strange)


def _count(table: Table, name: str, sends: list[Call], questions: int, people: int, note: str) -> None:
    """Compare what was delivered to each person with what the first person was told; add the row."""
    said: dict[str, list[Call]] = {}
    for call in sends:
        if call.accepted:
            said.setdefault(str(call.params["chat_id"]), []).append(call)
    orders = {chat: list(dict.fromkeys(str(call.params["text"]) for call in calls)) for chat, calls in said.items()}
    expected = max(orders.values(), key=len, default=[])
    lost = sum(len(expected) - len(order) for order in orders.values()) + (people - len(orders)) * len(expected)
    disordered = sum(order != [text for text in expected if text in order] for order in orders.values())
    twice = sum(len(calls) - len(orders[chat]) for chat, calls in said.items())
    unanswered = sum(call.accepted and not call.answered for call in sends)
    delivered = sum(len(order) for order in orders.values())
    table.add(name, delivered, len(sends), lost, disordered, f"{twice} of {unanswered} unanswered", note)
    table.goal(f"{name}: all arrived, in order", lost == disordered == 0 and len(expected) == questions + 1)
    table.goal(f"{name}: twice only where the answer never came", twice <= unanswered)


def _impatient(sends: list[Call]) -> int:
    """Calls that came before a 429's time was over: the account's for people, the group's own for groups."""
    closed_until, impatient = 0.0, 0
    for call in sends:
        # What was on its way when the answer came is not counted.
        impatient += closed_until - 0.95 < call.at < closed_until - 0.05
        if call.status == 429:
            closed_until = call.at + 1
    return impatient


def _scene(stack: ExitStack, kind: str, people: int, *, url: str = "", **twin_options: Any) -> _Scene:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-outages-")))
    twin = stack.enter_context(TwinProcess("telegram", record=folder / "calls.jsonl", **twin_options))
    url = url or stack.enter_context(opened(kind, folder))
    env = settings(url, folder, twin.url, free_port())
    program = stack.enter_context(Program("ours", ["-m", "bot", "serve"], env, folder, ready="is ready"))
    return _Scene(twin, program, Look(url), people)

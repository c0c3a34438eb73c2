"""Killing processes at random instants while dossiers change: every change is told once, each dossier's in order.

Half of the changes come through the API, half from a program with a plain SQL client. On SQLite one process has all
roles; on PostgreSQL two take turns and keep time, two deliver, and one that nobody kills answers the API. Our own pace
is lifted (the platform enforces none), all else is as it is shipped. The platform answers after 40 ms.
"""

from __future__ import annotations

import os
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.databases import SQLITE, opened
from bench.followed import Arrived, Change, fill, judge, rounds, said_in
from bench.kills import IN_FLIGHT
from bench.looking import Look
from bench.nursery import Life, Nursery
from bench.programs import Failed, Program, free_port, settings
from bench.tables import NotMeasured, Table
from bench.writers import Api, Sql, api_key
from services.keys import Keys
from tests.twins.process import TwinProcess

_REST_S = 300.0
_LIFE_S = 30.0
_PLATFORM = ({"method": "sendMessage", "kind": "drop_after", "share": 0.01},
             {"method": "sendMessage", "kind": "slow_answer", "seconds": 0.04})  # fmt: skip
"""A platform takes its time to answer, and one answer in a hundred never comes."""
_COLUMNS = (
    "database", "kills", "changes", "lost", "out of order", "twice", "in flight at a kill", "answer never came",
    "unexplained", "most in flight", "s",
)  # fmt: skip


@dataclass(slots=True)
class Member:
    """A process that is killed and begun anew: its roles, the run that lives now."""

    arguments: Sequence[str]
    life: Life
    sends: bool


@dataclass(slots=True)
class Killed:
    """A kill: when, and which changes (dossier, n) were being sent then."""

    at: float
    sending: frozenset[tuple[int, int]]


@dataclass(slots=True)
class Scene:
    """One run."""

    kind: str
    look: Look
    twin: TwinProcess
    nursery: Nursery
    dice: random.Random
    members: list[Member] = field(default_factory=list)
    kills: list[Killed] = field(default_factory=list)
    early: int = 0
    fell: list[str] = field(default_factory=list)
    """The last words of each process that ended by itself."""
    victims: int = 0
    """How often the other program had to write a change again."""

    def begin(self, *arguments: str, sends: bool) -> None:
        """Another process."""
        self.members.append(Member(arguments, self.nursery.serve(*arguments), sends))

    def kill(self) -> None:
        """Kill one of them, look what it left half done, and begin it anew."""
        self.raise_fallen()
        member = self.dice.choice(self.members)
        self.early += not member.life.is_ready()
        at = member.life.kill()
        sending = self.look.sending(copied=False) if member.sends else ()
        told = (said_in(text) for _, text in sending)
        self.kills.append(Killed(at, frozenset(one for one in told if one)))
        member.life = self.nursery.serve(*member.arguments)

    def raise_fallen(self) -> None:
        """Begin anew what ended by itself, as whatever supervises a service does. Raises Failed at the tenth time."""
        for member in self.members:
            if not member.life.alive:
                self.fell.append(member.life.tail(300))
                if len(self.fell) > 9:
                    raise Failed("processes end by themselves:\n" + "".join(self.fell))
                member.life = self.nursery.serve(*member.arguments)

    def until_ready(self) -> None:
        """Wait for all of them."""
        while not all(member.life.is_ready() for member in self.members):
            self.raise_fallen()
            time.sleep(0.01)

    def rest(self) -> None:
        """Wait until nothing is left to do. Raises Failed."""
        waiting = (
            "SELECT (SELECT count(*) FROM event_work) + (SELECT count(*) FROM notices WHERE state = 'open')"
            " + (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending'))"
        )
        deadline = time.monotonic() + _REST_S
        while int(self.look.rows(waiting)[0][0]):
            self.raise_fallen()
            if time.monotonic() > deadline:
                said = "".join(member.life.tail(800) for member in self.members)
                raise Failed(f"not at rest: {self.look.rows(waiting)[0][0]} left\n{said}")
            time.sleep(0.2)


@dataclass(slots=True)
class Writing:
    """Two threads that write changes at an even pace, through the API and by plain SQL."""

    changes: Sequence[Change]
    api: Api
    sql: Sql
    broke: list[BaseException] = field(default_factory=list)
    allowed: int = 0
    """How many changes may have been written by now."""
    written: list[int] = field(default_factory=lambda: [0, 0])
    threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.threads = [
            threading.Thread(target=self._write, args=(way, writer), daemon=True)
            for way, writer in enumerate((self.api, self.sql))
        ]
        for thread in self.threads:
            thread.start()

    def _write(self, way: int, writer: Api | Sql) -> None:
        mine = [(place, one) for place, one in enumerate(self.changes) if one.number % 2 == way]
        try:
            for place, change in mine:
                while place >= self.allowed:
                    time.sleep(0.005)
                writer.write(change)
                self.written[way] += 1
        except BaseException as error:
            self.broke.append(error)
        finally:
            writer.close()

    def gets_on(self, scene: Scene) -> None:
        """Wait until the API has taken one more: on a busy machine a life may be too short for a single answer."""
        before, deadline = self.written[0], time.monotonic() + _LIFE_S
        while self.written[0] == before and 2 * before < self.allowed - 2 and time.monotonic() < deadline:
            scene.raise_fallen()
            time.sleep(0.01)

    def finish(self) -> None:
        """Wait for both. Raises what broke one of them."""
        self.allowed = len(self.changes)
        for thread in self.threads:
            thread.join()
        for error in self.broke:
            raise error


def run(runs: Sequence[tuple[str, int, int]], seed: int = 1) -> Table:
    """`runs` are (database, kills, changes)."""
    table = Table("kill -9 of delivery, turns and clock while dossiers change", _COLUMNS)
    for kind, kills, changes in runs:
        try:
            _one(table, kind, kills, changes, seed)
        except NotMeasured as missing:
            table.notes.append(f"{kind}: not measured, {missing}")
    return table


def _one(table: Table, kind: str, kills: int, changes: int, seed: int) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-changes-")))
        twin = stack.enter_context(TwinProcess("telegram", record=folder / "calls.jsonl", fast=True, faults=_PLATFORM))
        url = stack.enter_context(opened(kind, folder))
        port = free_port()
        env = settings(url, folder, twin.url, port)
        written = list(rounds(max(20, changes // 10), changes))
        fill(url, Keys.read(env["DATA_KEY"]), max(20, changes // 10))
        nursery = stack.enter_context(Nursery(env, folder, unlimited=True))
        scene = Scene(kind, Look(url), twin, nursery, random.Random(seed))
        if kind == SQLITE:
            scene.begin(sends=True)
        else:
            web = Program("web", ["-m", "bot", "serve", "--roles", "web"], env, folder, ready="is ready")
            stack.enter_context(web)
            for roles, sends in (("turns,clock", False), ("delivery", True)) * 2:
                scene.begin("--roles", roles, sends=sends)
        scene.until_ready()
        writing = Writing(written, Api(port, api_key(url)), Sql(url))
        for number in range(kills):
            writing.allowed = -(-len(written) * (number + 1) // kills)
            _wait(scene)
            if number % 10 == 9:
                writing.gets_on(scene)
            scene.kill()
            if writing.broke:
                raise writing.broke[0]
        scene.until_ready()
        writing.finish()
        scene.rest()
        scene.victims = writing.sql.again
        whole = scene.look.whole()
        for member in scene.members:
            member.life.stop()
        arrived = judge(twin.record(), written)
    _tell(table, scene, arrived, whole, time.monotonic() - began)


def _wait(scene: Scene) -> None:
    """Until a random instant: on PostgreSQL a dead sender's lease has to end, so now and then there is a long quiet."""
    if scene.kind == SQLITE and scene.dice.random() > 0.15:
        scene.until_ready()
    longest = 0.8 if scene.kind == SQLITE else 12.0 if scene.dice.random() < 0.04 else 1.0
    time.sleep(scene.dice.uniform(0.0, longest))


def _tell(table: Table, scene: Scene, arrived: Arrived, whole: bool, seconds: float) -> None:
    kind, explained, unanswered = scene.kind, 0, 0
    for first, again in arrived.twice:
        told = said_in(str(first.params["text"]))
        # What a dying process has sent may reach the platform a moment after it is gone.
        at_kill = any(first.at - 1.0 <= kill.at <= again.at and told in kill.sending for kill in scene.kills)
        explained += at_kill
        unanswered += not at_kill and not first.answered
    left = arrived.doubled - explained - unanswered
    most = max((len(kill.sending) for kill in scene.kills), default=0)
    table.add(
        kind, len(scene.kills), arrived.wanted, arrived.lost, arrived.out_of_order, arrived.doubled, explained,
        unanswered, left, most, f"{seconds:.0f}",
    )  # fmt: skip
    in_all = sum(len(kill.sending) for kill in scene.kills)
    table.notes.append(f"{kind}: {in_all} sends in flight at the kills in all, {scene.early} kills before readiness; "
                       f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    table.goal(f"{kind}: no process ended by itself ({len(scene.fell)} did)", not scene.fell)
    table.notes += sorted({words.strip().rpartition("\n")[2] for words in scene.fell})
    table.goal(f"{kind}: the other program's transactions were never a victim ({scene.victims} were)",
               not scene.victims)  # fmt: skip
    table.goal(f"{kind}: 0 lost, 0 out of order, the database whole", arrived.whole and whole)
    table.goal(f"{kind}: twice only what was in flight, at most {IN_FLIGHT} a kill, or whose answer never came",
               left == 0 and most <= IN_FLIGHT and arrived.doubled <= in_all + arrived.unanswered)  # fmt: skip

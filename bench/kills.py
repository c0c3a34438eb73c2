"""Killing `serve` at random instants while people write: nothing lost, nothing done twice, nothing said twice unless
it was on its way when the process died.

The platform is a process of its own that posts each update again until it is answered, as Telegram does, and keeps a
record of every call; pacing, limits and settings are the shipped ones.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.databases import SQLITE, opened
from bench.looking import Look
from bench.nursery import Life, Nursery
from bench.oracle import QUESTIONS, Delivered, Killed, Verdict, judge
from bench.programs import Failed, free_port, settings
from tests.twins.process import TwinProcess

IN_FLIGHT = 5
"""The setting's default: how many messages may be in doubt after one kill."""
_FIRST_CHAT = 200_000
_BACKOFF = (0.2, 0.4, 0.8, 1.6)
_REST_S = 240.0


@dataclass(slots=True)
class Outcome:
    """One run. `lost` updates were acknowledged and are not in the journal; `dead` ones were given up."""

    kind: str
    kills: int
    updates: int
    lost: int
    dead: int
    verdict: Verdict
    worst_in_flight: int
    early: int
    seconds: float
    whole: bool
    stopped_in: float

    @property
    def met(self) -> bool:
        """Whether every goal was reached."""
        return self.lost == self.dead == 0 and self.verdict.clean and self.whole and self.worst_in_flight <= IN_FLIGHT


@dataclass(slots=True)
class Scene:
    """The platform, the database and the program of one run."""

    kind: str
    twin: TwinProcess
    look: Look
    nursery: Nursery
    folder: Path
    dice: random.Random

    def rest(self, life: Life, what: str, within: float = _REST_S) -> None:
        """Wait until every update was taken and nothing is left to do. Raises Failed."""
        deadline = time.monotonic() + within
        while self.twin.stats()["pending"] or not self.look.at_rest():
            if not life.alive or time.monotonic() > deadline:
                raise Failed(f"{what}: not at rest; {self.twin.stats()}\n{life.tail()}")
            time.sleep(0.1)

    def delivered(self) -> list[Delivered]:
        """What the platform took, oldest first."""
        return [
            Delivered(str(call.params["chat_id"]), str(call.params["text"]), call.at)
            for call in self.twin.record()
            if call.method == "sendMessage" and call.accepted
        ]

    def guidance(self) -> dict[str, list[tuple[str, str]]]:
        """The records of guidance by chat: (procedure, part), in the order they were written."""
        found: dict[str, list[tuple[str, str]]] = {}
        rows = self.look.rows(
            "SELECT c.chat, g.procedure_code, g.aspect FROM guidance g"
            " JOIN conversations c ON c.id = g.conversation_id ORDER BY g.id"
        )
        for chat, code, aspect in rows:
            found.setdefault(str(chat), []).append((str(code), str(aspect)))
        return found


def run(kind: str = SQLITE, kills: int = 100, updates: int = 2000, seed: int = 1) -> Outcome:
    """Kill `serve` `kills` times while `updates` arrive. Raises Failed when it does not come to an end."""
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-kills-")))
        twin = stack.enter_context(TwinProcess("telegram", record=folder / "calls.jsonl"))
        twin.set("webhook_backoff", list(_BACKOFF))
        url = stack.enter_context(opened(kind, folder))
        env = settings(url, folder, twin.url, free_port())
        nursery = stack.enter_context(Nursery(env, folder))
        scene = Scene(kind, twin, Look(url), nursery, folder, random.Random(seed))
        return _run(scene, kills, updates, began)


def _run(scene: Scene, kills: int, updates: int, began: float) -> Outcome:
    life = scene.nursery.serve()
    life.until_ready()
    replies, told = _learn(scene, life)
    questions = min(len(QUESTIONS), max(4, updates // 40))
    chats = [str(_FIRST_CHAT + number) for number in range(updates // questions)]
    said = _said(scene, chats, questions)
    done: list[Killed] = []
    early = 0
    for number in range(kills):
        early += _live(scene, life, said, quota=-(-updates // kills), last_s=_span(scene.kind))
        at = life.kill()
        done.append(Killed(at, scene.look.sending()))
        life = scene.nursery.serve()
        if number == kills - 1 or scene.dice.random() > 0.15:
            life.until_ready()
    for _ in said:
        pass
    scene.rest(life, "after the last kill")
    stopped_in = life.stop()
    verdict = judge(
        [text for reply in replies[:questions] for text in reply], told[:questions], scene.delivered(),
        scene.guidance(), chats, done,
    )  # fmt: skip
    journal = dict(scene.look.rows("SELECT state, count(*) FROM inbox GROUP BY state"))
    return Outcome(
        scene.kind, kills, updates, len(chats) * questions + len(QUESTIONS) - sum(journal.values()),
        journal.get("dead", 0) + journal.get("aside", 0), verdict, max(len(kill.sending) for kill in done), early,
        time.monotonic() - began, scene.look.whole(), stopped_in,
    )  # fmt: skip


def _learn(scene: Scene, life: Life) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """Ask every question once in peace, each by a person of her own: its reply, and the record that it leaves."""
    chats = [str(_FIRST_CHAT - 1 - number) for number in range(len(QUESTIONS))]
    for chat, question in zip(chats, QUESTIONS, strict=True):
        scene.twin.do("user_says", int(chat), question)
    scene.rest(life, "in peace", 60.0)
    replies = [list(scene.twin.do("texts", chat))[1:] for chat in chats]
    guidance = scene.guidance()
    told = [guidance.get(chat, []) for chat in chats]
    texts = [text for reply in replies for text in reply]
    unfit = [question for question, one in zip(QUESTIONS, told, strict=True) if len(one) != 1]
    if unfit or len(set(texts)) != len(texts):
        raise Failed(f"questions without a single answer of their own: {unfit}")
    return replies, [one[0] for one in told]


def _said(scene: Scene, chats: list[str], questions: int) -> Iterator[None]:
    """Each step is one message of one person; all ask the first question before any asks the second."""
    for question in QUESTIONS[:questions]:
        for chat in chats:
            scene.twin.do("user_says", int(chat), question)
            yield


def _live(scene: Scene, life: Life, said: Iterator[None], *, quota: int, last_s: float) -> bool:
    """Let people write and wait for a random instant; returns whether it came before the process was ready."""
    early = not life.is_ready()
    ends = time.monotonic() + scene.dice.uniform(0.0, 0.6 if early else last_s)
    for _ in range(quota):
        if next(said, said) is said:
            break
    time.sleep(max(0.0, ends - time.monotonic()))
    return early


def _span(kind: str) -> float:
    """How long a life may last once it is ready, in seconds. On PostgreSQL the lease of a dead sender has to end
    first, which takes up to ten seconds."""
    return 1.0 if kind == SQLITE else 9.0

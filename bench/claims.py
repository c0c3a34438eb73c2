"""Two hundred officers who claim one card at the same moment, four processes, PostgreSQL with full sync.

Each claim goes the whole way: out of the inbox, through the conversation, its answer into the outbox; in private chats,
where all run side by side, and in one group, whose turns come one after another and are answered in the private chats.
A process runs the machine's own turns and tellings, and sends nothing. `python -m bench claims`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from bench.databases import POSTGRES, count, opened
from bench.tables import Table, spread
from bot.app import App
from bot.journal import Entry
from bot.journal import write as journal
from bot.port import Envelope
from services.clock import SystemClock, ms
from services.db.desk import Card, DeskLog
from services.db.machine import Inbox, Outbox
from services.db.office import Agency
from services.db.session import Database, reading, unit
from services.db.telling import Telling
from services.desk import cards
from tests.kit import people
from tests.kit.house import settings_for
from tests.kit.phone import Phone

TAPS, PROCESSES, ROUNDS = 200, 4, 3
AGENCY, GROUP = "H99.15", "-3001"
_CALM_S, _LIMIT_S = 1.0, 120.0


def run() -> Table:
    """Claim, and count owners and answers."""
    table = Table(
        f"{TAPS} claims of one card, {PROCESSES} processes, {POSTGRES}",
        ("where", "rounds", "owners", "answered", "refused", "all answered after, s"),
    )
    with tempfile.TemporaryDirectory(prefix="claims-") as name, opened(POSTGRES, Path(name)) as url:
        _staff(url)
        for where in ("private chats", "one group"):
            owners, answered, refused, seconds = [], [], [], []
            for number in range(ROUNDS):
                seconds.append(_round(url, Path(name), where, number))
                subject = f"check {where}#{number}"
                owners.append(count(url, DeskLog, DeskLog.action == "claim", DeskLog.subject == subject,
                                    DeskLog.outcome == "done"))  # fmt: skip
                refused.append(count(url, DeskLog, DeskLog.action == "claim", DeskLog.subject == subject,
                                     DeskLog.outcome == "card-taken"))  # fmt: skip
                answered.append(_answered(url))
            shown = [min(answered), max(answered)]
            table.add(where, ROUNDS, f"{min(owners)}-{max(owners)}", f"{shown[0]}-{shown[1]}", min(refused),
                      spread(seconds, 2))  # fmt: skip
            table.goal(
                f"{where}: exactly one owner, {TAPS} answers",
                owners == [1] * ROUNDS and answered == [TAPS] * ROUNDS and refused == [TAPS - 1] * ROUNDS,
            )
    return table


def _staff(url: str) -> None:
    db, now = Database(url), SystemClock().now()
    try:
        with unit(db) as session:
            session.add(Agency(code=AGENCY, name="Trung tâm", level="commune", is_front=True))
            for n in range(TAPS):
                people.bind(session, str(2000 + n), "officer", AGENCY, now)
    finally:
        db.close()


def _round(url: str, folder: Path, where: str, number: int) -> float:
    """One card, claimed by everybody at once; seconds until the last answer lies in the outbox."""
    db, now = Database(url), SystemClock().now()
    try:
        with unit(db) as session:
            session.query(Outbox).delete()
            session.query(Telling).delete()
            if where == "one group" and number == 0:
                people.bind_desk(session, GROUP, AGENCY, now)
            card = cards.open_card(session, now, "check", f"{where}#{number}", AGENCY)
            session.query(Telling).delete()  # the card itself is told to nobody: only answers are counted
        folder = Path(tempfile.mkdtemp(dir=folder))
        starting = [_worker(url, folder / str(n)) for n in range(PROCESSES)]
        for one in starting:
            assert one.stdout is not None
            one.stdout.readline()
        with unit(db) as session:
            journal(session, (_tap(where, n, number, card) for n in range(TAPS)))
        began = time.monotonic()
        for one in starting:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        took = 0.0
        while time.monotonic() - began < _LIMIT_S:
            if _left(db) == 0:
                took = time.monotonic() - began
                break
            time.sleep(0.01)
        for one in starting:
            one.communicate("", timeout=30)
        return took
    finally:
        db.close()


def _worker(url: str, folder: Path) -> subprocess.Popen[str]:
    folder.mkdir(parents=True)
    return subprocess.Popen(
        [sys.executable, "-m", "bench.claims", url, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _tap(where: str, n: int, number: int, card: int) -> Entry:
    chat = str(2000 + n) if where == "private chats" else GROUP
    event = f"{where}/{number}/{n}"
    raw = {"id": event, "chat": chat, "kind": "text", "text": f"nhận việc {card}"}
    if chat == GROUP:
        raw["sender"] = str(2000 + n)
    channel, account = people.CHANNEL
    return Entry(channel, account, Envelope(event, chat), msgspec.json.encode(raw), ms(SystemClock().now()))


def _left(db: Database) -> int:
    with reading(db) as session:
        heard = session.scalar(select(func.count()).select_from(Inbox).where(Inbox.state == "open")) or 0
        told = session.scalar(select(func.count()).select_from(Telling).where(Telling.state == "open")) or 0
        return heard + told


def _answered(url: str) -> int:
    """How many of the private chats got an answer."""
    db = Database(url)
    try:
        with reading(db) as session:
            chats = session.scalars(select(Outbox.chat).distinct().where(Outbox.chat != GROUP))
            states = set(session.scalars(select(Card.state)))
            assert states == {"claimed"}, states
            return len(set(chats))
    finally:
        db.close()


async def _work(url: str, folder: str) -> None:
    """One process: turns and tellings, begun on a word and ended when nothing came for a second."""
    clock = SystemClock()
    app = App(settings_for(url, Path(folder)), clock=clock, channels={people.CHANNEL: Phone("telegram", clock)})
    await app.threads.write(app.register_accounts)
    print(json.dumps("ready"), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    calm = time.monotonic()
    while time.monotonic() - calm < _CALM_S:
        if await app.turns.step() + await app.teller.step():
            calm = time.monotonic()
        else:
            await asyncio.sleep(0.01)
    await app.stop()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        asyncio.run(_work(*sys.argv[1:]))
    else:
        print(run())

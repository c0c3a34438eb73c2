"""`talk`: the conversation in the terminal; `ask`: one question a line."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import App
from bot.channels import profiles
from bot.channels.terminal import TerminalChannel
from bot.cli import demo
from bot.cli.refusal import Refusal
from bot.cli.serving import prepare
from bot.port import Envelope
from bot.settings import Settings
from services.catalog.library import Library
from services.db.machine import Inbox, Outbox
from services.db.session import Database
from services.desk import trial
from services.refusal import Refused

_CHATS = {"citizen": "terminal", "staff": "terminal-staff"}
"""Citizen and officer have chats of their own, so that one terminal can show the story from both sides."""


def add(commands: Any) -> None:
    """Add the commands."""
    talk = commands.add_parser("talk", help="chat in the terminal")
    talk.add_argument("--as", dest="role", choices=("citizen", "staff"), default="citizen")
    talk.add_argument("--channel-profile", choices=tuple(profiles.PROFILES), default="telegram")
    talk.set_defaults(run=run_talk)
    ask = commands.add_parser("ask", help="read one question a line on stdin, and say which procedure it means")
    ask.add_argument("--json", action="store_true", help="one object a line")
    ask.set_defaults(run=run_ask)


def run_talk(arguments: argparse.Namespace, settings: Settings) -> int:
    """Talk until the end of the input: the same journal, turns and delivery as on any platform."""
    prepare(settings, as_demo=False)

    async def chat() -> None:
        chat = _CHATS[arguments.role]
        channel = TerminalChannel(arguments.channel_profile, lambda text: print(text, flush=True), chat=chat)
        app = App(demo.with_key(settings), channels={("terminal", "default"): channel}, only="terminal")
        await app.start(("turns", "delivery"))
        if arguments.role == "staff":
            await _as_officer(app, chat)
        loop = asyncio.get_running_loop()
        try:
            while line := await loop.run_in_executor(None, sys.stdin.readline):
                raw = channel.typed(line.rstrip("\n"), time.time_ns())
                await app.journal.add("terminal", "default", Envelope(raw["id"], raw["chat"]), msgspec.json.encode(raw))
                if not sys.stdin.isatty():  # a script goes on when it was answered, as a person would
                    await _answered(app)
            await _answered(app)
        finally:
            await app.stop()

    asyncio.run(chat())
    return 0


async def _as_officer(app: App, chat: str) -> None:
    """Make the terminal's chat that of an officer, on a demo's database only. Raises Refusal on any other."""
    now = app.clock.now()
    bound = await app.threads.write(lambda session: trial.bind(session, "terminal", "default", chat, now))
    if isinstance(bound, Refused):
        await app.stop()
        raise Refusal("this database is no demo: bind a chat with the code that `staff invite` prints")


async def _answered(app: App) -> None:
    """Wait until everything that was typed is answered."""

    def waiting(session: Session) -> int | None:
        heard = select(Inbox.id).where(Inbox.channel == "terminal", Inbox.state == "open").limit(1)
        said = select(Outbox.id).where(Outbox.channel == "terminal", Outbox.state.in_(("queued", "sending"))).limit(1)
        return session.scalar(heard) or session.scalar(said)

    while await app.threads.read(waiting) is not None:  # noqa: ASYNC110  (another process may be the one that answers)
        await asyncio.sleep(0.02)


def run_ask(arguments: argparse.Namespace, settings: Settings) -> int:
    """Each line is a conversation of its own."""
    prepare(settings, as_demo=False)
    db = Database(settings.database_url)
    try:
        index = Library(db, settings.state_dir / "cache").current
        for line in sys.stdin:
            question = line.rstrip("\n")
            began = time.perf_counter()
            found = index.search(question)
            spent = (time.perf_counter() - began) * 1000
            procedures = [
                {"code": hit.code, "name": hit.name, "score": round(float(hit.score), 4)} for hit in index.listed(found)
            ]
            answer = {"question": question, "aspect": found.aspect, "kind": found.kind}
            answer |= {"procedures": procedures[:5], "ms": round(spent, 3)}
            if arguments.json:
                sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
            else:
                best = "; ".join(f"{hit['code']} {hit['name']}" for hit in procedures[:3])
                sys.stdout.write(f"{found.kind}\t{found.aspect}\t{best}\n")
            sys.stdout.flush()
    finally:
        db.close()
    return 0

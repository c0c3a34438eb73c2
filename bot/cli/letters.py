"""`dead`: what was given up, in the inbox and in the outbox; and `replay`: recorded updates through the hook path."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import App
from bot.cli.refusal import Refusal
from bot.journal import Unreachable
from bot.settings import Settings
from services.db.machine import Inbox, Outbox
from services.db.session import Database, reading, unit


def add(commands: Any) -> None:
    """Add the commands."""
    dead = commands.add_parser("dead", help="messages that were given up").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    dead.add_parser("list", help="one line each, without their text").set_defaults(run=run_list)
    for name, run, text in (
        ("show", run_show, "everything about one, its text too"),
        ("replay", run_replay, "take an update of the inbox again"),
        ("resend", run_resend, "send a message of the outbox again"),
        ("drop", run_drop, "put one aside for good"),
    ):
        part = dead.add_parser(name, help=text)
        part.add_argument(
            "ids",
            nargs="+",
            metavar="ID",
            help="as dead list prints it: in:12, out:34; or all" if name != "show" else "in:12, out:34",
        )
        part.set_defaults(run=run)
    replay = commands.add_parser("replay", help="feed recorded raw updates (JSON Lines) through the hook path")
    replay.add_argument("channel")
    replay.add_argument("file", type=Path)
    replay.set_defaults(run=run_feed)


def run_list(arguments: argparse.Namespace, settings: Settings) -> int:
    """List what was given up."""
    db = Database(settings.database_url)
    try:
        with reading(db) as session:
            for row in session.scalars(select(Inbox).where(Inbox.state == "dead").order_by(Inbox.id)):
                print(
                    f"in:{row.id}\t{row.channel}/{row.account}\tattempts {row.attempts}"
                    f"\t{row.reason}\tincident {row.incident}"
                )
            for sent in session.scalars(select(Outbox).where(Outbox.state.in_(("dead", "unsure"))).order_by(Outbox.id)):
                print(
                    f"out:{sent.id}\t{sent.channel}/{sent.account}\tattempts {sent.attempts}"
                    f"\t{sent.state}\t{sent.reason}"
                )
    finally:
        db.close()
    return 0


def run_show(arguments: argparse.Namespace, settings: Settings) -> int:
    """Show rows whole."""
    db = Database(settings.database_url)
    try:
        with reading(db) as session:
            for name in arguments.ids:
                table, number = _row(name)
                row: Any = session.get(table, number)
                if row is None:
                    raise Refusal(f"there is no {name}")
                for column in row.__table__.columns:
                    value = getattr(row, column.key)
                    print(f"{column.key}: {value.decode(errors='replace') if isinstance(value, bytes) else value}")
    finally:
        db.close()
    return 0


def run_replay(arguments: argparse.Namespace, settings: Settings) -> int:
    """Open updates of the inbox again."""
    return _change(
        arguments.ids,
        settings,
        Inbox,
        ("dead", "aside"),
        {"state": "open", "attempts": 0, "next_ms": 0, "done_ms": None},
    )


def run_resend(arguments: argparse.Namespace, settings: Settings) -> int:
    """Queue messages of the outbox again."""
    return _change(
        arguments.ids,
        settings,
        Outbox,
        ("dead", "unsure"),
        {"state": "queued", "attempts": 0, "next_ms": 0, "reason": None},
    )


def run_drop(arguments: argparse.Namespace, settings: Settings) -> int:
    """Put rows aside for good."""
    _change(
        [name for name in arguments.ids if name == "all" or name.startswith("in:")],
        settings,
        Inbox,
        ("dead",),
        {"state": "aside"},
    )
    return _change(
        [name for name in arguments.ids if name == "all" or name.startswith("out:")],
        settings,
        Outbox,
        ("dead", "unsure"),
        {"state": "dropped"},
    )


def _change(
    names: list[str], settings: Settings, table: type[Any], states: tuple[str, ...], values: dict[str, Any]
) -> int:
    db = Database(settings.database_url)
    count = 0
    try:
        with unit(db) as session:
            for row in _rows(session, names, table, states):
                for name, value in values.items():
                    setattr(row, name, value)
                count += 1
    finally:
        db.close()
    if names:
        print(f"{count} {'message' if count == 1 else 'messages'}")
    return 0


def _rows(session: Session, names: list[str], table: type[Any], states: tuple[str, ...]) -> list[Any]:
    if "all" in names:
        return list(session.scalars(select(table).where(table.state.in_(states))))
    rows = []
    for name in names:
        kind, number = _row(name)
        row: Any = session.get(table, number) if kind is table else None
        if row is None or row.state not in states:
            raise Refusal(f"{name} is not among them; see dead list")
        rows.append(row)
    return rows


def _row(name: str) -> tuple[type[Any], int]:
    table, _, number = name.partition(":")
    if table not in ("in", "out") or not number.isdecimal():
        raise Refusal(f"{name}: write in:NUMBER or out:NUMBER, as dead list prints it")
    return (Inbox if table == "in" else Outbox), int(number)


def run_feed(arguments: argparse.Namespace, settings: Settings) -> int:
    """Journal each line of a file as if the platform had sent it; a running server takes the turns."""
    try:
        lines = [line for line in arguments.file.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise Refusal(f"{arguments.file} cannot be read ({type(error).__name__})") from None

    async def feed() -> int:
        app = App(settings)
        channel = app.channels.get((arguments.channel, "default"))
        if channel is None:
            raise Refusal(f"channel {arguments.channel} is not connected: its token is not set")
        fed = 0
        for number, line in enumerate(lines, 1):
            try:
                raw = msgspec.json.decode(line)
            except msgspec.DecodeError:
                print(f"line {number}: refused: is not JSON")
                continue
            try:
                await app.journal.add(channel.name, channel.account, channel.envelope(raw), line)
            except Unreachable:
                raise Refusal("the database cannot be reached") from None
            fed += 1
        app.threads.close()
        app.db.close()
        return fed

    print(f"{asyncio.run(feed())} updates journalled")
    return 0

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
from bot.web.hooks import envelope_of
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
        (Inbox, ("dead", "aside"), {"state": "open", "attempts": 0, "next_ms": 0, "done_ms": None}),
    )


def run_resend(arguments: argparse.Namespace, settings: Settings) -> int:
    """Queue messages of the outbox again."""
    return _change(
        arguments.ids,
        settings,
        (Outbox, ("dead", "unsure"), {"state": "queued", "attempts": 0, "next_ms": 0, "reason": None}),
    )


def run_drop(arguments: argparse.Namespace, settings: Settings) -> int:
    """Put rows aside for good."""
    return _change(
        arguments.ids,
        settings,
        (Inbox, ("dead",), {"state": "aside"}),
        (Outbox, ("dead", "unsure"), {"state": "dropped"}),
    )


Change = tuple[type[Any], tuple[str, ...], dict[str, Any]]
"""Rows of which table, in which states, and what becomes of them."""


def _change(names: list[str], settings: Settings, *changes: Change) -> int:
    """Change all the rows that are named, or none."""
    db = Database(settings.database_url)
    count = 0
    try:
        with unit(db) as session:
            left = list(dict.fromkeys(names))
            for table, states, values in changes:
                rows = _rows(session, left, table, states)
                left = [name for name in left if name == "all" or _row(name)[0] is not table]
                count += len(rows)
                for row in rows:
                    for column, value in values.items():
                        setattr(row, column, value)
            if left and left != ["all"]:
                raise Refusal(f"{left[0]} is not among them; see dead list")
    finally:
        db.close()
    print(f"{count} {'message' if count == 1 else 'messages'}")
    return 0


def _rows(session: Session, names: list[str], table: type[Any], states: tuple[str, ...]) -> list[Any]:
    if "all" in names:
        return list(session.scalars(select(table).where(table.state.in_(states))))
    rows = []
    for name in names:
        kind, number = _row(name)
        if kind is not table:
            continue
        row: Any = session.get(table, number)
        if row is None or row.state not in states:
            raise Refusal(f"{name} is not among them; see dead list")
        rows.append(row)
    return rows


def _row(name: str) -> tuple[type[Any], int]:
    table, _, number = name.partition(":")
    if table not in ("in", "out") or not (number.isdecimal() and len(number) < 19):
        raise Refusal(f"{name}: write in:NUMBER or out:NUMBER, as dead list prints it")
    return (Inbox if table == "in" else Outbox), int(number)


def run_feed(arguments: argparse.Namespace, settings: Settings) -> int:
    """Journal each line of a file as if the platform had sent it; a running server takes the turns."""
    try:
        lines = [(number, line) for number, line in enumerate(arguments.file.read_bytes().splitlines(), 1) if line]
    except OSError as error:
        raise Refusal(f"{arguments.file} cannot be read ({type(error).__name__})") from None
    print(f"{asyncio.run(_feed(App(settings), arguments.channel, lines))} updates journalled")
    return 0


async def _feed(app: App, name: str, lines: list[tuple[int, bytes]]) -> int:
    try:
        channel = app.channels.get((name, "default"))
        if channel is None:
            raise Refusal(f"channel {name} is not connected: its token is not set")
        fed = 0
        for number, line in lines:
            try:
                raw = msgspec.json.decode(line)
            except (msgspec.DecodeError, RecursionError):
                print(f"line {number}: refused: is not JSON")
                continue
            try:
                await app.journal.add(channel.name, channel.account, envelope_of(channel, raw, line), line)
            except Unreachable:
                raise Refusal("the database cannot be reached, or was not migrated") from None
            fed += 1
        return fed
    finally:
        app.threads.close()
        app.db.close()

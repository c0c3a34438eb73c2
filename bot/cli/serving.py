"""`serve` and `migrate`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from bot.app import ROLES, App
from bot.cli import demo
from bot.cli.refusal import Refusal
from bot.settings import Settings
from services import ownership
from services.catalog import importing, lines
from services.catalog.model import NamesRecord
from services.clock import SystemClock
from services.db import migrate
from services.db.session import Database, unit
from services.keys import Keys

_SWITCH_S = 0.0005
"""How long the event loop may keep the interpreter from a thread that has the database's answer: with the usual 5 ms
a long queue goes out a sixth slower."""

STARTER = Path(__file__).parent.parent.parent / "services" / "catalog" / "starter"


def add(commands: Any) -> None:
    """Add the commands."""
    serve = commands.add_parser(
        "serve", help="hear, take turns, deliver, keep time and serve the web, in one process or by roles"
    )
    serve.add_argument("--host", default=None, help="where to listen (HOST, 127.0.0.1)")
    serve.add_argument("--port", type=_port, default=None, help="the port (PORT, 8080); 0 takes a free one")
    serve.add_argument(
        "--demo", action="store_true", help="with a demo office; only on an empty database or one made so"
    )
    serve.add_argument("--roles", type=_roles, default=ROLES, help=f"some of {','.join(ROLES)}")
    serve.set_defaults(run=run_serve)
    commands.add_parser(
        "migrate", help="bring the database to the newest schema and load the shipped catalogue"
    ).set_defaults(run=run_migrate)


def _port(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) < 6 and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def _roles(text: str) -> tuple[str, ...]:
    roles = tuple(role.strip() for role in text.split(",") if role.strip())
    if not roles or not set(roles) <= set(ROLES):
        raise argparse.ArgumentTypeError(f"takes some of {','.join(ROLES)}, not {text!r}")
    return roles


def run_serve(arguments: argparse.Namespace, settings: Settings) -> int:
    """Serve until SIGTERM."""
    host = arguments.host or settings.host
    if not arguments.demo and not settings.data_key.get_secret_value():
        raise Refusal(
            "DATA_KEY is not set: make one with `openssl rand -base64 32` and keep it safe (serve --demo makes its own)"
        )
    prepare(settings, as_demo=arguments.demo)
    if arguments.demo:
        settings = demo.with_key(settings)
    own(settings)
    if arguments.demo:
        file_sample(settings)
    port = settings.port if arguments.port is None else arguments.port
    if arguments.demo and port and not settings.public_url:
        # what is said in a chat can only be opened with a whole address
        settings = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})

    sys.setswitchinterval(_SWITCH_S)

    async def run() -> None:
        app = App(settings, demo=arguments.demo)
        await app.serve(arguments.roles, host, port, lambda line: print(line, flush=True))

    try:
        asyncio.run(run())
    except OSError as error:
        raise Refusal(f"cannot listen on {host}:{port}: {error.strerror or type(error).__name__}") from None
    return 0


def run_migrate(arguments: argparse.Namespace, settings: Settings) -> int:
    """Migrate and load what we ship."""
    told = prepare(settings, as_demo=False, anew=True)
    if settings.data_key.get_secret_value():
        own(settings)
    print(f"schema {migrate.newest()}; catalogue: {told}")
    return 0


def own(settings: Settings) -> None:
    """Write down which DATA_KEY this database is written with, at the first start; refuse any other one later."""
    db = Database(settings.database_url)
    try:
        with unit(db) as session:
            if not ownership.owned(session, keys_of(settings)):
                raise Refusal(ownership.ANOTHER_KEY)
    finally:
        db.close()


def file_sample(settings: Settings) -> None:
    """The demo's dossiers."""
    db = Database(settings.database_url)
    try:
        with unit(db) as session:
            demo.sample(session, keys_of(settings), SystemClock().now())
    finally:
        db.close()


def prepare(settings: Settings, *, as_demo: bool, anew: bool = False) -> str:
    """The newest schema and the shipped catalogue; for a demo its office too. Returns what the catalogue load did."""
    db = Database(settings.database_url)
    try:
        migrate.upgrade(db, anew=anew)
        with unit(db) as session:
            if as_demo:
                demo.mark(session)
            return load_starter(session)
    finally:
        db.close()


def load_starter(session: Session) -> str:
    """Load the shipped procedures and everyday names; the same twice changes nothing."""
    now = SystemClock().now()
    done = importing.import_lines(session, shipped(), now, origin="starter", form="motcua")
    if done.refused:
        raise Refusal(f"the shipped catalogue is broken: line {done.refused[0][0]}: {done.refused[0][1]}")
    return f"{done.added} added, {done.changed} changed, {done.unchanged} unchanged"


def shipped() -> Iterator[tuple[int, bytes]]:
    """The lines of the shipped catalogue. Names of one procedure that stand in several files are put together."""
    for path in sorted(STARTER.glob("*.jsonl")):
        yield from lines.lines_of(path)
    together: dict[str, NamesRecord] = {}
    for path in sorted((STARTER / "names").glob("*.jsonl")):
        for _, line in lines.lines_of(path):
            record = msgspec.json.decode(line, type=NamesRecord)
            together[record.code] = record.joined(together.get(record.code))
    for number, record in enumerate(together.values(), 1):
        yield number, msgspec.json.encode(record)


def keys_of(settings: Settings) -> Keys:
    """The keys of this database: out of `DATA_KEY`, or of the demo that was started here before. Raises BadKey."""
    key = settings.data_key.get_secret_value()
    demo = settings.state_dir / "demo.key"
    return Keys.read(demo.read_text().strip() if not key and demo.exists() else key)

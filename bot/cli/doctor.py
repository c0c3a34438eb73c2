"""`check`: the doctor. One line each, exit 1 if anything fails."""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import func, select

from bot.app import LOCALES
from bot.cli.serving import keys_of
from bot.connect import connected
from bot.port import SendFailed
from bot.settings import Settings
from bot.texts import BrokenTexts, Texts
from services import ownership
from services.db import migrate, triggers
from services.db.office import Agency, Procedure, ProcedureNames
from services.db.session import Database, reading
from services.desk import troubles
from services.dossiers import chain

Finding = tuple[bool, str]
_BROKEN_SHOWN = 20
_NOTED_SHOWN = 10


def add(commands: Any) -> None:
    """Add the command."""
    commands.add_parser("check", help="the doctor: settings, database, catalogue, texts, credentials").set_defaults(
        run=run
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print a line for each finding."""
    bad = 0
    for name, look in LOOKS:
        for ok, line in _safely(name, look, settings):
            print(f"{'ok  ' if ok else 'FAIL'} {name}: {line}")
            bad += not ok
    return 1 if bad else 0


def _safely(name: str, look: Callable[[Settings], Iterator[Finding]], settings: Settings) -> Iterator[Finding]:
    try:
        yield from look(settings)
    except Exception as error:
        yield False, f"{type(error).__name__}"


def _settings(settings: Settings) -> Iterator[Finding]:
    key = settings.data_key.get_secret_value()
    demo = (settings.state_dir / "demo.key").exists()
    if not key:
        yield demo, "the demo's own DATA_KEY is used" if demo else "DATA_KEY is not set (openssl rand -base64 32)"
        return
    try:
        right = len(base64.b64decode(key, validate=True)) == 32
    except (binascii.Error, ValueError):
        right = False
    yield right, "DATA_KEY has 32 bytes" if right else "DATA_KEY is not 32 bytes in base64"


def _texts(settings: Settings) -> Iterator[Finding]:
    try:
        texts = Texts(LOCALES)
    except BrokenTexts as broken:
        for line in str(broken).splitlines():
            yield False, line
        return
    yield True, f"complete in {', '.join(texts.locales)}"


def _database(settings: Settings) -> Iterator[Finding]:
    db = Database(settings.database_url)
    try:
        at, newest = migrate.current(db), migrate.newest()
        yield (
            at == newest,
            f"schema {at or 'none'}" + ("" if at == newest else f", this program needs {newest}: run migrate"),
        )
        if at != newest:
            return
        with reading(db) as session:
            procedures = session.scalar(select(func.count()).select_from(Procedure)) or 0
            names = session.scalar(select(func.count()).select_from(ProcedureNames)) or 0
            front = session.scalar(select(Agency.name).where(Agency.is_front))
        yield procedures > 0, f"{procedures} procedures, everyday names for {names}"
        yield front is not None, f"speaks for {front}" if front else "no agency has front = true: import an office file"
    finally:
        db.close()


def _dossiers(settings: Settings) -> Iterator[Finding]:
    db = Database(settings.database_url)
    try:
        if migrate.current(db) != migrate.newest():
            return
        with db.reading.connect() as connection:
            lost = triggers.missing(connection)
        yield not lost, f"triggers missing: {', '.join(lost)}; run migrate" if lost else "every trigger is in place"
        with reading(db) as session:
            ours = ownership.known(session, keys_of(settings))
        if ours is not None:
            yield ours, "written with this DATA_KEY" if ours else ownership.ANOTHER_KEY
        if ours is False:
            return  # every chain would look broken
        with reading(db) as session:
            broken = list(islice(chain.verify_all(session, keys_of(settings)), _BROKEN_SHOWN))
            noted, open_ones = troubles.newest(session, _NOTED_SHOWN), troubles.counts(session)
        if open_ones:
            kinds = ", ".join(f"{key} {count}" for key, count in open_ones.items())
            yield True, f"{sum(open_ones.values())} to look at ({kinds}), until an officer closes them; the newest:"
        for kind, code, times, at in noted:
            often = f", {times} times" if times > 1 else ""
            yield True, f"to look at: {code}: {kind}{often}, last {at:%Y-%m-%d %H:%M} UTC"
        for one in broken:
            yield False, f"{one.code} event {one.seq}: {one.why}"
        if not broken:
            yield True, "every chain of events holds"
    finally:
        db.close()


def _channels(settings: Settings) -> Iterator[Finding]:
    async def look() -> list[Finding]:
        found: list[Finding] = []
        for (name, account), channel in connected(settings).items():
            try:
                await channel.start()
                found.append((True, f"{name}/{account} accepts our credentials"))
            except SendFailed as failure:
                found.append((False, f"{name}/{account}: {failure.kind} ({failure.reason})"))
            finally:
                await channel.stop()
        return found

    found = asyncio.run(look())
    yield from found or [(True, "no platform token is set; the chat page works without one")]


LOOKS = (
    ("settings", _settings),
    ("texts", _texts),
    ("database", _database),
    ("dossiers", _dossiers),
    ("channels", _channels),
)
"""What the doctor looks at, in order."""

"""A whole house for a test: a migrated database with the starter catalogue, and the app over it, run by hand."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import text

from bot.app import App
from bot.cli.demo import OFFICE
from bot.cli.serving import load_starter
from bot.port import Channel, Envelope
from bot.settings import Settings
from services import office
from services.db import migrate
from services.db.session import Database, unit
from tests.kit import databases, postgres, scratch
from tests.kit.clock import FakeClock

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
"""A DATA_KEY for tests."""


def fill(url: str) -> None:
    """Migrate the database at `url` and load the starter catalogue and the agencies of the example office."""
    db = Database(url)
    try:
        migrate.upgrade(db)
        with unit(db) as session:
            # who works there, and at which counters, each test says itself
            bare = msgspec.structs.replace(office.read(OFFICE), staff=[], counters=[], calendar=[], replies=[])
            office.bring_in(session, bare)
            load_starter(session)
    finally:
        db.close()


@cache
def _filled_file() -> Path:
    url = databases.new_database("sqlite", scratch.folder("house-"))
    fill(url)
    return Path(url.removeprefix("sqlite:///"))


@cache
def _postgres_template() -> str:
    postgres.register_template("house", fill, base=databases.template())
    return "house"


@cache
def _cache_dir() -> Path:
    return scratch.folder("house-cache-")


def new_database(kind: str, folder: Path) -> str:
    """The URL of a new filled database of `kind` "sqlite" or "postgresql"."""
    if kind == "postgresql":
        return postgres.fresh_database(_postgres_template())
    path = folder / "house.db"
    shutil.copyfile(_filled_file(), path)
    return f"sqlite:///{path}"


def settings_for(url: str, folder: Path, **more: Any) -> Settings:
    """Settings that read nothing from the environment but these values."""
    (folder / "state").mkdir(exist_ok=True)
    link = folder / "state" / "cache"
    if not link.exists():
        link.symlink_to(_cache_dir())
    return Settings(_env_file=None, database_url=url, state_dir=folder / "state", data_key=KEY, **more)


_INDEXES: dict[str, Any] = {}
"""The index of the starter catalogue, built once for all houses of a run."""


@dataclass
class House:
    """The app over a database; nothing runs by itself."""

    app: App
    clock: FakeClock
    url: str
    _number: int = 0

    @classmethod
    async def open(
        cls, url: str, folder: Path, channels: dict[tuple[str, str], Channel], clock: FakeClock, **more: Any
    ) -> House:
        """Build the app and register its channel accounts."""
        app = App(settings_for(url, folder, **more), clock=clock, channels=channels, indexes=_INDEXES)
        await app.threads.write(app.register_accounts)
        return cls(app, clock, url)

    async def hears(self, channel: Channel, chat: str, *, event_id: str = "", **raw: Any) -> None:
        """An update arrives and is journalled, as a hook does it."""
        self._number += 1
        body = {"id": event_id or f"e{self._number}", "chat": chat, **raw}
        await self.app.journal.add(channel.name, channel.account, Envelope(body["id"], chat), msgspec.json.encode(body))

    async def settles(self, rounds: int = 50) -> None:
        """Take turns and deliver until nothing is left that is due now."""
        app = self.app
        parts = (
            ("update", app.turns.step), ("change", app.notifier.step), ("sending", app.proofs.step),
            ("telling", app.teller.step),
        )  # fmt: skip
        for _ in range(rounds):
            worked, there = 0, self._there()
            for kind, step in parts:
                if kind in there and (done := await step()):
                    worked, there = worked + done, self._there()
            for sender in app.senders:
                if f"to {sender.channel.name}/{sender.channel.account}" in there:
                    worked += await sender.step()
                if sender.sending:
                    await sender.all_sent()
                    worked += 1
            if not worked:
                if "notice" in there:
                    await app.watch.step()
                kept = await app.notifier.digest() if "kept" in there else 0
                if not kept + await app.aftercare.step():
                    return
        raise AssertionError("the house never comes to rest")

    def _there(self) -> set[str]:
        """What lies in the tables of work, due or not: where nothing does, no part of the app needs to look.

        One statement in place of a look of every part, most of which find nothing after most lines of a transcript.
        """
        with self.app.db.reading.connect() as connection:
            return set(connection.execute(_THERE).scalars())

    async def close(self) -> None:
        """Stop what the app opened, and drop a PostgreSQL database."""
        await self.app.stop()
        if self.url.startswith("postgresql"):
            postgres.drop_database(self.url)


_THERE = text(
    """
    SELECT 'to ' || channel || '/' || account FROM outbox WHERE state IN ('queued', 'sending')
    UNION SELECT 'update' WHERE EXISTS (SELECT 1 FROM inbox WHERE state = 'open')
    UNION SELECT 'change' WHERE EXISTS (SELECT 1 FROM event_work)
    UNION SELECT 'sending' WHERE EXISTS (SELECT 1 FROM presubmissions)
    UNION SELECT 'telling' WHERE EXISTS (SELECT 1 FROM tellings WHERE state = 'open')
    UNION SELECT 'notice' WHERE EXISTS (SELECT 1 FROM notices WHERE state = 'open')
    UNION SELECT 'kept' WHERE EXISTS (SELECT 1 FROM notices WHERE state = 'kept')
    """
)

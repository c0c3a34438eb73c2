"""Databases for tests of services: migrated, empty, of both kinds; and a foreign program that writes to them.

`databases` is the parametrised fixture's body: a module that wants both kinds says

    @pytest.fixture(params=KINDS)
    def db(request, tmp_path): yield from databases(request.param, tmp_path)
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from services.db import migrate
from services.db.session import Database
from tests.kit import postgres, scratch
from tests.kit.patience import PATIENCE

KINDS = ("sqlite", "postgresql")


def _migrate(url: str) -> None:
    db = Database(url)
    try:
        migrate.upgrade(db)
    finally:
        db.close()


@cache
def _migrated_file() -> Path:
    path = scratch.folder("databases-") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@cache
def template() -> str:
    """The migrated, empty template of the run's PostgreSQL."""
    postgres.register_template("migrated", _migrate)
    return "migrated"


def new_database(kind: str, folder: Path) -> str:
    """The URL of a new migrated database of `kind` "sqlite" or "postgresql"."""
    if kind == "sqlite":
        path = folder / "motcua.db"
        shutil.copyfile(_migrated_file(), path)
        return f"sqlite:///{path}"
    return postgres.fresh_database(template())


def databases(kind: str, folder: Path) -> Iterator[Database]:
    """An open, migrated database, closed and dropped after the test."""
    url = new_database(kind, folder)
    db = Database(url)
    try:
        yield db
    finally:
        db.close()
        if kind == "postgresql":
            postgres.drop_database(url)


class Foreign:
    """Another program of the office: a client that knows nothing of ours. `?` stands for a value on both databases.

    With `now` the database tells it that time, so that what the triggers write down is the same in every run.
    """

    def __init__(self, db: Database, now: datetime | None = None) -> None:
        self.is_sqlite = db.is_sqlite
        self.connection: Any
        if db.is_sqlite:
            self.connection = sqlite3.connect(str(db.url.database), timeout=PATIENCE)
            if now is not None:
                stands = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
                self.connection.create_function("strftime", -1, lambda *_: stands)
        else:
            dsn = db.url.set(drivername="postgresql").render_as_string(hide_password=False)
            self.connection = psycopg.connect(dsn)
            if now is not None:
                self.connection.execute(
                    "CREATE OR REPLACE FUNCTION motcua_now() RETURNS timestamptz LANGUAGE sql"
                    f" AS $body$ SELECT timestamptz '{now.isoformat()}' $body$"
                )
                self.connection.commit()

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement, without committing; its rows, if it has any."""
        if not self.is_sqlite:
            statement = statement.replace("?", "%s")
        cursor = self.connection.execute(statement, tuple(values))
        return list(cursor.fetchall()) if cursor.description else []

    def write(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run a statement and commit."""
        self.execute(statement, values)
        self.connection.commit()

    def commit(self) -> None:
        """Commit what was executed."""
        self.connection.commit()

    def close(self) -> None:
        """Go away, without committing."""
        self.connection.close()

"""The databases of a measurement: a new SQLite file, or a database of a PostgreSQL started for it, with full sync."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

from bench.tables import NotMeasured
from bot.cli.serving import load_starter
from services.db import migrate
from services.db.base import Base
from services.db.session import Database, reading, unit

SQLITE, POSTGRES = "SQLite", "PostgreSQL"


@contextmanager
def opened(kind: str, folder: Path, *, durable: bool = True) -> Iterator[str]:
    """The URL of an empty database, migrated and with the starter catalogue; gone at the end.

    Raises NotMeasured when this machine has no PostgreSQL to start.
    """
    if kind == SQLITE:
        url = f"sqlite:///{folder / 'bench.db'}"
        fill(url)
        yield url
        return
    try:
        from tests.kit.postgres import PostgresServer
    except ImportError as error:
        raise NotMeasured(f"no PostgreSQL to start here: {error}") from None
    with PostgresServer(durable=durable) as server:
        url = server.fresh_database()
        fill(url)
        yield url


def fill(url: str) -> None:
    """Bring an empty database to the newest schema, with the starter catalogue."""
    db = Database(url)
    try:
        migrate.upgrade(db)
        with unit(db) as session:
            load_starter(session)
    finally:
        db.close()


def count(url: str, table: type[Base], *conditions: object) -> int:
    """How many rows of `table` satisfy the conditions."""
    db = Database(url)
    try:
        with reading(db) as session:
            wanted = select(func.count()).select_from(table).where(*conditions)  # type: ignore[arg-type]
            return session.scalar(wanted) or 0
    finally:
        db.close()

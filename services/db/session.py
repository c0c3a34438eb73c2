"""Opening the database, and `unit()`: the one place that begins and commits a transaction."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

_WAIT_S = 10.0
"""How long a connection waits for another one's lock."""


class Database:
    """An open database. On SQLite one writer at a time (`BEGIN IMMEDIATE`, WAL, full sync); readers never wait for it.

    `url` is an SQLAlchemy URL, `sqlite:///file` or `postgresql+psycopg://...`. `writers` bounds the connections.
    """

    def __init__(self, url: str, *, writers: int = 4) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writing: Any = threading.Lock() if self.is_sqlite else nullcontext()
        if self.is_sqlite:
            if self.url.database and self.url.database != ":memory:":
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = self._sqlite("BEGIN IMMEDIATE")
            self.reading = self._sqlite("BEGIN")
        else:
            self.engine = self.reading = create_engine(
                self.url,
                pool_size=writers,
                max_overflow=writers,
                pool_timeout=10,
                hide_parameters=True,
                connect_args={"connect_timeout": 5, "application_name": "motcua"},
            )

    def _sqlite(self, begin: str) -> Engine:
        engine = create_engine(
            self.url, poolclass=QueuePool, pool_size=2, max_overflow=8, hide_parameters=True,
            connect_args={"check_same_thread": False, "timeout": _WAIT_S, "isolation_level": None},
        )  # fmt: skip

        @event.listens_for(engine, "connect")
        def _connect(connection: sqlite3.Connection, record: object) -> None:
            cursor = connection.cursor()
            _write_ahead(cursor)
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.execute("PRAGMA cache_size=-32000")
            cursor.close()

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        self.reading.dispose()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Switch to write-ahead logging. For a new file only one may, and SQLite sends the others away at once, without the
    wait that it has for everything else: processes that start together would stop each other."""
    until = time.monotonic() + _WAIT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def unit(db: Database) -> Iterator[Session]:
    """One write transaction: everything inside happens wholly or not at all. Nothing else commits."""
    with db._writing, Session(db.engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(db: Database) -> Iterator[Session]:
    """A consistent view for reading; what is written in it is thrown away."""
    with Session(db.reading, expire_on_commit=False) as session:
        yield session

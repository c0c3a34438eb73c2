"""Looking into the bot's database from outside, while it runs or after it died, without touching it."""

from __future__ import annotations

import sqlite3
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from sqlalchemy import make_url


class Look:
    """One database, SQLite or PostgreSQL."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._file = Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
        self._dsn = parsed.set(drivername="postgresql").render_as_string(hide_password=False)

    def rows(self, sql: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a query that is the same on both."""
        if self._file is None:
            with psycopg.connect(self._dsn) as connection:
                return connection.execute(sql).fetchall()
        return _read(self._file, sql)

    def at_rest(self) -> bool:
        """Whether nothing waits: no update for its turn, no message to be sent."""
        waiting = self.rows(
            "SELECT (SELECT count(*) FROM inbox WHERE state = 'open')"
            " + (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending'))"
        )
        return int(waiting[0][0]) == 0

    def sending(self, *, copied: bool = True) -> frozenset[tuple[str, str]]:
        """The messages (chat, text) that a dead process was sending: read from a copy, so that the next process
        finds the files as they were left. Not `copied` while others write: the two files would not fit together."""
        sql = "SELECT chat, page FROM outbox WHERE state = 'sending'"
        if self._file is None or not copied:
            found = self.rows(sql)
        else:
            with tempfile.TemporaryDirectory(prefix="bench-look-") as folder:
                copy = Path(folder) / self._file.name
                files = [self._file.parent / name for name in (self._file.name, f"{self._file.name}-wal")]
                # By another process: closing the file in this one would undo the locks of its connections.
                subprocess.run(["cp", *(str(file) for file in files if file.exists()), folder], check=True)
                found = _read(copy, sql)
        return frozenset((str(chat), str(msgspec.json.decode(page)["text"])) for chat, page in found)

    def whole(self) -> bool:
        """What the database says of its own integrity (SQLite; PostgreSQL would not have answered)."""
        return self._file is None or self.rows("PRAGMA integrity_check")[0][0] == "ok"


def _read(file: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(file, timeout=10)
    try:
        connection.execute("PRAGMA query_only=ON")
        return connection.execute(sql).fetchall()
    finally:
        connection.close()

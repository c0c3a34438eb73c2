"""The programs that change dossiers while something is being measured: plain SQL, and the API."""

from __future__ import annotations

import http.client
import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from bench.followed import Change
from bench.programs import Failed
from services import api_keys
from services.db.session import Database, unit
from tests.kit.databases import Foreign

_WITHIN_S = 120.0


class Sql:
    """A program with a plain client: one UPDATE, one commit. Comes back when the database was away."""

    def __init__(self, url: str) -> None:
        self._db = Database(url)
        self._foreign: Foreign | None = None
        self.again = 0
        """How often a transaction had to be begun again."""

    def write(self, change: Change) -> float:
        """Write one change and commit; returns when it was committed (unix seconds). Raises Failed."""
        self.write_all([change])
        return time.time()

    def write_all(self, changes: Iterable[Change]) -> None:
        """Write changes in one transaction. Raises Failed when it is not possible for two minutes."""
        values = [(one.status, one.note, one.code) for one in changes]
        deadline = time.monotonic() + _WITHIN_S
        while True:
            try:
                self._foreign = self._foreign or Foreign(self._db)
                for row in values:
                    self._foreign.execute("UPDATE dossiers SET status = ?, status_note = ? WHERE code = ?", row)
                self._foreign.commit()
                return
            except (psycopg.Error, sqlite3.Error, SQLAlchemyError) as error:
                # A commit that broke off may have happened; written again it changes nothing.
                self.close()
                self.again += 1
                if time.monotonic() > deadline:
                    raise Failed(f"the database takes no writes: {type(error).__name__}") from None
                time.sleep(0.2)

    def close(self) -> None:
        """Go away."""
        if self._foreign is not None:
            try:
                self._foreign.close()
            finally:
                self._foreign = None


class Api:
    """A program that calls the API and repeats a call until it is answered, with the same event id."""

    def __init__(self, port: int, key: str, alive: Callable[[], object] = lambda: None) -> None:
        self._port, self._key, self._alive = port, key, alive
        self._connection: http.client.HTTPConnection | None = None

    def write(self, change: Change) -> float:
        """Write one change; returns when it was answered. Raises Failed."""
        body = json.dumps({"event_id": f"bench-{change.number}-{change.n}", "status": change.status,
                           "note": change.note})  # fmt: skip
        deadline = time.monotonic() + _WITHIN_S
        while True:
            try:
                status, said = self._post(f"/api/v1/dossiers/{change.code}/events", body)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                status, said = 0, type(error).__name__
            if status in (200, 201):
                return time.time()
            if status and status < 500:
                raise Failed(f"the API refused a change: {status} {said[:300]}")
            if time.monotonic() > deadline:
                raise Failed(f"the API does not answer: {status} {said[:300]}")
            self._alive()
            time.sleep(0.02)

    def _post(self, path: str, body: str) -> tuple[int, str]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=15)
        self._connection.request("POST", path, body, {"Authorization": f"Bearer {self._key}"})
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")

    def close(self) -> None:
        """Go away."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def api_key(url: str) -> str:
    """A key for the API."""
    db = Database(url)
    try:
        with unit(db) as session:
            key: Any = api_keys.create(session, "bench", ["read", "write"], datetime.now(UTC))
    finally:
        db.close()
    if not isinstance(key, str):
        raise Failed(f"no key for the API: {key}")
    return key

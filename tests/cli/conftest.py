"""Commands run as an operator runs them: the environment, a folder of their own, and what they print."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.settings import Settings
from services.db.session import Database, reading, unit
from tests.kit import databases, postgres
from tests.kit.house import KEY, new_database


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


class Shell:
    """Runs commands in this process. `url` is the database they work on."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys
        monkeypatch.chdir(folder)
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        self.sets(STATE_DIR=str(folder / "state"), DATA_KEY=KEY)
        self.url = f"sqlite:///{folder}/shell.db"

    @property
    def url(self) -> str:
        """Where DATABASE_URL points."""
        return self._url

    @url.setter
    def url(self, url: str) -> None:
        self._url = url
        self.sets(DATABASE_URL=url)

    def sets(self, **values: str) -> None:
        """Environment variables."""
        for name, value in values.items():
            self._monkeypatch.setenv(name, value)

    def run(self, *words: str | Path, stdin: bytes = b"") -> Said:
        """One command."""
        self._capsys.readouterr()
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            status = main([str(word) for word in words])
        except SystemExit as usage:
            status = int(usage.code or 0)
        printed = self._capsys.readouterr()
        return Said(status, printed.out, printed.err)

    def filled(self, kind: str = "sqlite") -> None:
        """A database with the starter catalogue and the example office."""
        self.url = new_database(kind, self.folder)

    def read(self, work: Any) -> Any:
        """Read from the database."""
        db = Database(self.url)
        try:
            with reading(db) as session:
                return work(session)
        finally:
            db.close()

    def write(self, work: Any) -> None:
        """Write into the database."""
        db = Database(self.url)
        try:
            with unit(db) as session:
                work(session)
        finally:
            db.close()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    made = Shell(tmp_path, monkeypatch, capsys)
    yield made
    root.handlers[:], root.level = handlers, level
    if made.url.startswith("postgresql"):
        postgres.drop_database(made.url)


@pytest.fixture
def empty(shell: Shell) -> Shell:
    """A shell whose database has all its tables and nothing in them."""
    shell.url = databases.new_database("sqlite", shell.folder)
    return shell

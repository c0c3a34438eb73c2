"""A migrated database of each kind, and an office that writes dossiers into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.db.session import Database
from tests.dossiers.office import Office
from tests.kit.databases import KINDS, databases


@pytest.fixture(params=KINDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    yield from databases(request.param, tmp_path)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    yield from databases("sqlite", tmp_path)


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[Database]:
    yield from databases("postgresql", tmp_path)


@pytest.fixture
def office(db: Database) -> Iterator[Office]:
    opened = Office(db)
    yield opened
    opened.close()


@pytest.fixture
def on_sqlite(sqlite: Database) -> Iterator[Office]:
    """For what depends on SQLite, or is the same everywhere and has many cases."""
    opened = Office(sqlite)
    yield opened
    opened.close()


@pytest.fixture
def on_postgresql(postgresql: Database) -> Iterator[Office]:
    """For what only several connections can show."""
    opened = Office(postgresql)
    yield opened
    opened.close()

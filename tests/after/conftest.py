"""An office with desk, officers and head over a migrated database of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.db.session import Database
from tests.after.town import Town
from tests.kit.databases import KINDS, databases

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture(params=KINDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    yield from databases(request.param, tmp_path)


@pytest.fixture
def town(db: Database) -> Town:
    return Town.at(db, NOW)

"""An empty catalogue for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.db.session import Database
from tests.kit.databases import databases


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    yield from databases("sqlite", tmp_path)

"""An Official Account for each test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.channels.oa_place import Place, opened


@pytest.fixture
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """On SQLite, or on the database that the test is parametrized with."""
    async with opened(getattr(request, "param", "sqlite"), tmp_path) as made:
        yield made

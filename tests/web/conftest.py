"""A served house for each test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.guest import Guest
from tests.web.place import Place, opened


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with opened(tmp_path) as made:
        yield made


@pytest.fixture
async def guest(place: Place) -> Guest:
    return await Guest.comes(place)

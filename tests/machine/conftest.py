"""A room on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.kit import postgres, toy
from tests.kit.databases import KINDS, new_database
from tests.machine.rooms import Room


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    made = new_database(request.param, tmp_path)
    yield made
    if request.param == "postgresql":
        postgres.drop_database(made)


@pytest.fixture
async def room(url: str, tmp_path: Path) -> AsyncIterator[Room]:
    toy.BREAKS.clear()
    made = await Room(url, tmp_path).opens()
    yield made
    made.close()

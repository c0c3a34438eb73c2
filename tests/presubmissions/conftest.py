"""A house with the example office and the starter catalogue, and people who chat with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.phone import Phone
from tests.presubmissions.chat import Chat

DATABASES = ("sqlite", "postgresql")
NewChat = Callable[[int], Chat]


@pytest.fixture
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """On SQLite, or on what a test names: `@pytest.mark.parametrize("house", DATABASES, indirect=True)`."""
    kind, clock = getattr(request, "param", "sqlite"), FakeClock()
    phone = Phone("zalo-bot", clock)
    made = await House.open(new_database(kind, tmp_path), tmp_path, {("phone", "default"): phone}, clock)
    yield made
    await made.close()


@pytest.fixture
def chat(house: House) -> Chat:
    return Chat(house, 1)


@pytest.fixture
def new_chat(house: House) -> NewChat:
    return lambda who: Chat(house, who)

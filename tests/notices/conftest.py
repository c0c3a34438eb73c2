"""A person with two phones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.phone import Phone
from tests.notices.pair import CODE, Two


@asynccontextmanager
async def house_of_two(kind: str, folder: Path) -> AsyncIterator[Two]:
    """A house on a database of this kind, with a person and her two phones."""
    clock = FakeClock(datetime(2026, 11, 20, 3, 0, tzinfo=UTC))
    first, second = Phone("telegram", clock, name="first"), Phone("zalo-bot", clock, name="second")
    channels: dict[Any, Any] = {("first", "default"): first, ("second", "default"): second}
    house = await House.open(new_database(kind, folder), folder, channels, clock)
    made = Two(house, first, second)
    await made.sql(
        "INSERT INTO dossiers (code, procedure_code, agency_code, status, applicant_phone, received_at) "
        f"VALUES ('{CODE}', '1.001193', 'H99.15', 2, '0912345678', '2026-11-20T01:30:00Z')"
    )
    await house.settles()
    yield made
    await house.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
async def two(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Two]:
    """On both databases; on PostgreSQL `make test` runs `test_notices`, and `make slow` the rest."""
    async with house_of_two(request.param, tmp_path) as made:
        yield made

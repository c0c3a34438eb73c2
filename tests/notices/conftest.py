"""A person with two phones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.phone import Phone
from tests.notices.pair import CODE, Two


@pytest.fixture(params=["sqlite", "postgresql"])
async def two(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Two]:
    clock = FakeClock(datetime(2026, 11, 20, 3, 0, tzinfo=UTC))
    first, second = Phone("telegram", clock, name="first"), Phone("zalo-bot", clock, name="second")
    channels: dict[Any, Any] = {("first", "default"): first, ("second", "default"): second}
    house = await House.open(new_database(request.param, tmp_path), tmp_path, channels, clock)
    made = Two(house, first, second)
    await made.sql(
        "INSERT INTO dossiers (code, procedure_code, agency_code, status, applicant_phone, received_at) "
        f"VALUES ('{CODE}', '1.001193', 'H99.15', 2, '0912345678', '2026-11-20T01:30:00Z')"
    )
    await house.settles()
    yield made
    await house.close()

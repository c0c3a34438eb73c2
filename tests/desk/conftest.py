"""A migrated database of each kind with one agency, its people, and keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.db.office import Agency
from services.db.session import Database, unit
from services.keys import Keys
from tests.kit.databases import KINDS, databases
from tests.kit.house import KEY

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""Nine o'clock on a Friday morning at the office."""
AGENCY, OTHER = "H99.15", "H99.15.CA"
HOURS = {day: [["07:30", "11:30"], ["13:30", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture(params=KINDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    for opened in databases(request.param, tmp_path):
        with unit(opened) as session:
            session.add(Agency(code=AGENCY, name="Trung tâm", level="commune", is_front=True, hours=HOURS))
            session.add(Agency(code=OTHER, name="Công an", level="commune", hours=HOURS))
        yield opened


@pytest.fixture
def keys() -> Keys:
    return Keys.read(KEY)

"""Databases of one run share what was compiled, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.db.machine import Outbox
from services.db.session import Database, reading
from tests.kit import dialects
from tests.kit.databases import KINDS, databases


@pytest.mark.parametrize("kind", KINDS)
def test_a_statement_is_compiled_for_the_first_database_only(kind: str, tmp_path: Path) -> None:
    def asked(db: Database, account: str) -> int | None:
        with reading(db) as session:
            return session.scalar(select(func.count()).select_from(Outbox).where(Outbox.account == account))

    known = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        for db in databases(kind, folder):
            assert type(db.engine.dialect) in (dialects.SQLite, dialects.PostgreSQL)
            assert asked(db, str(number)) == 0
        known.append(dialects.compiled())
    assert known[0] == known[1] > 0

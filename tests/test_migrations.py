"""Migrations: up, down and up again on both databases, and what they make is what the models say."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from services.db import migrate
from services.db.base import Base
from services.db.session import Database
from tests.kit import postgres

VERSIONS = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new.db"
        return
    made = postgres.fresh_database()
    yield made
    postgres.drop_database(made)


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    made = Database(url)
    yield made
    made.close()


def schema(db: Database) -> dict[str, list[str]]:
    """Everything there is: the columns of the tables, their indexes and constraints, and the triggers."""
    found: dict[str, list[str]] = {}
    with db.reading.connect() as connection:
        seen = inspect(connection)
        # all tables at once: this is asked three times a migration
        indexes, uniques, keys = (
            seen.get_multi_indexes(), seen.get_multi_unique_constraints(), seen.get_multi_pk_constraint()
        )  # fmt: skip
        for table, columns in seen.get_multi_columns().items():
            found[table[1]] = sorted(
                [
                    *(f"{c['name']} {c['type']} {c['nullable']} {c['default']}" for c in columns),
                    *(f"index {i['name']} {i['column_names']} {i['unique']}" for i in indexes[table]),
                    *(f"unique {u['column_names']}" for u in uniques[table]),
                    f"key {keys[table]['constrained_columns']}",
                ]
            )
        triggers = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            if db.is_sqlite
            else "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
        )
        found["triggers"] = sorted(f"{row[0]}: {row[1]}" for row in connection.execute(text(triggers)))
    return found


def test_up_down_and_up_again(db: Database) -> None:
    assert migrate.current(db) == ""
    migrate.upgrade(db)
    assert migrate.current(db) == migrate.newest() != ""
    first = schema(db)
    assert {"inbox", "outbox", "conversations", "procedures"} <= first.keys()
    migrate.downgrade(db)
    assert migrate.current(db) == ""
    assert {name for name, parts in schema(db).items() if parts} <= {"alembic_version"}
    migrate.upgrade(db)
    assert schema(db) == first


def test_every_step_goes_back_to_where_it_came_from(db: Database) -> None:
    before = schema(db)
    for script in reversed(list(VERSIONS.walk_revisions())):
        migrate.upgrade(db, script.revision)
        after = schema(db)
        migrate.downgrade(db, script.down_revision or "base")
        left = schema(db)
        left.pop("alembic_version", None)
        before.pop("alembic_version", None)
        assert left == before, f"{script.revision} does not undo all it did"
        migrate.upgrade(db, script.revision)
        assert schema(db) == after
        before = after


def test_the_models_are_what_the_migrations_made(db: Database) -> None:
    migrate.upgrade(db)
    with db.reading.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": not db.is_sqlite}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_twice_changes_nothing(db: Database) -> None:
    migrate.upgrade(db)
    before = schema(db)
    migrate.upgrade(db)
    assert schema(db) == before


def test_processes_that_start_together_wait_for_each_other(url: str) -> None:
    def start(_: int) -> str:
        mine = Database(url)
        try:
            migrate.upgrade(mine)
            return migrate.current(mine)
        finally:
            mine.close()

    with ThreadPoolExecutor(4) as together:
        assert set(together.map(start, range(4))) == {migrate.newest()}


def test_a_new_file_that_is_opened_by_many_at_once_is_opened_by_all(tmp_path: Path) -> None:
    def open_it(number: int) -> int:
        mine = Database(f"sqlite:///{tmp_path}/{number // 8}.db")
        try:
            with mine.engine.connect() as connection:
                return int(connection.exec_driver_sql("SELECT 1").scalar_one())
        finally:
            mine.close()

    with ThreadPoolExecutor(8) as together:
        assert list(together.map(open_it, range(240))) == [1] * 240


def test_there_is_one_line_of_versions() -> None:
    assert len(VERSIONS.get_heads()) == 1
    for script in VERSIONS.walk_revisions():
        assert script.doc.strip()
        assert not script.branch_labels

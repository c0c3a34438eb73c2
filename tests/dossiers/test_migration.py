"""The migrations make what the models say, up, down and up again, with the triggers."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from services.db import migrate, triggers
from services.db.base import Base
from services.db.session import Database, unit
from tests.dossiers.office import CODE, Office


def test_models_and_migrations_agree(db: Database) -> None:
    with unit(db) as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_up_down_and_up(db: Database) -> None:
    migrate.downgrade(db, "0001")
    with unit(db) as session:
        connection = session.connection()
        tables = set(inspect(connection).get_table_names())
        assert not tables & {"dossiers", "dossier_events", "dossier_ledger", "follows", "receipts"}
        if not db.is_sqlite:
            left = session.execute(text("SELECT proname FROM pg_proc WHERE proname LIKE 'motcua%'")).all()
            assert left == []
    migrate.upgrade(db)
    with unit(db) as session:
        assert triggers.missing(session.connection()) == []


def test_migrating_again_changes_nothing(office: Office) -> None:
    office.create(code=CODE)
    office.update(CODE, status=4)
    migrate.upgrade(office.db)
    with unit(office.db) as session:
        assert triggers.missing(session.connection()) == []
    assert [change.seq for change in office.take().changes] == [1, 2]
    assert not office.take()

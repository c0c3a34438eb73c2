"""Bringing a database to the newest schema, and telling whether it is there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from services.db.session import Database

_LOCK = 7_206_319
"""Any number, the same for all processes: the advisory lock under which PostgreSQL is migrated."""


def _config(connection: Connection | None = None, *, anew: bool = False) -> Config:
    config = Config()
    config.attributes["anew"] = anew
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(db: Database, to: str = "head", *, anew: bool = False) -> None:
    """Run the missing migrations up to `to`, in one transaction. Processes that start together wait for each other.

    `anew` makes the triggers anew even if they are all there.
    """
    with db.engine.begin() as connection:
        if not db.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(_config(connection, anew=anew), to)


def downgrade(db: Database, to: str = "base") -> None:
    """Undo migrations down to `to`; what lay only in the undone tables is gone."""
    with db.engine.begin() as connection:
        command.downgrade(_config(connection), to)


def newest() -> str:
    """The newest revision this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(db: Database) -> str:
    """The revision the database is at; "" before the first migration."""
    with db.reading.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""

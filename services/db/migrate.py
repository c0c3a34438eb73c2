"""Bringing a database to the newest schema, and telling whether it is there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from services.db.session import Database


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(db: Database, to: str = "head") -> None:
    """Run the missing migrations up to `to`, in one transaction."""
    with db.engine.begin() as connection:
        command.upgrade(_config(connection), to)


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

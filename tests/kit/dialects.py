"""One cache of compiled statements for all the databases of a run.

Every engine compiles a statement anew when it first meets it, and a test opens engines of its own: a run would compile
the same few hundred statements some thousand times. The two dialects here are SQLAlchemy's, and all instances of one
count as the same, so that what was compiled for one database serves the next. What is executed does not change.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine

_COMPILED: dict[Any, Any] = {}


class _OneOfAKind:
    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """SQLAlchemy's hook for a new engine."""
        engine.update_execution_options(compiled_cache=_COMPILED)


class SQLite(_OneOfAKind, SQLiteDialect_pysqlite):
    """`sqlite://` in the tests."""

    supports_statement_cache = True


class PostgreSQL(_OneOfAKind, PGDialect_psycopg):
    """`postgresql+psycopg://` in the tests."""

    supports_statement_cache = True


def share() -> None:
    """From now on engines of this process share what they compile."""
    for name in ("sqlite", "sqlite.pysqlite"):
        registry.register(name, __name__, SQLite.__name__)
    registry.register("postgresql.psycopg", __name__, PostgreSQL.__name__)


def compiled() -> int:
    """How many statements were compiled so far."""
    return len(_COMPILED)

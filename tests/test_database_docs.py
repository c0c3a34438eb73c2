"""docs/database.md names every table and column that there is, and none that there is not."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import services.db
from services.db.base import Base

DOCS = Path(__file__).parent.parent / "docs" / "database.md"
_TABLE = re.compile(r"^### `(\w+)`$")
_COLUMN = re.compile(r"^\| `(\w+)` \| (.*) \|$")


def documented() -> dict[str, dict[str, str]]:
    """Table -> column -> what the document says of it."""
    found: dict[str, dict[str, str]] = {}
    columns: dict[str, str] | None = None
    for line in DOCS.read_text("utf-8").splitlines():
        if table := _TABLE.match(line):
            assert table[1] not in found, f"{table[1]} stands twice"
            columns = found[table[1]] = {}
        elif line.startswith("#"):
            columns = None
        elif columns is not None and (column := _COLUMN.match(line)):
            assert column[1] not in columns, f"{column[1]} stands twice"
            columns[column[1]] = column[2].strip()
    return found


def modelled() -> dict[str, list[str]]:
    """Table -> columns, of every model that lies in services/db."""
    for module in pkgutil.iter_modules(services.db.__path__):
        if module.name != "migrations":
            importlib.import_module(f"services.db.{module.name}")
    return {table.name: [column.name for column in table.columns] for table in Base.metadata.sorted_tables}


def test_every_table() -> None:
    assert sorted(documented()) == sorted(modelled())


def test_every_column_in_its_order() -> None:
    said = documented()
    for table, columns in modelled().items():
        assert list(said[table]) == columns, table


def test_every_column_says_something() -> None:
    assert [
        (table, column) for table, columns in documented().items() for column, words in columns.items() if not words
    ] == []

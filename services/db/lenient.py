"""Column types for what other programs write: whatever lies there is read, and nothing raises.

SQLite keeps any value in any column, also text that is no UTF-8, on which its driver would raise; PostgreSQL keeps
`infinity` and dates beyond the year 9999, on which its driver would. So these columns are fetched raw and read here.
"""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    Text,
    TypeDecorator,
    literal,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

_PLAIN = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z?", re.ASCII)
"""The forms of a time that other programs may write on SQLite, always UTC. The trigger knows the same ones."""
_SERVER = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d(?::\d\d){0,2}", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


class _Raw(GenericFunction[Any]):
    """The value as its driver cannot fail to fetch it: bytes on SQLite, text on PostgreSQL."""

    inherit_cache = True
    name = "motcua_raw"


@compiles(_Raw, "sqlite")
def _raw_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS BLOB)"


@compiles(_Raw, "postgresql")
def _raw_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS TEXT)"


def raw(column: Any) -> ColumnElement[Any]:
    """A column exactly as it lies there: bytes on SQLite, text on PostgreSQL."""
    return type_coerce(_Raw(column), LargeBinary)


def is_raw(column: Any, value: bytes | str | memoryview) -> ColumnElement[bool]:
    """Whether a column still holds what `raw` gave: the condition of a compare-and-swap."""
    if isinstance(value, str):
        return literal(value, Text) == raw(column)
    return raw(column) == literal(bytes(value), LargeBinary)


def as_text(value: Any) -> str | None:
    """Any fetched value as text; bytes that are no UTF-8 with replacement characters."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def read_time(text: str) -> datetime | None:
    """A time in one of the agreed forms, aware and in UTC; None for anything else, impossible dates too.

    The calendar's first and last year are impossible: programs write 9999-12-31 for "never", which is no local time.
    """
    if _PLAIN.fullmatch(text):
        text = text.removesuffix("Z") + "+00:00"
    elif not _SERVER.fullmatch(text):
        return None
    try:
        read = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return read if MINYEAR < read.year < MAXYEAR else None


def moment(value: datetime | str | None) -> datetime | None:
    """A time that can be read, else None."""
    return value if isinstance(value, datetime) else None


class LooseText(TypeDecorator[str]):
    """Text that others write."""

    impl = Text
    cache_ok = True

    def column_expression(self, column: Any) -> Any:
        return _Raw(column, type_=self)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return as_text(value)


class LooseInt(TypeDecorator[Any]):
    """A whole number that others write; a text when it is none (only SQLite lets that happen)."""

    impl = Integer
    cache_ok = True

    def column_expression(self, column: Any) -> Any:
        return _Raw(column, type_=self)

    def process_result_value(self, value: Any, dialect: Dialect) -> int | str | None:
        if isinstance(value, int):
            return value
        text = as_text(value)
        return int(text) if text is not None and _INTEGER.fullmatch(text) else text


class LooseTime(TypeDecorator[Any]):
    """A moment that others write: aware, in UTC; a text when it cannot be read, exactly as it lies there.

    SQLite: text `YYYY-MM-DD HH:MM:SS`, with `T`, `Z` or fractions too. PostgreSQL: `timestamptz`.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else Text())

    def column_expression(self, column: Any) -> Any:
        return _Raw(column, type_=self)

    def process_bind_param(self, value: datetime | str | None, dialect: Dialect) -> Any:
        if value is None or isinstance(value, str):
            return value
        if dialect.name == "postgresql":
            return value
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | str | None:
        text = as_text(value)
        return None if text is None else read_time(text) or text


BIG = BigInteger().with_variant(Integer, "sqlite")
"""The type of a counted id on both databases, for hand-written migrations."""

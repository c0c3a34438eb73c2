"""The declarative base and the column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

_BIG = BigInteger().with_variant(Integer, "sqlite")


class Json(TypeDecorator[Any]):
    """JSON values as text; the same bytes on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else msgspec.json.decode(value)


class Utc(TypeDecorator[datetime]):
    """A moment, aware and in UTC in Python; on SQLite text `YYYY-MM-DD HH:MM:SS.ffffff`, as other programs expect."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


Id = Annotated[int, mapped_column(_BIG, primary_key=True, autoincrement=True)]
Big = Annotated[int, mapped_column(_BIG)]
Ms = Annotated[int, mapped_column(_BIG)]
"""Milliseconds since 1970-01-01 UTC."""
Moment = Annotated[datetime, mapped_column(Utc)]
AnyJson = Annotated[Any, mapped_column(Json)]


class Base(DeclarativeBase):
    """All tables."""

    type_annotation_map = {str: Text}  # noqa: RUF012

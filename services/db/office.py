"""The office's tables: agencies, the catalogue, and the record of guidance given. See docs/database.md."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.db.base import AnyJson, Base, Big, Id, Moment


class Agency(Base):
    """An agency, today's or a former one. Never match agencies by name: former districts' names live on as communes."""

    __tablename__ = "agencies"
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    level: Mapped[str]
    parent_code: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    hotline: Mapped[str] = mapped_column(default="", server_default="")
    email: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str] = mapped_column(default="", server_default="")
    hours: Mapped[AnyJson | None]
    """Weekday ("mon".."sun") -> list of ["07:30", "11:30"]."""
    is_front: Mapped[bool] = mapped_column(default=False, server_default="0")
    """Whether this agency runs the front desk that the bot speaks for."""


class Procedure(Base):
    """A procedure by its national code, and which of its versions is shown."""

    __tablename__ = "procedures"
    code: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[Big]
    origin: Mapped[str]
    """`starter` for what we ship, `import` for the office's own, which the starter never overwrites."""


class ProcedureVersion(Base):
    """One version, never changed once written; a changed import makes a new one. `record` is a ProcedureRecord."""

    __tablename__ = "procedure_versions"
    __table_args__ = (UniqueConstraint("code", "digest"),)
    id: Mapped[Id]
    code: Mapped[str]
    digest: Mapped[str]
    name: Mapped[str]
    record: Mapped[AnyJson]
    imported_at: Mapped[Moment]
    effective_from: Mapped[date | None]
    effective_to: Mapped[date | None]
    decision_no: Mapped[str]
    snapshot: Mapped[str]
    approved_by: Mapped[str | None]
    approved_at: Mapped[Moment | None]
    approval_decision: Mapped[str | None]


class ProcedureNames(Base):
    """The everyday names of a procedure, applied by code to whatever version is shown. `record` is a NamesRecord."""

    __tablename__ = "procedure_names"
    code: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    record: Mapped[AnyJson]


class Guidance(Base):
    """What was answered, to which conversation, from which version, as Decree 61/2018 Art. 15(2)(c) asks."""

    __tablename__ = "guidance"
    __table_args__ = (Index("guidance_at", "at"),)
    id: Mapped[Id]
    at: Mapped[Moment]
    conversation_id: Mapped[Big]
    procedure_code: Mapped[str]
    version_id: Mapped[Big]
    aspect: Mapped[str]
    case: Mapped[AnyJson]


class Unanswered(Base):
    """A question nobody could answer, kept for the office to read and then erased. `count` counts the same words."""

    __tablename__ = "unanswered"
    id: Mapped[Id]
    at: Mapped[Moment]
    conversation_id: Mapped[Big]
    question: Mapped[str]

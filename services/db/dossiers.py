"""The dossier's tables. `dossiers` is shared with other programs; all others are ours. See docs/database.md."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.db.base import AnyJson, Base, Id, Moment, Ms
from services.db.lenient import LooseInt, LooseText, LooseTime

Loose = Annotated[str, mapped_column(LooseText)]
LooseNumber = Annotated[Any, mapped_column(LooseInt)]
LooseMoment = Annotated[datetime | str, mapped_column(LooseTime)]
"""A time that others write: a text where it cannot be read."""


class Dossier(Base):
    """What other programs read and write. Nothing here is trusted: the understood state is in `dossier_ledger`."""

    __tablename__ = "dossiers"
    code: Mapped[Loose] = mapped_column(primary_key=True)
    procedure_code: Mapped[Loose]
    agency_code: Mapped[Loose]
    holder_code: Mapped[Loose | None]
    status: Mapped[LooseNumber]
    status_note: Mapped[Loose | None]
    applicant_name: Mapped[Loose | None]
    applicant_phone: Mapped[Loose | None]
    applicant_id_number: Mapped[Loose | None]
    received_at: Mapped[LooseMoment | None]
    due_at: Mapped[LooseMoment | None]
    finished_at: Mapped[LooseMoment | None]
    returned_at: Mapped[LooseMoment | None]


class DossierEvent(Base):
    """Append-only: what a dossier's row was after each change, by whom, when. Sealed once, never changed after."""

    __tablename__ = "dossier_events"
    __table_args__ = (
        Index(
            "dossier_events_external", "dossier_code", "external_id", unique=True,
            sqlite_where=text("external_id IS NOT NULL"), postgresql_where=text("external_id IS NOT NULL"),
        ),
    )  # fmt: skip
    dossier_code: Mapped[Loose] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    status: Mapped[LooseNumber | None]
    holder_code: Mapped[Loose | None]
    due_at: Mapped[LooseMoment | None]
    received_at: Mapped[LooseMoment | None]
    finished_at: Mapped[LooseMoment | None]
    returned_at: Mapped[LooseMoment | None]
    procedure_code: Mapped[Loose | None]
    agency_code: Mapped[Loose | None]
    note: Mapped[str | None]
    """A salted hash of the note; the note itself is in `dossier_notes`, where it can be erased."""
    actor: Mapped[str]
    form_no: Mapped[str | None]
    external_id: Mapped[str | None]
    at: Mapped[LooseMoment]
    recorded_at: Mapped[LooseMoment]
    hash: Mapped[str | None]


class DossierNote(Base):
    """The words of an event. A row without text says that the event took the note away, or that it was erased."""

    __tablename__ = "dossier_notes"
    dossier_code: Mapped[Loose] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[Loose | None]
    salt: Mapped[str | None]


class EventWork(Base):
    """What is still to be looked at: an event, or (without `seq`) a letterbox that holds something."""

    __tablename__ = "event_work"
    __table_args__ = (Index("event_work_dossier", "dossier_code", "id"),)
    id: Mapped[Id]
    dossier_code: Mapped[Loose]
    seq: Mapped[int | None]
    verdict: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_ms: Mapped[Ms] = mapped_column(default=0, server_default="0")


class Ledger(Base):
    """What we understand of each dossier, and what only we know of it. `seq` is the newest event taken in."""

    __tablename__ = "dossier_ledger"
    __table_args__ = (
        Index("dossier_ledger_key", "code_key"),
        Index(
            "dossier_ledger_due", "due_at",
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        Index("dossier_ledger_ended", "ended_at"),
        Index(
            "dossier_ledger_returned", "returned_at",
            sqlite_where=text("returned_at IS NOT NULL"), postgresql_where=text("returned_at IS NOT NULL"),
        ),
        Index("dossier_ledger_agency", "agency_code", "status"),
        Index(
            "dossier_ledger_parent", "parent_code",
            sqlite_where=text("parent_code IS NOT NULL"), postgresql_where=text("parent_code IS NOT NULL"),
        ),
    )  # fmt: skip
    code: Mapped[Loose] = mapped_column(primary_key=True)
    code_key: Mapped[str | None]
    seq: Mapped[int] = mapped_column(default=0, server_default="0")
    hash: Mapped[str | None]
    status: Mapped[int | None]
    procedure_code: Mapped[str | None]
    agency_code: Mapped[str | None]
    holder_code: Mapped[str | None]
    received_at: Mapped[Moment | None]
    due_at: Mapped[Moment | None]
    first_due_at: Mapped[Moment | None]
    ended_at: Mapped[Moment | None]
    returned_at: Mapped[Moment | None]
    timeliness: Mapped[str | None]
    extensions: Mapped[int] = mapped_column(default=0, server_default="0")
    supplements: Mapped[int] = mapped_column(default=0, server_default="0")
    deleted_at: Mapped[Moment | None]
    intake_agency_code: Mapped[str | None]
    channel: Mapped[str | None]
    parent_code: Mapped[str | None]
    presubmission_code: Mapped[str | None]
    is_instant: Mapped[bool] = mapped_column(default=False, server_default="0")


class Person(Base):
    """Who applied, encrypted under `DATA_KEY`; keyed hashes to find a phone or number by; the last four digits."""

    __tablename__ = "dossier_people"
    __table_args__ = (Index("dossier_people_phone", "phone_index"), Index("dossier_people_id_number", "id_index"))
    dossier_code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[str | None]
    id_index: Mapped[str | None]
    phone_last4: Mapped[str | None]
    id_last4: Mapped[str | None]
    changed_at: Mapped[Moment]


class Step(Base):
    """One step of a dossier's way through the agencies, with the agency's own deadline."""

    __tablename__ = "dossier_steps"
    dossier_code: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    agency_code: Mapped[str]
    due_at: Mapped[Moment | None]
    started_at: Mapped[Moment | None]
    done_at: Mapped[Moment | None]


class CodeCounter(Base):
    """The last order number given out for an agency on one local day."""

    __tablename__ = "dossier_counters"
    agency_code: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


class Anomaly(Base):
    """A change that makes no sense, kept as it came."""

    __tablename__ = "dossier_anomalies"
    __table_args__ = (Index("dossier_anomalies_dossier", "dossier_code"),)
    id: Mapped[Id]
    dossier_code: Mapped[str]
    seq: Mapped[int]
    key: Mapped[str]
    args: Mapped[AnyJson]
    at: Mapped[Moment]


class OperatorNote(Base):
    """What the operator should look at: one row for one kind of trouble with one dossier, however often it comes."""

    __tablename__ = "operator_notes"
    __table_args__ = (
        UniqueConstraint("key", "dossier_code"),
        Index(
            "operator_notes_untold",
            "id",
            sqlite_where=text("told_at IS NULL"),
            postgresql_where=text("told_at IS NULL"),
        ),
    )
    id: Mapped[Id]
    key: Mapped[str]
    dossier_code: Mapped[str]
    args: Mapped[AnyJson]
    first_at: Mapped[Moment]
    last_at: Mapped[Moment]
    times: Mapped[int]
    told_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]


class CalendarDay(Base):
    """A day that differs from the common calendar: for one agency, or (agency "") for all."""

    __tablename__ = "calendar_days"
    agency_code: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source: Mapped[str] = mapped_column(default="", server_default="")
    decided_by: Mapped[str] = mapped_column(default="", server_default="")

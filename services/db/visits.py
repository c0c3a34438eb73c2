"""Appointments at the counter, ratings, complaints and requests about personal data. See docs/database.md."""

from __future__ import annotations

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.db.base import AnyJson, Base, Big, Id, Moment


class Counter(Base):
    """A counter that takes appointments: so many people in each slot of so many minutes."""

    __tablename__ = "counters"
    agency_code: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    fields: Mapped[AnyJson]
    """The fields it serves; an empty list: all."""
    slot_minutes: Mapped[int]
    capacity: Mapped[int]


class Appointment(Base):
    """A booked seat. A cancelled one gives its seat back. state: booked, cancelled, called-off (by the office)."""

    __tablename__ = "appointments"
    __table_args__ = (
        UniqueConstraint("agency_code", "counter", "starts_at", "seat"),
        Index("appointments_of", "conversation_id", "starts_at"),
    )
    id: Mapped[Id]
    agency_code: Mapped[str]
    counter: Mapped[int]
    starts_at: Mapped[Moment]
    seat: Mapped[int | None]
    conversation_id: Mapped[Big]
    subject: Mapped[str]
    """A pre-submission's or a dossier's code, or ""."""
    state: Mapped[str] = mapped_column(default="booked", server_default="booked")
    made_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]


class Rating(Base):
    """How one person found the handling of one dossier, 1 to 5. A second tap changes it. Officers never see who."""

    __tablename__ = "ratings"
    dossier_code: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[Big] = mapped_column(primary_key=True, autoincrement=False)
    agency_code: Mapped[str]
    score: Mapped[int]
    at: Mapped[Moment]
    changed_at: Mapped[Moment | None]


class ComplaintCounter(Base):
    """The last order number of a local day (`YYMMDD`)."""

    __tablename__ = "complaint_counters"
    day: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class Complaint(Base):
    """A complaint or a proposal (phản ánh), with its answer. Both texts are encrypted.

    state: draft (being written; its code is `draft:` and the conversation), open, answered, withdrawn.
    """

    __tablename__ = "complaints"
    __table_args__ = (Index("complaints_of", "conversation_id"), Index("complaints_open", "agency_code", "state"))
    code: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[Big]
    agency_code: Mapped[str]
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    topic: Mapped[str] = mapped_column(default="", server_default="")
    """What it is about: late, manner, papers, rule, other."""
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    made_at: Mapped[Moment]
    due_at: Mapped[Moment | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[Moment | None]
    answered_by: Mapped[Big | None]
    is_satisfied: Mapped[bool | None]


class RightsRequest(Base):
    """A request of a person about her data, with the days the law gives (Decree 356/2025 Art. 5)."""

    __tablename__ = "rights_requests"
    __table_args__ = (Index("rights_requests_of", "conversation_id"),)
    id: Mapped[Id]
    conversation_id: Mapped[Big]
    kind: Mapped[str]
    """view, copy, correct, withdraw, erase."""
    made_at: Mapped[Moment]
    acknowledge_by: Mapped[Moment]
    due_at: Mapped[Moment]
    done_at: Mapped[Moment | None]
    outcome: Mapped[str | None]


class DueReason(Base):
    """Why a dossier was promised a date: the rule, the count, and the days that did not count."""

    __tablename__ = "due_reasons"
    dossier_code: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[Moment] = mapped_column(primary_key=True)
    why: Mapped[AnyJson]
    at: Mapped[Moment]

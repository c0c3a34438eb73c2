"""Who works at the office, in which chats, on what. See docs/database.md."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.db.base import Base, Big, Id, Moment


class Staff(Base):
    """An officer. `conversation_id` is the private chat that her invitation was used in."""

    __tablename__ = "staff"
    __table_args__ = (Index("staff_conversation", "conversation_id"), Index("staff_agency", "agency_code", "role"))
    id: Mapped[Id]
    agency_code: Mapped[str]
    role: Mapped[str]
    """officer, head, admin, keeper."""
    name: Mapped[str] = mapped_column(default="", server_default="")
    conversation_id: Mapped[Big | None]
    backup_id: Mapped[Big | None]
    """Who gets her work while she is on leave."""
    made_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]


class StaffLeave(Base):
    """Days on which an officer is away, both included."""

    __tablename__ = "staff_leave"
    __table_args__ = (Index("staff_leave_staff", "staff_id"),)
    id: Mapped[Id]
    staff_id: Mapped[Big]
    first_day: Mapped[date]
    last_day: Mapped[date]


class StaffInvite(Base):
    """An invitation: a person's or a desk's. Only a hash of its code is kept; it works once."""

    __tablename__ = "staff_invites"
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    agency_code: Mapped[str]
    role: Mapped[str]
    """officer, head, admin, keeper, desk."""
    name: Mapped[str] = mapped_column(default="", server_default="")
    made_by: Mapped[str]
    made_at: Mapped[Moment]
    until: Mapped[Moment]
    used_at: Mapped[Moment | None]
    outcome: Mapped[str | None]
    """bound, or why it was burnt."""


class Desk(Base):
    """A group chat that is an agency's desk."""

    __tablename__ = "desks"
    __table_args__ = (UniqueConstraint("conversation_id"), Index("desks_agency", "agency_code"))
    id: Mapped[Id]
    agency_code: Mapped[str]
    conversation_id: Mapped[Big]
    bound_by: Mapped[Big]
    bound_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]


class Card(Base):
    """A piece of work at a desk. state: open (nobody has it), claimed, done, gone (no longer needed)."""

    __tablename__ = "cards"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index(
            "cards_waiting", "agency_code", "state", "opened_at",
            sqlite_where=text("state IN ('open', 'claimed')"), postgresql_where=text("state IN ('open', 'claimed')"),
        ),
    )  # fmt: skip
    id: Mapped[Id]
    kind: Mapped[str]
    """check (a pre-submission), talk, complaint, rating, approve (the head's tap)."""
    subject: Mapped[str]
    """What it is about: a code of ours, with the round behind `#` where there is one; never a person."""
    agency_code: Mapped[str]
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    owner_id: Mapped[Big | None]
    opened_at: Mapped[Moment]
    claimed_at: Mapped[Moment | None]
    lease_until: Mapped[Moment | None]
    """Until when the owner may hold it without doing anything; in working time."""
    remind_at: Mapped[Moment | None]
    escalate_at: Mapped[Moment | None]
    reminded_at: Mapped[Moment | None]
    escalated_at: Mapped[Moment | None]
    done_at: Mapped[Moment | None]


class DeskLog(Base):
    """Who did, saw or tried what at the desk. Append-only."""

    __tablename__ = "desk_log"
    __table_args__ = (Index("desk_log_subject", "subject"),)
    id: Mapped[Id]
    at: Mapped[Moment]
    staff_id: Mapped[Big | None]
    conversation_id: Mapped[Big | None]
    action: Mapped[str]
    subject: Mapped[str]
    outcome: Mapped[str]
    """done, or the key of the refusal."""


class CannedReply(Base):
    """A reply that officers use again and again; the office edits it."""

    __tablename__ = "canned_replies"
    agency_code: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]


class OfficerTalk(Base):
    """A citizen who wants to speak with a person. state: waiting, open, closed."""

    __tablename__ = "talks"
    __table_args__ = (
        Index(
            "talks_of_citizen", "conversation_id", unique=True,
            sqlite_where=text("state != 'closed'"), postgresql_where=text("state != 'closed'"),
        ),
    )  # fmt: skip
    id: Mapped[Id]
    conversation_id: Mapped[Big]
    agency_code: Mapped[str]
    field: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    staff_id: Mapped[Big | None]
    opened_at: Mapped[Moment]
    claimed_at: Mapped[Moment | None]
    last_at: Mapped[Moment]
    closed_at: Mapped[Moment | None]
    closed_by: Mapped[str | None]
    """citizen, officer, time."""


class TalkMessage(Base):
    """One message of such a talk, encrypted; a photo lies in the file store."""

    __tablename__ = "talk_messages"
    __table_args__ = (UniqueConstraint("talk_id", "n"), Index("talk_messages_once", "talk_id", "once", unique=True))
    id: Mapped[Id]
    talk_id: Mapped[Big]
    n: Mapped[int]
    side: Mapped[str]
    """citizen or officer."""
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    file_key: Mapped[str | None]
    at: Mapped[Moment]
    once: Mapped[str | None]
    """What the officer's page called it: the same again is the same message."""

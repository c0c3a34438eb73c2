"""Who follows a dossier, what she was told last, and who tried to look it up. See docs/database.md."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.db.base import Base, Big, Id, Moment


class Follow(Base):
    """A conversation follows a dossier."""

    __tablename__ = "follows"
    __table_args__ = (Index("follows_conversation", "conversation_id"),)
    dossier_code: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[Big] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[Moment]
    how: Mapped[str]
    is_muted: Mapped[bool] = mapped_column(default=False, server_default="0")


class Preference(Base):
    """How a conversation wants to hear of its dossiers. Without a row: at once, with the usual quiet hours."""

    __tablename__ = "preferences"
    conversation_id: Mapped[Big] = mapped_column(primary_key=True, autoincrement=False)
    quiet_from: Mapped[int | None]
    quiet_to: Mapped[int | None]
    """Minutes after local midnight; both empty: no quiet hours of her own."""
    mode: Mapped[str] = mapped_column(default="at-once", server_default="at-once")
    stopped_at: Mapped[Moment | None]


class Told(Base):
    """What a follower was told last of a dossier."""

    __tablename__ = "told"
    dossier_code: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[Big] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    status: Mapped[int | None]
    holder_code: Mapped[str | None]
    due_at: Mapped[Moment | None]
    at: Mapped[Moment]


class LookupTry(Base):
    """Wrong second factors of one asker for one code."""

    __tablename__ = "lookup_tries"
    asker: Mapped[str] = mapped_column(primary_key=True)
    dossier_code: Mapped[str] = mapped_column(primary_key=True)
    wrong: Mapped[int]
    last_at: Mapped[Moment]
    locked_until: Mapped[Moment | None]


class LookupDay(Base):
    """Wrong second factors for one code over all askers on one local day."""

    __tablename__ = "lookup_days"
    dossier_code: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    wrong: Mapped[int]


class LookupRate(Base):
    """Questions of one asker in one window of time: the limit of the public look-up."""

    __tablename__ = "lookup_rates"
    asker: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[Big] = mapped_column(primary_key=True, autoincrement=False)
    asked: Mapped[int]


class OwnerRead(Base):
    """Every time the owner's view of a dossier was opened, and by whom."""

    __tablename__ = "owner_reads"
    __table_args__ = (Index("owner_reads_dossier", "dossier_code"),)
    id: Mapped[Id]
    dossier_code: Mapped[str]
    asker: Mapped[str]
    way: Mapped[str]
    at: Mapped[Moment]


class Receipt(Base):
    """A receipt with a one-time code: it binds one scanner once and can be revoked."""

    __tablename__ = "receipts"
    __table_args__ = (Index("receipts_dossier", "dossier_code"), Index("receipts_code", "code_hash", unique=True))
    id: Mapped[Id]
    dossier_code: Mapped[str]
    code_hash: Mapped[str]
    code: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The code, encrypted, so that the receipt can be printed again until it is spent or revoked."""
    issued_at: Mapped[Moment]
    issued_by: Mapped[str]
    spent_at: Mapped[Moment | None]
    spent_by: Mapped[str | None]
    revoked_at: Mapped[Moment | None]
    revoked_by: Mapped[str | None]

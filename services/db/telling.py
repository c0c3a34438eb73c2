"""What is to be told to somebody who did not ask just now, and links that open once. See docs/database.md."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.db.base import AnyJson, Base, Big, Id, Moment, Ms


class Telling(Base):
    """One message to be written for a conversation. `args` hold ids and codes only; the words are made when it goes.

    state: open, done (it lies in the outbox), dropped (there was nothing to say any more).
    """

    __tablename__ = "tellings"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("tellings_open", "next_ms", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    )
    id: Mapped[Id]
    key: Mapped[str | None]
    """Unique for what must be said once only."""
    conversation_id: Mapped[Big]
    kind: Mapped[str]
    args: Mapped[AnyJson]
    priority: Mapped[int]
    created_ms: Mapped[Ms]
    next_ms: Mapped[Ms]
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")


class OneTimeLink(Base):
    """A link that opens once: a GET shows one button, the POST spends it and gives that browser a session."""

    __tablename__ = "one_time_links"
    __table_args__ = (UniqueConstraint("session_hash"), Index("one_time_links_subject", "purpose", "subject"))
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    """review, talk, upload."""
    subject: Mapped[str]
    staff_id: Mapped[Big | None]
    conversation_id: Mapped[Big | None]
    made_at: Mapped[Moment]
    until: Mapped[Moment]
    """Until when it can be opened."""
    spent_at: Mapped[Moment | None]
    session_hash: Mapped[str | None]
    session_until: Mapped[Moment | None]

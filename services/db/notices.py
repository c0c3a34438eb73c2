"""Who must know what, by when, and whether she knows: one row an event, person and kind."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.db.base import Base, Big, Id, Ms


class Notice(Base):
    """One obligation: news of a dossier, or a telling that is owed (`services.telling.OWED`).

    state: open (queued, or to be sent another way), told (a platform took it), kept (for the digest, which goes at
    `must_by_ms`), replaced (a newer one says it), stopped (she wants no notices), unsure (a reminder that may have
    arrived), unreachable (no way is left; a person of the office must telephone), telephoned (she did, at `told_ms`).
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("dossier_code", "seq", "conversation_id", "kind"),
        Index(
            "notices_open", "must_by_ms", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")
        ),
        Index("notices_of_person", "conversation_id", "id"),
    )
    id: Mapped[Id]
    dossier_code: Mapped[str]
    seq: Mapped[int]
    conversation_id: Mapped[Big]
    kind: Mapped[str]
    """status, correction, due, holder; or the name of a telling, whose number `seq` is then."""
    status: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    created_ms: Mapped[Ms]
    must_by_ms: Mapped[Ms]
    outbox_key: Mapped[str | None]
    """The key of the outbox row that carries it now; another way means another row with a key of its own."""
    sent_to: Mapped[Big | None]
    """The conversation it was last queued for: the person's own, or another of hers."""
    ways: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many ways were tried."""
    told_ms: Mapped[Ms | None]


class NoticeWay(Base):
    """The chat in which a person wants to hear of a dossier; with an empty code, of all she chose nothing else for."""

    __tablename__ = "notice_ways"
    __table_args__ = (Index("notice_ways_conversation", "conversation_id"),)
    person_id: Mapped[Big] = mapped_column(primary_key=True, autoincrement=False)
    dossier_code: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[Big]


class LinkCode(Base):
    """A code that links two chats of one person; only its keyed hash is kept."""

    __tablename__ = "link_codes"
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[Big]
    until_ms: Mapped[Ms]

"""The machine's own tables: what was heard, what is to be said, who is talking. See docs/database.md.

Every row that belongs to a platform carries its channel and account, so that one deployment can serve many offices.
"""

from __future__ import annotations

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.db.base import AnyJson, Base, Big, Id, Ms


class ChannelAccount(Base):
    """One account at one platform. Tokens out of the environment are the account `default`."""

    __tablename__ = "channel_accounts"
    channel: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    agency_code: Mapped[str | None]
    cursor: Mapped[str | None]
    """How far a polled platform was read and journalled (the next offset, where it counts its updates)."""
    closed_until_ms: Mapped[Ms] = mapped_column(default=0)
    """The platform asked the whole account to wait until then."""


class Inbox(Base):
    """The journal of raw updates. state: open, done, aside (put by with a reason), dead (given up)."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "account", "event_id"),
        Index("inbox_open", "lane", "id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    )
    id: Mapped[Id]
    channel: Mapped[str]
    account: Mapped[str]
    event_id: Mapped[str]
    lane: Mapped[str]
    """`channel/account/chat`: what waits in one lane is taken in order, one at a time."""
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    received_ms: Mapped[Ms]
    state: Mapped[str] = mapped_column(default="open", server_default="open")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_ms: Mapped[Ms] = mapped_column(default=0, server_default="0")
    reason: Mapped[str | None]
    incident: Mapped[str | None]
    done_ms: Mapped[Ms | None]


class Conversation(Base):
    """One chat with one person or group. `reach` is ok, gone (blocked, left) or moved (then `chat` changed)."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "account", "chat"), Index("conversations_person", "person_id"))
    id: Mapped[Id]
    channel: Mapped[str]
    account: Mapped[str]
    chat: Mapped[str]
    state: Mapped[AnyJson | None]
    locale: Mapped[str] = mapped_column(default="", server_default="")
    claimed_until_ms: Mapped[Ms] = mapped_column(default=0, server_default="0")
    last_heard_ms: Mapped[Ms] = mapped_column(default=0, server_default="0")
    reach: Mapped[str] = mapped_column(default="ok", server_default="ok")
    created_ms: Mapped[Ms]
    person_id: Mapped[Big | None]
    """The same for all chats of one person who linked them; none for a person with one chat."""


class Outbox(Base):
    """What is to be said. state: queued, sending, sent, dead (given up), dropped (not sent on purpose).

    priority 0 reply, 1 status notice, 2 bulk and ratings. After a crash a reply or status notice that was `sending`
    goes once more; bulk never.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("key"),
        Index(
            "outbox_queued", "channel", "account", "priority", "chat", "id",
            sqlite_where=text("state = 'queued'"), postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "outbox_sending", "channel", "account", "id",
            sqlite_where=text("state = 'sending'"), postgresql_where=text("state = 'sending'"),
        ),
        Index("outbox_question", "conversation_id", "question"),
    )  # fmt: skip
    id: Mapped[Id]
    channel: Mapped[str]
    account: Mapped[str]
    chat: Mapped[str]
    conversation_id: Mapped[Big]
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    page: Mapped[AnyJson]
    question: Mapped[int | None]
    key: Mapped[str | None]
    """Unique for what must be said once only: event, person and kind."""
    state: Mapped[str] = mapped_column(default="queued", server_default="queued")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    created_ms: Mapped[Ms]
    next_ms: Mapped[Ms] = mapped_column(default=0, server_default="0")
    claimed_ms: Mapped[Ms | None]
    sent_ms: Mapped[Ms | None]
    """The platform's own time of the message; ours where it tells none."""
    delivered_ms: Mapped[Ms | None]
    message_id: Mapped[str | None]
    reason: Mapped[str | None]


class Lease(Base):
    """Who does a thing that only one process may do at a time, and until when (database time)."""

    __tablename__ = "leases"
    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    until_ms: Mapped[Ms]


class WebSession(Base):
    """A session of the chat page. Only a hash of its token is kept."""

    __tablename__ = "web_sessions"
    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_ms: Mapped[Ms]
    seen_ms: Mapped[Ms]
    ended_ms: Mapped[Ms | None]
    origin: Mapped[str | None]
    """A keyed hash of the address it was opened from, until it ends: pages of one address share its limits."""
    last_n: Mapped[int] = mapped_column(default=0, server_default="0")


class WebMessage(Base):
    """A message for the chat page; `n` counts from 1 in each session. Delivered when it was fetched past."""

    __tablename__ = "web_messages"
    session_id: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    page: Mapped[AnyJson]
    at_ms: Mapped[Ms]
    delivered_ms: Mapped[Ms | None]


class Meta(Base):
    """Single facts about this database: the catalogue's revision, whether it is a demo."""

    __tablename__ = "meta"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]

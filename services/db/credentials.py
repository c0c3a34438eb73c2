"""Tokens that platforms exchange for new ones, and the record of every exchange. See docs/database.md.

Tokens out of the environment never change and are not kept here. `bot.channels` owns the rows.
"""

from __future__ import annotations

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.db.base import Base, Id, Ms


class ChannelToken(Base):
    """The present pair of tokens of a channel account, encrypted under the office's key.

    state: empty (never connected), ok, broken (the platform refused to renew; `reason` says how). `generation` counts
    the pairs; what was made from one generation can never overwrite a later one.
    """

    __tablename__ = "channel_tokens"
    channel: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(default=0, server_default="0")
    access: Mapped[bytes | None] = mapped_column(LargeBinary)
    refresh: Mapped[bytes | None] = mapped_column(LargeBinary)
    obtained_ms: Mapped[Ms] = mapped_column(default=0, server_default="0")
    ends_ms: Mapped[Ms] = mapped_column(default=0, server_default="0")
    """When the access token runs out."""
    state: Mapped[str] = mapped_column(default="empty", server_default="empty")
    reason: Mapped[str | None]
    seed: Mapped[str | None]
    """A keyed hash of the setting's refresh token that was used last: another one in the setting is a new beginning."""
    subject: Mapped[str | None]
    """The platform's id of the account that the tokens speak for."""
    lease_owner: Mapped[str | None]
    """Which process is renewing the pair just now, so that no refresh token is spent twice."""
    lease_until_ms: Mapped[Ms] = mapped_column(default=0, server_default="0")
    """Database time."""


class ChannelTokenEvent(Base):
    """Every exchange of tokens, without anything secret. Append-only.

    kind: connected (a person agreed), seeded (from the setting), rotated, uncertain (no answer came: the token may be
    spent), refused.
    """

    __tablename__ = "channel_token_events"
    __table_args__ = (Index("channel_token_events_at", "channel", "account", "at_ms"),)
    id: Mapped[Id]
    channel: Mapped[str]
    account: Mapped[str]
    at_ms: Mapped[Ms]
    kind: Mapped[str]
    generation: Mapped[int]
    """The pair that the exchange made, or the one that it was made with when it failed."""
    ends_ms: Mapped[Ms | None]
    reason: Mapped[str | None]

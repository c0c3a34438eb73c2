"""Keys of the programs that call the API. Only a hash of a key is kept; the key itself is shown once."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from services.db.base import AnyJson, Base, Moment


class ApiKey(Base):
    """One program's key. `scopes` are among read, write and people."""

    __tablename__ = "api_keys"
    name: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[AnyJson]
    created_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
    used_at: Mapped[Moment | None]

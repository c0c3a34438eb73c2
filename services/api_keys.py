"""Keys of the programs that call the API: made, checked and revoked."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.access import ApiKey
from services.refusal import Refused, refused

Scope = Literal["read", "write", "people"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Program:
    """Who calls: the key's name and what it may do."""

    name: str
    scopes: frozenset[str]


def create(session: Session, name: str, scopes: list[Scope], now: datetime) -> str | Refused:
    """A new key called `name`, or a new one for a revoked name; it is returned here and never again."""
    known = session.get(ApiKey, name)
    if known is not None and known.revoked_at is None:
        return refused("api-key-exists", name=name)
    key = f"mc_{secrets.token_urlsafe(32)}"
    if known is not None:
        session.delete(known)
        session.flush()
    session.add(ApiKey(name=name, key_hash=_hash(key), scopes=sorted(set(scopes)), created_at=now))
    return key


def revoke(session: Session, name: str, now: datetime) -> Refused | None:
    """The key called `name` opens nothing any more."""
    known = session.get(ApiKey, name)
    if known is None or known.revoked_at is not None:
        return refused("api-key-unknown", name=name)
    known.revoked_at = now
    return None


def check(session: Session, key: str) -> Program | None:
    """The program behind `key`; None for a key that opens nothing."""
    mark = _hash(key)
    found = session.scalars(select(ApiKey).where(ApiKey.key_hash == mark, ApiKey.revoked_at.is_(None))).first()
    if found is None or not hmac.compare_digest(found.key_hash, mark):
        return None
    return Program(found.name, frozenset(found.scopes))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

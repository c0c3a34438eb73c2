"""The pair of tokens in the database: who may spend the refresh token, and what came of it. Synchronous, in a session.

A refresh token is good for one use. Whoever wants to use it takes the row's lease first, so of all processes only one
does; and what it got is written only over the pair that it was got with.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.outbox import database_ms
from services.db.credentials import ChannelToken, ChannelTokenEvent
from services.db.upsert import insert_into
from services.keys import Keys

LEASE_MS = 60_000
"""How long one renewal may take before another process tries: longer than the call's own time limit."""
ROTATE_SHARE = 0.8
"""The part of an access token's life after which it is renewed: 20 of 25 hours."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token and its times (ms). `subject`: the platform's id of the account it speaks for, "" if unknown."""

    access: str = field(repr=False)
    obtained_ms: int
    ends_ms: int
    generation: int
    subject: str = ""

    def due(self, now_ms: int) -> bool:
        """Whether it is time for a new pair."""
        return now_ms >= self.obtained_ms + (self.ends_ms - self.obtained_ms) * ROTATE_SHARE

    def ended(self, now_ms: int) -> bool:
        """Whether it has run out."""
        return now_ms >= self.ends_ms


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody else renews just now."""

    pair: Pair | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing can be renewed. `reason` is a code of ours: not-connected, or what the platform said."""

    reason: str
    pair: Pair | None


@dataclass(frozen=True, slots=True)
class Task:
    """This process is to renew with `token`. `kind` is the event's: rotated or seeded; `pair` is good meanwhile."""

    token: str = field(repr=False)
    generation: int
    kind: str
    pair: Pair | None


class Pairs:
    """The row of one account. `owner` names this process."""

    def __init__(self, keys: Keys, channel: str, account: str, owner: str) -> None:
        self._keys, self._channel, self._account, self._owner = keys, channel, account, owner

    def find(self, session: Session) -> Pair | None:
        """The present pair, whatever its age. Raises services.keys.Unopened."""
        row = session.get(ChannelToken, (self._channel, self._account))
        return self._pair(row) if row else None

    def claim(
        self, session: Session, now_ms: int, *, rejected: str, seed: str, again: bool, spend: bool
    ) -> Pair | Held | Stopped | Task:
        """The present pair where it will do, else the task to renew it, if nobody else has that.

        `rejected`: an access token that the platform does not take; `seed`: the refresh token of the setting; `again`:
        also try what was refused before; `spend` False: only look. Raises services.keys.Unopened.
        """
        row = self._locked(session)
        pair = self._pair(row)
        if pair is not None and (pair.access == rejected or pair.ended(now_ms)):
            pair = None
        fresh_seed = bool(seed) and row.seed != self._mark(seed)
        stuck = row.state == "broken" and not again and not fresh_seed
        if pair is not None and not pair.due(now_ms) and not (row.state == "broken" and again):
            return pair
        from_seed = row.refresh is None or (row.state == "broken" and fresh_seed)
        token = seed if from_seed else self._opened(row.refresh, row, "refresh")
        if stuck or not token or not spend:
            return Stopped(row.reason or ("not-connected" if not token else "bad-token"), pair)
        lease_ms = database_ms(session, now_ms)
        if row.lease_owner not in (None, self._owner) and row.lease_until_ms > lease_ms:
            return Held(pair)
        row.lease_owner, row.lease_until_ms = self._owner, lease_ms + LEASE_MS
        if from_seed:
            row.seed = self._mark(seed)
        return Task(token, row.generation, "seeded" if from_seed else "rotated", pair)

    def save(self, session: Session, task: Task, access: str, refresh: str, lives_s: int, now_ms: int) -> Pair | None:
        """Write what the task brought, in this one transaction. None: a later pair is there already, use that."""
        row = self._locked(session)
        if row.generation != task.generation:
            self._let_go(row)
            return None
        return self._write(session, row, task.kind, access, refresh, lives_s, now_ms)

    def connect(self, session: Session, access: str, refresh: str, lives_s: int, subject: str, now_ms: int) -> Pair:
        """Write a pair that a person has just agreed to, over whatever is there."""
        row = self._locked(session)
        row.subject = subject or None
        return self._write(session, row, "connected", access, refresh, lives_s, now_ms)

    def failed(self, session: Session, task: Task, reason: str, now_ms: int, *, final: bool, noted: bool) -> None:
        """The renewal brought nothing. `final`: the platform refused for good; `noted`: write an event of it."""
        row = self._locked(session)
        if row.generation == task.generation and final:
            row.state, row.reason = "broken", reason
        self._let_go(row)
        if noted:
            self._note(session, row, "refused" if final else "uncertain", now_ms, None, reason)

    # --- parts --------------------------------------------------------------------------------------------------------

    def _locked(self, session: Session) -> ChannelToken:
        """The row, made when it is missing, locked until the transaction ends (SQLite has one writer anyway)."""
        key = {"channel": self._channel, "account": self._account}
        session.execute(insert_into(session, ChannelToken).values(**key).on_conflict_do_nothing())
        return session.execute(select(ChannelToken).filter_by(**key).with_for_update()).scalar_one()

    def _write(
        self, session: Session, row: ChannelToken, kind: str, access: str, refresh: str, lives_s: int, now_ms: int
    ) -> Pair:
        row.generation += 1
        row.access = self._keys.encrypt(access, self._place(row.generation, "access"))
        row.refresh = self._keys.encrypt(refresh, self._place(row.generation, "refresh"))
        row.obtained_ms, row.ends_ms, row.state, row.reason = now_ms, now_ms + lives_s * 1000, "ok", None
        row.lease_owner, row.lease_until_ms = None, 0
        self._note(session, row, kind, now_ms, row.ends_ms, None)
        return Pair(access, row.obtained_ms, row.ends_ms, row.generation, row.subject or "")

    def _note(
        self, session: Session, row: ChannelToken, kind: str, at_ms: int, ends_ms: int | None, reason: str | None
    ) -> None:
        session.add(
            ChannelTokenEvent(
                channel=self._channel, account=self._account, at_ms=at_ms, kind=kind, generation=row.generation,
                ends_ms=ends_ms, reason=reason,
            )
        )  # fmt: skip

    def _let_go(self, row: ChannelToken) -> None:
        if row.lease_owner == self._owner:
            row.lease_owner, row.lease_until_ms = None, 0

    def _pair(self, row: ChannelToken) -> Pair | None:
        if row.access is None:
            return None
        access = self._opened(row.access, row, "access")
        return Pair(access, row.obtained_ms, row.ends_ms, row.generation, row.subject or "")

    def _opened(self, value: bytes | None, row: ChannelToken, column: str) -> str:
        return self._keys.decrypt(value, self._place(row.generation, column)) if value is not None else ""

    def _place(self, generation: int, column: str) -> str:
        return f"channel_tokens/{self._channel}/{self._account}/{generation}/{column}"

    def _mark(self, seed: str) -> str:
        return self._keys.index("refresh token", seed)

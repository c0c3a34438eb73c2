"""The lease of an account, asked for no oftener than it must be."""

from __future__ import annotations

import time

from sqlalchemy.orm import Session

from bot.outbox import LEASE_MS, database_ms, hold_lease

_RENEW_MS = 2_000


class Hold:
    """The lease of one account, by the database's clock. Asked for seldom: each beginning of a send checks it again."""

    def __init__(self, name: str, owner: str) -> None:
        self._name, self._owner = name, owner
        self.asked = False
        """Whether the last answer came from the database."""
        self._until = 0
        self._clock = (0, 0.0)

    def now(self, session: Session, ours: int) -> int:
        """The database's clock, asked once a second and carried on by one that cannot jump; on SQLite it is `ours`."""
        if session.get_bind().dialect.name == "sqlite":
            return ours
        asked, at = self._clock
        since = time.monotonic() - at
        if not asked or since > 1:
            asked, since = database_ms(session, ours), 0.0
            self._clock = asked, time.monotonic()
        return asked + int(since * 1000)

    def held(self, session: Session, now: int) -> bool | None:
        """True: held before, None: just taken, False: somebody else has it."""
        self.asked = not _RENEW_MS < self._until - now <= LEASE_MS
        if not self.asked:
            return True
        self._until = 0
        held = hold_lease(session, self._name, self._owner, now)
        if held is not False:
            self._until = now + LEASE_MS // (2 if held else 1)
        return held

    def sure(self) -> bool:
        """Whether it need not be asked for now, by the server's clock as it was known within the last second."""
        asked, at = self._clock
        since = time.monotonic() - at
        return bool(asked) and since <= 1 and _RENEW_MS < self._until - asked - int(since * 1000) <= LEASE_MS

    def doubt(self) -> None:
        """Ask anew the next time."""
        self._until = 0

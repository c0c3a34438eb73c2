"""Sessions of the chat page: who may read and write one, and how many one address may open."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import defaultdict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.threads import Threads
from services.clock import Clock, ms
from services.db.machine import WebMessage, WebSession

IDLE_MS = 30 * 86_400_000
"""Sessions end after 30 idle days."""
_SEEN_EVERY_MS = 60_000
_HOUR_MS = 3_600_000


class Sessions:
    """Opens, checks and ends sessions. A session's token is shown once and kept only as a hash.

    `mark` makes a keyed hash of an address: what is kept of it while the session lasts.
    """

    def __init__(self, threads: Threads, clock: Clock, per_hour: int, mark: Callable[[str], str]) -> None:
        self._threads, self._clock, self._per_hour, self._mark = threads, clock, per_hour, mark
        self._opened: dict[str, deque[int]] = defaultdict(deque)
        self._known: dict[str, tuple[str, int]] = {}

    def may_open(self, address: str) -> bool:
        """Whether `address` may open one more session in this hour; counts it if so."""
        now = ms(self._clock.now())
        if len(self._opened) > 100_000:
            self._opened.clear()
        opened = self._opened[network(address)]
        while opened and opened[0] < now - _HOUR_MS:
            opened.popleft()
        if len(opened) >= self._per_hour:
            return False
        opened.append(now)
        return True

    async def open(self, address: str) -> tuple[str, str]:
        """A new session, opened from `address`, and its token."""
        session_id, token, now = secrets.token_urlsafe(12), secrets.token_urlsafe(32), ms(self._clock.now())
        row = WebSession(
            id=session_id, token_hash=_hash(token), created_ms=now, seen_ms=now, origin=self._mark(network(address))
        )  # fmt: skip
        await self._threads.write(lambda session: session.add(row))
        return session_id, token

    async def whose(self, token: str) -> str | None:
        """The session of `token`; None when there is none, or it has ended."""
        mark, now = _hash(token), ms(self._clock.now())
        known = self._known.get(mark)
        if known and now - known[1] < _SEEN_EVERY_MS:
            return known[0]
        found = await self._threads.read(
            lambda session: session.scalars(select(WebSession).where(WebSession.token_hash == mark)).first()
        )
        if found is None or found.ended_ms is not None or now - found.seen_ms > IDLE_MS:
            return None
        if not hmac.compare_digest(found.token_hash, mark):
            return None
        await self._threads.write(
            lambda session: session.execute(update(WebSession).where(WebSession.id == found.id).values(seen_ms=now))
        )
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[mark] = (found.id, now)
        return found.id

    async def end(self, session_id: str) -> None:
        """End the session and forget what was said to it."""
        now = ms(self._clock.now())

        def close(session: Session) -> None:
            session.execute(update(WebSession).where(WebSession.id == session_id).values(ended_ms=now, origin=None))
            for message in session.scalars(select(WebMessage).where(WebMessage.session_id == session_id)):
                session.delete(message)

        await self._threads.write(close)
        self._known = {mark: known for mark, known in self._known.items() if known[0] != session_id}

    async def messages(self, session_id: str, after: int, most: int = 200) -> list[WebMessage]:
        """The messages behind number `after`, in order."""
        return await self._threads.read(
            lambda session: list(
                session.scalars(
                    select(WebMessage)
                    .where(WebMessage.session_id == session_id, WebMessage.n > after)
                    .order_by(WebMessage.n)
                    .limit(most)
                )
            )
        )

    async def fetched(self, session_id: str, up_to: int) -> None:
        """All messages up to number `up_to` reached the page."""
        now = ms(self._clock.now())
        await self._threads.write(
            lambda session: session.execute(
                update(WebMessage)
                .where(WebMessage.session_id == session_id, WebMessage.n <= up_to, WebMessage.delivered_ms.is_(None))
                .values(delivered_ms=now)
            )
        )


def network(address: str) -> str:
    """What one household or office is given: an IPv4 address whole, of an IPv6 address the first 64 bits."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or ip_network((known, 64), strict=False))
    return str(known)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

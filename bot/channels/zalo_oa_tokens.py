"""The access token of an Official Account, always a good one: OAuth v4 with a refresh token that works once.

A new pair is in the database before anybody uses it. If its writing fails it is kept and written again; a refresh
token whose use brought no answer may be spent, and is tried once more, which is all that can be done.
https://docs.zaloplatforms.com/docs/OA/bat-dau/xac-thuc-va-uy-quyen-cho-ung-dung-new
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.channels.zalo_oa_pairs import Held, Pair, Pairs, Stopped, Task
from bot.channels.zalo_oa_wire import Grant, Wire
from bot.port import SendFailed
from bot.threads import Threads
from services.clock import Clock, ms
from services.keys import Keys, Unopened

log = logging.getLogger("motcua.zalo-oa")

T = TypeVar("T")

PAUSE_MS = 60_000
"""After a renewal that failed the old token goes on for so long before the next try."""
CALM_MS = 300_000
"""A pair renewed because Zalo refused the one before, and refused itself within this time, is not renewed again."""
BUSY_SECONDS = 2.0
"""How long to wait while another process renews."""
_CLOSE_SECONDS = 6.0


class Tokens:
    """The tokens of one account. `seed`: the first refresh token, out of the setting."""

    def __init__(
        self, threads: Threads, keys: Keys, wire: Wire, clock: Clock, *, channel: str, account: str, seed: str = ""
    ) -> None:
        self._threads, self._wire, self._clock, self._seed = threads, wire, clock, seed
        self._pairs = Pairs(keys, channel, account, secrets.token_hex(8))
        self._pair: Pair | None = None
        self._flight: asyncio.Task[Pair] | None = None
        self._unsaved: tuple[Task, Grant] | None = None
        self._paused_until = 0
        self._forced: tuple[int, int] = (0, -CALM_MS)
        """The generation of the pair that was renewed out of turn last, and when."""

    @property
    def subject(self) -> str:
        """Zalo's id of the account that the tokens speak for, "" while it is unknown."""
        return self._pair.subject if self._pair else ""

    async def access(self, rejected: str = "", *, again: bool = False) -> str:
        """A good access token, renewed when it is due. Raises SendFailed, never `unknown`.

        `rejected`: the token that Zalo has just refused; `again`: also try what Zalo refused to renew before.
        """
        good = self._good(rejected)
        if good is not None and not again and (not good.due(self._now()) or self._now() < self._paused_until):
            return good.access
        try:
            pair = await self._renewed(rejected, again=again)
            if pair.access == rejected:  # a renewal that had begun before the token was refused
                pair = await self._renewed(rejected, again=again)
        except SendFailed:
            good = self._good(rejected)
            if good is None:
                raise
            self._paused_until = self._now() + PAUSE_MS
            return good.access
        return pair.access

    async def tend(self) -> None:
        """Renew when it is due, so that an account that says nothing for months stays connected. Never raises."""
        try:
            await self.access()
        except SendFailed as failure:
            log.warning("no access token", extra={"reason": str(failure)})

    async def close(self) -> None:
        """Let a renewal under way end, and write down what it brought."""
        if self._flight is not None and not self._flight.done():
            await asyncio.wait({self._flight}, timeout=_CLOSE_SECONDS)
        if self._unsaved is not None:
            try:
                await self._write_down(*self._unsaved)
            except SendFailed:
                log.error("new tokens could not be kept: the account must be connected again (zalo-oa connect)")

    # --- renewing -----------------------------------------------------------------------------------------------------

    def _now(self) -> int:
        return ms(self._clock.now())

    def _good(self, rejected: str) -> Pair | None:
        """The pair at hand, unless it has run out or was refused."""
        pair = self._pair
        return pair if pair is not None and pair.access != rejected and not pair.ended(self._now()) else None

    async def _renewed(self, rejected: str, *, again: bool) -> Pair:
        """The pair after one renewal; all who ask meanwhile wait for the same. It goes on when they are cancelled."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._renew(rejected, again=again))
            self._flight.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._flight)

    async def _renew(self, rejected: str, *, again: bool) -> Pair:
        if self._unsaved is not None:
            return await self._write_down(*self._unsaved)
        now, pair = self._now(), self._pair
        forced = bool(rejected) and pair is not None and pair.access == rejected
        generation, at = self._forced
        spend = not (forced and pair is not None and pair.generation == generation and now - at < CALM_MS)
        claimed = await self._database(
            lambda session: self._pairs.claim(
                session, now, rejected=rejected, seed=self._seed, again=again, spend=spend
            )
        )
        if isinstance(claimed, Pair):
            self._pair = claimed
            return claimed
        if claimed.pair is not None:
            self._pair = claimed.pair
        match claimed:
            case Held():
                if claimed.pair is None:
                    raise SendFailed("retry_after", "token-renewing", after=BUSY_SECONDS)
                return claimed.pair
            case Stopped():
                raise SendFailed("misconfigured", claimed.reason)
        try:
            grant = await self._wire.refresh(claimed.token)
        except SendFailed as failure:
            raise await self._failed(claimed, failure) from None
        self._unsaved = claimed, grant
        renewed = await self._write_down(claimed, grant)
        if forced:
            self._forced = renewed.generation, now
        return renewed

    async def _write_down(self, task: Task, grant: Grant) -> Pair:
        """Keep the new pair in the database; only then it is used. Raises SendFailed when that must be tried again."""
        now = self._now()

        def keep(session: Session) -> Pair | None:
            made = self._pairs.save(session, task, grant.access, grant.refresh, grant.lives_s, now)
            return made or self._pairs.find(session)

        pair = await self._database(keep)
        self._unsaved = None
        if pair is None:
            raise SendFailed("retryable", "no-tokens")
        self._pair = pair
        return pair

    async def _failed(self, task: Task, failure: SendFailed) -> SendFailed:
        """Write down that a renewal brought nothing; the failure as a message has to see it: it was not sent."""
        final, unsure = failure.kind == "refused", failure.kind == "unknown"
        if final:
            log.error("Zalo refuses to renew the tokens: run zalo-oa connect", extra={"reason": failure.reason})
        now = self._now()
        try:
            await self._database(
                lambda session: self._pairs.failed(
                    session, task, failure.reason, now, final=final, noted=final or unsure
                )
            )
        except SendFailed:
            log.warning("a failed renewal could not be written down; its lease runs out by itself")
        if final:
            return SendFailed("misconfigured", failure.reason)
        return SendFailed("retryable", failure.reason) if unsure else failure

    async def _database(self, work: Callable[[Session], T]) -> T:
        try:
            return await self._threads.write(work)
        except SQLAlchemyError:
            failure = SendFailed("retryable", "database")
        except Unopened:
            failure = SendFailed("misconfigured", "data-key")
        raise failure

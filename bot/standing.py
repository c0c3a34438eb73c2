"""How this process stands: ready or not, and what waits. For `/health` and `/metrics`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.metrics import Metrics
from bot.threads import Threads
from services import office
from services.catalog.store import revision
from services.db import migrate
from services.db.machine import Inbox, Outbox
from services.desk import troubles

log = logging.getLogger("motcua.standing")


@dataclass(frozen=True, slots=True)
class Standing:
    """Looks at the database and at the channels. `up` holds what each channel said when it started."""

    threads: Threads
    metrics: Metrics
    channels: Collection[tuple[str, str]]
    up: Mapping[tuple[str, str], str]

    async def office_name(self) -> str:
        """The name of the office that the bot speaks for."""
        front = await self.threads.read(office.front)
        return front.name if front else ""

    async def ready(self) -> tuple[bool, dict[str, object]]:
        """Whether requests can be served, and the state of each channel."""
        facts: dict[str, object] = {"database": False, "migrated": False, "catalogue": False}
        try:
            facts["migrated"] = await self.threads.aside(lambda: migrate.current(self.threads.db) == migrate.newest())
            facts["database"] = True
            facts["catalogue"] = bool(facts["migrated"]) and await self.threads.read(revision) > 0
        except Exception:
            log.warning("not ready: the database cannot be read")
        ok = all(bool(facts[name]) for name in ("database", "migrated", "catalogue"))
        states = {f"{channel}/{account}": self.up.get((channel, account), "ok") for channel, account in self.channels}
        return ok, {"ready": ok, **facts, "channels": states}

    async def gauges(self) -> None:
        """Bring the counted backlog up to date."""

        def count(session: Session) -> tuple[int, dict[str, int], int, int, dict[str, int]]:
            inbox = session.scalar(select(func.count()).where(Inbox.state == "open")) or 0
            dead_in = session.scalar(select(func.count()).where(Inbox.state == "dead")) or 0
            dead_out = session.scalar(select(func.count()).where(Outbox.state == "dead")) or 0
            queued = select(Outbox.channel, func.count()).where(Outbox.state == "queued").group_by(Outbox.channel)
            by_channel = {row[0]: row[1] for row in session.execute(queued)}
            return inbox, by_channel, dead_in, dead_out, troubles.counts(session)

        inbox, outbox, dead_in, dead_out, notes = await self.threads.read(count)
        self.metrics.inbox_open.set(inbox)
        for channel, _ in self.channels:
            self.metrics.outbox_open.labels(channel).set(outbox.get(channel, 0))
        self.metrics.dead.labels("inbox").set(dead_in)
        self.metrics.dead.labels("outbox").set(dead_out)
        self.metrics.operator_notes(notes, troubles.KINDS)

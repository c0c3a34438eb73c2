"""The watch: many who must wait do not keep it from the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.watch import Watch
from services.clock import ms
from services.db.machine import Outbox
from services.db.notices import Notice
from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.phone import Phone


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock()
    channels: dict[Any, Any] = {("phone", "default"): Phone("telegram", clock)}
    opened = await House.open(new_database(request.param, tmp_path), tmp_path, channels, clock)
    yield opened
    await opened.close()


async def test_those_who_must_wait_do_not_hide_the_others(house: House) -> None:
    app, now = house.app, ms(house.clock.now())

    def fill(session: Session) -> None:
        for number in range(7):
            state = "queued" if number < 5 else "sent"
            session.add(
                Outbox(
                    channel="phone", account="default", chat=str(number), conversation_id=1, page={"text": "tin"},
                    key=f"k{number}", state=state, created_ms=now, sent_ms=now,
                )
            )  # fmt: skip
            session.add(
                Notice(
                    dossier_code="X1", seq=number + 1, conversation_id=1, kind="status", created_ms=now,
                    must_by_ms=now - 100 + number // 2, outbox_key=f"k{number}", sent_to=1, ways=1,
                )
            )  # fmt: skip

    await app.threads.write(fill)
    watch = Watch(app.threads, app.clock, app.wake, app.channels, app.metrics, at_once=2)
    changed = [await watch.step() for _ in range(6)]
    assert sum(changed) == 2
    told = select(Notice.seq).where(Notice.state == "told").order_by(Notice.seq)
    assert await app.threads.read(lambda session: list(session.scalars(told))) == [6, 7]

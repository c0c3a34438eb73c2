"""Consent taken back at the platform: erased as if it had been asked for in the chat, and nothing is said any more."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.port import WITHDRAWN
from services.db.following import Follow
from services.db.machine import Conversation
from services.db.visits import RightsRequest
from tests.kit.clock import FakeClock
from tests.kit.databases import KINDS
from tests.kit.house import House, new_database
from tests.kit.phone import Phone


def follows(clock: FakeClock) -> Follow:
    """Something that is kept of her besides what she said."""
    return Follow(dossier_code="H45.15-261121-0001", conversation_id=1, since=clock.now(), how="digits")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("told", ["", WITHDRAWN])
async def test_who_takes_back_her_consent_is_forgotten(tmp_path: Path, kind: str, told: str) -> None:
    clock = FakeClock()
    phone = Phone("zalo-oa", clock)
    house = await House.open(new_database(kind, tmp_path), tmp_path, {(phone.name, phone.account): phone}, clock)
    try:
        await house.hears(phone, "u1", kind="text", text="phản ánh")
        await house.settles()
        read = house.app.threads.read
        state = await read(lambda session: session.scalar(select(Conversation.state)))
        assert state["open"]
        await house.app.threads.write(lambda session: session.add(follows(clock)))
        said = len(phone.shown)
        await house.hears(phone, "u1", kind="left", text=told)
        await house.settles()
        assert len(phone.shown) == said
        left = await read(lambda session: session.scalars(select(Conversation)).one())
        requests = await read(lambda session: list(session.scalars(select(RightsRequest))))
        kept = await read(lambda session: session.scalar(select(func.count()).select_from(Follow)))
        assert (left.reach, kept) == ("gone", 0 if told else 1)
        assert [row.kind for row in requests] == (["erase"] if told else [])
        if told:
            assert (left.state["path"], left.state["open"], left.state["kept"], left.state["n"]) == (
                [], None, {}, state["n"],
            )  # fmt: skip
            # she may come back, and begins anew
            await house.hears(phone, "u1", kind="joined")
            await house.hears(phone, "u1", kind="text", text="menu")
            await house.settles()
            assert len(phone.shown) > said
        else:
            assert left.state == state
    finally:
        await house.close()

"""What was heard and said is erased on its day; what an operator must still see stays."""

from __future__ import annotations

from bot.erasing import erase_old
from services.clock import ms
from tests.kit import toy
from tests.machine.rooms import Room


async def test_old_rows_go_and_dead_and_waiting_ones_stay(room: Room) -> None:
    toy.BREAKS["hỏng"] = 99
    await room.hears("1", "chào")
    await room.hears("2", "hỏng")
    for _ in range(4):
        await room.works()
        room.clock.tick(seconds=5)
    room.clock.tick(hours=24 * 31)
    await room.hears("3", "mới")
    before = ms(room.clock.now()) - 30 * 86_400_000
    assert await room.threads.write(lambda session: erase_old(session, before)) > 0
    assert [row.state for row in await room.inbox()] == ["dead", "open"]
    assert await room.outbox() == []
    await room.works()
    assert "Nghe: mới" in room.said("3")

"""Whatever a turn or a delivery asks of the long tables is found by an index, or by its key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.outgoing import BULK
from tests.kit.databases import new_database
from tests.machine.rooms import Room
from tests.machine.test_delivery import queue

_LONG = re.compile(r"SCAN (?:TABLE )?(?:inbox|outbox|conversations|o|q)\b(?!.* USING )|MATERIALIZE heads")
"""... or all chats that have something waiting, before the first of them is looked at."""


async def test_no_step_of_the_machine_reads_a_long_table_whole(tmp_path: Path) -> None:
    """On SQLite: PostgreSQL reads a small table whole, whatever its indexes."""
    room = await Room(new_database("sqlite", tmp_path), tmp_path).opens()
    asked: dict[str, Any] = {}

    def kept(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        if re.match(r"\s*(?:SELECT|UPDATE|DELETE|WITH)\b", statement):
            asked.setdefault(statement, values[0] if many else values)

    for chat in range(8):
        await queue(room, f"c{chat}", "tin 1", "tin 2", priority=BULK)
    for engine in {room.db.engine, room.db.reading}:
        event.listen(engine, "before_cursor_execute", kept)
    for chat in range(12):
        await room.hears(f"c{chat}", "xin chào")
    await room.works()
    for engine in {room.db.engine, room.db.reading}:
        event.remove(engine, "before_cursor_execute", kept)
    plans = {}
    with room.db.engine.connect() as connection:
        for statement, values in asked.items():
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plans[statement] = [str(row[3]) for row in rows]
    assert any("outbox" in statement and statement.lstrip().startswith("UPDATE") for statement in plans)
    whole = {statement: plan for statement, plan in plans.items() if any(_LONG.match(line) for line in plan)}
    room.close()
    assert whole == {}, "\n".join(f"{statement}: {plan}" for statement, plan in whole.items())

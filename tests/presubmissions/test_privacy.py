"""What a person typed stands in her encrypted form and nowhere else that is kept: state, tellings, logs, cards."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.desk import Card, DeskLog
from services.db.machine import Conversation
from services.db.presubmissions import Presubmission
from services.db.telling import Telling
from tests.kit.clock import FakeClock
from tests.kit.house import House, new_database
from tests.kit.phone import Phone
from tests.kit.photos import photo

NAME, NUMBER, PHONE, STREET = "Giàng Thị Xuyến Chi", "002190765432", "0987654321", "số 91 ngách Bông Lau"
MARKED = (NAME, NAME.lower(), NUMBER, PHONE, "0987 654 321", "84987654321", STREET, "bông lau", "xuyến chi")
TYPED = (
    "1.001193", "chuẩn bị hồ sơ", "1", "1", "1", "1", "1",
    f"{NAME} 7", NAME, f"{NUMBER}0", NUMBER, f"01{PHONE[1:]}", PHONE, STREET, f"{STREET}, hà nội",
    "phường cửa nam hà nội", "1", STREET,
)  # fmt: skip


def everything(session: Session) -> dict[str, str]:
    """All that is kept of a conversation besides the encrypted form and the journal, by table."""
    tables: dict[str, Any] = {
        "conversations": [row.state for row in session.scalars(select(Conversation))],
        "tellings": [(row.kind, row.args, row.key) for row in session.scalars(select(Telling))],
        "cards": [(row.kind, row.subject) for row in session.scalars(select(Card))],
        "desk_log": [(row.action, row.subject, row.outcome) for row in session.scalars(select(DeskLog))],
        "presubmissions": [(row.code, row.case, str(row.form)) for row in session.scalars(select(Presubmission))],
    }
    return {name: json.dumps(rows, ensure_ascii=False, default=str) for name, rows in tables.items()}


async def test_nothing_typed_is_kept_outside_the_form(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clock = FakeClock()
    phone = Phone("zalo-bot", clock)
    house = await House.open(new_database("sqlite", tmp_path), tmp_path, {("phone", "default"): phone}, clock)
    said: list[dict[str, str]] = []

    async def types(*texts: str) -> None:
        for text in texts:
            clock.tick(seconds=5)
            await house.hears(phone, "1001", kind="text", text=text, at=int(clock.now().timestamp() * 1000))
            await house.settles()
            said.append(await house.app.threads.read(everything))

    async def sends(number: int) -> None:
        clock.tick(seconds=5)
        phone.files[f"p{number}"] = photo("good", number)
        files = [{"ref": f"p{number}", "name": "trang.jpg", "media": "image/jpeg", "size": 9}]
        await house.hears(phone, "1001", kind="file", files=files)
        await house.settles()
        said.append(await house.app.threads.read(everything))

    try:
        await types(*TYPED)
        await sends(1)
        await types("xong")
        await sends(2)
        await types("xong", "2", "1", NAME.title(), "2", "0", "1")
        assert "đã gửi" in phone.shown[-1].text or any("đã gửi" in one.text for one in phone.shown[-4:])
    finally:
        await house.close()
    for kept in said:
        for table, rows in kept.items():
            assert not [value for value in MARKED if value.casefold() in rows.casefold()], table
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert not [value for value in MARKED if value.casefold() in logged.casefold()]
